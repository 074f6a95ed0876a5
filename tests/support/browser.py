"""A real browser for tests, and a small server for folders of pages.

Fixtures: `browser` (one Chromium for each test worker) and `axe` (its findings as sentences).
Enable them in a `conftest.py` with `pytest_plugins` or by importing them.
"""

import http.server
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
# As strict as the application's: whatever a page needs comes from where the page comes from.
CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'self'; form-action 'self'"
# A limit for what hangs, of whatever a browser waits for: no test sets one of its own.
LIMIT_MILLISECONDS = 60_000


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, for the tests of one file.

    Not longer: while Playwright runs, no other event loop can run in this thread, and files with
    asynchronous tests come after this one in the same process.
    """
    executable = shutil.which("chromium")
    assert executable, "Browser tests need Chromium: apt-get install chromium."

    def limit(context: BrowserContext) -> None:
        context.set_default_timeout(LIMIT_MILLISECONDS)

    expect.set_options(timeout=LIMIT_MILLISECONDS)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=executable, args=ARGUMENTS, timeout=LIMIT_MILLISECONDS
        )
        chromium.on("context", limit)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], list[str]]:
    """Asks axe about a page; returns what it finds, a line each."""
    engine = Axe()

    def ask(page: Page) -> list[str]:
        found: dict[str, Any] = engine.run(page).response
        return [
            f"{it['id']}: {it['help']}: {node['html'][:200]}"
            for it in found["violations"]
            for node in it["nodes"]
        ]

    return ask


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serve a folder on this machine; yields the address, without a slash at its end."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args: Any) -> None:
            super().__init__(*args, directory=str(folder))

        def end_headers(self) -> None:
            self.send_header("Content-Security-Policy", CONTENT_SECURITY_POLICY)
            super().end_headers()

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
            """Say nothing: a test's output is its findings."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()
