"""What the checks find of each mutant, and what its counterexamples show on the right definition.

`python -m tests.support.killing` prints how many are killed, and why the others aren't;
`--write` keeps that, with what ours has instead, for `test_mutants.py` to compare with.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from definitions.checks import bodies_of, check_parts
from definitions.checks.children import check_children
from definitions.checks.context import Context
from definitions.definition import Definition
from definitions.errors import DefinitionError
from definitions.invariant import FLAGGED, QUEUED, Deed
from definitions.loader import Library, Source, load_library
from definitions.model import Body, Invariant, words
from definitions.proof import Finding, prove
from definitions.proof.demands import meeting
from definitions.reading import Positions, read_yaml_bytes
from tests.support.changed_data import Data, Mutant
from tests.support.mutants import mutants
from tests.support.survivors import explained
from tests.support.walk_replay import Replayed, replay

LARGE = 1200
"""So many states make a definition large. Its proof takes as long as all others together."""
SAMPLED = {"holder", "late", "outcome", "target", "mail", "amend more", "withdraw more"}
"""Kinds of which every fifth mutant of a large definition is looked at. What is taken out of it
(seats, exclusions, counts, deadlines, covers, amendments) is looked at without exception."""
EVERY = 5


@dataclass(frozen=True)
class Judged:
    """A mutant and what is found of it.

    Attributes:
        process: of which of our definitions it is one.
        definition: the mutant; None if it hasn't even the form.
        unfit: what is found without a proof: parts that don't fit, or say what they mustn't.
        proved: what the proof finds.
    """

    process: str
    mutant: Mutant
    definition: Definition | None
    unfit: tuple[DefinitionError, ...] = ()
    proved: tuple[Finding, ...] = field(default=())

    @property
    def survives(self) -> bool:
        """Nothing is found of it."""
        return not self.unfit and not self.proved

    @property
    def stated(self) -> bool:
        """An invariant finds it that is about what the file says, and needs no path."""
        return any("doesn't hold: " in finding.sentence for finding in self.unfit)

    @property
    def sentences(self) -> tuple[str, ...]:
        """What is found, in words."""
        return (*(one.sentence for one in self.unfit), *(one.sentence for one in self.proved))


@cache
def judged(process: str) -> tuple[Judged, ...]:
    """Return the mutants of one of our definitions, checked as the whole library is."""
    library = load_library()
    source = next(s for s in library.sources if s.definition.process == process)
    return tuple(judge(source, mutant, library) for mutant in _looked_at(source.definition))


def _looked_at(definition: Definition) -> Iterator[Mutant]:
    large = prove(definition).configurations > LARGE
    seen: Counter[str] = Counter()
    for mutant in mutants(written(definition)):
        seen[mutant.kind] += 1
        if not large or mutant.kind not in SAMPLED or seen[mutant.kind] % EVERY == 1:
            yield mutant


def written(definition: Definition) -> Data:
    """Return a definition's own data, its keys in the order of the file."""
    data = definition.written()
    assert isinstance(data, dict)
    return data


def made(data: Data, original: Definition) -> Definition:
    """Return the definition of a mutant, without the text that only a case's record needs.

    Where nothing that makes the machine is changed, it is the original's: the library takes long.
    """
    definition = Definition("mutant", "", Body.model_validate(data), {})
    if _of_machine(data) == _of_machine(written(original)):
        definition.__dict__["chart"] = original.chart
    return definition


def _of_machine(data: Data) -> tuple[object, ...]:
    reopened = {rules.get("covers", {}).get("reopen") for rules in data["steps"].values()}
    return (data["machine"], data.get("withdraw"), data.get("amend"), reopened)


def judge(source: Source, mutant: Mutant, library: Library) -> Judged:
    """Check a mutant in the place of the original among all definitions."""
    process = source.definition.process
    try:
        definition = made(mutant.data, source.definition)
    except ValidationError as error:
        finding = DefinitionError(source.file, 1, str(error), "Correct it.")
        return Judged(process, mutant, None, (finding,))
    changed = Source(definition, Positions("mutant.yaml", {}), source.file)
    others = [one for one in library.sources if one is not source]
    bodies = bodies_of(Library((changed, *others)))
    unfit = list(check_parts(changed, bodies))
    for other in others:
        if any(e.open and e.open.process == process for e in other.definition.body.effects):
            unfit += check_children(Context.of(other, bodies))
    if unfit:
        return Judged(process, mutant, definition, tuple(unfit))
    if is_same_to_the_proof(mutant, source.definition):
        return Judged(process, mutant, definition)
    return Judged(process, mutant, definition, proved=prove(definition, library=bodies).findings)


