"""Of everything in the format the proof says what going through all acts of named people says."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, note, settings
from hypothesis import strategies as st

from definitions.checks import check_parts
from definitions.definition import Definition
from definitions.loader import Source
from definitions.proof import prove
from definitions.proof.roles import together
from definitions.reading import Positions
from tests.support.brute_force import TooLarge
from tests.support.brute_force_whole import brute_force_whole
from tests.support.examples import examples
from tests.support.small_definitions import built
from tests.support.whole_definitions import MAIN, OTHER, ROLE, whole_definitions

MOST = examples(400, 1500)
EACH = 3
"""People of each role that is asked for, so that one may open the case and one be its author."""
MAINS = {main.__name__: main for main in MAIN}


def people(definition: Definition) -> dict[str, frozenset[str]]:
    """Return a few people of each role that matters in a definition, and a Member."""
    body = definition.body
    seats = [seat for step in body.steps.values() for seat in step.seats.values()]
    asked = {role for seat in seats for role in seat.roles()} | set(body.start.roles) - {"member"}
    asked |= {draw.role for draw in body.draws.values()}
    named = {f"{role}-{n}": frozenset({role}) for role in sorted(asked) for n in range(EACH)}
    if {ROLE, OTHER} <= asked and together(frozenset({ROLE, OTHER})):
        named["both-0"] = frozenset({ROLE, OTHER})
    for number in range(2 if any(seat.body for seat in seats) else 0):
        named[f"board-{number}"] = frozenset({"board-member"})
    return {"mia": frozenset()} | named


@pytest.mark.parametrize("main", MAINS)
def test_the_same_is_broken_and_the_same_cases_caught(main: str) -> None:
    @settings(max_examples=examples(4, 25), deadline=None, suppress_health_check=[*HealthCheck])
    @given(whole_definitions((MAINS[main],)))
    def compare(data: dict[str, Any]) -> None:
        definition = built(data)
        assume(not check_parts(Source(definition, Positions("drawn.yaml", {}), "drawn.yaml")))
        agree(definition)

    compare()


def agree(definition: Definition) -> None:
    """Hold the proof against the second opinion."""
    named = people(definition)
    authors = [who for who in named if who.endswith("-0")][:2]
    try:
        plain = brute_force_whole(definition, named, authors, MOST)
    except TooLarge:
        assume(condition=False)
    proof = prove(definition)
    note(f"{plain.states} states of named people, {proof.configurations} of the proof")
    broken = {f.path[1] for f in proof.findings if f.path[0] == "invariants"}
    caught = any("caught" in f.sentence for f in proof.findings)
    assert broken == plain.broken
    assert caught == plain.caught
