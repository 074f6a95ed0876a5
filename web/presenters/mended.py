"""What was mended lately, as the operator reads it: which case, what was wrong, what was done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from store.queries.operating import MendedCase
from web.page_models import CaseRef, Trouble
from web.presenters.reader import Reader, case_url
from web.presenters.words import since

_FOUND: Final = {
    "stuck": "Its workflow could not go on.",
    "replaced": "Another workflow stood under its id in Temporal.",
    "behind": "Its workflow was behind its record.",
    "ahead": "Its record lacked what was confirmed.",
    "missing": "Temporal had no workflow of it.",
    "terminated": "Its workflow was terminated by Temporal's own means.",
    "cancelled": "Its workflow was cancelled by Temporal's own means.",
    "timed-out": "Its workflow ran out of time.",
    "failed": "Its workflow failed.",
    "completed": "Its workflow had ended too early.",
    "reset": "Its workflow was reset by Temporal's own means.",
    "ended-but-running": "It had ended, but its workflow ran.",
}
_AILMENTS: Final = {
    "machines": "Temporal could not replay its history.",
    "program": "Its program failed again and again.",
    "silence": "No worker answered its tasks in time.",
}
_SET_ASIDE: Final = frozenset({"stuck", "replaced"})


def mended_news(reader: Reader, found: Sequence[MendedCase]) -> tuple[Trouble, ...]:
    """Return the cases that were mended lately: nothing is to be done about them."""
    return tuple(
        Trouble(
            what=_FOUND.get(one.found, "Case and record had come apart."),
            why=_done(one),
            since=since(one.at, reader.now),
            case=CaseRef(number=one.number, url=case_url(one.number)),
        )
        for one in found
    )


def _done(one: MendedCase) -> str:
    if one.found not in _SET_ASIDE:
        return "Case and record agree again; nothing that was signed is lost."
    after = f", after entry {one.record}" if one.record is not None else ""
    anew = f"The case was started anew from its record{after}; nothing that was signed is lost."
    return f"{_AILMENTS.get(one.ailment, '')} {anew}".strip()
