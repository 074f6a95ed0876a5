"""The pages as they really come: for eyes, ears, thumbs and keyboards.

Each page that one comes to on the way of a case is asked about in both themes, at the width of
a desk and of a phone.
"""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.support.stack import Stack
from tests.support.visitor import NARROW, WIDE, People, Typed, visiting

pytestmark = pytest.mark.soak

DATA = Path(__file__).parents[1] / "definitions" / "fields" / "data"
UPGRADABLE = (DATA / "apt-upgradable-debian12.txt").read_text(encoding="utf-8")
HIGH = 800
NKIRU = "nkiru.adebanwe@example.org"  # Systems Administrator
BARTHO = "bartho.limmerick@example.org"  # leads Systems Administration
FENNA = "fenna.achterveld@example.org"  # a Member, and author of nothing here
DARIUSH = "dariush.kamranfar@example.org"  # Software Assessor
XIMENA = "ximena.toralba@example.org"  # leads Software Assessment
RUTH = "ruth.silberquell@example.org"  # of the Board
ODALYS = "odalys.penwright@example.org"  # the operator
SYSTEM: Typed = {
    "Packages to upgrade": "\n".join(UPGRADABLE.splitlines()[:10]),
    "Servers": "webdb",
    "Why it is needed": "Weaknesses that are used already.",
}
APPLICATION: Typed = {
    "Patch": DATA / "series.mbox",
    "Risk": "Medium: ordinary code",
    "What it changes and why": "Several things that belong together.",
}


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("accessible") / "data") as running:
        yield running


@pytest.fixture
def people(stack: Stack, browser: Browser) -> Iterator[People]:
    with visiting(browser, stack.linked) as those:
        yield those


@pytest.fixture
def look(axe: Callable[[Page], list[str]]) -> Callable[[Page], None]:
    """Asks about the page that somebody is on, in four ways."""

    def ask(page: Page) -> None:
        name = f"{page.title()} ({page.url})"
        for scheme in ("light", "dark"):
            # Without motion: a colour that is still changing is nobody's to read.
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            for width in (NARROW, WIDE):
                page.set_viewport_size(ViewportSize(width=width, height=HIGH))
                assert axe(page) == [], f"{name}, {width} px, {scheme}"
                needed = page.evaluate("document.documentElement.scrollWidth")
                assert needed <= width, f"{name} scrolls sideways at {width} px"

    return ask


def test_signing_in(stack: Stack, browser: Browser, look: Callable[[Page], None]) -> None:
    name, link = stack.linked(FENNA)
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{stack.url}/sign-in")
        look(page)
        page.goto(link)
        look(page)
        page.get_by_role("button", name=f"Sign in as {name}").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Choose a password")
        look(page)
        page.goto(link)
        expect(page.get_by_role("heading", level=1)).to_contain_text("no longer good")
        look(page)


def test_a_system_patch(people: People, look: Callable[[Page], None]) -> None:
    opener = people[NKIRU]
    look(opener.page)  # an inbox with nothing in it
    opener.follow("Open a case")
    look(opener.page)
    opener.follow("Patch to system software")
    look(opener.page)
    opener.press("Check your answers")
    expect(opener.page).to_have_title(re.compile("^Error: "))
    look(opener.page)
    opener.type(SYSTEM)
    opener.press("Check your answers")
    look(opener.page)
    opener.press("Open the case")
    opener.recorded("The case is open.")
    look(opener.page)  # the receipt
    number = opener.page.locator("a.number").first.inner_text()
    opener.look_at(number)
    look(opener.page)
    people[BARTHO].take(number)
    look(people[BARTHO].page)
    opener.page.goto(people[BARTHO].page.url)
    expect(opener.page.get_by_role("heading", level=1)).to_contain_text("can't sign")
    look(opener.page)  # a refusal
    people[BARTHO].press("Sign: reject")
    expect(people[BARTHO].page).to_have_title(re.compile("^Error: "))
    look(people[BARTHO].page)  # a comment is missing
    people[BARTHO].type({"Comment": "Not before the audit."})
    people[BARTHO].press("Sign: reject")
    people[BARTHO].recorded("You signed")
    look(people[BARTHO].page)
    opener.follow("Outbox")
    look(opener.page)


def test_an_application_patch(people: People, look: Callable[[Page], None]) -> None:
    opener = people[FENNA]
    opener.follow("Open a case")
    opener.follow("Patch to the application")
    look(opener.page)
    opener.type(APPLICATION)
    opener.press("Check your answers")
    look(opener.page)  # with a diff, and authors whom nobody knows
    for whose in opener.page.locator("main select").all():
        whose.select_option("external")
    opener.press("Open the case")
    opener.recorded("The case is open.")
    number = opener.page.locator("a.number").first.inner_text()
    opener.look_at(number)
    look(opener.page)
    people[DARIUSH].take(number)
    look(people[DARIUSH].page)


def test_a_motion(people: People, look: Callable[[Page], None]) -> None:
    number = people[RUTH].open(
        "Motion of the Board", {"Proposal": "To meet in person.", "Area": "No area"}
    )
    people[RUTH].take(number)
    look(people[RUTH].page)  # the page for voting
    people[RUTH].page.goto(people[RUTH].page.url.partition("/vote/")[0])
    look(people[RUTH].page)


PLACES = (
    "operator",
    "policy/7.4",
    "definitions/application-patch",
    "me",
    "people",
    "teams",
    "teams/systems-administration?on=2031-01-01",
    "lists/ssh-access-list",
)


@pytest.mark.parametrize("place", PLACES)
def test_places(stack: Stack, people: People, look: Callable[[Page], None], place: str) -> None:
    page = people[ODALYS].page
    answer = page.goto(f"{stack.url}/{place}")
    assert answer
    assert answer.ok
    look(page)


def test_the_keyboard_is_enough_to_sign(people: People) -> None:
    number = people[NKIRU].open("Patch to system software", SYSTEM)
    page = people[BARTHO].page
    people[BARTHO].inbox()
    task = page.locator("li.task").filter(has=page.get_by_role("link", name=number, exact=True))
    href = task.locator("a.task-act").get_attribute("href")
    tab_to(page, f"a.task-act[href='{href}']")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{href}")
    expect(page.locator("textarea[name=comment]")).to_be_visible()
    tab_to(page, "textarea[name=comment]")
    page.keyboard.type("From the keyboard.")
    tab_to(page, "button[value=approve]")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("You signed: approve.")
    expect(page.get_by_text("From the keyboard.")).to_be_visible()


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until the keyboard is there, and see that it shows where it is."""
    for _ in range(100):
        page.keyboard.press("Tab")
        if page.evaluate("s => document.activeElement.matches(s)", selector):
            focus = "e => [getComputedStyle(e).outlineStyle, getComputedStyle(e).boxShadow]"
            assert page.locator(selector).evaluate(focus) != ["none", "none"]
            return
    pytest.fail(f"The keyboard does not reach {selector} on {page.url}.")
