"""Plays acts at a definition by the rules alone: no store, no keys, a clock that stands still.

`Play` keeps the state of one case as a commit would, and makes acts as the web would; every
refused act is checked to have changed nothing. `Any` part of an act can be forged by keyword.
"""

import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from definitions.acts import RULED, SYSTEM, Act, Facts
from definitions.canonical import Json, commit_to
from definitions.clock import stamp
from definitions.definition import Definition
from definitions.refusals import Refusal
from definitions.rules import Changes, Due, apply, next_due, shown
from definitions.rules.changes import DeedDue
from definitions.state import CaseState

Answer = Changes | Refusal
BEGIN = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
PACKAGES: Json = {
    "packages": [
        {
            "name": "openssl",
            "architecture": "amd64",
            "old": "3.0.1",
            "new": "3.0.2",
            "origins": ["stable-security"],
            "security": True,
        }
    ]
}


def patch_value(*addresses: str, declared: Mapping[str, str] | None = None) -> Json:
    """Return the value of a patch field with one commit by these authors."""
    person = [{"name": "", "address": address} for address in addresses]
    return {
        "file": {"sha256": "a" * 64, "name": "fix.patch", "size": 900},
        "patches": [
            {
                "commit": "b" * 40,
                "subject": "Mend it",
                "series": None,
                "message": "",
                "authors": person,
                "committers": [],
                "co_authors": [],
                "signed_off_by": [],
                "trailers": [],
                "date": "2026-03-01T12:00:00+00:00",
                "files": [],
            }
        ],
        "declared": dict(declared or {}),
    }


def often(definition: Definition) -> dict[str, tuple[str, ...]]:
    """Return the facts by which whatever can repeat in a definition's cases has repeated."""
    return {
        f"enter-{effect.enter}-{index}": tuple(
            f"t20260301.{n}" for n in range(1, effect.repeated.least)
        )
        for index, effect in enumerate(definition.body.effects)
        if effect.repeated is not None
    }


