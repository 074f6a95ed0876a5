"""A vote is no signature and nobody in particular, nor is waiting for a child case."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from definitions.checks import check_parts
from definitions.loader import Source, load_file
from definitions.proof import prove
from definitions.reading import Positions
from tests.support.appointing_case import PARENT
from tests.support.small_definitions import built
from tests.support.walk_replay import replay

FOOLED = Path(__file__).parents[1] / "data" / "fooled" / "vote-signed.yaml"
FIRM = {"policy": "9.1.5", "firm": True}
MEMBER = {"role": "board-member"}


def broken(data: dict[str, Any]) -> list[int]:
    """Return which invariants don't hold; each counterexample must play."""
    definition = built(data)
    found = [f for f in prove(definition).findings if f.path[0] == "invariants"]
    for finding in found:
        assert finding.walk is not None
        assert replay(definition, finding.walk).stopped_at is None, finding.walk
    return [int(finding.path[1]) for finding in found]


def told(data: dict[str, Any]) -> list[str]:
    source = Source(built(data), Positions("d.yaml", {}), f"{data['process']}.yaml")
    return [finding.sentence for finding in check_parts(source)]


def test_a_vote_in_which_nobody_takes_part_is_no_signature_and_no_person() -> None:
    source = load_file(FOOLED)
    vote = "In `voting` a body votes, and a vote is no signature: nobody need take part in it."
    assert [finding.sentence for finding in check_parts(source)] == [vote, vote]
    assert broken(source.definition.written()) == [0, 1]


@pytest.mark.parametrize("results", [("carried",), ("lost",), ("inquorate",)])
def test_nor_is_one_that_ends_in_whichever_way(results: tuple[str, ...]) -> None:
    """With abstentions alone it is lost, and with ayes of people who may be anybody carried."""
    data: dict[str, Any] = load_file(FOOLED).definition.written()
    events = data["machine"]["states"]["voting"]["on"]
    for event in events:
        events[event] = "done" if event.removeprefix("was_") in results else "failed"
    data["machine"]["states"]["failed"] = {"final": True}
    data["invariants"] = [
        {"before": "done", "signed": MEMBER, **FIRM},
        {"before": "done", "people": 1, **MEMBER, **FIRM},
        {"before": "done", "people": 1, "in": ["voting"], **FIRM},
        {"before": "done", "signed": {"person": "opener"}, **FIRM},
    ]
    assert broken(data) == [0, 1, 2, 3]


def test_nor_does_it_count_where_it_is_remembered_who_has_voted() -> None:
    """What must never be is asked of votes too, and so the proof knows of voters then."""
    data: dict[str, Any] = load_file(FOOLED).definition.written()
    data["invariants"] = [
        {"before": "done", "signed": MEMBER, **FIRM},
        {"before": "done", "people": 1, **MEMBER, **FIRM},
        {"never": {"person": "opener", "in": ["voting"]}, **FIRM},
    ]
    assert told(data) == []
    assert broken(data) == [0, 1, 2]


def test_waiting_for_a_child_case_is_no_signature() -> None:
    data = copy.deepcopy(PARENT)
    data["machine"]["states"]["judging"]["on"]["nobody"] = "waiting"
    del data["machine"]["states"]["stuck"]
    del data["steps"]["stuck"]
    data["invariants"] = [
        {"before": "working", "signed": {"role": "arbitrator"}, **FIRM},
        {"before": "working", "people": 1, "in": ["judging", "waiting"], **FIRM},
    ]
    assert told(data) == ["Nobody ever signs in `waiting`: it is no step."]
    assert broken(data) == [0, 1]


def test_never_signing_where_nobody_signs_says_nothing() -> None:
    data = copy.deepcopy(PARENT)
    data["invariants"] = [{"never": {"person": "subject", "in": ["waiting"]}, **FIRM}]
    assert told(data) == ["Nobody ever signs in `waiting`: it is no step."]
