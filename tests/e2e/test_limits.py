"""What a browser waits for has one limit, which only catches what hangs."""

import pytest
from playwright.sync_api import Browser, expect
from playwright.sync_api import TimeoutError as Late

from tests.support import browser as support


def test_a_browser_waits_for_whatever_shows_up_before_the_limit(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert support.LIMIT_MILLISECONDS == 60_000
    # A shorter one for this test, since it waits for what never comes.
    monkeypatch.setattr(support, "LIMIT_MILLISECONDS", 50)
    with browser.new_context() as context:
        page = context.new_page()
        with pytest.raises(Late, match="50ms"):
            page.locator("main").click()
        with pytest.raises(Late, match="50ms"):
            page.wait_for_url("**/nowhere")
    assert expect._timeout == 60_000
