"""How the pages look, in a real browser: axe finds nothing, and nothing scrolls sideways.

Every page at both widths; the themes alternate, and the pages with most colours are seen in
all four ways, so that it stays under a minute. Each run sees some, and the soak all of them.
"""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, ViewportSize

from tests.support.browser import served
from tests.web import preview

Scheme = Literal["light", "dark"]
NARROW, WIDE = 360, 1280
SEEN_IN_ALL_WAYS = {"case", "sign-wrong", "inbox", "open-wrong"}
SPARSE = ("-bare", "-none", "-calm", "-empty", "-small", "-spent")
WAYS: list[tuple[int, Scheme]] = [
    (NARROW, "light"),
    (WIDE, "dark"),
    (NARROW, "dark"),
    (WIDE, "light"),
]
NAMES = list(preview.variants())


FEW = 4


def names_seen(way: int) -> list[str]:
    """Which pages are seen in which of the four ways; those with little on them when narrow."""
    return [
        it
        for n, it in enumerate(NAMES)
        if it in SEEN_IN_ALL_WAYS
        or (way // 2 == n % 2 and (WAYS[way][0] == NARROW or not it.endswith(SPARSE)))
    ]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """All variants, served; yields the address."""
    folder: Path = tmp_path_factory.mktemp("pages")
    preview.write(folder)
    with served(folder) as address:
        yield address


def test_axe_finds_nothing_on_some_pages(
    pages: str, browser: Browser, axe: Callable[[Page], list[str]]
) -> None:
    way = WAYS.index((NARROW, "dark"))
    names = names_seen(way)
    look_at(sorted({*names[::FEW], *SEEN_IN_ALL_WAYS}), way, pages, browser, axe)


@pytest.mark.soak
@pytest.mark.parametrize("way", range(len(WAYS)), ids=[f"{w}-{s}" for w, s in WAYS])
def test_axe_finds_nothing_and_nothing_scrolls_sideways(
    way: int, pages: str, browser: Browser, axe: Callable[[Page], list[str]]
) -> None:
    look_at(names_seen(way), way, pages, browser, axe)


def look_at(
    names: Iterable[str], way: int, pages: str, browser: Browser, axe: Callable[[Page], list[str]]
) -> None:
    width, scheme = WAYS[way]
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and "favicon" not in message.location["url"]:
            complaints.append(message.text)

    view = ViewportSize(width=width, height=800)
    with browser.new_context(viewport=view, color_scheme=scheme) as context:
        page = context.new_page()
        page.on("console", heard)
        for name in names:
            page.goto(f"{pages}/{name}.html")
            findings = axe(page)
            assert not findings, f"{name}: " + "\n".join(findings)
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name
    assert complaints == []


SMALL_TARGETS = """() => [...document.querySelectorAll(
    'button:not([hidden]), .nav a, summary, select, input:not([type=hidden]), .do, .task-act')]
  .filter(e => { const o = e.closest('.option') || e; const r = o.getBoundingClientRect();
                 return r.height && r.height < 44; })
  .map(e => e.outerHTML.slice(0, 120))"""


def test_what_is_pressed_is_large_enough_for_a_thumb(pages: str, browser: Browser) -> None:
    with browser.new_context(viewport=ViewportSize(width=NARROW, height=800)) as context:
        page = context.new_page()
        for name in ("inbox", "case", "sign", "open", "sign-in", "outbox"):
            page.goto(f"{pages}/{name}.html")
            assert page.evaluate(SMALL_TARGETS) == [], name


def test_the_keyboard_reaches_content_first_and_enter_signs_nothing(
    pages: str, browser: Browser
) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{pages}/sign.html")
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Skip to the content"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"
        posted: list[str] = []
        page.on("request", lambda it: posted.append(it.method) if it.method == "POST" else None)
        page.get_by_label("Commit you looked at").fill("9f2c4e6a")
        page.keyboard.press("Enter")
        page.get_by_role("button", name="Sign: reject").focus()
        assert posted == []
        with page.expect_request(lambda it: it.method == "POST") as sent:
            page.keyboard.press("Enter")
        assert "outcome=reject" in (sent.value.post_data or "")
