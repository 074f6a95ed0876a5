"""What the proof is worth: each thing taken out of our definitions is missed, or it says why not.

Every counterexample is played both ways: it reaches the bad state where the thing is missing, and
is refused where it isn't.
"""

import json
import random
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from definitions.checks import check_source
from definitions.definition import Definition
from definitions.errors import Counterexample, DefinitionError
from definitions.exclusivity import load_exclusivity
from definitions.loader import Source, load_library
from definitions.proof.acts import Acts, Next
from definitions.proof.plan import Plan
from definitions.proof.walkfile import walk
from definitions.reading import Positions, read_yaml_bytes
from tests.support.mutants import mutants
from tests.support.walk_replay import replay

ALWAYS = "Authors are barred from every seat, said or unsaid; this repeats it for readers."
TOLD = "The policy sets no times: a deadline that only tells people opens and closes no path."
STRICTER_COVERS = "Without `covers` a step is about all and freezes it: less can be amended."
STRICTER_REOPEN = "Without `reopen` what is covered freezes with the decision: less is possible."
TWICE = "Another step covers the same field and goes back; this one then begins anew anyway."
STRICTER_AMEND = "Less can be amended, which no section demands; nothing else becomes possible."
STRICTER_ROUND = "Amending would begin the round of resubmitting again, which decides nothing."
WAITS = "No section ends it; the opener can still go on, give up or withdraw: it isn't caught."

FORM = "not sound"
"""Parts don't fit, and nothing is left to be played: a step without seats, an event that nobody
sends, an exclusion one way only."""

PATHS, LENGTH = 3, 14

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
        "escalated: without covers": STRICTER_COVERS,
        "escalated: without reopen": STRICTER_REOPEN,
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
KILLED = {
    "application-patch": {
        "review: without the seat lead": "nkiru sign applying executor not-open",
        "review: lead without keeping out test": "somebody-3 sign review lead barred",
        "review: without the seat reviewer": "nkiru sign applying executor not-open",
        "review: reviewer without keeping out test": "somebody-3 sign review reviewer barred",
        "review: reviewer without its count": "nkiru sign applying executor not-open",
        "review: covers without patch": FORM,
        "review: covers without risk": FORM,
        "review: covers without purpose": "nkiru sign applying executor not-open",
        "review: covers without bug": "nkiru sign applying executor not-open",
        "test: without the seat tester": FORM,
        "test: tester without keeping out review": "somebody-2 sign test tester barred",
        "test: tester without its count": "nkiru sign applying executor not-open",
        "test: covers without patch": FORM,
        "revision: without the seat opener": FORM,
        "applying: without the seat executor": "not done",
        "applying: without the seat observer": "not done",
        "applying: covers without patch": FORM,
        "backing_out: without the seat executor": "nkiru sign failure_report scribe not-open",
        "backing_out: without the seat observer": "nkiru sign failure_report scribe not-open",
        "failure_report: without the seat scribe": FORM,
    },
    "system-patch": {
        "approval: without the seat lead": FORM,
        "approval: deadline without its event": FORM,
        "approval: covers without packages": "bartho sign approval lead not-open",
        "approval: covers without servers": "bartho sign approval lead not-open",
        "approval: covers without reason": "bartho sign approval lead not-open",
        "escalated: without the seat lead": FORM,
        "escalated: covers without packages": "bartho sign escalated lead not-open",
        "escalated: covers without servers": "bartho sign escalated lead not-open",
        "escalated: covers without reason": "bartho sign escalated lead not-open",
        "applying: without the seat executor": "jorun sign documenting scribe not-open",
        "applying: without the seat observer": "jorun sign documenting scribe not-open",
        "documenting: without the seat scribe": FORM,
        "backing_out: without the seat executor": "jorun sign failure_report scribe not-open",
        "backing_out: without the seat observer": "jorun sign failure_report scribe not-open",
        "failure_report: without the seat scribe": FORM,
    },
}
"""What ours refuses of each counterexample: who does what in which seat, and the refusal's code."""


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
    survived, killed = [], {}
    for name, data in mutants(plain(SOURCES[process])):
        mutant, findings = checked(data)
        if not findings:
            survived.append(name)
            continue
        walks = [f for f in findings if mutant and isinstance(f, Counterexample)]
        refused = [shows(mutant, original, f) for f in walks if mutant]
        killed[name] = " and ".join(dict.fromkeys(refused)) or FORM
    assert survived == list(SURVIVORS[process])
    assert killed == KILLED[process]


def shows(mutant: Definition, original: Definition, finding: Counterexample) -> str:
    """Play a counterexample both ways; return the act that the original refuses.

    On the mutant it goes through, to the bad state. Nothing can be done after an end: where the
    bad state is one, the original lets the last act happen, and hasn't ended by it.
    """
    assert replay(mutant, finding.walk).stopped_at is None, finding.walk
    there = replay(original, finding.walk)
    assert there.stopped_at is not None, finding.walk
    data: Any = read_yaml_bytes(finding.walk.encode(), name="walk.yaml")[0]
    ((what, told),) = data["story"][there.stopped_at].items()
    if what == "expect":
        assert original.chart.states[told["state"]].final, finding.walk
        assert there.stopped_at == len(data["story"]) - 1
        return f"not {told['state']}"
    return " ".join(
        [told["by"], what, *(told[k] for k in ("step", "seat") if k in told), there.why]
    )


@pytest.mark.parametrize("process", SURVIVORS)
def test_whatever_survives_lets_nothing_more_happen(process: str) -> None:
    """Every invariant that holds for ours holds for these, so none could ever tell them apart.

    Paths are drawn from each survivor and played by the real rules on ours, which let all happen.
    """
    original = SOURCES[process].definition
    drawn = random.Random(4)  # noqa: S311 - the same paths each time
    through = 0
    for name, data in mutants(plain(SOURCES[process])):
        if name in SURVIVORS[process]:
            mutant, _ = checked(data)
            assert mutant is not None
            acts = Acts(Plan(mutant))
            for number in range(PATHS):
                told = walk(acts.plan, path_of(acts, drawn), name=f"path-{number}",
                            title=name, ends_at=None)  # fmt: skip
                there = replay(mutant, told).stopped_at
                assert replay(original, told).stopped_at == there, told
                through += there is None
    assert through > PATHS  # the rest stop where the sample community has nobody like these


def path_of(acts: Acts, drawn: random.Random) -> list[Next]:
    """Draw a path: mostly signatures, now and then something taken back."""
    path = [drawn.choice(list(acts.begin()))]
    while len(path) < LENGTH:
        following = [each for each in acts.after(path[-1].state) if each.nowhere is None]
        kinds = sorted({each.done.kind for each in following} - {"deadline"})
        if not kinds:
            return path
        wanted = drawn.choice([*kinds, *(["sign"] * 4 if "sign" in kinds else [])])
        path.append(drawn.choice([each for each in following if each.done.kind == wanted]))
    return path


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
