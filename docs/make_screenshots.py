"""Makes the screenshots of docs/screenshots/ from the real program with its sample community.

`.venv/bin/python docs/make_screenshots.py` runs `countersign up` in a temporary folder, waits
for the sample cases, and looks at pages as those do who are asked there: at 360 and 1280 pixels,
in light and dark. Mail is what the program wrote, shown as a mail program shows it. It needs
what tests need (Playwright, Debian's Chromium).
"""

# ruff: noqa: INP001, S101, S603 - a script run by hand, which starts nothing but our own program

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from email import message_from_bytes, policy
from pathlib import Path
from typing import Final, Literal
from urllib.parse import urljoin

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

FOLDER: Final = Path(__file__).parent / "screenshots"
PATCH: Final = Path(__file__).parents[1] / "definitions/walks/files/by-an-assessor.patch"
WIDTHS: Final = {360: 800, 1280: 1000}
SCHEMES: Final[tuple[Literal["light", "dark"], ...]] = ("light", "dark")
PNG: Final = b"\x89PNG\r\n\x1a\n"
PAETH: Final = 4
COLOURS: Final = 128
PATIENCE_SECONDS: Final = 120.0
START: Final = (sys.executable, "-m", "worker", "up", "--json", "--sample")


@contextmanager
def sample() -> Iterator[tuple[Mapping[str, str], Path]]:
    """Run the program with its sample.

    Yields everybody's sign-in link by first name, and the folder with the mails.
    """
    with tempfile.TemporaryDirectory(prefix="countersign-screenshots-") as folder:
        environment = os.environ | {
            "COUNTERSIGN_DATA_FOLDER": folder,
            "COUNTERSIGN_WEB_PORT": "0",
            "COUNTERSIGN_WEB_ORGANISATION": "The Sample Community",
        }
        with subprocess.Popen(START, env=environment, stdout=subprocess.PIPE, text=True) as running:
            try:
                assert running.stdout
                ready = json.loads(running.stdout.readline())
                links = {one["name"].split()[0]: one["link"] for one in ready["people"]}
                yield links, Path(folder) / "mail"
            finally:
                running.send_signal(signal.SIGINT)
                running.wait(PATIENCE_SECONDS)


_SIGNED_IN: dict[str, Page] = {}
"""Whose link was used already, in which page: each works once."""


def signed_in(browser: Browser, link: str) -> Page:
    """Sign in by a link; returns the page with the inbox, on a wide screen again."""
    if link in _SIGNED_IN:
        page = _SIGNED_IN[link]
        page.set_viewport_size(ViewportSize(width=1280, height=WIDTHS[1280]))
        page.goto(urljoin(link, "/inbox"))
        return page
    page = _SIGNED_IN[link] = browser.new_context(reduced_motion="reduce").new_page()
    page.goto(link)
    page.get_by_role("button", name="Sign in as").click()
    page.get_by_role("link", name="Not now").click()
    page.wait_for_url("**/inbox")
    return page


