"""A definition that changes while a case of it runs: the case keeps to its own version.

The program is stopped, a folder with a changed definition is set, and it is started again, as an
operator would. People press through both cases in a browser.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, Locator, expect

from store.record.verify import verify_record
from tests.support.changed_definition import both_versions
from tests.support.stack import Stack
from tests.support.visitor import NARROW, WIDE, People, Visitor, visiting

pytestmark = pytest.mark.soak

BARTHO = "bartho.limmerick@example.org"  # leads Systems Administration
NKIRU = "nkiru.adebanwe@example.org"  # Systems Administrator
JORUN = "jorun.fjellvik@example.org"  # Systems Administrator
TITLE = "Patch to system software"
TYPED = {
    "Packages to upgrade": "jq/oldstable 1.7-1 amd64 [upgradable from: 1.6-1]",
    "Servers": "webdb",
    "Why it is needed": "A weakness.",
}


@dataclass(frozen=True)
class Changed:
    """A stack whose definition has changed, and the case that was opened before."""

    stack: Stack
    number: str
    old: str
    new: str


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory, browser: Browser) -> Iterator[Changed]:
    folder = tmp_path_factory.mktemp("changed")
    old, new = both_versions(folder / "own")
    with Stack(folder / "data") as before, visiting(browser, before.linked) as people:
        number = people[NKIRU].open(TITLE, TYPED)
        people[BARTHO].sign(number, "Sign: approve")
    own = {"COUNTERSIGN_DEFINITIONS_FOLDERS": str(folder / "own")}
    with Stack(folder / "data", own) as after:
        yield Changed(after, number, old.version[:8], new.version[:8])


@pytest.fixture
def people(changed: Changed, browser: Browser) -> Iterator[People]:
    with visiting(browser, changed.stack.linked) as those:
        yield those


def standing(visitor: Visitor, number: str) -> Locator:
    """Look at a case to which the page has a link; return where it stands."""
    visitor.look_at(number)
    return visitor.page.locator(".standing")


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_page_says_so_and_leads_to_what_differs(
    changed: Changed, browser: Browser, width: int
) -> None:
    with visiting(browser, changed.stack.linked, width=width) as people:
        nkiru = people[NKIRU]
        nkiru.inbox()
        nkiru.look_at(changed.number)
        told = nkiru.page.get_by_role("region", name="Version of the definition")
        expect(told).to_contain_text(f"an earlier version of its definition ({changed.old})")
        expect(told).to_contain_text(f"begin under another version ({changed.new})")
        nkiru.follow("See what differs")
        expect(nkiru.page.locator("#differs")).to_be_in_viewport()
        added = nkiru.page.locator("tr.d-add")
        expect(added.filter(has_text="witness:")).to_be_visible()
        expect(nkiru.page.locator("tr.d-del")).to_have_count(0)


def test_its_sign_offs_go_on_under_the_old_rules_and_new_cases_under_the_new(
    changed: Changed, people: People
) -> None:
    people[NKIRU].sign(changed.number, "Sign: applied", seat="executor")
    people[JORUN].sign(changed.number, "Sign: applied", seat="observer")
    # No witness is asked for: the next step waits.
    expect(standing(people[JORUN], changed.number)).to_contain_text(
        "Waiting for the scribe", ignore_case=True
    )
    people[NKIRU].sign(changed.number, "Sign: documented", {"Log entry": "Done."})
    expect(standing(people[NKIRU], changed.number)).to_have_text(re.compile("Applied"))

    number = people[NKIRU].open(TITLE, TYPED)
    people[BARTHO].sign(number, "Sign: approve")
    people[NKIRU].sign(number, "Sign: applied", seat="executor")
    people[JORUN].sign(number, "Sign: applied", seat="observer")
    expect(standing(people[JORUN], number)).to_contain_text("witness")
    people[BARTHO].sign(number, "Sign: applied", seat="witness")
    people[NKIRU].sign(number, "Sign: documented", {"Log entry": "Done, and witnessed."})
    expect(standing(people[NKIRU], number)).to_have_text(re.compile("Applied"))
    expect(people[NKIRU].page.get_by_text("earlier version")).to_have_count(0)
    assert verify_record(changed.stack.database(), heads={}).ok
