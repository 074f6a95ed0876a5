"""Checks what a definition's form can't say: that all its parts fit each other and the policy.

`loader.py` says whether a file can be read and has the form; here every reference must lead
somewhere, the machine must be one that python-statemachine runs as it is meant, and each citation
must be a section of the policy. Where all of that is in order, `definitions/proof/` goes through
every path and proves the invariants; what it finds comes with a walk that shows it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from definitions.canonical import Json
from definitions.checks.appointing import check_bound, check_draws
from definitions.checks.children import check_cases, check_children
from definitions.checks.choosing import check_choices
from definitions.checks.citing import check_citations, check_words
from definitions.checks.context import Context
from definitions.checks.deeds import check_ends, check_grants
from definitions.checks.effects import check_effects
from definitions.checks.events import check_events
from definitions.checks.form import check_fields, check_people, check_privacy, check_start
from definitions.checks.invariants import check_invariants
from definitions.checks.lists import check_lists
from definitions.checks.publishing import check_publishes
from definitions.checks.queueing import check_queues
from definitions.checks.rulings import (
    check_arbitrates,
    check_ids,
    check_opened_by_rulings,
    check_rulings,
)
from definitions.checks.scheduling import check_schedule
from definitions.checks.seats import check_seats
from definitions.checks.stated import check_stated
from definitions.checks.states import check_states
from definitions.checks.steps import check_steps
from definitions.checks.taking_back import check_amend, check_withdraw
from definitions.checks.times import check_times
from definitions.checks.told import check_told
from definitions.checks.votes import check_links, check_votes
from definitions.checks.ways import check_ways
from definitions.errors import Counterexample, DefinitionError
from definitions.loader import Library, Source
from definitions.model import Body
from definitions.proof import prove
from definitions.proof.demands import always

__all__ = ["Report", "bodies_of", "check_library", "check_parts", "check_source"]

_CHECKS = (
    check_start,
    check_schedule,
    check_fields,
    check_people,
    check_states,
    check_ways,
    check_events,
    check_steps,
    check_times,
    check_seats,
    check_votes,
    check_links,
    check_lists,
    check_draws,
    check_bound,
    check_amend,
    check_withdraw,
    check_rulings,
    check_arbitrates,
    check_opened_by_rulings,
    check_ids,
    check_effects,
    check_told,
    check_grants,
    check_ends,
    check_children,
    check_cases,
    check_queues,
    check_privacy,
    check_publishes,
    check_invariants,
    check_stated,
    check_citations,
    check_words,
)


@dataclass(frozen=True)
class Report:
    """What was checked of one definition, and what is wrong with it.

    Attributes:
        version: the definition's version (SHA-256).
        invariants: how many invariants it must meet: those that it states, and `always`.
        always: what is asked of every definition, whatever it states, so far as it is about
            something that this one does: in words, with the section, and whether it holds.
        configurations: how many states the proof went through; 0 if the parts don't fit and so
            nothing could be proved.
        findings: what is wrong, in the order of the file.
    """

    process: str
    version: str
    invariants: int
    configurations: int
    ok: bool
    findings: tuple[DefinitionError, ...]
    always: tuple[Mapping[str, Json], ...] = ()

    def to_json(self) -> dict[str, Json]:
        """Return it as `countersign definitions check --json` prints it."""
        return {
            "process": self.process,
            "version": self.version,
            "invariants": self.invariants,
            "always": [dict(one) for one in self.always],
            "configurations": self.configurations,
            "ok": self.ok,
            "findings": [finding.to_json() for finding in self.findings],
        }


def check_source(source: Source) -> Report:
    """Check one definition by itself; what it says of other processes isn't looked up."""
    return _report(source, (), {})


def check_library(library: Library) -> tuple[Report, ...]:
    """Check every definition, and that they fit together; in the library's order."""
    taken: dict[str, str] = {}
    lists: dict[str, str] = {}
    reports = []
    bodies = bodies_of(library)
    for source in library.sources:
        body = source.definition.body
        first = taken.setdefault(body.number, source.file)
        found = []
        if first != source.file:
            sentence = f"The letter `{body.number}` numbers the cases of {first} already."
            remedy = "Choose a letter that no other process has."
            found.append(source.positions.error(("number",), sentence, remedy))
        public = body.publishes.as_ if body.publishes is not None else ""
        if public and lists.setdefault(public, source.file) != source.file:
            sentence = f"The public list `{public}` is that of {lists[public]} already."
            remedy = "Choose a name that no other process has."
            found.append(source.positions.error(("publishes", "as"), sentence, remedy))
        reports.append(_report(source, found, bodies))
    return tuple(reports)


def bodies_of(library: Library) -> Mapping[str, Body]:
    """Return every process of a library by its name, for checks of what one says of another."""
    return {source.definition.process: source.definition.body for source in library.sources}


def check_parts(
    source: Source, library: Mapping[str, Body] | None = None
) -> tuple[DefinitionError, ...]:
    """Check that the parts of one definition fit; prove nothing.

    Args:
        library: the processes beside it (`bodies_of`); without, they aren't looked up.
    """
    context = Context.of(source, library)
    too_many = _in_order(check_choices(context))
    if too_many:
        return too_many  # the rest goes through all of them
    return _in_order(finding for check in _CHECKS for finding in check(context))


def _in_order(findings: Iterable[DefinitionError]) -> tuple[DefinitionError, ...]:
    # The same is found twice where an alias repeats what is wrong.
    once = {(finding.line, finding.sentence): finding for finding in findings}
    return tuple(sorted(once.values(), key=lambda finding: finding.line))


def _report(
    source: Source, found: Iterable[DefinitionError], library: Mapping[str, Body]
) -> Report:
    parts = check_parts(source, library)
    configurations, proved = (0, ()) if parts else _proved(source, library)
    findings = _in_order([*found, *parts, *proved])
    built_in = () if parts else _always(source, proved)
    return Report(
        process=source.definition.process,
        version=source.definition.version,
        invariants=len(source.definition.body.invariants) + len(built_in),
        configurations=configurations,
        ok=not findings,
        findings=findings,
        always=built_in,
    )


def _always(source: Source, proved: Iterable[DefinitionError]) -> tuple[Mapping[str, Json], ...]:
    broken = [finding.sentence for finding in proved]
    asked = {one.title: one.policy for one in always(source.definition.body)}
    return tuple(
        {
            "title": title,
            "policy": policy,
            "ok": not any(sentence.startswith(f"“{title}”") for sentence in broken),
        }
        for title, policy in asked.items()
    )


def _proved(source: Source, library: Mapping[str, Body]) -> tuple[int, tuple[DefinitionError, ...]]:
    proof = prove(source.definition, library=library)
    findings = []
    for finding in proof.findings:
        where = source.positions.error(finding.path, finding.sentence, finding.remedy)
        findings.append(
            where
            if finding.walk is None
            else Counterexample(where.file, where.line, *where.args[2:], walk=finding.walk)
        )
    return proof.configurations, tuple(findings)
