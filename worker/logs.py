"""Keeps tokens out of the logs, whoever writes there: an address that opens something holds one.

Our own code never logs an address. But servers and libraries say which request they failed at,
and what an operator adds to gunicorn's command line may log every request.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from gunicorn.glogging import Logger

from store.access.tokens import without_tokens

if TYPE_CHECKING:
    from gunicorn.config import Config

_FORMAT: Final = "%(asctime)s %(levelname)s %(name)s %(message)s"


class WithoutTokens(logging.Formatter):
    """Writes what another formatter does, traceback and all, but for tokens."""

    def __init__(self, inner: logging.Formatter | None) -> None:
        super().__init__()
        self._inner = inner or logging.Formatter(_FORMAT)

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        return without_tokens(self._inner.format(record))


class WebLog(Logger):
    """Gunicorn's log; `worker.stack` names it on the command line."""

    def setup(self, cfg: Config) -> None:
        """Set up as gunicorn does."""
        super().setup(cfg)
        for log in (self.error_log, self.access_log):
            hide_tokens(log)


def hide_tokens(log: logging.Logger) -> None:
    """Let nothing that this log writes hold a token. Done twice, it does no more."""
    for handler in log.handlers:
        if not isinstance(handler.formatter, WithoutTokens):
            handler.setFormatter(WithoutTokens(handler.formatter))


def log_to_stderr(level: int) -> None:
    """Write what this process logs to where it says everything, without tokens."""
    logging.basicConfig(level=level, format=_FORMAT)
    hide_tokens(logging.getLogger())
