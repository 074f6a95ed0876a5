"""The second opinion for everything in the format: votes, lots, children, lists, bound people.

As `brute_force`, with acts and invariants of more kinds. Between two acts a minute passes, and a
deadline passes when it is due; a vote lasts longer than all of that, so that who votes when is
left open. Who holds which role stays as it is, and who is of the body too.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cached_property
from itertools import product
from typing import Any

from definitions.acts import SYSTEM, Act, Facts
from definitions.branching import answer_of
from definitions.canonical import commit_to
from definitions.catalogue import Effect
from definitions.clock import stamp
from definitions.definition import Definition
from definitions.invariant import Alternative, Deed
from definitions.model import FieldSpec, Invariant, Signed
from definitions.rules import Changes, apply, known_fields
from definitions.rules.seats import ALWAYS_BARRED, seats_of
from definitions.state import CaseState, Signature
from definitions.voting import CHOICES
from tests.support.brute_force import BEGIN, ROLES_OF, Found, Node, Search, by_people
from tests.support.playing import often
from tests.support.whole_node import Stood, WholeNode

WHY = {"comment": "For a reason."}
VALUES: Mapping[str, Any] = {"string": "A", "text": "A", "attestation": True}
"""What is filled in where something must be."""
BODY, MEMBER, MEMBER_OF_ALL = "board", "board-member", "member"

_Act = tuple[Act, dict[str, Any]]


def brute_force_whole(
    definition: Definition, roles: ROLES_OF, authors: list[str], most: int
) -> Found:
    """Go through every state that these people can bring a case to.

    Raises:
        TooLarge: there are more than `most`.
    """
    return WholeSearch(definition, roles, authors, most).run()


class WholeSearch(Search):
    """Goes through the states of one definition."""

    @cached_property
    def _matters(self) -> frozenset[str]:
        """The fields whose values make a difference to the rules, or to what is asked."""
        asked = {name for one in self.body.invariants for name in (*one.about, *one.when)}
        return frozenset(asked | known_fields(self.definition))

    def _openers(self) -> list[str]:
        """Return who opens the case: where nothing asks about them, anybody is like any other."""
        narrow = self.body.start.roles != (MEMBER_OF_ALL,) or self.body.start.when
        return list(self.roles) if narrow or self._asks("opener") else list(self.roles)[:1]

    def _asks(self, person: str) -> bool:
        """Say whether something depends on who a person of the case is."""
        body = self.body
        parts = (*body.steps.values(), *body.draws.values(), *body.invariants)
        return any(f"'{person}'" in str(part.model_dump()) for part in parts)

    def _forms(self) -> Iterator[dict[str, Any]]:
        start = self.body.start
        given = {name: _filled_in(spec) for name, spec in start.fields.items()}
        given = {name: value for name, value in given.items() if value is not None}
        asked = any(self._asks(name) or name in ALWAYS_BARRED for name in self.body.people)
        named = [None, *self.authors] if asked or start.when else [None]
        for risk, who in product(("low", "high"), named):
            yield {**given, "risk": risk} | ({"who": who} if who else {})

    def _now(self, state: CaseState | None) -> datetime:
        if state is None:
            return BEGIN
        moments = [state.opened_at, *(s.since for s in state.steps.values())]
        moments += [s.closed for s in state.steps.values() if s.closed]
        moments += [sign.at for s in state.steps.values() for sign in s.signatures]
        return datetime.fromisoformat(max(moments)) + timedelta(minutes=1)

    def _acts(self, state: CaseState) -> Iterator[_Act]:
        if state.ended:
            return
        for act, values in self._all(state):
            yield act, values
            for key in self._grants():
                yield replace(act, auth={**act.auth, "conflicts": {key: "Forbidden."}}), values

    def _grants(self) -> list[str]:
        return [
            f"enter-{effect.enter}-{index}"
            for index, effect in enumerate(self.body.effects)
            if effect.grant is not None and effect.grant.otherwise
        ]

    def _in_time(self, state: CaseState, act: Act) -> bool:
        """Nothing comes for certain before a deadline that has passed already."""
        latest = stamp(self._now(state) - timedelta(minutes=1))
        late = {
            name
            for name, at in state.steps.items()
            if state.is_open(name) and at.due and at.due <= latest and not at.overdue
        }
        return not late or (act.kind == "deadline" and act.step in late)

    def _all(self, state: CaseState) -> Iterator[_Act]:
        for step, rules in self.body.steps.items():
            if not state.is_open(step):
                continue
            yield from self._voting(state, step) if rules.vote else self._signing(state, step)
            due = state.steps[step].due
            if due is not None:
                at = max(due, stamp(self._now(state)))
                yield self._act(state, "deadline", SYSTEM, {}, step=step, at=at), {}
        yield from self._by_itself(state)
        yield from self._rulings(state)
        yield from self._taken_back(state)

    def _signing(self, state: CaseState, step: str) -> Iterator[_Act]:
        rules = self.body.steps[step]
        for who in self.roles:
            for seat in seats_of(self.definition, state, step):
                for outcome in rules.outcomes:
                    over = {"step": step, "seat": seat, "outcome": outcome}
                    for given in self._evidence(step, outcome):
                        yield self._act(state, "sign_off", who, WHY | given, **over), WHY | given
                spec = self.definition.seat(step, seat)
                if spec.person or spec.same:
                    yield self._act(state, "decline", who, WHY, step=step, seat=seat), WHY
            yield self._act(state, "retract", who, {}, step=step), {}
            if rules.each and len(state.items[step]) == len(rules.each.items):
                added = {"item": "One more"}
                yield self._act(state, "add_item", who, added, step=step), added

    def _evidence(self, step: str, outcome: str) -> Iterator[dict[str, Any]]:
        """Yield the evidence: what decides where the case goes in every way, the rest in one."""
        options: dict[str, list[Any]] = {}
        for name, spec in self.body.steps[step].asked(outcome).items():
            if f"'by': '{step}.{name}'" in str(self.body.machine.model_dump()):
                options[name] = [*(spec.choices or {}), *([] if spec.required else [None])]
            elif spec.required:
                options[name] = [_filled_in(spec)]
        for made in product(*options.values()):
            given = zip(options, made, strict=True)
            yield {name: value for name, value in given if value is not None}

    def _voting(self, state: CaseState, step: str) -> Iterator[_Act]:
        seat = next(iter(self.body.steps[step].seats))
        declared = {"conflict": "none"}
        for who in state.votes[step].electorate:
            for choice in CHOICES:
                over = {"step": step, "seat": seat, "outcome": choice}
                yield self._act(state, "vote", who, declared, **over), declared

    def _by_itself(self, state: CaseState) -> Iterator[_Act]:
        for name, draw in self.body.draws.items():
            chosen = [(who,) for who, held in self.roles.items() if draw.role in held]
            for candidates in ((), *chosen) if name in state.draws else ():
                auth = {"kind": SYSTEM, "candidates": candidates}
                yield self._act(state, "draw", SYSTEM, {}, seat=name, auth=auth), {}
        for effect in self.body.effects:
            opened = effect.open
            child = state.children.get(opened.as_) if opened else None
            for end in (opened.on or ("kept",)) if opened and child else ():
                auth = {"kind": SYSTEM, "child": child.case if child else ""}
                over = {"seat": opened.as_, "outcome": end, "auth": auth} if opened else {}
                yield self._act(state, "child_ended", SYSTEM, {}, **over), {}

    def _taken_back(self, state: CaseState) -> Iterator[_Act]:
        for who in state.people["opener"]:
            yield self._act(state, "withdraw", who, WHY), WHY
            fields = self.body.amend.fields if self.body.amend else ()
            for values in self._amendments(list(fields)):
                yield self._act(state, "amend", who, values), values

    def _next(self, before: Node | None, act: Act, values: dict[str, Any]) -> Node | None:
        state = before.state if before else None
        members = tuple(who for who, held in self.roles.items() if MEMBER in held)
        facts = Facts(
            time=act.at,
            roles=("member", *sorted(self.roles.get(act.actor, frozenset()))),
            number="t1",
            bodies={BODY: members},
            active=members[1:] if self._has_areas() else (),
            casting=members[:1],
            candidates=tuple(act.auth.get("candidates", ())),
            seed="5" * 64,
            conflicts=dict(act.auth.get("conflicts", {})),
            repeats=often(self.definition),
        )
        done = apply(self.definition, state, act, values, facts)
        return self._judged(before, done) if isinstance(done, Changes) else None

    def _has_areas(self) -> bool:
        return any(step.vote and step.vote.areas for step in self.body.steps.values())

    def _judged(self, before: Node | None, done: Changes) -> Node:
        stood = self._stood(before, done.state)
        self._standing = dict(stood)
        met = {
            f"met {index} {number}"
            for index, one in enumerate(self.body.invariants)
            for number, way in enumerate(one.ways())
            for deed in (way.done or way.undone,)
            if deed
            and any(_meets(deed, d.effect, exactly=way.done is not None) for d in done.deeds)
        }
        been = before.been if before else frozenset()
        ends = {name for one in self.body.invariants if one.ended for name in one.states()}
        been = frozenset({*been, *met, *(ends & set(done.happened))})
        waiting, made = self._waiting(before, done), self._made(before, done)
        for index in range(len(self.body.invariants)):
            if self._broken(index, before, done, waiting, been):
                self.found.under.add((made, index))
        if done.state.ended:
            waiting, been, stood, made = frozenset(), frozenset(), (), frozenset()
        return WholeNode(done.state, waiting, been, made, stood, self._matters, self.roles)

    def _stood(self, before: Node | None, state: CaseState) -> Stood:
        """Note what stood when a round of a step began, or a child case was opened.

        An open form of what the step covers is refused once that is amended, so that its round
        is as good as begun anew.
        """
        old = dict(before.stood) if isinstance(before, WholeNode) else {}
        about = {name for one in self.body.invariants for name in one.about}
        if not about:
            return ()
        now = tuple((n, f.commitment) for n, f in sorted(state.fields.items()) if n in about)
        for name, at in state.steps.items():
            was = before.state.steps.get(name) if before else None
            covered = self._covered(before, state, name)
            if was is None or was.instance != at.instance or covered:
                old[name] = now
        for name, child in state.children.items():
            opened = before.state.children.get(name) if before else None
            if opened is None or opened.n != child.n:
                old[f"child {name}"] = now
        return tuple(sorted(old.items()))

    def _covered(self, before: Node | None, state: CaseState, step: str) -> bool:
        """Say whether something was amended by this act that a signature in the step is about."""
        was = before.state.commitments() if before else {}
        covered, now = self.definition.covered(step), state.commitments()
        signable = self.body.steps[step].vote is None
        return signable and any(was.get(name) != now.get(name) for name in covered)

    def _waiting(self, before: Node | None, done: Changes) -> frozenset[int]:
        """Return the `after` that are without their answer: leaving mails, moves, entering ones."""
        waiting = set(before.waiting if before else ())
        for index, one in enumerate(self.body.invariants):
            answered = {
                mail.key.partition("-")[0]
                for mail in done.mails
                for to in mail.to
                if one.always == "mailed" and to.list == one.to
                if mail.key not in often(self.definition)
            } | {
                deed.key.partition("-")[0]
                for deed in done.deeds
                if one.after and deed.effect.open and deed.effect.open.as_ == one.child
            }
            queued = done.state.queued[len(before.state.queued) if before else 0 :]
            if one.always == "queued" and any(each.process == one.to for each in queued):
                answered |= {"enter"}  # what is drawn queues nothing on leaving
            if one.always == "flagged" and self._flags(done, one.to):
                answered |= {"enter"}
            waiting -= {index} if "leave" in answered else set()
            for state in done.happened:
                waiting |= {index} if one.after is not None and state in one.states() else set()
                waiting -= {index} if state == one.always else set()
            waiting -= {index} if "enter" in answered else set()
        return frozenset(waiting)

    def _flags(self, done: Changes, to: str | None) -> bool:
        """Say whether a list is told that cases repeat; told once, it needn't be told again."""
        told = [
            effect
            for index, effect in enumerate(self.body.effects)
            if f"enter-{effect.enter}-{index}" in done.state.repeats
            and effect.enter in done.happened
        ]
        return any(one.list == to for effect in told if effect.mail for one in effect.mail.to)

    def _broken(
        self,
        index: int,
        before: Node | None,
        done: Changes,
        waiting: frozenset[int],
        been: frozenset[str],
    ) -> bool:
        invariant = self.body.invariants[index]
        if invariant.is_stated() or not self._asked(invariant, done.state):
            return False
        if invariant.before is None:
            return self._breaks(invariant, before, done, index in waiting, been)
        return bool(set(invariant.states()) & set(done.happened)) and not any(
            self._holds_by(way, done.state, told=f"met {index} {number}" in been)
            for number, way in enumerate(invariant.ways())
        )

    def _holds_by(self, way: Invariant, state: CaseState, *, told: bool) -> bool:
        """Say whether one of the ways to meet an invariant is met; `told`: whether it was done."""
        if way.done or way.undone:
            return told == (way.undone is None)
        if way.carried is not None:
            return self._carried(way, state)
        if way.child is not None:
            return self._child(way, state)
        return self._signed(way, state)

    def _asked(self, invariant: Invariant, state: CaseState) -> bool:
        said = state.commitments()
        return all(
            state.known.get(name) == choice
            if answer_of(name)
            else said.get(name) == commit_to("0" * 64, choice)
            for name, choice in invariant.when.items()
        )

    def _carried(self, invariant: Invariant, state: CaseState) -> bool:
        at = state.steps.get(invariant.carried or "")
        carried = at is not None and at.outcome == "carried"
        return carried and self._stands(invariant, state, invariant.carried or "")

    def _child(self, invariant: Invariant, state: CaseState) -> bool:
        child = state.children.get(invariant.child or "")
        so = child is not None and invariant.outcome in {None, child.ended}
        return so and self._stands(invariant, state, f"child {invariant.child}")

    def _stands(self, invariant: Invariant, state: CaseState, what: str) -> bool:
        """Say whether what an invariant is about still stands as it did then."""
        now, then = state.commitments(), dict(self._standing.get(what, ()))
        return all(now.get(name) == then.get(name) for name in invariant.about)

    def _signers(
        self, state: CaseState, within: tuple[str, ...], outcome: str | None = None
    ) -> set[str]:
        """Return who signed there; where `never` asks, who voted as well."""
        there = super()._signers(state, within, outcome)
        for name, vote in state.votes.items():
            at = state.steps[name]
            if (not within or name in within) and (at.closed is None or at.outcome is not None):
                there |= {one.actor for one in vote.votes} if outcome is None else set()
        return there

    def _signed(self, invariant: Invariant | Alternative, state: CaseState) -> bool:
        assert isinstance(invariant, Invariant)  # alternatives are told as such (`ways`)
        signatures = [
            (step, one)
            for step, at in state.steps.items()
            if at.closed is None or at.outcome is not None
            if self._stands(invariant, state, step)
            for one in by_people(at.signatures)
            if invariant.outcome in {None, one.outcome}
        ]
        if invariant.people is not None:
            there = {s.actor for n, s in signatures if not invariant.in_ or n in invariant.in_}
            if invariant.role is not None:
                there = {who for who in there if invariant.role in self.roles[who]}
            return len(there) >= invariant.people
        asked = invariant.signed or Signed()
        counted = [s for n, s in signatures if not asked.in_ or n in asked.in_]
        return all(
            any(self._holds(s.actor, asked, state) for s in counted if _is_of(s, item))
            for item in invariant.items or (None,)
        )


def _is_of(signature: Signature, item: str | None) -> bool:
    return item is None or signature.seat.partition(":")[2] == item


def _filled_in(spec: FieldSpec) -> Any:
    """Return what is filled in: something where it must be, or where a choice decides."""
    if spec.type == "choice":
        return next(choice for choice in spec.choices or {} if choice != "none")
    return VALUES.get(spec.type) if spec.required or spec.required_when else None


def _meets(deed: Deed, effect: Effect, *, exactly: bool) -> bool:
    """Say whether an effect is what is wanted; exactly: also when it begins and ends."""
    wanted, grant = deed.grant or deed.end, effect.grant
    change = grant if deed.grant else effect.end
    if wanted is None or change is None or (grant is not None and grant.check):
        return False
    length = (grant.begins, grant.lasts) if grant is not None else (None, None)
    if exactly and length != (wanted.begins, wanted.lasts):
        return False
    named = (change.person, change.role, change.list) == (wanted.person, wanted.role, wanted.list)
    return named and wanted.authority in {None, change.authority}
