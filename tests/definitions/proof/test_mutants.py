"""What the checks are worth: whatever is changed in our definitions is found, or says why not.

Every counterexample is played both ways: it reaches the bad state on the mutant, and is refused by
ours, or ours does what the mutant leaves undone. `python -m tests.support.killing` prints what is
killed and why the rest isn't; with `--write` it keeps that anew.
"""

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from definitions.checks import check_source
from definitions.definition import Definition
from definitions.errors import DefinitionError
from definitions.exclusivity import load_exclusivity
from definitions.loader import Source, load_library
from definitions.proof import prove
from definitions.proof.acts import Acts
from definitions.proof.happening import Next
from definitions.proof.plan import Plan
from definitions.proof.walkfile import walk
from definitions.reading import Positions
from tests.support.appointing_case import PARENT
from tests.support.killing import KILLED, Judged, is_same_to_the_proof, judged, kept, written
from tests.support.mutants import mutants
from tests.support.sample_case import sample
from tests.support.survivors import SURVIVORS, explained
from tests.support.tiers import first
from tests.support.walk_replay import replay
from worker.definitions_commands import check

SOURCES = {source.definition.process: source for source in load_library().sources}
QUICK = {"motion", "direction", "backup-verification"}
PATHS, LENGTH = 3, 14
ANEW = "If it is meant to be so, keep it anew: python -m tests.support.killing --write"


@pytest.mark.parametrize("process", first(SOURCES, QUICK))
def test_whatever_survives_has_one_reason_and_nothing_else_has_any(process: str) -> None:
    unexplained = [o.mutant.name for o in judged(process) if o.survives and not _reasons(o)]
    assert unexplained == []
    assert [o.mutant.name for o in judged(process) if len(_reasons(o)) > 1] == []
    assert [o.mutant.name for o in judged(process) if not o.survives and _reasons(o)] == []


def _reasons(one: Judged) -> list[str]:
    assert one.process in SURVIVORS
    return [reason.text for reason, _ in explained(one.process, one.mutant.name)]


@pytest.mark.parametrize("process", first(SOURCES, QUICK))
def test_every_counterexample_is_played_both_ways_and_shows_the_same(process: str) -> None:
    known = json.loads((KILLED / f"{process}.json").read_text(encoding="utf-8"))
    assert kept(process) == known, ANEW


@pytest.mark.parametrize("process", SOURCES)
def test_no_reason_is_left_over(process: str) -> None:
    names = [mutant.name for mutant in mutants(written(SOURCES[process].definition))]
    for patterns in SURVIVORS[process].values():
        for pattern in patterns:
            assert any(re.fullmatch(pattern, name) for name in names), pattern


@pytest.mark.parametrize("process", first(SOURCES, QUICK))
def test_a_reason_that_says_where_a_mutant_leads_is_true(process: str) -> None:
    definition = SOURCES[process].definition
    for one in judged(process):
        for reason, match in explained(process, one.mutant.name):
            if reason.leads:
                at = _leads(definition, match.groupdict())
                assert _is_poor_end(definition, at) == (reason.leads == "end"), one.mutant.name
                assert definition.chart.states[at].final == (reason.leads == "end")


def _leads(definition: Definition, named: dict[str, str | None]) -> str:
    """Return the state that a reason names, or that the event leads to which it names."""
    if named.get("to") is not None:
        return str(named["to"])
    at, event = str(named["at"]), str(named["event"])
    around = (at, *definition.chart.around(at))
    states = definition.chart.states
    (target,) = next(found for name in around if (found := states[name].targets(event)))
    return target


def _is_poor_end(definition: Definition, at: str) -> bool:
    state, effects = definition.chart.states[at], definition.body.effects
    given = any(e.enter == at and (e.grant is not None or e.end is not None) for e in effects)
    return state.final and state.outcome != "good" and not given


