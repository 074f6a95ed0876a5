"""What the browser's tests share."""

from tests.support.browser import axe, browser

__all__ = ["axe", "browser"]
