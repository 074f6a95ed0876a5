"""People with browsers: they sign in by a link, and press and type what a person would.

Nothing here knows an address of the program but the one that a link holds: from there on it is
pressed through. On every page that somebody comes to it is asked whether it fits their screen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from playwright.sync_api import Browser, BrowserContext, Locator, Page, ViewportSize, expect

WIDE, NARROW = 1280, 360
Typed: TypeAlias = Mapping[str, str | Path | Literal[True]]
"""By label: text, the option to choose, a file to upload, or True for a box to tick."""


@dataclass(frozen=True)
class Visitor:
    """Somebody who is signed in.

    Attributes:
        page: what they look at.
        name: theirs.
    """

    page: Page
    name: str

    def sign_in(self, link: str) -> None:
        """Come by a link from a mail, press its button, and put the password off."""
        self.page.goto(link)
        self.press(f"Sign in as {self.name}")
        self.follow("Not now")
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(
            re.compile("waits? for you")
        )

    def press(self, button: str) -> None:
        """Press a button, and arrive where it leads."""
        self._go(self.page.get_by_role("button", name=button, exact=True))

    def follow(self, link: str) -> None:
        """Follow a link of this page."""
        self._go(self.page.get_by_role("link", name=link, exact=True).first)

    def type(self, typed: Typed) -> None:
        """Fill in fields of the form."""
        for label, value in typed.items():
            group = self.page.get_by_role("group", name=_caption(label))
            if group.count():
                group.get_by_role("radio", name=str(value)).check()
                continue
            control = self.page.get_by_label(_caption(label))
            if value is True:
                control.check()
            elif isinstance(value, Path):
                control.set_input_files(value)
            else:
                control.fill(value)

    def open(self, title: str, typed: Typed) -> str:
        """Open a case from the first page on, and return its number."""
        self.follow("Open a case")
        self.follow(title)
        self.type(typed)
        self.press("Check your answers")
        expect(self.page.get_by_role("heading", level=1)).to_have_text("Check your answers")
        self.press("Open the case")
        self.recorded("The case is open.")
        return self.page.locator("a.number").first.inner_text()

    def inbox(self) -> None:
        """Go to the first page."""
        self._go(self.page.locator("header .organisation"))

    def take(self, number: str) -> None:
        """From the inbox, press what waits there in a case: one press leads to the decision."""
        self.inbox()
        number_link = self.page.get_by_role("link", name=number, exact=True)
        row = self.page.locator("li.task").filter(has=number_link)
        self._go(row.locator("a.task-act"))

    def sign(
        self, number: str, button: str, typed: Typed | None = None, *, seat: str | None = None
    ) -> None:
        """Take what waits in a case and sign it, by this button."""
        self.take(number)
        instead = self.page.get_by_role("link", name=f"Sign as {seat} instead", exact=True)
        if seat and instead.count():
            self.follow(f"Sign as {seat} instead")
        self.type(typed or {})
        self.press(button)
        self.recorded("You signed")

    def look_at(self, number: str) -> None:
        """Go to a case that one has opened or signed, or to which a page has a link."""
        self.follow(number)

    def waits(self, number: str) -> bool:
        """Say whether something in the case waits for this person."""
        self.inbox()
        tasks = self.page.locator("li.task")
        return bool(tasks.get_by_role("link", name=number, exact=True).count())

    def recorded(self, heading: str) -> None:
        """Wait for the receipt; a page that says “not yet confirmed” looks again by itself."""
        expect(self.page.get_by_role("heading", level=1)).to_contain_text(heading)
        expect(self.page.locator(".receipt-head")).to_contain_text("Recorded in")

    def _go(self, to: Locator) -> None:
        with self.page.expect_navigation():
            to.click()
        width = self.page.viewport_size
        assert width
        needed = self.page.evaluate("document.documentElement.scrollWidth")
        assert needed <= width["width"], f"{self.page.url} scrolls sideways: {needed}"


class People:
    """Those who take part in a test: each comes with a browser of their own when first named.

    `link_for` returns the name of the person with an address, and a link to sign in by.
    """

    def __init__(
        self,
        browser: Browser,
        link_for: Callable[[str], tuple[str, str]],
        *,
        width: int = WIDE,
        javascript: bool = True,
    ) -> None:
        self._browser = browser
        self._link_for = link_for
        self._view = ViewportSize(width=width, height=800)
        self._javascript = javascript
        self._visitors: dict[str, Visitor] = {}
        self._contexts: list[BrowserContext] = []

    def __getitem__(self, address: str) -> Visitor:
        if address not in self._visitors:
            name, link = self._link_for(address)
            context = self._browser.new_context(
                viewport=self._view, java_script_enabled=self._javascript
            )
            self._contexts.append(context)
            visitor = Visitor(context.new_page(), name)
            visitor.sign_in(link)
            self._visitors[address] = visitor
        return self._visitors[address]

    def close(self) -> None:
        """Close all browsers."""
        for context in self._contexts:
            context.close()


@contextmanager
def visiting(
    browser: Browser,
    link_for: Callable[[str], tuple[str, str]],
    *,
    width: int = WIDE,
    javascript: bool = True,
) -> Iterator[People]:
    """Yield people whose browsers are closed in the end."""
    people = People(browser, link_for, width=width, javascript=javascript)
    try:
        yield people
    finally:
        people.close()


def _caption(label: str) -> re.Pattern[str]:
    return re.compile(rf"^\s*{re.escape(label)}( \(optional\))?\s*$")
