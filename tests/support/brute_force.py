"""The proof's question asked the plain way: named people, the real rules, every order of acts."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from definitions.acts import RULED, SYSTEM, Act, Facts
from definitions.canonical import commit_to
from definitions.clock import stamp
from definitions.definition import Definition
from definitions.invariant import Alternative, Changed, Deed, States
from definitions.model import Invariant, Signed
from definitions.rules import Changes, apply, shown
from definitions.ruling import Ruling, Rulings
from definitions.state import CaseState, Signature

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
ROLES_OF = dict[str, frozenset[str]]


class TooLarge(Exception):  # noqa: N818 - named after what happened
    """More states than one has time for."""


Made = tuple[str, str]
"""A ruling as a file names it: its kind, and the step or state."""


@dataclass
class Found:
    """What went wrong somewhere; `caught` whether a case can be, `states` how many there are.

    Attributes:
        waives: what each ruling waives, by the invariants' places.
        said: those of them that the file names.
        under: each way in which an invariant was broken: the rulings that waive anything and were
            made on the way, and the invariant.
    """

    waives: dict[Made, frozenset[int]] = field(default_factory=dict)
    said: tuple[Made, ...] = ()
    under: set[tuple[frozenset[Made], int]] = field(default_factory=set)
    caught: bool = False
    states: int = 0

    @property
    def broken(self) -> set[int]:
        """Those that are broken somewhere, and no ruling on the way there waives it."""
        return {one for _, one in self._broken(self.waives)}

    def _broken(self, waives: dict[Made, frozenset[int]]) -> set[tuple[frozenset[Made], int]]:
        return {
            (made, one) for made, one in self.under if not any(one in waives[each] for each in made)
        }

    @property
    def superfluous(self) -> set[tuple[Made, int]]:
        """What is waived and can be taken out, one after the other, with no more to be waived."""
        left, found = dict(self.waives), set()
        for made in self.said:
            for one in sorted(self.waives[made]):
                without = {**left, made: left[made] - {one}}
                if self._broken(without) == self._broken(self.waives):
                    left = without
                    found.add((made, one))
        return found


@dataclass(frozen=True)
class Node:
    state: CaseState
    waiting: frozenset[int]
    been: frozenset[str]
    made: frozenset[Made] = frozenset()
    """The rulings on the way that waive anything."""

    def key(self) -> Any:
        state = self.state
        steps = sorted(state.steps, key=lambda name: (state.steps[name].since, name))
        told = tuple(
            (
                name,
                at.closed is None,
                at.outcome,
                at.overdue,
                tuple(sorted((s.actor, s.seat, s.outcome) for s in at.signatures)),
                frozenset(at.declined) if at.closed is None else None,
            )
            for name in steps
            for at in (state.steps[name],)
        )
        people = tuple(sorted(state.people.items()))
        before = frozenset((step, frozenset(who)) for step, who in state.signed_before.items())
        stands = (state.configuration, told, people, before, str(state.known))
        return (*stands, self.waiting, self.been, self.made)


def brute_force(definition: Definition, roles: ROLES_OF, authors: list[str], most: int) -> Found:
    """Go through every state that these people can bring a case to.

    Raises:
        TooLarge: there are more than `most`.
    """
    return Search(definition, roles, authors, most).run()


class Search:
    def __init__(
        self, definition: Definition, roles: ROLES_OF, authors: list[str], most: int
    ) -> None:
        self.definition, self.roles, self.authors, self.most = definition, roles, authors, most
        self.body = definition.body
        named = _waivers(self.body.rulings, self.body.invariants)
        self.found = Found(named | self._by_default(), tuple(named))

    def _by_default(self) -> dict[Made, frozenset[int]]:
        """Return the ends to which a case may be closed without a word in the file.

        What waivable invariants still want before the end is waived by that, and nothing else.
        """
        owed = frozenset(
            index
            for index, one in enumerate(self.body.invariants)
            if one.waivable and (one.after is not None or one.ended is not None)
        )
        ends = (name for name, state in self.body.machine.states.items() if state.final)
        return {} if self.body.rulings.close else {("close", name): owed for name in ends}

    def run(self) -> Found:
        nodes: dict[Any, Node] = {}
        follow: dict[Any, list[Any]] = {}
        todo: list[Any] = []
        for who in self._openers():
            for values in self._forms():
                node = self._next(None, self._act(None, "open", who, values), values)
                if node is not None and node.key() not in nodes:
                    nodes[node.key()] = node
                    todo.append(node.key())
        depth = 0
        while todo:
            key = todo.pop()
            follow[key] = []
            if len(nodes) > self.most:
                raise TooLarge
            depth += 1
            for act, values in self._acts(nodes[key].state):
                node = self._next(nodes[key], act, values)
                if node is None:
                    continue
                # No case may need a ruling to come to an end.
                if act.kind != RULED and self._in_time(nodes[key].state, act):
                    follow[key].append(node.key())
                if node.key() not in nodes:
                    nodes[node.key()] = node
                    todo.append(node.key())
        self.found.states = len(nodes)
        self.found.caught = self._caught(nodes, follow)
        return self.found

    def _caught(self, nodes: dict[Any, Node], follow: dict[Any, list[Any]]) -> bool:
        good = {key for key, node in nodes.items() if node.state.ended}
        changed = True
        while changed:
            more = {k for k, to in follow.items() if k not in good and any(t in good for t in to)}
            changed = bool(more)
            good |= more
        return len(good) < len(nodes)

    def _in_time(self, state: CaseState, act: Act) -> bool:
        """Say whether one can count on it that an act comes before everything else."""
        return True

    def _openers(self) -> list[str]:
        return list(self.roles)

    def _forms(self) -> Iterator[dict[str, Any]]:
        for risk in ("low", "high"):
            yield {"topic": "A", "risk": risk}
            for who in self.authors:
                yield {"topic": "A", "risk": risk, "who": who}

    def _now(self, state: CaseState | None) -> datetime:
        """Every act is a month after the last one, so that each deadline may have passed."""
        if state is None:
            return BEGIN
        moments = [state.opened_at, *(s.since for s in state.steps.values())]
        moments += [s.closed for s in state.steps.values() if s.closed]
        moments += [sign.at for s in state.steps.values() for sign in s.signatures]
        return datetime.fromisoformat(max(moments)) + timedelta(days=30)

    def _act(
        self, state: CaseState | None, kind: str, who: str, values: dict[str, Any], **over: Any
    ) -> Act:
        now = stamp(self._now(state))
        step = over.get("step")
        act = Act(
            id=f"{kind}-{who}-{step}-{over.get('seat')}",
            case="case-1",
            kind=kind,
            actor=who,
            definition=self.definition.version,
            shown=shown(self.definition, state, step) if state else "",
            auth={"kind": "link", "at": now},
            at=now,
            instance=state.steps[step].instance if state and step else None,
            values={name: commit_to("0" * 64, value) for name, value in values.items()},
        )
        return replace(act, **over)

    def _acts(self, state: CaseState) -> Iterator[tuple[Act, dict[str, Any]]]:
        if state.ended:
            return
        why = {"comment": "For a reason."}
        for step, rules in self.body.steps.items():
            if not state.is_open(step):
                continue
            for who in self.roles:
                for seat, spec in rules.seats.items():
                    for outcome in rules.outcomes:
                        over = {"step": step, "seat": seat, "outcome": outcome}
                        yield self._act(state, "sign_off", who, why, **over), why
                    if spec.person or spec.same:
                        yield self._act(state, "decline", who, why, step=step, seat=seat), why
                yield self._act(state, "retract", who, {}, step=step), {}
            yield self._act(state, "deadline", SYSTEM, {}, step=step), {}
        yield from self._rulings(state)
        for who in state.people["opener"]:
            yield self._act(state, "withdraw", who, why), why
            fields = self.body.amend.fields if self.body.amend else ()
            for values in self._amendments(list(fields)):
                yield self._act(state, "amend", who, values), values

    def _rulings(self, state: CaseState) -> Iterator[tuple[Act, dict[str, Any]]]:
        """Yield every ruling that could be meant; the rules refuse what the file doesn't let."""
        seats = [(name, seat) for name, step in self.body.steps.items() for seat in step.seats]
        meant = [
            Ruling(kind="authorise", step=step, seat=seat, outcome=outcome)
            for step, seat in seats
            for outcome in self.body.steps[step].outcomes
        ]
        for to in self.definition.chart.order:
            meant += [Ruling(kind="override", to=to), Ruling(kind="close", to=to)]
        for ruling in meant:
            number, said = "a20260101.1/1", ruling.to_json()
            auth = {"kind": SYSTEM, "ruling": said, "number": number, "given_in": "case-2"}
            yield self._act(state, RULED, SYSTEM, {}, outcome=ruling.kind, auth=auth), {}

    def _amendments(self, fields: list[str]) -> Iterator[dict[str, Any]]:
        options: dict[str, list[Any]] = {"topic": ["B"], "risk": ["low", "high"]}
        options["who"] = [None, *self.authors]
        found: list[dict[str, Any]] = [{}]
        for name in fields:
            found += [{**each, name: value} for each in found for value in options[name]]
        yield from found[1:]

    def _next(self, before: Node | None, act: Act, values: dict[str, Any]) -> Node | None:
        state = before.state if before else None
        roles = self.roles.get(act.actor, frozenset())
        facts = Facts(time=act.at, roles=("member", *sorted(roles)), number="t1")
        done = apply(self.definition, state, act, values, facts)
        if not isinstance(done, Changes):
            return None
        return self._judged(before, done)

    def _judged(self, before: Node | None, done: Changes) -> Node:
        waiting = set(before.waiting if before else ())
        been = frozenset(
            s for s in (*(before.been if before else ()), *done.happened, *_done(done))
            if any(s in _named(i.ended) or s in _deeds(i) for i in self.body.invariants)
        )  # fmt: skip
        made = self._made(before, done)
        for index, invariant in enumerate(self.body.invariants):
            for state in done.happened:
                if state in _named(invariant.after):
                    waiting.add(index)
                if state == invariant.always:
                    waiting.discard(index)
            if self._breaks(invariant, before, done, index in waiting, been):
                self.found.under.add((made, index))
        if done.state.ended:
            waiting, been, made = set(), frozenset(), frozenset()
        return Node(done.state, frozenset(waiting), been, made)

    def _made(self, before: Node | None, done: Changes) -> frozenset[Made]:
        """Return the rulings on the way, with the one that was made by this act, if any was."""
        so_far = before.made if before else frozenset()
        ruling = _just_made(before, done)
        if ruling is None:
            return so_far
        made = (ruling.kind, ruling.step or ruling.to or "")
        return so_far | {made} if self.found.waives[made] else so_far

    def _breaks(
        self,
        invariant: Invariant,
        before: Node | None,
        done: Changes,
        waits: bool,  # noqa: FBT001 - what is remembered of the path
        been: frozenset[str],
    ) -> bool:
        if invariant.before is not None:
            come = any(state in _named(invariant.before) for state in done.happened)
            return come and not any(
                self._met(way, done.state, been) for way in invariant.any_of or (invariant,)
            )
        if invariant.never is not None and invariant.never.signers is not None:
            there = self._signed_it(invariant.never.signers, invariant.never.rounds, done.state)
            return bool(there & self._signers(done.state, invariant.never.in_))
        if invariant.never is not None:
            return any(self._holds(a, invariant.never, done.state)
                       for a in self._signers(done.state, invariant.never.in_))  # fmt: skip
        if invariant.only is not None:
            here = set(before.state.configuration) if before else set()
            come = any(state in _named(invariant.reaches) for state in done.happened)
            ruling = _just_made(before, done)
            moved = ruling is not None and ruling.kind != "authorise"
            by_ruling_alone = moved and not invariant.only
            return come and not by_ruling_alone and not here & set(invariant.only)
        ended = done.state.ended is not None
        return ended and (waits if invariant.after else not set(_named(invariant.ended)) & been)

    def _met(self, way: Invariant | Alternative, state: CaseState, been: frozenset[str]) -> bool:
        if way.done is not None:
            return str(way.done) in been
        if isinstance(way, Invariant) and way.undone is not None:
            return str(way.undone) not in been
        return self._signed(way, state)

    def _signers(
        self, state: CaseState, within: tuple[str, ...], outcome: str | None = None
    ) -> set[str]:
        return {
            signature.actor
            for name, at in state.steps.items()
            if not within or name in within
            if at.closed is None or at.outcome is not None
            for signature in by_people(at.signatures)
            if outcome in {None, signature.outcome}
        }

    def _signed_it(self, step: str, rounds: str, state: CaseState) -> set[str]:
        if rounds == "latest":
            return self._signers(state, (step,))
        now = state.steps[step].signatures if step in state.steps else ()
        return {*state.signed_before.get(step, ()), *(one.actor for one in by_people(now))}

    def _holds(self, who: str, signed: Signed, state: CaseState) -> bool:
        if signed.person is not None:
            return who in state.people.get(signed.person, ())
        return bool({signed.role, *signed.or_} & self.roles[who])

    def _signed(self, invariant: Invariant | Alternative, state: CaseState) -> bool:
        if invariant.people is not None:
            there = self._signers(state, invariant.in_, invariant.outcome)
            if invariant.role is not None:
                there = {a for a in there if invariant.role in self.roles[a]}
            return len(there) >= invariant.people
        signed = invariant.signed or Signed()
        there = self._signers(state, signed.in_, invariant.outcome)
        return any(self._holds(actor, signed, state) for actor in there)