@dataclass
class Play:
    """One case under one definition; `roles` says who is who, `state` where it stands."""

    definition: Definition
    roles: dict[str, tuple[str, ...]]
    state: CaseState | None = None
    now: datetime = BEGIN
    last: Answer | None = None
    ids: "itertools.count[int]" = field(default_factory=lambda: itertools.count(1))
    reversed: bool = True
    more: dict[str, Any] = field(default_factory=dict)
    """Other facts, as the commit finds them: bodies, candidates, conflicts …"""
    deeds: list[DeedDue] = field(default_factory=list)
    """What the case has had done: roles and lists that began and ended, cases opened."""
    mailed: list[str] = field(default_factory=list)
    """The mailing lists that were written to, whether or not cases had repeated."""

    @property
    def case(self) -> CaseState:
        """The state, once there is a case."""
        assert self.state is not None
        return self.state

    def act(
        self, kind: str, who: str, values: Mapping[str, Json] | None = None, **over: Any
    ) -> Act:
        """Make an act as the web would; `over` replaces parts of it."""
        step = over.get("step")
        at = self.state.steps.get(step) if self.state and step else None
        number = next(self.ids)
        state = self.state
        known_step = step if step in self.definition.body.steps else None
        made = Act(
            id=f"act-{number}",
            case="case-1",
            kind=kind,
            actor=who,
            roles=self.roles.get(who, ()),
            definition=self.definition.version,
            shown=shown(self.definition, state, known_step) if state else "",
            auth={"kind": "link", "at": stamp(self.now)},
            at=stamp(self.now),
            instance=at.instance if at else None,
            values={
                name: commit_to(f"{number:064x}", value) for name, value in (values or {}).items()
            },
        )
        return replace(made, **over)

    def do(
        self,
        act: Act,
        values: Mapping[str, Json] | None = None,
        people: Mapping[str, tuple[str, ...]] | None = None,
    ) -> Answer:
        """Apply an act and keep what it changes."""
        facts = Facts(
            **{
                "time": stamp(self.now),
                "roles": self.roles.get(act.actor, ()),
                "number": "t20260302.1" if act.kind == "open" else None,
                "people": people or {},
            }
            | self.more
        )
        before = None if self.state is None else self.state.to_json()
        self.last = apply(self.definition, self.state, act, dict(values or {}), facts)
        if isinstance(self.last, Changes):
            self.state = self._stored(self.last.state)
            self.deeds += self.last.deeds
            always = [mail for mail in self.last.mails if mail.key not in often(self.definition)]
            self.mailed += [to.list for mail in always for to in mail.to if to.list]
        else:
            assert (None if self.state is None else self.state.to_json()) == before
        return self.last

    def _stored(self, state: CaseState) -> CaseState:
        """As the store gives it back: the rules may not depend on the order of its mappings."""
        data = state.to_json()
        if self.reversed:
            for part in ("steps", "people", "fields", "history", "known"):
                data[part] = dict(reversed(data[part].items()))
        again = CaseState.model_validate(data)
        assert again.digest() == state.digest()
        return again

    def open(
        self,
        who: str,
        values: Mapping[str, Json],
        people: Mapping[str, tuple[str, ...]] | None = None,
        **over: Any,
    ) -> Answer:
        """Open the case."""
        return self.do(self.act("open", who, values, **over), values, people)

    def sign(
        self,
        who: str,
        step: str,
        seat: str,
        outcome: str,
        values: Mapping[str, Json] | None = None,
        **over: Any,
    ) -> Answer:
        """Sign a seat of a step."""
        parts = {"step": step, "seat": seat, "outcome": outcome} | over
        return self.do(self.act("sign_off", who, values, **parts), values)

    def tell(
        self, kind: str, who: str, values: Mapping[str, Json] | None = None, **over: Any
    ) -> Answer:
        """Do something else: comment, retract, decline, withdraw."""
        return self.do(self.act(kind, who, values, **over), values)

    def amend(
        self,
        who: str,
        values: Mapping[str, Json],
        people: Mapping[str, tuple[str, ...]] | None = None,
        **over: Any,
    ) -> Answer:
        """Amend fields of the case."""
        return self.do(self.act("amend", who, values, **over), values, people)

    def clock(self, kind: str, step: str, **over: Any) -> Answer:
        """Let the clock act."""
        return self.do(self.act(kind, SYSTEM, step=step, **over))

    def wait(self, **length: float) -> list[str]:
        """Let time pass and the clock do all that has become due; return what it did.

        Lots aren't cast: whoever plays says on whom they fall (`lot`).
        """
        until, done = self.now + timedelta(**length), []
        while (due := self._due()) and due.at <= stamp(until):
            self.now = max(self.now, datetime.fromisoformat(due.at))
            result = self.clock(due.kind, due.step)
            assert isinstance(result, Changes), result
            done.append(f"{due.kind} {due.step}")
        self.now = until
        return done

    def _due(self) -> Due | None:
        lots = {name: at.model_copy(update={"done": True}) for name, at in self.case.draws.items()}
        return next_due(self.case.model_copy(update={"draws": lots}))

    def given(self, act: Act, **facts: Any) -> Answer:
        """Do something with facts of the commit's own."""
        before, self.more = self.more, self.more | facts
        try:
            return self.do(act)
        finally:
            self.more = before

    def lot(self, name: str, *candidates: str) -> Answer:
        """Cast the lot for a person of the case among these."""
        act = self.act("draw", SYSTEM, step=name, seat=name)
        return self.given(act, candidates=candidates, seed="5" * 64)

    def child(self, name: str, outcome: str) -> Answer:
        """Let a case end that this one opened."""
        child = self.case.children.get(name)
        auth = {"kind": SYSTEM, "child": child.case if child else ""}
        act = self.act("child_ended", SYSTEM, seat=name, outcome=outcome, auth=auth)
        return self.given(act, number="w20260302.1")

    def rule(self, ruling: Mapping[str, Json], number: str = "a20260302.1/1") -> Answer:
        """Let a ruling do something to the case, as it was made in another."""
        auth = {
            "kind": SYSTEM,
            "cause": {"stream": "case-2", "seq": 9},
            "ruling": dict(ruling),
            "number": number,
            "given_in": "case-2",
        }
        return self.do(self.act(RULED, SYSTEM, outcome=str(ruling["kind"]), auth=auth))

    def vote(self, who: str, step: str, choice: str) -> Answer:
        """Vote, saying that one has no conflict of interest."""
        values = {"conflict": "none"}
        (seat,) = self.definition.body.steps[step].seats
        parts = {"step": step, "seat": seat, "outcome": choice}
        return self.do(self.act("vote", who, values, **parts), values)

    def signers(self, step: str) -> list[str]:
        """Return who signed the step and counts."""
        return [s.actor for s in self.case.steps[step].signatures]


def accepted(result: Answer | None) -> Changes:
    """Return the changes; fail with the refusal's sentence."""
    assert isinstance(result, Changes), result
    return result


def refused(result: Answer | None, code: str, section: str | None = None) -> Refusal:
    """Return the refusal; fail unless it has this code (and section, if given)."""
    assert isinstance(result, Refusal), "accepted"
    assert result.code == code, result
    if section is not None:
        assert result.section == section, result
    assert result.sentence
    return result
