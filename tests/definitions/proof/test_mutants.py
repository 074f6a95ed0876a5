"""What the proof is worth: each thing taken out of our definitions is missed, or it says why not.

Every counterexample is played both ways: it reaches the bad state where the thing is missing, and
is refused where it isn't.
"""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from definitions.checks import check_source
from definitions.definition import Definition
from definitions.errors import Counterexample, DefinitionError
from definitions.exclusivity import load_exclusivity
from definitions.loader import Source, load_library
from definitions.reading import Positions
from tests.support.mutants import mutants
from tests.support.walk_replay import replay

ALWAYS = "Authors are barred from every seat, said or unsaid; this repeats it for readers."
TOLD = "This deadline only tells people that time has passed; no path is opened or closed by it."
STRICTER_COVERS = "Without `covers` a step is about all and freezes it: less can be amended."
STRICTER_REOPEN = "Without `reopen` what is covered freezes with the decision: less is possible."
TWICE = "Another step covers the same field and takes the case back as far, or further."
STRICTER_AMEND = "Less can be amended; nothing else becomes possible."
STRICTER_ROUND = "Amending would begin the round of resubmitting again, which decides nothing."
WAITS = "The opener can still go on, give up or withdraw: it waits, but isn't caught."

SURVIVORS = {
    "application-patch": {
        "review: lead without keeping out author": ALWAYS,
        "review: reviewer without keeping out author": ALWAYS,
        "review: without its deadline": TOLD,
        "review: without covers": STRICTER_COVERS,
        "review: without reopen": STRICTER_REOPEN,
        "test: tester without keeping out author": ALWAYS,
        "test: without its deadline": TOLD,
        "test: without covers": STRICTER_COVERS,
        "test: without reopen": STRICTER_REOPEN,
        "revision: deadline without its event": WAITS,
        "revision: without covers": STRICTER_ROUND,
        "applying: without its deadline": TOLD,
        "applying: without covers": STRICTER_COVERS,
        "applying: without reopen": STRICTER_REOPEN,
        "applying: covers without risk": TWICE,
        "applying: covers without purpose": TWICE,
        "applying: covers without bug": TWICE,
        "backing_out: without its deadline": TOLD,
        "failure_report: without its deadline": TOLD,
        "without amending": STRICTER_AMEND,
        "amend: without patch": STRICTER_AMEND,
        "amend: without risk": STRICTER_AMEND,
        "amend: without purpose": STRICTER_AMEND,
        "amend: without bug": STRICTER_AMEND,
        "amend: not during assessment": STRICTER_AMEND,
        "amend: not during revision": STRICTER_AMEND,
        "amend: not during applying": STRICTER_AMEND,
    },
    "system-patch": {
        "approval: without covers": STRICTER_COVERS,
        "approval: without reopen": STRICTER_REOPEN,
        "approval: covers without packages": TWICE,
        "approval: covers without servers": TWICE,
        "approval: covers without reason": TWICE,
        "escalated: without covers": STRICTER_COVERS,
        "escalated: without reopen": STRICTER_REOPEN,
        "escalated: covers without packages": TWICE,
        "escalated: covers without servers": TWICE,
        "escalated: covers without reason": TWICE,
        "applying: without its deadline": TOLD,
        "applying: without covers": STRICTER_COVERS,
        "applying: without reopen": STRICTER_REOPEN,
        "applying: covers without packages": TWICE,
        "applying: covers without servers": TWICE,
        "applying: covers without reason": TWICE,
        "documenting: without its deadline": TOLD,
        "backing_out: without its deadline": TOLD,
        "failure_report: without its deadline": TOLD,
        "without amending": STRICTER_AMEND,
        "amend: without packages": STRICTER_AMEND,
        "amend: without servers": STRICTER_AMEND,
        "amend: without reason": STRICTER_AMEND,
        "amend: not during approval": STRICTER_AMEND,
        "amend: not during escalated": STRICTER_AMEND,
        "amend: not during applying": STRICTER_AMEND,
    },
}
KILLED = {"application-patch": 20, "system-patch": 9}
"""How many are missed; of those that survive, all but those of `WAITS` let nothing more happen."""


def plain(source: Source) -> dict[str, Any]:
    """Return a definition's own data, its keys in the order of the file."""
    whole = json.loads(source.definition.text)

    def ordered(data: Any, pointer: str) -> Any:
        if isinstance(data, dict):
            keys = whole["order"].get(pointer, sorted(data))
            return {key: ordered(data[key], f"{pointer}/{key}") for key in keys}
        if isinstance(data, list):
            return [ordered(each, f"{pointer}/{i}") for i, each in enumerate(data)]
        return data

    found: dict[str, Any] = ordered(whole["definition"], "")
    return found


def checked(
    data: dict[str, Any],
) -> tuple[Definition | None, tuple[DefinitionError, ...]]:
    """Return the mutant and its findings; no definition where it hasn't even the form."""
    try:
        mutant = Definition.build(data, load_exclusivity().to_json())
    except ValidationError as error:
        return None, (DefinitionError("mutant.yaml", 1, str(error), "."),)
    source = Source(mutant, Positions("mutant.yaml", {}), f"{mutant.process}.yaml")
    return mutant, check_source(source).findings


SOURCES = {source.definition.process: source for source in load_library().sources}


@pytest.mark.parametrize("process", SURVIVORS)
def test_what_is_taken_out_is_missed(process: str) -> None:
    original = SOURCES[process].definition
    survived, killed = [], 0
    for name, data in mutants(plain(SOURCES[process])):
        mutant, findings = checked(data)
        killed += bool(findings)
        if not findings:
            survived.append(name)
        for finding in findings:
            if mutant is not None and isinstance(finding, Counterexample):
                assert_shows(mutant, original, finding)
    assert survived == list(SURVIVORS[process])
    assert killed == KILLED[process]


def assert_shows(mutant: Definition, original: Definition, finding: Counterexample) -> None:
    """The walk goes through on the mutant; on the original an act of it is refused."""
    assert replay(mutant, finding.walk).stopped_at is None, finding.walk
    there = replay(original, finding.walk)
    assert there.stopped_at is not None, finding.walk
    last = finding.walk.strip().splitlines()[-1]
    ended = last.strip().removeprefix("- expect: {state: ").removesuffix("}")
    if ended in original.chart.states and original.chart.states[ended].final:
        # Nothing can be done after an end, so nothing can be refused: the case just hasn't ended.
        return
    assert there.what != "expect", finding.walk


def both_without(process: str, field: str, *steps: str) -> Iterator[DefinitionError]:
    data = plain(SOURCES[process])
    for step in steps:
        data["steps"][step]["covers"]["fields"].remove(field)
    _, findings = checked(data)
    yield from findings


@pytest.mark.parametrize("field", ["packages", "servers", "reason"])
def test_what_two_steps_cover_is_missed_when_neither_does(field: str) -> None:
    found = [f.sentence for f in both_without("system-patch", field, "approval", "applying")]
    assert any("as it now stands" in sentence for sentence in found), found
