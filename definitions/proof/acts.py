"""What can happen in a state of the proof: every act of anybody, and every tick of the clock.

It is the rules of `definitions.rules` once more, over bits; tests hold that both say the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TypeAlias

from definitions.proof.binding import Binding
from definitions.proof.happening import Done, Next, State
from definitions.proof.live import Live, subsets
from definitions.proof.places import Places
from definitions.proof.plan import Plan
from definitions.proof.planned import BY_RULING, DrawPlan, SeatPlan, StepPlan
from definitions.proof.roles import together
from definitions.proof.verdicts import Verdicts
from definitions.proof.ways import CLOSED, OPEN, RUNNING, Way
from definitions.rules.opening import OPENER

_Amendment: TypeAlias = tuple[Way, tuple[str, ...], frozenset[int], tuple[int, ...]]
"""The way of one, the fields that bind somebody anew, its classes, and the choices that it takes
which decide where a forbidden grant leads."""


class Acts:
    """Everything that can happen, by the definition's plan."""

    def __init__(self, plan: Plan, *, once: bool = False) -> None:
        """Compile what is asked for each state.

        Args:
            once: whether an amendment that was told for one state may be told again for another
                that it takes to the same ones; the places of people in it are then the first
                one's.
        """
        self.plan = plan
        self._amended: dict[object, list[Next]] | None = {} if once else None
        self.places = Places(plan)
        self.live = Live(self.places)
        self.verdicts = Verdicts(plan)
        self._fading, self._once = plan.fading, plan.once
        self._subsets = subsets(len(plan.classes))
        self._may: dict[tuple[int, int, int], tuple[str, ...]] = {}
        self._different_ways: dict[tuple[int, tuple[int, ...]], list[_Amendment]] = {}
        self._binding = Binding(plan)
        self.entered: set[str] = set()
        """States that some act led to."""

    def begin(self) -> Iterator[Next]:
        """Yield every opening."""
        bit = self.plan.people[OPENER]
        fields = dict.fromkeys(person.from_ for person in self.plan.body.people.values())
        for one in self._binding.openings():
            opener, way = (bit | one.roles,), self.places.begin(one.known)
            for persons, bound in self._binding.ways(opener, list(fields), one.required):
                chosen = dict(bound)
                binding = [self.plan.binds(field) for field in one.naming]
                if any(bits and 0 not in chosen[bits] for bits in binding):
                    continue
                done = Done("open", who=0, known=one.known, bound=bound, choices=one.choices)
                empty = State(0, 0, one.known, opener)
                yield from self._passed(done, empty, way, persons)

    def after(self, state: State) -> Iterator[Next]:
        """Yield everything that can happen in a state."""
        place = self.places.places[state.place]
        if self.live.ended[state.place]:
            return
        who = self._different(state.persons)
        for index, step in enumerate(self.plan.steps):
            if place.steps[index] == CLOSED or step.name not in place.configuration:
                continue
            for seat in step.seats:
                yield from self._seat(state, index, step, seat, who)
            if step.vote:
                yield from self._closings(state, index, step)
                continue
            yield from self._retractions(state, index, step, who)
            if step.deadline and place.steps[index] == OPEN:
                way = self.places.deadline(state.place, index, step.deadline, state.known)
                done = Done("deadline", step=index, known=state.known)
                yield from self._passed(done, state, way, state.persons)
        yield from self._children(state)
        yield from self._lots(state, who)
        yield from self._withdrawals(state)
        yield from self._amendments(state)
        yield from self._rulings(state)

    def _different(self, persons: tuple[int, ...]) -> list[int]:
        """Return the places of people who differ: of those alike, one acts for all."""
        return [i for i, person in enumerate(persons) if i == 0 or person != persons[i - 1]]

    def _seat(
        self, state: State, index: int, step: StepPlan, seat: SeatPlan, who: list[int]
    ) -> Iterator[Next]:
        persons = state.persons
        if step.vote and not seat.mask:
            return
        if sum(1 for p in persons if p & seat.mask) >= seat.needed(state.known):
            return
        # Somebody new first: the nearest path then needs nobody who does more than they must.
        for number in (len(persons), *who):
            person = persons[number] if number < len(persons) else 0
            for role in self._roles(person, index, step, seat):
                if step.vote:
                    done = Done("vote", number, index, seat.name, role, known=state.known)
                    voted = _with(persons, number, person | seat.bits[role, 0])
                    yield self._stayed(done, state, voted)
                    continue
                for place, (outcome, _, _) in enumerate(step.outcomes):
                    done = Done("sign", number, index, seat.name, role, outcome, state.known)
                    signed = _with(persons, number, person | seat.bits[role, place])
                    yield from self._signed(done, state, step, place, signed)
                if seat.bound:
                    done = Done("decline", number, index, seat.name, role, known=state.known)
                    declined = _with(persons, number, person | step.declined)
                    yield from self._declined(done, state, seat, declined)

    def _signed(
        self, done: Done, state: State, step: StepPlan, place: int, persons: tuple[int, ...]
    ) -> Iterator[Next]:
        decided = self._decided(step, state.known, place, persons)
        if decided is None:
            yield self._stayed(done, state, persons)
            return
        for known in self.plan.answering.given(state.known, step.name, done.outcome):
            way = self.places.decided(state.place, done.step, decided, known)
            told, answered = done._replace(known=known), state._replace(known=known)
            yield from self._passed(told, answered, way, persons, closed=done.step)

    def _declined(
        self, done: Done, state: State, seat: SeatPlan, persons: tuple[int, ...]
    ) -> Iterator[Next]:
        """Decline; if somebody drawn does, the lot is cast again, and doesn't fall on them."""
        if seat.draw is None:
            yield self._stayed(done, state, persons)
            return
        draw = self.plan.draws[seat.draw]
        way = self.places.redrawn(state.place, seat.draw, state.known)
        passed = _with(persons, done.who, (persons[done.who] | draw.passed) & ~draw.bit)
        yield from self._passed(done, state, way, passed)

    def _closings(self, state: State, index: int, step: StepPlan) -> Iterator[Next]:
        """Yield every result of a vote: who votes how, and how many, is left open."""
        for place, (outcome, _, _) in enumerate(step.outcomes):
            way = self.places.decided(state.place, index, place, state.known)
            done = Done("close", step=index, outcome=outcome, known=state.known)
            yield from self._passed(done, state, way, state.persons, closed=index)

    def _children(self, state: State) -> Iterator[Next]:
        place = self.places.places[state.place]
        for number, child in enumerate(self.plan.children):
            if place.children[number] != RUNNING:
                continue
            for end, (outcome, _) in enumerate(child.on):
                way = self.places.child(state.place, number, end, state.known)
                done = Done("child", outcome=outcome, told=child.name, known=state.known)
                yield from self._passed(done, state, way, state.persons)

    def _lots(self, state: State, who: list[int]) -> Iterator[Next]:
        """Yield on whom lots may fall: on anybody of the role who isn't kept out, or nobody."""
        place, persons = self.places.places[state.place], state.persons
        for index, draw in enumerate(self.plan.draws):
            if not place.draws[index]:
                continue
            way = self.places.drawn(state.place, index)
            for number in (len(persons), *who):
                person = persons[number] if number < len(persons) else 0
                if self._may_be_drawn(person, draw):
                    done = Done("draw", number, role=draw.role, told=draw.name, known=state.known)
                    chosen = _with(persons, number, person | draw.bit)
                    yield from self._passed(done, state, way, chosen)
            nobody = self.places.nobody(state.place, index, state.known)
            if nobody is not None:
                done = Done("draw", told=draw.name, known=state.known)
                yield from self._passed(done, state, nobody, persons)

    def _may_be_drawn(self, person: int, draw: DrawPlan) -> bool:
        if person & (draw.barred | self.plan.by_ruling) or draw.role in self.plan.avoided(person):
            return False
        return together(self.plan.used(person) | {draw.role})

    def _decided(
        self, step: StepPlan, known: tuple[int, ...], place: int, persons: tuple[int, ...]
    ) -> int | None:
        """Return the place of the outcome that closes the step, as `rules.signing` does."""
        if step.outcomes[place][2]:
            return place
        full = [sum(1 for p in persons if p & s.mask) >= s.needed(known) for s in step.seats]
        if not any(all(full[number] for number in one) for one in step.enough):
            return None
        return max(
            number
            for seat in step.seats
            for (_, number), bit in seat.bits.items()
            if any(p & bit for p in persons)
        )

    def _roles(self, person: int, index: int, step: StepPlan, seat: SeatPlan) -> tuple[str, ...]:
        """Return the roles with which somebody can fill a seat, as `rules.seats.why_not` does."""
        key = (person, index, seat.mask)
        found = self._may.get(key)
        if found is None:
            found = self._may[key] = tuple(self._fitting(person, step, seat))
        return found

    def _fitting(self, person: int, step: StepPlan, seat: SeatPlan) -> Iterator[str]:
        if person & (step.mask | step.declined | seat.barred | self.plan.by_ruling):
            return
        if (seat.same and not person & seat.same) or (seat.person and not person & seat.person):
            return
        used, avoided = self.plan.used(person), self.plan.avoided(person)
        if used & seat.holders:
            return
        if seat.person:
            yield ""
            return
        fitting = [role for role in seat.roles if role not in seat.holders | avoided]
        already = [role for role in fitting if role in used]
        yield from already[:1] or [role for role in fitting if together(used | {role})]

    def _retractions(
        self, state: State, index: int, step: StepPlan, who: list[int]
    ) -> Iterator[Next]:
        for number in who:
            person = state.persons[number]
            if person & step.mask & ~self.plan.by_ruling:
                done = Done("retract", number, index, known=state.known)
                yield self._stayed(done, state, _with(state.persons, number, person & ~step.mask))

    def _actor(self, persons: tuple[int, ...], names: tuple[str, ...]) -> int | None:
        bits = sum(self.plan.people.get(name, 0) for name in names)
        return next((i for i, person in enumerate(persons) if person & bits), None)

    def _withdrawals(self, state: State) -> Iterator[Next]:
        rule = self.plan.body.withdraw
        here = self.places.places[state.place].configuration
        actor = self._actor(state.persons, rule.people) if rule else None
        if rule and actor is not None and set(rule.during) & set(here):
            way = self.places.withdraw(state.place, state.known)
            done = Done("withdraw", actor, known=state.known)
            yield from self._passed(done, state, way, state.persons)

    def _rulings(self, state: State) -> Iterator[Next]:
        """Yield what rulings do: fill a seat for nobody, move the case, end it."""
        place = self.places.places[state.place]
        for index, bit in self.plan.authorised.items():
            step = self.plan.steps[index]
            if place.steps[index] == CLOSED or step.name not in place.configuration:
                continue
            ruled = state._replace(rulings=state.rulings | bit)
            for seat in step.seats:
                if sum(1 for p in state.persons if p & seat.mask) >= seat.needed(state.known):
                    continue
                for number, (outcome, _, _) in enumerate(step.outcomes):
                    done = Done("rule", -1, index, seat.name, "", outcome, state.known)
                    filled = (*state.persons, seat.bits[BY_RULING, number])
                    yield from self._signed(done, ruled, step, number, filled)
        for moves, end in ((self.plan.overrides, False), (self.plan.closings, True)):
            for to, bit in moves.items():
                ruled = state._replace(rulings=state.rulings | bit)
                way = self.places.ruled(state.place, to, state.known, end=end)
                done = Done("rule", outcome="close" if end else "", told=to, known=state.known)
                yield from self._passed(done, ruled, way, state.persons)

    def _amendments(self, state: State) -> Iterator[Next]:
        rule = self.plan.body.amend
        here = self.places.places[state.place].configuration
        actor = self._actor(state.persons, rule.people) if rule else None
        if not rule or actor is None or not set(rule.during) & set(here):
            return
        seen: set[object] = set()
        for way, binds, classes, chosen in self._amendable(state):
            memory = self.verdicts.amended(state.memory, way, classes, state.persons)
            left = tuple(way.before(p) for p in state.persons)
            for known in self._binding.choices(state.known, classes):
                if self.plan.turning.decides("", known) != chosen:
                    continue
                key = (id(way), known, binds, memory)
                if key in seen:
                    continue
                seen.add(key)
                done = Done("amend", actor, known=known, classes=tuple(sorted(classes)))
                amended = state._replace(memory=memory, known=known, persons=left)
                yield from self._amended_to(done, amended, way, binds)

    def _amendable(self, state: State) -> Iterator[_Amendment]:
        """Yield the amendments that make a difference, by what they choose where that decides."""
        turning, everything = self.plan.turning, frozenset(range(len(self.plan.classes)))
        if not turning.by_grants:
            yield from self._amendable_so(state.place, (), state.known)
            return
        turns: dict[tuple[int, ...], tuple[int, ...]] = {}
        for known in self._binding.choices(state.known, everything):
            turns.setdefault(turning.decides("", known), known)
        for chosen, known in turns.items():
            yield from self._amendable_so(state.place, chosen, known)

    def _amendable_so(
        self, at: int, chosen: tuple[int, ...], known: tuple[int, ...]
    ) -> list[_Amendment]:
        asked = (at, chosen)
        if asked not in self._different_ways:
            found: dict[object, _Amendment] = {}
            for classes in self._subsets:
                way = self.places.amend(at, classes, known)
                if way is None:
                    continue
                each = [self.plan.classes[number] for number in sorted(classes)]
                binds = tuple(one.fields[0] for one in each if one.binds)
                again = tuple(one.known for one in each if one.known is not None)
                about = self.verdicts.concerned(classes)
                found.setdefault((id(way), binds, again, about), (way, binds, classes, chosen))
            self._different_ways[asked] = list(found.values())
        return self._different_ways[asked]

    def _amended_to(
        self, done: Done, state: State, way: Way, binds: tuple[str, ...]
    ) -> Iterator[Next]:
        """Yield what an amendment leads to, for every way to bind people.

        Args:
            state: with what is amended in it, and what the amendment voids taken out.
        """
        key = (id(way), binds, state._replace(persons=_somebody(state.persons)))
        if self._amended is not None and key in self._amended:
            yield from self._amended[key]
            return
        found = [
            each
            for persons, bound in sorted(
                self._binding.ways(state.persons, binds),
                key=lambda one: _somebody(one[0]) == _somebody(state.persons),
            )
            for each in self._passed(done._replace(bound=bound), state, way, persons)
        ]
        if self._amended is not None:
            self._amended[key] = found
        yield from found

    def _stayed(self, done: Done, state: State, persons: tuple[int, ...]) -> Next:
        live = self.live.bits[state.place]
        counting = self.live.counting[state.place]
        broken = set(self.verdicts.broken_by_people(counting, persons))
        left = self.left(persons, live)
        to = state._replace(persons=_somebody(left))
        return self._judged(Next(done, to, left, -1, ()), broken, state.rulings)

    def left(self, persons: tuple[int, ...], live: int) -> tuple[int, ...]:
        """Return what can still matter of everybody.

        Who is only kept from being drawn does nothing that somebody new can't do.
        """
        matters = live & ~self._fading
        left = tuple(person & live if person & matters else 0 for person in persons)
        return left if not self._once else tuple(self._only_once(left))

    def _only_once(self, persons: tuple[int, ...]) -> Iterator[int]:
        """Forget those who are like somebody else, where it is enough that there is one."""
        seen: set[int] = set()
        for person in persons:
            alike = not person & ~self._once and person in seen
            seen.add(person)
            yield 0 if alike else person

    def _passed(
        self,
        done: Done,
        state: State,
        way: Way,
        persons: tuple[int, ...],
        *,
        closed: int = -1,
    ) -> Iterator[Next]:
        """Take a way, and each that it may be instead where the matrix forbids a grant."""
        for each in way.all():
            told = done._replace(excluded=each.excluded) if each.excluded else done
            yield self._went(told, state, each, persons, closed)

    def _went(
        self, done: Done, state: State, way: Way, persons: tuple[int, ...], closed: int
    ) -> Next:
        """Take a way: what it does to people, to the memory of invariants, and what it breaks."""
        memory = state.memory
        broken: set[int] = set()
        if way.nowhere is not None:
            return Next(done, state, persons, -1, (), way.nowhere)
        if done.kind in {"open", "amend", "draw"}:
            broken |= set(self.verdicts.broken_by_people(way.counting, persons))
        unmade = self.plan.answering.unmade
        state = state._replace(known=unmade(state.known, way.outdated))
        came_from: tuple[str, ...] = self.places.places[state.place].configuration
        if done.kind == "open":
            came_from = ()
        # A seat that a ruling fills closes its step from there, as a signature would.
        ruled = done.kind == "rule" and not done.seat
        for leg in way.legs:
            persons = tuple(leg.apply(person) for person in persons)
            end = self.live.ended[leg.to]
            memory = self.verdicts.moved(memory, leg)
            state = state._replace(known=unmade(state.known, leg.entered))
            broken |= set(
                self.verdicts.broken_by_move(
                    memory,
                    state.known,
                    came_from,
                    leg,
                    persons,
                    ruled=ruled and leg is way.legs[0],
                    end=end is not None,
                )
            )
            broken |= set(self.verdicts.broken_by_people(leg.counting, persons))
            came_from = self.places.places[leg.to].configuration
            self.entered |= set(leg.entered)
        arrived = self._arrived(done, state, way, persons, memory, closed)
        to = self._judged(arrived, broken, state.rulings)
        extends = [number for leg in way.legs for number in leg.done & self.plan.extends]
        return replace(to, extends=tuple(extends)) if extends else to

    def _arrived(
        self,
        done: Done,
        state: State,
        way: Way,
        persons: tuple[int, ...],
        memory: int,
        closed: int,
    ) -> Next:
        live = self.live.bits[way.to]
        left = self.left(persons, live)
        if self.live.ended[way.to]:
            state, memory = state._replace(known=(), rulings=0), 0
        to = State(way.to, memory, state.known, _somebody(left), state.rulings)
        return Next(done, to, left, closed, ())

    def _judged(self, to: Next, broken: set[int], rulings: int) -> Next:
        """Return what an act leads to with what it breaks, so far as no ruling has waived that."""
        if not broken:
            return to
        waived = self.plan.waived(rulings)
        excused = {one for one in broken if waived >> one & 1}
        return replace(
            to,
            broken=tuple(sorted(broken - excused)),
            waived=tuple((rulings, one) for one in sorted(excused)),
        )


def _somebody(persons: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(person for person in persons if person))


def _with(persons: tuple[int, ...], number: int, person: int) -> tuple[int, ...]:
    if number == len(persons):
        return (*persons, person)
    return (*persons[:number], person, *persons[number + 1 :])