def by_people(signatures: tuple[Signature, ...]) -> tuple[Signature, ...]:
    """Leave out the seats that rulings have filled: nobody has signed there."""
    return tuple(one for one in signatures if one.actor != SYSTEM)


def _just_made(before: Node | None, done: Changes) -> Ruling | None:
    """Return the ruling that an act was, if it was one."""
    if before is None or len(done.state.rulings) == len(before.state.rulings):
        return None
    return done.state.rulings[-1].ruling


def _waivers(rulings: Rulings, invariants: tuple[Invariant, ...]) -> dict[Made, frozenset[int]]:
    """Return what each ruling that the file names is said to waive."""
    ids = {one.id: index for index, one in enumerate(invariants)}
    named = {
        "authorise": rulings.authorise,
        "override": rulings.override,
        "close": rulings.close,
    }
    return {
        (kind, name): frozenset(ids[one] for one in waiver.waives)
        for kind, each in named.items()
        for name, waiver in each.items()
    }


def _named(states: States | None) -> tuple[str, ...]:
    return (states,) if isinstance(states, str) else states or ()


def _deeds(invariant: Invariant) -> set[str]:
    """Return what the invariant wants done or undone, as `_done` calls it."""
    alternatives = [one.done for one in invariant.any_of]
    return {str(one) for one in (invariant.done, invariant.undone, *alternatives)}


def _done(changes: Changes) -> Iterator[str]:
    """Yield the ends that an act causes, as an invariant names them."""
    for due in changes.deeds:
        end = due.effect.end
        if end is not None:
            yield str(Deed(end=Changed(person=end.person, role=end.role, list=end.list)))
