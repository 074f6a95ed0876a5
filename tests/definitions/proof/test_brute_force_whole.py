"""Of everything in the format the proof says what going through all acts of named people says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, note, settings

from definitions.checks import check_parts
from definitions.definition import Definition
from definitions.loader import Source
from definitions.proof import prove
from definitions.proof.roles import held_with
from definitions.reading import Positions
from tests.support.brute_force import TooLarge
from tests.support.brute_force_whole import brute_force_whole
from tests.support.examples import examples
from tests.support.proved import about_rulings, broken_by
from tests.support.small_definitions import built
from tests.support.whole_definitions import MAIN, whole_definitions
from tests.support.whole_drawing import OTHER, ROLE

MOST = examples(400, 1500)
LEAST = examples(3, 12)
"""Different definitions of each main construct that are compared at least."""
EACH = 3
"""People of each role that is asked for, so that one may open the case and one be its author."""
MAINS = {main.__name__: main for main in MAIN}


def people(definition: Definition) -> dict[str, frozenset[str]]:
    """Return a few people of each role that matters in a definition, and a Member."""
    body = definition.body
    seats = [seat for step in body.steps.values() for seat in step.seats.values()]
    asked = {role for seat in seats for role in seat.roles()} | set(body.start.roles)
    asked |= {draw.role for draw in body.draws.values()}
    asked |= {
        role for when in body.start.when.values() for by in when.values() for role in by.roles
    }
    listed = any(step.each for step in body.steps.values())
    named = {
        f"{role}-{number}": held_with(role)
        for role in sorted(asked - {"member"})
        for number in range(2 if listed else EACH)
    }
    never = {one.never.role for one in body.invariants if one.never}
    if OTHER in never and OTHER not in asked:
        named["other"] = frozenset({OTHER})
    if ROLE in asked and OTHER in asked | never:
        named["both"] = frozenset({ROLE, OTHER})
    for number in range(2 if any(seat.body for seat in seats) else 0):
        named[f"board-{number}"] = frozenset({"board-member"})
    return {"mia": frozenset(), "moe": frozenset()} | named


def authors(named: dict[str, frozenset[str]]) -> list[str]:
    """Return one of each kind, who may be whom the case is about."""
    kinds = dict.fromkeys(named.values())
    return [next(who for who in named if named[who] == held) for held in kinds]


@pytest.mark.parametrize("main", MAINS)
def test_the_same_is_broken_and_the_same_cases_caught(main: str) -> None:
    compared: set[str] = set()

    @settings(max_examples=examples(4, 25), deadline=None, suppress_health_check=[*HealthCheck])
    @given(whole_definitions((MAINS[main],)))
    def compare(data: dict[str, Any]) -> None:
        definition = built(data)
        assume(not check_parts(Source(definition, Positions("drawn.yaml", {}), "drawn.yaml")))
        agree(definition)
        compared.add(definition.version)

    compare()
    # What the checks find something in, or is too large, is discarded: not nearly all may be.
    assert len(compared) >= LEAST, f"only {len(compared)} definitions were compared"


def agree(definition: Definition) -> None:
    """Hold the proof against the second opinion."""
    named = people(definition)
    try:
        plain = brute_force_whole(definition, named, authors(named), MOST)
    except TooLarge:
        assume(condition=False)
    proof = prove(definition)
    note(f"{plain.states} states of named people, {proof.configurations} of the proof")
    broken = broken_by(proof)
    caught = any("caught" in f.sentence for f in proof.findings)
    steps = definition.body.steps.values()
    if definition.body.start.when or any(step.each and step.each.queued for step in steps):
        # The proof lets an opener's roles change, and these people keep theirs for ever. It takes
        # it that something may be queued for a list, and here nothing ever is.
        assert broken >= plain.broken
    else:
        assert broken == plain.broken
        ours, theirs = about_rulings(proof, plain, definition)
        assert ours == theirs
    if any(step.deadline and step.deadline.goes_on for step in steps):
        # The proof takes it that much time may pass before a step opens again; here little does.
        assert caught or not plain.caught
    elif definition.all_rounds:
        # Round after round these few people run out; the proof takes it that there is somebody.
        assert plain.caught or not caught
    else:
        assert caught == plain.caught
