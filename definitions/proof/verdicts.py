"""Invariants over the proof's states: what is remembered for them, and when they are broken.

What a signature must be to count: its step is open or was decided; a step that something else
closed has decided nothing. `about` narrows it further: once one of these fields was amended and
the step stands all the same, its signatures are about something else than what the case does;
and so are those to come in it, since a form that was opened before may still be sent. A vote is
about what stood when it was opened or began anew, a child case about what it was opened with:
once one of these fields was amended after that, either decides about something else.

What `any_of` names is asked of one and the same moment, each by itself: the invariant is broken
there if none of it holds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from definitions.model import Invariant, Signed
from definitions.proof.demands import meeting, opening
from definitions.proof.plan import Plan
from definitions.proof.roles import counted_as, counting_as, held_with, together
from definitions.proof.ways import Leg, Way


@dataclass(frozen=True)
class _Met:
    """One way to meet an invariant with `before`.

    Attributes:
        said: it, as an invariant by itself.
        index: the place of the whole invariant in the file.
        bit: what is remembered: that a deed has happened or a child case was opened; of what a
            vote or a child case decided, that it is about something else by now. 0 for nothing.
        done: the effects by which a deed happens or a child case is opened.
        demand: the place among the demands of what must be decided, -1 for other ways.
    """

    said: Invariant
    index: int
    bit: int
    done: frozenset[int]
    demand: int


@dataclass(frozen=True)
class _Answer:
    """What an invariant with `after` waits for; `bit` is remembered while it does.

    Attributes:
        leaving: the effects that open the child case as a state is left, `entering` as one is
            entered.
    """

    index: int
    said: Invariant
    bit: int
    leaving: frozenset[int]
    entering: frozenset[int]


class Verdicts:
    """All invariants of one definition.

    A memory is a number: for each `after` that it waits for its answer, for each `ended` that the
    state was come to, for each `done`, `undone` and opening of a child case that it has happened,
    for each `about` and step that the step stands although something was amended; for each `about`
    of a vote or a child case likewise.
    """

    def __init__(self, plan: Plan) -> None:
        """Compile the invariants."""
        self._plan = plan
        self._bit: dict[tuple[int, int], int] = {}
        self._holding: dict[tuple[tuple[str, ...], int], bool] = {}
        self._possible: dict[tuple[str, int], bool] = {}
        self._after: list[_Answer] = []
        self._ended: list[tuple[int, Invariant, int]] = []
        self._before: list[tuple[int, Invariant, tuple[_Met, ...]]] = []
        self._only: list[tuple[int, Invariant]] = []
        self._never: list[tuple[int, Signed, int]] = []
        self._about: dict[int, frozenset[int]] = {}
        for index, invariant in enumerate(plan.invariants):
            self._take(index, invariant)
        self._ways = [way for _, _, ways in self._before for way in ways if way.bit]

    def _take(self, index: int, invariant: Invariant) -> None:
        if invariant.after is not None:
            self._after.append(self._answer(index, invariant))
        elif invariant.ended is not None:
            self._ended.append((index, invariant, self._new((index, -1))))
        elif invariant.only is not None:
            self._only.append((index, invariant))
        elif invariant.never is not None and not invariant.is_stated():
            within = self._plan.signatures_of(invariant.never.in_)
            self._never.append((index, invariant.never, within))
        elif invariant.before is not None:
            ways = enumerate(invariant.ways())
            met = tuple(self._met(index, place, way) for place, way in ways)
            self._before.append((index, invariant, met))
        if invariant.about:
            self._take_about(index, invariant)

    def _answer(self, index: int, invariant: Invariant) -> _Answer:
        found = opening(self._plan.body, invariant.child)
        leaving = {number for number in found if self._plan.body.effects[number].leave}
        bit = self._new((index, -1))
        return _Answer(index, invariant, bit, frozenset(leaving), found - leaving)

    def _met(self, index: int, place: int, way: Invariant) -> _Met:
        bit, done, demand = 0, frozenset[int](), -1
        deed = way.deed()
        if deed is not None:
            done = meeting(self._plan.body, deed, exactly=way.undone is None)
        elif way.is_of_opening():
            done = opening(self._plan.body, way.child)
        elif way.is_decided():
            owners = [one.own for one in self._plan.demands]
            demand = owners.index((index, place))
        if deed is not None or way.is_of_opening() or (way.is_decided() and way.about):
            bit = self._new((index, -1 - place))
        return _Met(way, index, bit, done, demand)

    def _take_about(self, index: int, invariant: Invariant) -> None:
        relevant = self._plan.relevant(invariant)
        for step, plan in enumerate(self._plan.steps):
            if relevant & plan.mask:
                self._new((index, step))
        classes = frozenset(
            number
            for number, each in enumerate(self._plan.classes)
            if set(each.fields) & set(invariant.about)
        )
        self._about[index] = classes

    def _new(self, key: tuple[int, int]) -> int:
        self._bit[key] = 1 << len(self._bit)
        return self._bit[key]

    def amended(
        self, memory: int, way: Way, classes: frozenset[int], persons: Sequence[int]
    ) -> int:
        """Return the memory after an amendment, before anything moves.

        Who has opened the form of an open step may still sign what they saw before it: where the
        step doesn't cover what is amended, nothing tells that from what stands now.
        """
        for index, about in self._about.items():
            if about & classes:
                for step in way.standing:
                    signed = any(p & self._plan.steps[step].mask for p in persons)
                    if signed or step in way.waiting:
                        memory |= self._bit.get((index, step), 0)
        return self._forgotten(self._papers_amended(memory, classes), way.void)

    def _papers_amended(self, memory: int, classes: frozenset[int]) -> int:
        """Note what votes and child cases are no longer about.

        One that isn't there yet, or counts no more, has decided nothing; `moved` forgets it as
        soon as it begins. A vote that covers what is amended begins anew if it is open; and if it
        was carried, that counts no more.
        """
        for way in self._ways:
            amended = bool(self._about.get(way.index, frozenset()) & classes)
            if amended and way.said.is_of_opening():
                memory &= ~way.bit
            elif amended and way.said.is_decided():
                memory |= way.bit
            for step in self._plan.steps:
                if step.name == way.said.carried and step.covers & classes:
                    memory &= ~way.bit
        return memory

    def concerned(self, classes: frozenset[int]) -> tuple[int, ...]:
        """Return the invariants that are about one of these classes of fields."""
        return tuple(index for index, about in self._about.items() if about & classes)

    def _forgotten(self, memory: int, void: int) -> int:
        """What is void anyway can't be about something else."""
        if self._about and memory:
            for (index, step), bit in self._bit.items():
                if step >= 0 and memory & bit and void & self._plan.steps[step].mask:
                    memory &= ~self._bit[index, step]
        return memory

    def moved(self, memory: int, leg: Leg) -> int:
        """Return the memory after a move."""
        for one in self._after:
            memory = _answered(memory, one, leg)
        for _, invariant, bit in self._ended:
            if not leg.into.isdisjoint(invariant.states()):
                memory |= bit
        opened = {self._plan.children[number].name for number in leg.opened} if self._ways else ()
        for way in self._ways:
            if way.done & leg.done:
                memory |= way.bit
            if way.said.is_decided() and (way.said.carried in leg.into or way.said.child in opened):
                memory &= ~way.bit
        return self._forgotten(memory, leg.void)

    def broken_by_move(
        self,
        memory: int,
        known: tuple[int, ...],
        came_from: tuple[str, ...],
        leg: Leg,
        persons: Sequence[int],
        *,
        ruled: bool,
        end: bool,
    ) -> Iterator[int]:
        """Yield each invariant that a move breaks; after those of the file come demands.

        Args:
            memory: after the move.
            known: the choices made and the answers that count, after the move.
            came_from: the configuration before it.
            ruled: whether a ruling moves the case.
            end: whether the case has ended.
        """
        for index, invariant, ways in self._before:
            if (
                not leg.into.isdisjoint(invariant.states())
                and self._asked(invariant, known)
                and not any(self._holds_by(way, memory, leg, persons) for way in ways)
            ):
                yield index
        for index, invariant in self._only:
            into = not leg.into.isdisjoint(invariant.states())
            by_ruling_alone = ruled and not invariant.only
            if into and not by_ruling_alone and not set(invariant.only or ()) & set(came_from):
                yield index
        for number in leg.lacks:
            if self._plan.demands[number].own is None:
                yield len(self._plan.invariants) + number
        if end:
            yield from (one.index for one in self._after if memory & one.bit)
            yield from (index for index, _, bit in self._ended if not memory & bit)

    def _holds_by(self, way: _Met, memory: int, leg: Leg, persons: Sequence[int]) -> bool:
        """Say whether an invariant is met so, after a move to what it stands before."""
        there = bool(memory & way.bit)
        if way.said.undone is not None:
            return not there
        if way.said.done is not None or way.said.is_of_opening():
            return there
        if way.said.is_decided():
            return not there and way.demand not in leg.lacks
        return self._signed(way.index, way.said, memory, leg.counting, persons)

    def _asked(self, invariant: Invariant, known: tuple[int, ...]) -> bool:
        """Say whether the choices are those under which the invariant is asked."""
        plan = self._plan
        return all(
            plan.choices[place][known[place]] == choice
            for name, choice in invariant.when.items()
            for place in (plan.known.index(name),)
        )

    def broken_by_people(self, counting: int, persons: Sequence[int]) -> Iterator[int]:
        """Yield each `never` that is broken by who has signed, or by whom the case names."""
        for index, never, within in self._never:
            mask = within & counting
            if any(p & mask and self._is(p, never, counting) for p in persons):
                yield index

    def _is(self, person: int, never: Signed, counting: int) -> bool:
        if never.signers is not None:
            now, past = self._plan.signers(never)
            return bool(person & (now & (counting if not past else ~0) | past))
        if never.person is not None:
            return bool(person & self._plan.people[never.person])
        return any(self._may_hold(person, role) for role in (never.role or "", *never.or_))

    def _may_hold(self, person: int, role: str) -> bool:
        """Say whether whoever signed so may hold a role: the matrix and their seats let them."""
        key = (role, person)
        if key not in self._possible:
            used, avoided = self._plan.used(person), self._plan.avoided(person)
            self._possible[key] = any(
                not avoided & held_with(each) and together(used | {each})
                for each in counting_as(role)
            )
        return self._possible[key]

    def _signed(
        self, index: int, invariant: Invariant, memory: int, counting: int, persons: Sequence[int]
    ) -> bool:
        if invariant.about:
            for step, plan in enumerate(self._plan.steps):
                if memory & self._bit.get((index, step), 0):
                    counting &= ~plan.mask
        if invariant.people is not None:
            counting &= self._plan.signs(invariant.in_, invariant.outcome)
            there = [p for p in persons if p & counting]
            if invariant.role is not None:
                there = [p for p in there if self._holds(p, (invariant.role,))]
            return len(there) >= invariant.people
        signed = invariant.signed or Signed()
        if invariant.items:
            counting &= ~self._unlisted(signed.in_, persons)
        mask = counting & self._plan.signs(signed.in_, invariant.outcome)
        if signed.person is not None:
            bit = self._plan.people[signed.person]
            return any(p & bit and p & mask for p in persons)
        roles = (signed.role or "", *signed.or_)
        return any(p & mask and self._holds(p, roles) for p in persons)

    def _unlisted(self, steps: Sequence[str], persons: Sequence[int]) -> int:
        """Return the bits of steps that one signature closed whatever else was on the list."""
        plan = self._plan
        return sum(
            plan.signs((name,)) for name in steps if any(p & plan.hasty(name) for p in persons)
        )

    def _holds(self, person: int, roles: tuple[str, ...]) -> bool:
        """Say whether somebody holds one of these roles: by what they signed or opened it as."""
        key = (roles, person)
        if key not in self._holding:
            held = self._plan.used(person) | self._plan.opened_as(person)
            counts = frozenset[str]().union(*(counted_as(role) for role in held))
            self._holding[key] = bool(counts & set(roles))
        return self._holding[key]


def _answered(memory: int, one: _Answer, leg: Leg) -> int:
    """Return the memory after a move that may begin to wait for an answer, or give it.

    What happens as a state is left comes before what is entered, and what happens as one is
    entered belongs to the whole move.
    """
    answer, to = one.said.always, (one.said.always or "", one.said.to or "")
    if one.leaving & leg.done or to in leg.told_leaving:
        memory &= ~one.bit
    for state in leg.entered:
        if state in one.said.states():
            memory |= one.bit
        if state == answer:
            memory &= ~one.bit
    if one.entering & leg.done or to in leg.told_entering:
        memory &= ~one.bit
    return memory