def until_waiting(page: Page, subject: str) -> None:
    """Look into the inbox again until something of this subject waits there."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not page.locator("li.task", has_text=subject).count():
        if time.monotonic() > until:
            sys.exit(f"The sample cases aren't all there: nothing of “{subject}” waits.")
        time.sleep(0.5)
        page.reload()


def take(page: Page, name: str) -> None:
    """Write the four pictures of a page."""
    for width, height in WIDTHS.items():
        page.set_viewport_size(ViewportSize(width=width, height=height))
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            png = page.screenshot(full_page=True)
            (FOLDER / f"{name}-{width}-{scheme}.png").write_bytes(smaller(png))


def smaller(png: bytes) -> bytes:
    """Return a picture with its 128 commonest colours, and each other as the nearest of them."""
    header, rows = read_png(png)
    pixels = [[row[i : i + 3] for i in range(0, len(row), 3)] for row in rows]
    seen = Counter(pixel for row in pixels for pixel in row)
    palette = [pixel for pixel, _ in seen.most_common(COLOURS)]
    nearest = {pixel: min(range(len(palette)), key=_from(pixel, palette)) for pixel in seen}
    data = b"".join(b"\0" + bytes(nearest[pixel] for pixel in row) for row in pixels)
    chunks = {
        b"IHDR": header[:8] + bytes((8, 3, 0, 0, 0)),  # 8 bits a pixel, from a palette
        b"PLTE": b"".join(palette),
        b"IDAT": zlib.compress(data, 9),
        b"IEND": b"",
    }
    return PNG + b"".join(_chunk(kind, content) for kind, content in chunks.items())


def read_png(png: bytes) -> tuple[bytes, list[bytes]]:
    """Return the header and the rows of a PNG (RFC 2083) of 8-bit RGB, as Chromium makes them."""
    found: dict[bytes, bytes] = {}
    at = len(PNG)
    while at < len(png):
        size = int.from_bytes(png[at : at + 4])
        kind = png[at + 4 : at + 8]
        found[kind] = found.get(kind, b"") + png[at + 8 : at + 8 + size]
        at += 12 + size
    header, data = found[b"IHDR"], zlib.decompress(found[b"IDAT"])
    assert header[8:] == bytes((8, 2, 0, 0, 0)), "not 8-bit RGB, not interlaced"
    width = int.from_bytes(header[:4]) * 3
    rows = [bytes(width)]
    for start in range(0, len(data), width + 1):
        rows.append(_unfiltered(data[start], data[start + 1 : start + 1 + width], rows[-1]))
    return header, rows[1:]


def _unfiltered(kind: int, filtered: bytes, above: bytes) -> bytes:
    row = bytearray(3) + filtered
    over = bytes(3) + above
    for i in range(3, len(row)):
        left, up, corner = row[i - 3], over[i], over[i - 3]
        row[i] = (row[i] + _guess(kind, left, up, corner)) & 255
    return bytes(row[3:])


def _guess(kind: int, left: int, up: int, corner: int) -> int:
    """Return what the filter of this kind takes off a byte (RFC 2083, 6)."""
    if kind == PAETH:
        to_left, to_up, to_corner = (
            abs(up - corner),
            abs(left - corner),
            abs(left + up - 2 * corner),
        )
        if to_left <= to_up and to_left <= to_corner:
            return left
        return up if to_up <= to_corner else corner
    return (0, left, up, (left + up) // 2)[kind]


def _from(pixel: bytes, palette: Sequence[bytes]) -> Callable[[int], int]:
    return lambda n: sum((a - b) ** 2 for a, b in zip(pixel, palette[n], strict=True))


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content).to_bytes(4)
    return len(content).to_bytes(4) + kind + content + check


def take_all(browser: Browser, links: Mapping[str, str]) -> None:
    """Look at an inbox, a case, a page to sign on, and a refusal."""
    leader = signed_in(browser, links["Bartho"])
    until_waiting(leader, "openssl")
    take(leader, "inbox")
    reviewer = signed_in(browser, links["Dariush"])
    task = reviewer.locator("li.task", has_text="Refuse an envelope without a name")
    task.locator("a.number").click()
    take(reviewer, "case")
    reviewer.emulate_media(color_scheme="light")
    (FOLDER / "case-top.png").write_bytes(smaller(reviewer.screenshot()))
    leader.locator("li.task", has_text="openssl").locator("a.task-act").click()
    take(leader, "sign")
    author = signed_in(browser, links["Saoirse"])
    number = open_case(author)
    author.goto(f"{author.url.partition('/receipts/')[0]}/cases/{number}/sign/review/reviewer")
    take(author, "refusal")


def take_people(browser: Browser, links: Mapping[str, str], mails: Path) -> None:
    """Look at what people who come and go, and the Board, see."""
    member = signed_in(browser, links["Zbigna"])
    until_waiting(member, "Vote on the motion")
    letter = newest_mail(mails, "zbigna.horakowska@example.org", "your vote is asked for")
    mail = browser.new_context(reduced_motion="reduce").new_page()
    mail.set_content(letter)
    take(mail, "mail")
    nobody = browser.new_context(reduced_motion="reduce").new_page()
    nobody.goto(str(mail.locator("a.sign").get_attribute("href")))
    take(nobody, "vote-from-link")
    leader = signed_in(browser, links["Wendeline"])
    leader.get_by_text("Opened by me").click()
    leader.locator("a.number", has_text=re.compile("^o")).first.click()
    take(leader, "onboarding")
    leader.get_by_role("link", name="People", exact=True).first.click()
    leader.get_by_role("link", name="Nkiru Adebanwe").first.click()
    take(leader, "person")


def take_rulings(browser: Browser, links: Mapping[str, str]) -> None:
    """Look at the Arbitrator's desk, a ruling beforehand, a case with it, and what is public."""
    leader = signed_in(browser, links["Bartho"])
    until_waiting(leader, "openssl")
    task = leader.locator("li.task", has_text="openssl")
    patch = task.locator("a.number").inner_text()
    filer = signed_in(browser, links["Nkiru"])
    home = filer.url.removesuffix("/inbox")
    filer.goto(f"{home}/cases/{patch}")
    filer.get_by_role("link", name="Ask for a ruling on it").click()
    dispute = _opened(filer)
    for office in (("Ishaan", "Cordelia"), ("Yuki", "Eleni")):
        judge = _drawn(browser, [links[name] for name in office], dispute)
        judge.locator("li.task", has_text=dispute).locator("a.task-act").click()
        judge.get_by_label("I am no party to this dispute").check()
        judge.get_by_role("button", name="Accept").click()
        judge.wait_for_url("**/receipts/*")
        if office[0] == "Ishaan":
            arbitrator = judge
    arbitrator.goto(f"{home}/arbitrator")
    _until(arbitrator, f"Rule on it in {dispute}")
    take(arbitrator, "desk")
    arbitrator.goto(f"{home}/cases/{dispute}/rule?on={patch}")
    arbitrator.get_by_label("is authorised as team leader: Approve").check()
    arbitrator.get_by_label("Scope").fill("This patch alone, on webdb, until it is applied.")
    why = "The team leader can't be reached, and the weakness is in use since this morning (3.2.3)."
    arbitrator.get_by_label("Reasons").fill(why)
    arbitrator.get_by_role("button", name="Look at what it does").click()
    take(arbitrator, "ruling")
    arbitrator.get_by_role("button", name="Sign: rule so").click()
    arbitrator.wait_for_url("**/receipts/*")
    filer.goto(f"{home}/cases/{patch}")
    _until(filer, f"carried out ruling {dispute}/1")
    take(filer, "overruled")
    nobody = browser.new_context(reduced_motion="reduce").new_page()
    nobody.goto(f"{home}/public/rulings")
    take(nobody, "public")


