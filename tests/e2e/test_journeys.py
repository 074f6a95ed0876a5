"""Both processes in a real browser, from the link in a mail to done.

Each at the width of a desk and of a phone, the one on the phone once without JavaScript: what
people press and read must be the same.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.support.stack import Stack
from tests.support.tiers import first
from tests.support.visitor import NARROW, WIDE, People, Typed, visiting

DATA = Path(__file__).parents[1] / "definitions" / "fields" / "data"
ESCROW = Path(__file__).parents[2] / "definitions" / "walks" / "files" / "escrow.patch"
WAYS = [((WIDE, True),), ((NARROW, True),), ((NARROW, False),)]
NAMES = ["1280", "360", "360-without-JavaScript"]
FENNA = "fenna.achterveld@example.org"  # a Member
XIMENA = "ximena.toralba@example.org"  # leads Software Assessment
DARIUSH = "dariush.kamranfar@example.org"  # Software Assessor
HANNEKE = "hanneke.droogbloem@example.org"  # tester
KOFFI = "koffi.amezouko@example.org"  # tester
BARTHO = "bartho.limmerick@example.org"  # leads Systems Administration
NKIRU = "nkiru.adebanwe@example.org"  # Systems Administrator
JORUN = "jorun.fjellvik@example.org"  # Systems Administrator


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("journeys") / "data") as running:
        yield running


@pytest.fixture
def people(request: pytest.FixtureRequest, stack: Stack, browser: Browser) -> Iterator[People]:
    width, javascript = request.param
    with visiting(browser, stack.linked, width=width, javascript=javascript) as those:
        yield those


@pytest.mark.soak
@pytest.mark.parametrize("people", first(WAYS, NAMES, NAMES), indirect=True)
def test_a_system_patch_from_form_to_done(people: People) -> None:
    upgradable = (DATA / "apt-upgradable-debian12.txt").read_text(encoding="utf-8")
    number = people[NKIRU].open(
        "Patch to system software",
        {
            "Packages to upgrade": "\n".join(upgradable.splitlines()[:8]),
            "Servers": "webdb, signer",
            "Why it is needed": "Weaknesses that are used already. Backed out from the snapshot.",
        },
    )
    assert not people[NKIRU].waits(number)
    people[BARTHO].sign(number, "Sign: approve")
    people[NKIRU].sign(number, "Sign: applied", seat="executor")
    assert not people[NKIRU].waits(number)
    people[JORUN].sign(number, "Sign: applied", seat="observer")
    people[NKIRU].sign(
        number, "Sign: documented", {"Log entry": "Upgraded webdb and signer, 19:40 UTC."}
    )
    ended(people, NKIRU, number, signed_by=("Bartho", "Nkiru", "Jorun"))


@pytest.mark.parametrize("people", first(WAYS, {"1280"}, NAMES), indirect=True)
def test_an_application_patch_from_form_to_done(people: People) -> None:
    number = people[FENNA].open(
        "Patch to the application",
        {
            "Patch": ESCROW,
            "Risk": "Low: texts, layout, documentation",
            "What it changes and why": "An envelope without a name was taken for a sealed one.",
        },
    )
    review: Typed = {"I have written no part of this patch, under whatever name or address.": True}
    tested: Typed = {"Build": "Builds cleanly", "Test status": "All tests pass on the test system."}
    people[XIMENA].sign(number, "Sign: approve", review, seat="team leader or designated reviewer")
    people[HANNEKE].sign(number, "Sign: passed", tested)
    people[DARIUSH].sign(number, "Sign: approve", review, seat="reviewer")
    people[KOFFI].sign(number, "Sign: passed", tested)
    people[NKIRU].sign(number, "Sign: applied", seat="executor")
    people[JORUN].sign(number, "Sign: applied", seat="observer")
    ended(people, FENNA, number, signed_by=("Ximena", "Hanneke", "Dariush", "Koffi", "Jorun"))


def ended(people: People, who: str, number: str, *, signed_by: tuple[str, ...]) -> None:
    """Somebody finds the case done, with everybody who signed it."""
    visitor = people[who]
    visitor.inbox()
    visitor.page.locator("summary", has_text="Opened by me").click()
    visitor.look_at(number)
    expect(visitor.page.locator(".standing .tag")).to_have_text("Applied")
    timeline = visitor.page.locator("ol.timeline")
    for name in signed_by:
        expect(timeline.get_by_text(name).first).to_be_visible()
