"""States of cases made by the rules alone: no store, no web."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from definitions.acts import Act, Facts
from definitions.canonical import Json, commit_to
from definitions.clock import FixedClock, stamp
from definitions.definition import Definition
from definitions.refusals import Refusal
from definitions.rules import apply, shown
from definitions.state import CaseState
from store.queries.community import Community
from web.presenters.reader import Reader

START = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)
SALT = "00" * 32


@dataclass
class Told:
    """A case that goes on by the rules, and people by id with their roles."""

    definition: Definition
    roles: Mapping[str, tuple[str, ...]]
    names: Mapping[str, str]
    clock: FixedClock = field(default_factory=lambda: FixedClock(START))
    state: CaseState | None = None
    ids: "itertools.count[int]" = field(default_factory=itertools.count)

    @property
    def now(self) -> CaseState:
        assert self.state is not None
        return self.state

    @property
    def community(self) -> Community:
        holders: dict[str, tuple[str, ...]] = {}
        for person, roles in self.roles.items():
            for role in roles:
                holders[role] = (*holders.get(role, ()), person)
        return Community(names=self.names, holders=holders)

    def reader(self, person: str) -> Reader:
        roles = frozenset(self.roles.get(person, ()))
        return Reader(person, roles, self.clock.now(), self.community)

    def open(self, person: str, values: Mapping[str, Json], **people: tuple[str, ...]) -> None:
        self._apply("open", person, values, people=people, number="x20261123.1")

    def sign(self, person: str, step: str, seat: str, outcome: str, **values: Json) -> None:
        self._apply("sign_off", person, values, step=step, seat=seat, outcome=outcome)

    def act(self, kind: str, person: str, step: str | None = None, **values: Json) -> None:
        self._apply(kind, person, values, step=step)

    def decline(self, person: str, step: str, seat: str) -> None:
        self._apply("decline", person, {"comment": "I am away."}, step=step, seat=seat)

    def _apply(
        self,
        kind: str,
        person: str,
        values: Mapping[str, Json],
        *,
        step: str | None = None,
        seat: str | None = None,
        outcome: str | None = None,
        number: str | None = None,
        people: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        at = stamp(self.clock.now())
        act = Act(
            id=f"act-{next(self.ids)}",
            case="case-1",
            kind=kind,
            actor=person,
            definition=self.definition.version,
            shown=shown(self.definition, self.state, step) if self.state else "",
            auth={"kind": "link", "at": at},
            at=at,
            step=step,
            instance=self.now.steps[step].instance if step and self.state else None,
            seat=seat,
            outcome=outcome,
            values={name: commit_to(SALT, value) for name, value in values.items()},
        )
        facts = Facts(at, self.roles[person], number, dict(people or {}))
        changes = apply(self.definition, self.state, act, values, facts)
        assert not isinstance(changes, Refusal), changes
        self.state = changes.state
