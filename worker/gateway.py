"""The way to the cases, made from the settings: for the web, and for what is sent again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from web.temporal import TemporalCases
from worker.rooms import patience
from worker.temporal_client import connect

if TYPE_CHECKING:
    from worker.keys import Keys
    from worker.settings import Settings

_CONNECT_SECONDS: Final = 1.0


def make_gateway(settings: Settings, keys: Keys) -> TemporalCases:
    """Return the way to the cases; it connects at its first use, after forking.

    It asks again by itself, so that each try to connect is short.
    """
    return TemporalCases(
        lambda: connect(settings, keys.codec, seconds=_CONNECT_SECONDS),
        answer_seconds=settings.web.answer_seconds,
        patience=patience(settings),
        most_waiting=max(1, settings.web.threads // 2),
    )
