"""What repeats: an effect that happens only where cases came to the same state often enough.

A case notes when it first came to such a state, and which others had come there within the period
before: the commit counts them, and says so in its entry. Whether that is often enough follows from
the note, so the effect happens in a case once or never, also where it comes there again.
"""

from __future__ import annotations

from collections.abc import Mapping

from definitions.acts import Facts
from definitions.clock import parse
from definitions.parts import duration
from definitions.rules.due import Due
from definitions.state import CaseState, Repeat

MOST = 100
"""So many earlier cases are named at most."""


def with_repeats(state: CaseState, effects: tuple[Due, ...], facts: Facts) -> CaseState:
    """Return the state with what it notes as it comes to states that are counted.

    Args:
        facts: which cases came there before, by the effect's key; none where they say nothing.
    """
    noted = dict(state.repeats)
    for one in effects:
        repeated = one.effect.repeated
        if repeated is not None and one.key not in noted:
            noted[one.key] = Repeat(
                state=one.state,
                within=repeated.within,
                least=repeated.least,
                at=facts.time,
                earlier=facts.repeats.get(one.key, ()),
            )
    return state.model_copy(update={"repeats": noted}) if noted != state.repeats else state


def happening(before: CaseState, after: CaseState, effects: tuple[Due, ...]) -> tuple[Due, ...]:
    """Return the effects without those that wait for more cases, or have had their one time."""
    return tuple(
        one
        for one in effects
        if one.effect.repeated is None
        or (one.key not in before.repeats and is_often(after.repeats[one.key]))
    )


def newly_noted(before: Mapping[str, Repeat], after: Mapping[str, Repeat]) -> dict[str, Repeat]:
    """Return by key what a case has noted since."""
    return {key: one for key, one in after.items() if key not in before}


def is_often(repeat: Repeat) -> bool:
    """Say whether it is at least the least that the definition names."""
    return count(repeat) >= repeat.least


def count(repeat: Repeat) -> int:
    """Return the how-manieth case within the period this one is."""
    return len(repeat.earlier) + 1


def counted(state: CaseState, due: Due) -> dict[str, str]:
    """Return what a mail that goes out because cases repeat can name of that; nothing in others."""
    repeat = state.repeats.get(due.key)
    if repeat is None:
        return {}
    return {"count": str(count(repeat)), "earlier": ", ".join(repeat.earlier)}


def is_within(repeat: Repeat, at: str) -> bool:
    """Say whether another case that came there at a time counts for this one.

    One that came there a moment later counts as well, if the commit knew of it already.
    """
    return parse(at) > parse(repeat.at) - duration(repeat.within)