def take_incident(browser: Browser, links: Mapping[str, str]) -> None:
    """Look at an incident that is being assessed."""
    reporter = signed_in(browser, links["Jorun"])
    reporter.get_by_role("link", name="Open a case").click()
    reporter.get_by_role("link", name="Security incident", exact=True).click()
    reporter.get_by_label("What happened").fill("webdb answers with a certificate that isn't ours.")
    reporter.get_by_label("When it was noticed").fill("2026-11-23 14:05 UTC, in the log of webdb")
    incident = _opened(reporter)
    reporter.goto(f"{reporter.url.partition('/receipts/')[0]}/cases/{incident}")
    take(reporter, "incident")


def _opened(page: Page) -> str:
    """Check and send the form of a case; return its number."""
    page.get_by_role("button", name="Check your answers").click()
    page.get_by_role("button", name="Open the case").click()
    page.wait_for_url("**/receipts/*")
    return page.locator("a.number").first.inner_text()


def _drawn(browser: Browser, links: Sequence[str], number: str) -> Page:
    """Return the inbox of whoever the lot fell on."""
    pages = [signed_in(browser, link) for link in links]
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        for page in pages:
            page.reload()
            if page.locator("li.task", has_text=number).count():
                return page
    sys.exit(f"Nobody was drawn in {number}.")


def _until(page: Page, text: str) -> None:
    """Look at a page again until it says something."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not page.get_by_text(text).count():
        if time.monotonic() > until:
            sys.exit(f"The page never says “{text}”.")
        time.sleep(0.5)
        page.reload()


def newest_mail(folder: Path, address: str, subject: str) -> str:
    """Return the HTML of the newest mail to an address with this in its subject."""
    files = sorted(folder.glob("*.eml"), key=lambda file: file.stat().st_mtime, reverse=True)
    for file in files:
        letter = message_from_bytes(file.read_bytes(), policy=policy.default)
        body = letter.get_body(("html",))
        if address in letter["To"] and subject in letter["Subject"] and body is not None:
            return str(body.get_content())
    sys.exit(f"No mail to {address} says “{subject}”.")


def open_case(page: Page) -> str:
    """Open a case with a patch of which whoever is signed in is an author; return its number."""
    page.get_by_role("link", name="Open a case").click()
    page.get_by_role("link", name="Patch to the application", exact=True).click()
    page.locator("input[type=file]").set_input_files(PATCH)
    page.locator("input[name=field-risk][value=low]").check()
    page.locator("textarea[name=field-purpose]").fill("A seal is compared as a whole.")
    page.get_by_role("button", name="Check your answers").click()
    page.get_by_role("button", name="Open the case").click()
    page.wait_for_url("**/receipts/*")
    return page.locator("a.number").first.inner_text()


def main() -> None:
    """Make all pictures."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    chromium = shutil.which("chromium") or sys.exit("Chromium is missing: apt-get install chromium")
    FOLDER.mkdir(exist_ok=True)
    with sample() as (links, mails), sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-lcd-text"]
        )
        take_all(browser, links)
        take_people(browser, links, mails)
        take_rulings(browser, links)
        take_incident(browser, links)
        browser.close()


if __name__ == "__main__":
    main()
