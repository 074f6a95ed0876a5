"""Keeps tokens out of the logs, whoever writes there: an address that opens something holds one.

Our own code never logs an address. But servers and libraries say which request they failed at.
"""

from __future__ import annotations

import logging
from typing import Final

from store.access.tokens import without_tokens

_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s %(message)s"


class WithoutTokens(logging.Formatter):
    """Writes what another formatter does, traceback and all, but for tokens."""

    def __init__(self, inner: logging.Formatter | None) -> None:
        super().__init__()
        self._inner = inner or logging.Formatter(_FORMAT)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return without_tokens(self._inner.format(record))


def hide_tokens(log: logging.Logger) -> None:
    """Let nothing that this log writes hold a token. Done twice, it does no more."""
    for handler in log.handlers:
        if not isinstance(handler.formatter, WithoutTokens):
            handler.setFormatter(WithoutTokens(handler.formatter))


def log_to_stderr(level: int) -> None:
    """Write what this process logs to where it says everything, without tokens."""
    logging.basicConfig(level=level, format=_FORMAT)
    hide_tokens(logging.getLogger())
