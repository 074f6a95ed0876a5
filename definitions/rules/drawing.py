"""Drawing people of a case by lot, so that nobody chooses who judges (Policy 9.1.4).

The seed is the SHA-256 of the entry before the draw. It commits to times and numbers that only
the record decides, later than the request, so whoever opens a case can't grind it; and anybody
who has the record can draw again and must come to the same (`docs/decisions/0013-draws.md`).
"""

from __future__ import annotations

from definitions.canonical import sha256
from definitions.definition import Definition
from definitions.machine import Move
from definitions.rules.seats import ALWAYS_BARRED
from definitions.state import CaseState, DrawState

_DIGITS = 32


def pending(definition: Definition, state: CaseState, move: Move, time: str) -> CaseState:
    """Return the state with the draws that a move makes due, and without those left behind.

    Who declined earlier in the case isn't drawn in a later round either.
    """
    rules = definition.body.draws
    draws = {
        name: at.model_copy(update={"done": True}) if rules[name].on in move.left else at
        for name, at in state.draws.items()
    }
    named = [name for name, draw in rules.items() if draw.on in move.entered]
    for name in named:
        passed = draws[name].passed if name in draws else ()
        draws[name] = DrawState(due=time, passed=passed)
    people = {**state.people, **dict.fromkeys(named, ())}
    return state.model_copy(update={"draws": draws, "people": people})


def pick(candidates: tuple[str, ...], seed: str, name: str) -> str:
    """Return whom the lot falls on: the number `SHA-256(seed:name)` modulo how many there are."""
    number = int(sha256(f"{seed}:{name}".encode())[:_DIGITS], 16)
    return candidates[number % len(candidates)]


def barred_from(definition: Definition, state: CaseState, name: str) -> frozenset[str]:
    """Return who can't be drawn: by the definition, as author or subject, or who declined.

    Where one draw keeps out who was drawn in another, it holds both ways: either can come first,
    since whoever is drawn may decline.
    """
    draws = definition.body.draws
    others = (other for other, draw in draws.items() if name in draw.not_)
    excluded = (*draws[name].not_, *others, *ALWAYS_BARRED)
    people = {person for one in excluded for person in state.people.get(one, ())}
    return frozenset({*people, *state.draws[name].passed})


def left_vacant(state: CaseState, name: str) -> CaseState:
    """Return the state in which no lot is cast for the office, although nobody fills it."""
    at = state.draws[name].model_copy(update={"done": True})
    return state.model_copy(update={"draws": {**state.draws, name: at}})


def drawn_again(
    definition: Definition, state: CaseState, seat_person: str | None, who: str, time: str
) -> CaseState:
    """Return the state after a drawn person declined: the lot is cast again without them."""
    if seat_person is None or seat_person not in definition.body.draws:
        return state
    at = state.draws[seat_person]
    again = DrawState(due=time, passed=(*at.passed, who))
    return state.model_copy(
        update={
            "draws": {**state.draws, seat_person: again},
            "people": {**state.people, seat_person: ()},
        }
    )