@pytest.mark.parametrize("process", first(SOURCES, QUICK))
def test_where_nothing_more_can_happen_nothing_more_happens(process: str) -> None:
    """Every invariant that holds for ours holds for these, so none could ever tell them apart.

    Paths are drawn from each survivor and played by the real rules on ours, which let all happen.
    """
    original = SOURCES[process].definition
    drawn = random.Random(4)  # noqa: S311 - the same paths each time
    through = asked = 0
    ours = Acts(Plan(original))
    for one in judged(process):
        if not any(reason.no_more for reason, _ in explained(process, one.mutant.name)):
            continue
        assert one.definition is not None
        plan = Plan(one.definition)
        acts = ours if is_same_to_the_proof(one.mutant, original) else Acts(plan)
        for number in range(PATHS):
            told = walk(plan, path_of(acts, drawn), name=f"path-{number}",
                        title=one.mutant.name, ends_at=None)  # fmt: skip
            there = replay(one.definition, told).stopped_at
            assert replay(original, told).stopped_at == there, told
            through, asked = through + (there is None), asked + 1
    assert through > min(PATHS, asked // 2)  # the rest stop where nobody is like these


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


@pytest.mark.parametrize("process", first(["motion", "onboarding", "termination"], QUICK))
def test_what_no_proof_reads_is_the_same_to_the_proof(process: str) -> None:
    original = SOURCES[process].definition
    same = {o.mutant.kind: o for o in judged(process) if is_same_to_the_proof(o.mutant, original)}
    assert len(same) > 2
    for one in same.values():
        assert one.definition is not None
        assert prove(one.definition) == prove(original)


@pytest.mark.soak
@pytest.mark.parametrize("number", range(2))
def test_the_command_finds_the_same(number: int, tmp_path: Path) -> None:
    """`countersign definitions check --json`, with one mutant of each definition in a folder."""
    chosen = {process: _some(process)[number] for process in SOURCES}
    for process, one in chosen.items():
        file = tmp_path / f"{process}.yaml"
        file.write_text(json.dumps(one.mutant.data), encoding="utf-8")
    found = check([tmp_path], [])
    assert not found["ok"]
    assert [report["process"] for report in found["definitions"]] == list(chosen)
    for report in found["definitions"]:
        there = {finding["sentence"] for finding in report["findings"]}
        assert there == set(chosen[report["process"]].sentences), report["process"]


def _some(process: str) -> tuple[Judged, Judged]:
    """Return a mutant that breaks an invariant on a path, and one that does by what it says.

    What one definition says of another isn't changed, as all of them are checked together.
    """
    alone = [o for o in judged(process) if o.mutant.kind not in {"start", "effect", "people"}]
    return next(o for o in alone if o.proved), next(o for o in alone if o.stated)


@pytest.mark.parametrize("definition", [sample().written(), PARENT], ids=["sample", "parent"])
def test_the_mutants_are_those_of_any_definition(definition: Any) -> None:
    before = json.dumps(definition)
    made = list(mutants(definition))
    assert json.dumps(definition) == before
    assert len({mutant.name for mutant in made}) == len(made)
    assert all(json.dumps(mutant.data) != before for mutant in made)
    kinds = {mutant.kind for mutant in made}
    assert kinds > {"seat", "target", "outcome", "start", "form", "privacy"}


def test_every_part_has_its_mutants() -> None:
    """A generator that forgot a part would kill all that it makes of the rest, and look well."""
    every = [*(written(source.definition) for source in SOURCES.values()), PARENT]
    kinds = {mutant.kind for data in every for mutant in mutants(data)}
    assert kinds == {
        "seat", "holder", "deadline", "late", "covers", "outcome", "vote", "list", "target",
        "amend", "amend more", "withdraw", "withdraw more", "mail", "effect", "start", "form",
        "people", "draw", "bound", "privacy",
    }  # fmt: skip


def both_without(process: str, field: str, *steps: str) -> Iterator[DefinitionError]:
    data = written(SOURCES[process].definition)
    for step in steps:
        data["steps"][step]["covers"]["fields"].remove(field)
    mutant = Definition.build(data, load_exclusivity().to_json())
    source = Source(mutant, Positions("mutant.yaml", {}), f"{mutant.process}.yaml")
    yield from check_source(source).findings


@pytest.mark.parametrize("field", ["packages", "servers", "reason"])
def test_what_two_steps_cover_is_missed_when_neither_does(field: str) -> None:
    found = [f.sentence for f in both_without("system-patch", field, "approval", "applying")]
    assert any("as it now stands" in sentence for sentence in found), found
