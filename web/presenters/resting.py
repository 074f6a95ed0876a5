"""A suspended case, in words."""

from __future__ import annotations

from datetime import datetime

from definitions.state import CaseState
from web.presenters.words import day


def awakes(state: CaseState, now: datetime) -> str:
    """Return until when a suspended case rests, to follow “until”."""
    if state.lapses is None:
        return "a ruling lets it go on"
    return f"{day(state.lapses, now).words}, unless a ruling lets it go on before"
