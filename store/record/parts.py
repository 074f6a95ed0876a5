"""Who had part in a case by a time: asked where other cases name it, and keep its people out.

A named case is replayed once, and what changed in it is kept; most cases are named by none.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection

from definitions.acts import RULE, Act, Facts
from definitions.clock import parse, stamp
from definitions.definition import Definition
from definitions.refusals import Refusal
from definitions.rules import apply
from definitions.state import CaseState
from store.cases import UnknownDefinitionError, load_definition
from store.mail_entries import MAIL
from store.record.history import LEEWAY
from store.record.reading import stored_entries
from store.streams import read_entry


@dataclass(frozen=True)
class _Moment:
    """Who was whom in a case from a time on, and who signed or ruled there until then."""

    at: str
    people: Mapping[str, tuple[str, ...]]
    signed: frozenset[tuple[str, str, str]]
    ruled: frozenset[str]


@dataclass(frozen=True)
class _Story:
    definition: Definition
    named: Mapping[str, str]
    moments: tuple[_Moment, ...]

    def near(self, at: str) -> tuple[_Moment, ...]:
        """Return how it stood at that time; more than one, where the order isn't certain."""
        early = stamp(parse(at) - LEEWAY)
        until = [one for one in self.moments if one.at <= at]
        sure = [nth for nth, one in enumerate(until) if one.at < early]
        return tuple(until[sure[-1] if sure else 0 :])

    def part(self, moment: _Moment, names: Collection[str]) -> set[str]:
        """Return who is, or signed or ruled as, one of these people."""
        found = {who for name in names for who in moment.people.get(name, ())}
        for step, seat, who in moment.signed:
            spec = self.definition.body.steps[step].seats.get(seat)
            if spec is not None and spec.person is not None and spec.person in names:
                found.add(who)
        rule = self.definition.body.arbitrates
        if rule is not None and set(rule.people) & set(names):
            found |= moment.ruled
        return found


@dataclass
class NamedPeople:
    """The people of named cases, as far as somebody asked."""

    connection: Connection
    stories: dict[str, _Story | None] = field(default_factory=dict)

    def part_in(self, case: str, names: Collection[str], at: str) -> tuple[set[str], set[str]]:
        """Return who surely had part in a case by that time, and who may have had.

        They are the same unless something happened there at nearly that time.
        """
        if case not in self.stories:
            self.stories[case] = self._story(case)
        story = self.stories[case]
        near = story.near(at) if story is not None else ()
        if story is None or not near:
            return set(), set()
        parts = [story.part(moment, names) for moment in near]
        sure, possible = set.intersection(*parts), set.union(*parts)
        for name, person in story.definition.body.people.items():
            if person.of and name in names and person.from_ in story.named:
                more = self.part_in(story.named[person.from_], person.of, at)
                sure, possible = sure | more[0], possible | more[1]
        return sure, possible

    def _story(self, case: str) -> _Story | None:
        """Replay a case; None where it can't be, which its own check tells."""
        state: CaseState | None = None
        definition: Definition | None = None
        signed: set[tuple[str, str, str]] = set()
        ruled: set[str] = set()
        moments: list[_Moment] = []
        try:
            for stored in stored_entries(self.connection, case):
                entry = read_entry(stored.text)
                act = Act.from_json(entry.act)
                if act.kind == MAIL:
                    continue
                definition = definition or load_definition(self.connection, act.definition)
                facts = Facts.from_json(entry.facts)
                values = {name: one.value for name, one in stored.openings.items()}
                changes = apply(definition, state, act, values, facts)
                if isinstance(changes, Refusal):
                    return None
                state = changes.state
                if act.kind == "sign_off" and act.step and act.seat:
                    signed.add((act.step, act.seat.partition(":")[0], act.actor))
                if act.kind == RULE:
                    ruled.add(act.actor)
                moment = _Moment(facts.time, state.people, frozenset(signed), frozenset(ruled))
                moments.append(moment)
        except (ValueError, TypeError, KeyError, UnknownDefinitionError):
            return None
        if definition is None or state is None:
            return None
        named = {name: one.case for name, one in state.named.items()}
        return _Story(definition, named, tuple(moments))