def is_same_to_the_proof(mutant: Mutant, original: Definition) -> bool:
    """Say whether only such parts differ as no proof reads; ours hold, so this one does as well."""
    return _read(mutant.data) == _read(written(original))


def _read(data: Data) -> str:
    """Return what a proof reads of a definition, as text: the order of outcomes matters."""
    told = {one["to"] for one in data.get("invariants", ()) if "to" in one}
    start: Data = {name: _field(field) for name, field in data["start"]["fields"].items()}
    start |= {key: data["start"].get(key) for key in ("roles", "when", "cases")}
    steps = {name: _step(step, amended="amend" in data) for name, step in data["steps"].items()}
    effects = [_effect(effect, told) for effect in data.get("effects", ())]
    read = {"start": start, "steps": steps, "effects": [e for e in effects if e is not None]}
    return json.dumps({key: value for key, value in data.items() if key != "privacy"} | read)


def _field(field: Data) -> Data:
    """Only of people it matters whether they must be named."""
    whose = field["type"] in {"person", "patch", "case"}
    return {**field, "required": whose and field.get("required", False)}


def _step(step: Data, *, amended: bool) -> Data:
    """A deadline without an event, how votes are counted and who adds what move no machine."""
    read = {**step, "deadline": step.get("deadline", {}).get("event"), "vote": "vote" in step}
    return read if amended else {**read, "covers": None}


def _effect(effect: Data, told: set[str]) -> Data | None:
    """Of mails those matter that go to a list of which an invariant speaks."""
    if "mail" not in effect:
        return effect
    lists = told & {to["list"] for to in effect["mail"]["to"] if "list" in to}
    return {**effect, "mail": sorted(lists)} if lists else None


def shows(mutant: Definition, original: Definition, finding: Finding) -> str:
    """Play a counterexample both ways; return what the original has instead.

    On the mutant it goes through, to the bad state. The original refuses one of its acts, or isn't
    where the case should be: nothing can be done after an end, so it lets the last act happen, and
    hasn't ended by it. Where something wasn't done that should have been, the original does it.
    """
    assert finding.walk is not None
    bad, good = replay(mutant, finding.walk), replay(original, finding.walk)
    told: Any = read_yaml_bytes(finding.walk.encode(), name="walk.yaml")[0]
    story = told["story"]
    if finding.path[0] in {"machine", "steps"} and finding.path[1:2] != ("states",):
        assert bad.stopped_at is None or bad.why == "no-way", finding.walk
        return _onward(good)
    assert bad.stopped_at is None, finding.walk
    if good.stopped_at is None:
        return _differs(mutant, original, finding, (bad, good))
    ((what, act),) = story[good.stopped_at].items()
    if what == "expect":
        assert good.stopped_at == len(story) - 1, finding.walk
        return f"not {act['state']}"
    keys = ("by", "what", "step", "seat", "name")
    named = {"what": what} | {key: act[key] for key in keys if key in act}
    return " ".join([*(named[key] for key in keys if key in named), good.why])


def _onward(good: Replayed) -> str:
    return "goes on" if good.stopped_at is None else f"{good.what} {good.why}"


def _differs(
    mutant: Definition, original: Definition, finding: Finding, played: tuple[Replayed, Replayed]
) -> str:
    """Say what was done in one of them alone, where both let every act happen."""
    bad, good = played
    if finding.path[0] == "effects":
        effect = mutant.body.effects[int(finding.path[1])]
        assert any(due.effect == effect for due in bad.deeds), finding.walk
        assert all(due.effect != effect for due in good.deeds), finding.walk
        return "not done there"
    invariant = _broken(original, finding)
    if invariant.always == QUEUED:
        assert _queued(good, invariant), finding.walk
        assert not _queued(bad, invariant), finding.walk
        return "queued there"
    if invariant.always == FLAGGED:
        assert _flagged(original, good, invariant), finding.walk
        assert not _flagged(mutant, bad, invariant), finding.walk
        return "flagged there"
    if invariant.to is not None:
        wrote = (good.mailed.count(invariant.to), bad.mailed.count(invariant.to))
        assert wrote[0] > wrote[1], finding.walk
        return "mailed there"
    if invariant.undone is not None:
        assert _did(mutant, bad, invariant.undone, exactly=False), finding.walk
        assert not _did(original, good, invariant.undone, exactly=False), finding.walk
        return "not done there"
    if any(
        way.is_of_opening() and way.child in _opened(good) - _opened(bad)
        for way in invariant.ways()
    ):
        return "opened there"
    if invariant.always in original.chart.states:
        assert invariant.always in _entered(good) - _entered(bad), finding.walk
        return "entered there"
    deeds = [way.done for way in invariant.ways() if way.done is not None]
    done = [deed for deed in deeds if _did(original, good, deed)]
    assert done, finding.walk
    assert not any(_did(mutant, bad, deed) for deed in deeds), finding.walk
    return "done there"


def _broken(original: Definition, finding: Finding) -> Invariant:
    """Return the invariant that a finding is about; one of a ruling names it in its sentence."""
    if finding.path[0] == "invariants":
        return original.body.invariants[int(finding.path[1])]
    named = [one for one in original.body.invariants if f"“{words(one.title)}”" in finding.sentence]
    (invariant,) = named
    return invariant


def _queued(played: Replayed, invariant: Invariant) -> bool:
    """Say whether something was queued as the case came there, or after it."""
    assert played.state is not None
    (after,) = invariant.states()
    step = played.state.steps.get(after)
    since = step.since if step is not None else played.state.ended_at or ""
    return any(one.process == invariant.to and one.at >= since for one in played.state.queued)


def _flagged(definition: Definition, played: Replayed, invariant: Invariant) -> bool:
    """Say whether the list was told that cases repeat, as the case came there or after it."""
    assert played.state is not None
    (after,) = invariant.states()
    step = played.state.steps.get(after)
    since = step.since if step is not None else played.state.ended_at or ""
    noted = [key for key, one in played.state.repeats.items() if one.at >= since]
    told = [definition.body.effects[int(key.rpartition("-")[2])] for key in noted]
    return any(to.list == invariant.to for one in told if one.mail for to in one.mail.to)


def _entered(played: Replayed) -> set[str]:
    """Return the states in which something was done as the case came there."""
    return {due.effect.enter for due in played.deeds if due.effect.enter is not None}


def _opened(played: Replayed) -> set[str]:
    """Return the names of the child cases that were opened."""
    return {due.effect.open.as_ for due in played.deeds if due.effect.open is not None}


def _did(definition: Definition, played: Replayed, deed: Deed, *, exactly: bool = True) -> bool:
    met = meeting(definition.body, deed, exactly=exactly)
    effects = [definition.body.effects[n] for n in met]
    return any(due.effect in effects for due in played.deeds)


KILLED = Path(__file__).parents[1] / "definitions" / "data" / "killed"
"""For each of our definitions what has become of its mutants."""


def kept(process: str) -> dict[str, Any]:
    """Return what is known of a definition's mutants, as it is kept.

    `figures`: how many there are, how many don't fit together (`unfit`), how many break an
    invariant about what the file says (`stated`) or on a path (`proved`), and how many `survive`.
    `instead`: for each that breaks something on a path, by what ours has instead.
    """
    original = load_library().current(process)
    instead: dict[str, list[str]] = {}
    for one in judged(process):
        if one.proved and one.definition is not None:
            told = [f for f in one.proved if f.walk]
            shown = [shows(one.definition, original, finding) for finding in told]
            there = " and ".join(dict.fromkeys(shown)) or "no act shows it"
            instead.setdefault(there, []).append(one.mutant.name)
    return {"figures": figures(process), "instead": instead}


def figures(process: str) -> dict[str, int]:
    """Return how many mutants there are, and what is found of them."""
    every = judged(process)
    return {
        "mutants": len(every),
        "unfit": sum(bool(one.unfit) and not one.stated for one in every),
        "stated": sum(one.stated for one in every),
        "proved": sum(bool(one.proved) for one in every),
        "survive": sum(one.survives for one in every),
    }


def share_killed(figures: dict[str, int]) -> str:
    """Return how many of a hundred are killed, in words for a table."""
    killed = figures["mutants"] - figures["survive"]
    return f"{100 * killed / figures['mutants']:.0f} %"


def reasons(process: str) -> Counter[str]:
    """Return why mutants survive, with how many do so for it."""
    surviving = [one.mutant.name for one in judged(process) if one.survives]
    return Counter(reason.text for name in surviving for reason, _ in explained(process, name))


def _table(processes: Sequence[str]) -> Iterator[str]:
    for process in processes:
        found = figures(process)
        told = ", ".join(f"{name} {number}" for name, number in found.items())
        yield f"{process}: {told}; killed {share_killed(found)}"
        for reason, number in reasons(process).most_common():
            yield f"  {number:4}  {reason}"


def main(arguments: Sequence[str]) -> None:
    """Print the table; with `--write` keep what is found."""
    processes = load_library().processes()
    for process in processes if "--write" in arguments else ():
        text = json.dumps(kept(process), indent=1, ensure_ascii=False)
        (KILLED / f"{process}.json").write_text(text + "\n", encoding="utf-8")
    for line in _table(processes):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
