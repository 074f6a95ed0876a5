"""Where a case stands, without its people: configuration, steps, ages; and the ways between.

A way is what one event does, by the library's own machine (`definitions.machine`), as the rules
settle it (`definitions.rules.moving`, `definitions.rules.amending`). Each is asked once; where a
choice decides where it leads (`definitions.branching`), once for each choice.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TypeVar

from definitions.invariant import FLAGGED, MAILED, QUEUED
from definitions.machine import BY_RULING, REOPEN, WITHDRAW, Move, NoWay
from definitions.proof.demands import Demand
from definitions.proof.plan import Plan
from definitions.proof.ways import (
    CLOSED,
    DECIDED,
    NONE,
    OPEN,
    OVERDUE,
    RUNNING,
    WON,
    Leg,
    Place,
    Way,
)
from definitions.rules.amending import beside, gone_back_to
from definitions.voting import CARRIED

_T = TypeVar("_T")


class Places:
    """All places that were come to, and the ways between them."""

    def __init__(self, plan: Plan) -> None:
        """Take the plan; nothing is explored yet."""
        self.plan = plan
        self.places: list[Place] = []
        self._ids: dict[Place, int] = {}
        self._ways: dict[tuple[object, ...], Way] = {}
        self._same: dict[tuple[object, ...], Way] = {}
        self._moves: dict[tuple[object, ...], Move | None] = {}
        self._index = {name: i for i, name in enumerate(plan.step_names)}
        self._going_on = tuple(i for i, step in enumerate(plan.steps) if step.goes_on)
        self._instant = tuple(
            i for i, step in enumerate(plan.steps) if step.instant and i not in self._going_on
        )
        aged = [step for step in plan.steps if step.reopen and step.covers]
        self._aged = frozenset(
            self._index[step.name] for step in aged if len({s.reopen for s in aged}) > 1
        )

    def begin(self, known: tuple[int, ...]) -> Way:
        """Return the way into the initial states, with these choices made."""
        children, draws = (NONE,) * len(self.plan.children), (False,) * len(self.plan.draws)
        closed, never = (CLOSED,) * len(self.plan.steps), (0,) * len(self._going_on)
        place = Place((), (), closed, (), children, draws, never)
        return self._moved(place, self.plan.chart.begin(), known)

    def decided(self, at: int, step: int, outcome: int, known: tuple[int, ...]) -> Way:
        """Return what closing a step by an outcome does."""
        name, event, _ = self.plan.steps[step].outcomes[outcome]
        won = self.plan.steps[step].vote and name == CARRIED
        return self._cached(at, event, known, (step, WON if won else DECIDED))

    def deadline(self, at: int, step: int, event: str, known: tuple[int, ...]) -> Way:
        """Return what passing a step's deadline does."""
        place = self.places[at]
        steps = (*place.steps[:step], OVERDUE, *place.steps[step + 1 :])
        late = replace(place, steps=steps)
        return self._cached(self._id(late), event, known)

    def late_again(self, at: int) -> tuple[int, ...]:
        """Return the open steps whose deadline may have passed before anybody could sign.

        It goes on, and the step was open before; or it has no length.
        """
        place = self.places[at]
        again = (i for i, n in zip(self._going_on, place.entries, strict=True) if n > 1)
        return tuple(index for index in (*again, *self._instant) if place.steps[index] == OPEN)

    def withdraw(self, at: int, known: tuple[int, ...]) -> Way:
        """Return what withdrawing does."""
        return self._cached(at, WITHDRAW, known)

    def ruled(self, at: int, to: str, known: tuple[int, ...], *, end: bool) -> Way:
        """Return what a ruling does that moves the case somewhere, or ends it there."""
        if not end:
            return self._cached(at, BY_RULING + to, known)
        key = ("close", at, to, self.plan.turning.decides("", known))
        if key not in self._ways:
            place = self.places[at]
            move = self.plan.chart.closed(place.configuration, to)
            self._ways[key] = self._moved(place, move, known)
        return self._ways[key]

    def child(self, at: int, number: int, end: int, known: tuple[int, ...]) -> Way:
        """Return what the end of a child case does that is waited for."""
        place, child = self.places[at], self.plan.children[number]
        name, event = child.on[end]
        now = 2 + child.asked.index(name) if name in child.asked else NONE
        ended = replace(place, children=_with(place.children, number, now))
        return self._cached(self._id(ended), event, known)

    def drawn(self, at: int, number: int) -> Way:
        """Return what casting a lot does that falls on somebody."""
        return self._lot(at, number, pending=False)

    def redrawn(self, at: int, number: int, known: tuple[int, ...]) -> Way:
        """Return what it does that somebody drawn declines: the lot is cast again.

        Once the case has gone on, whoever it fell on wouldn't have accepted: the office is vacant.
        """
        place, draw = self.places[at], self.plan.draws[number]
        if draw.otherwise is None or draw.on in place.configuration:
            return self._lot(at, number, pending=True)
        return self._cached(at, draw.otherwise, known)

    def nobody(self, at: int, number: int, known: tuple[int, ...]) -> Way | None:
        """Return what it does that nobody can be drawn; None if nothing is said about that here."""
        place, draw = self.places[at], self.plan.draws[number]
        if draw.otherwise is None or draw.on not in place.configuration:
            return None
        cast = replace(place, draws=_with(place.draws, number, False))  # noqa: FBT003 - a value
        return self._cached(self._id(cast), draw.otherwise, known)

    def _lot(self, at: int, number: int, *, pending: bool) -> Way:
        key = ("lot", at, number, pending)
        if key not in self._ways:
            place = self.places[at]
            now = replace(place, draws=_with(place.draws, number, pending))
            self._ways[key] = Way(self._id(now), counting=self.counting(now))
        return self._ways[key]

    def amend(self, at: int, classes: frozenset[int], known: tuple[int, ...]) -> Way | None:
        """Return what amending these classes of fields does; None if some are frozen.

        Args:
            known: the choices as they are amended.
        """
        key = ("amend", at, classes, self.plan.turning.decides("", known))
        if key not in self._ways:
            way = self._amend(at, classes, known)
            if way is None:
                return None
            self._ways[key] = way
        return self._ways[key]

    def _cached(
        self, at: int, event: str, known: tuple[int, ...], closing: tuple[int, int] | None = None
    ) -> Way:
        key = (at, event, closing, self.plan.turning.decides(event, known))
        if key not in self._ways:
            self._ways[key] = self._sent(self.places[at], event, known, closing)
        return self._ways[key]

    def _sent(
        self,
        place: Place,
        event: str,
        known: tuple[int, ...],
        closing: tuple[int, int] | None = None,
        seen: frozenset[tuple[int, str]] = frozenset(),
    ) -> Way:
        move = self._send(place, event, known)
        if move is None:
            return Way(to=self._id(place), nowhere=event)
        return self._moved(place, move, known, closing, seen)

    def _moved(
        self,
        place: Place,
        move: Move,
        known: tuple[int, ...],
        closing: tuple[int, int] | None = None,
        seen: frozenset[tuple[int, str]] = frozenset(),
    ) -> Way:
        leg = self._leg(place, move, closing)
        instead = tuple(self._instead(place, move, known, closing, seen))
        return Way(to=leg.to, legs=(leg,), instead=instead)

    def _instead(
        self,
        place: Place,
        move: Move,
        known: tuple[int, ...],
        closing: tuple[int, int] | None,
        seen: frozenset[tuple[int, str]],
    ) -> Iterator[Way]:
        """Yield what a move does where the matrix forbids one of its grants.

        None of its effects happens then, and the grant's own event is sent. There is no way where
        that leads back to the same grant.
        """
        known = self.plan.answering.unmade(known, move.entered)
        for event, grants in self._forbidding(move).items():
            leg = self._leg(place, move, closing, effects=False)
            if (leg.to, event) in seen:
                continue
            onward = self._sent(self.places[leg.to], event, known, seen=seen | {(leg.to, event)})
            for way in onward.all():
                excluded = f"{event} {way.excluded}".strip()
                again = any(grants & each.done for each in way.legs)
                nowhere = event if again else way.nowhere
                yield Way(way.to, legs=(leg, *way.legs), nowhere=nowhere, excluded=excluded)

    def _forbidding(self, move: Move) -> dict[str, set[int]]:
        """Return the events that a move's grants send where the matrix forbids them."""
        found: dict[str, set[int]] = {}
        for number, effect in enumerate(self.plan.body.effects):
            grant = effect.grant
            if grant is not None and grant.otherwise and effect.enter in move.entered:
                found.setdefault(grant.otherwise, set()).add(number)
        return found

    def _send(self, place: Place, event: str, known: tuple[int, ...]) -> Move | None:
        key = (place.configuration, place.history, event, self.plan.turning.decides(event, known))
        if key not in self._moves:
            chosen, history = self.plan.chosen(known), dict(place.history)
            try:
                move = self.plan.chart.send(place.configuration, history, event, chosen)
            except NoWay:
                move = None
            self._moves[key] = move
        return self._moves[key]

    def _id(self, place: Place) -> int:
        found = self._ids.get(place)
        if found is None:
            found = self._ids[place] = len(self.places)
            self.places.append(place)
        return found

    def _leg(
        self,
        place: Place,
        move: Move,
        closing: tuple[int, int] | None,
        *,
        effects: bool = True,
    ) -> Leg:
        """Settle a move as `definitions.rules.moving.settle` does.

        Args:
            closing: the step whose outcome caused it, and how it stands by that.
            effects: whether those of leaving and entering happen.
        """
        steps, ages = list(place.steps), list(place.ages)
        decides, stands = closing or (-1, CLOSED)
        folds: list[tuple[int, int]] = []
        void = 0
        for name in move.left:
            index = self._index.get(name)
            if index is not None and steps[index] in (OPEN, OVERDUE):
                kept = self.plan.steps[index].kept or stands == WON
                steps[index] = stands if index == decides and kept else CLOSED
                folds += self.plan.steps[index].folds
                void |= self.plan.steps[index].declined
        opened = {self._index[name] for name in move.entered if name in self._index}
        for index in opened:
            steps[index] = OPEN
            void |= self.plan.steps[index].mask | self.plan.steps[index].declined
        keeps = self._kept(opened)
        ages = [i for i in ages if i not in opened and steps[i] != CLOSED]
        ages += sorted(opened & self._aged)
        to = Place(
            configuration=move.configuration,
            history=tuple(sorted(move.history.items())),
            steps=tuple(steps),
            ages=tuple(ages),
            children=self._opened(place, move, effects=effects),
            draws=self._due(place, move),
            entries=tuple(
                min(2, often + (index in opened))
                for index, often in zip(self._going_on, place.entries, strict=True)
            ),
        )
        return Leg(
            to=self._id(to),
            entered=move.entered,
            told_leaving=self._told("leave", move.left) if effects else frozenset(),
            told_entering=self._told("enter", move.entered) if effects else frozenset(),
            void=void | sum(draw.bit for draw in self.plan.draws if draw.on in move.entered),
            folds=tuple(folds),
            keeps=keeps,
            counting=self.counting(to),
            binds=self.plan.steps[decides].binds if closing else (),
            lacks=tuple(self._lacks(to, move, effects=effects)),
            done=self._done(move) if effects else frozenset(),
            opened=frozenset(
                number
                for number, child in enumerate(self.plan.children)
                if effects and child.state in move.entered
            ),
        )

    def _kept(self, steps: Iterable[int]) -> tuple[tuple[int, int], ...]:
        """Return what is kept in mind of signatures in these steps, which go."""
        plans = [self.plan.steps[index] for index in sorted(steps)]
        nobody = self.plan.by_ruling  # a seat that a ruling filled, nobody has signed
        return tuple((step.mask & ~nobody, step.past) for step in plans if step.past)

    def _done(self, move: Move) -> frozenset[int]:
        """Return the effects of a move."""
        return frozenset(
            number
            for number, effect in enumerate(self.plan.body.effects)
            if effect.enter in move.entered or effect.leave in move.left
        )

    def _opened(self, place: Place, move: Move, *, effects: bool) -> tuple[int, ...]:
        """Return how the children stand: one that isn't waited for any more decides nothing."""
        found = list(place.children)
        for number, child in enumerate(self.plan.children):
            if child.state in move.left and found[number] == RUNNING:
                found[number] = NONE
            if child.state in move.entered and effects:
                found[number] = RUNNING
        return tuple(found)

    def _due(self, place: Place, move: Move) -> tuple[bool, ...]:
        return tuple(
            draw.on in move.entered or (pending and draw.on not in move.left)
            for draw, pending in zip(self.plan.draws, place.draws, strict=True)
        )

    def _lacks(self, to: Place, move: Move, *, effects: bool) -> Iterator[int]:
        """Yield the demands that a move doesn't meet."""
        for number, demand in enumerate(self.plan.demands):
            happens = not set(demand.states).isdisjoint(move.entered)
            if demand.effect >= 0:
                happens = effects and demand.effect in self._done(move)
            if happens and not self._met(demand, to):
                yield number

    def _met(self, demand: Demand, to: Place) -> bool:
        if any(to.steps[self._index[name]] == WON for name in demand.votes):
            return True
        return any(
            (name, end) in demand.children and to.children[number] == 2 + place
            for number, child in enumerate(self.plan.children)
            for name in (child.name,)
            for place, end in enumerate(child.asked)
        )

    def _told(self, places: str, states: Iterable[str]) -> frozenset[tuple[str, str]]:
        """Return which lists effects write to there, and for which processes they queue.

        A mail that goes out only where cases repeat isn't sent on every path.
        """
        here = [e for e in self.plan.body.effects if getattr(e, places) in set(states)]
        mailed = {
            (FLAGGED if effect.repeated else MAILED, to.list)
            for effect in here
            if effect.mail
            for to in effect.mail.to
            if to.list is not None
        }
        return frozenset(mailed | {(QUEUED, effect.queue.for_) for effect in here if effect.queue})

    def counting(self, place: Place) -> int:
        """Return the bits of signatures that count: of open steps, and of decided ones."""
        return sum(s.mask for s, at in zip(self.plan.steps, place.steps, strict=True) if at)

    def _amend(self, at: int, classes: frozenset[int], known: tuple[int, ...]) -> Way | None:
        """Amend as `definitions.rules.amending` does."""
        place = self.places[at]
        void, targets, steps = 0, [], list(place.steps)
        outdated: set[int] = set()
        for index in self._by_age(place):
            step = self.plan.steps[index]
            if not classes & step.covers:
                continue
            is_open = place.steps[index] in (OPEN, OVERDUE)
            if not is_open and step.reopen is None:
                return None
            void |= step.mask
            outdated.add(index)
            if is_open and step.reopen in (None, step.name):
                void |= step.declined
            else:
                targets.append(step.reopen or "")
                steps[index] = place.steps[index] if is_open else CLOSED
        ages = tuple(i for i in place.ages if steps[i] != CLOSED)
        now = replace(place, steps=tuple(steps), ages=ages)
        stale = tuple(
            i for i, step in enumerate(self.plan.steps) if steps[i] and not classes & step.covers
        )
        waiting = tuple(i for i in stale if steps[i] in (OPEN, OVERDUE))
        keeps = self._kept(outdated)
        names = frozenset(self.plan.steps[index].name for index in outdated)
        known = self.plan.answering.unmade(known, names)
        here = [
            step.name
            for step, at in zip(self.plan.steps, place.steps, strict=True)
            if at in (OPEN, OVERDUE)
        ]
        first, *rest = (
            replace(
                way,
                void=void,
                keeps=keeps,
                counting=self.counting(now),
                standing=stale,
                waiting=waiting,
                outdated=names,
            )
            for way in self._reopened(now, known, gone_back_to(self.plan.definition, targets, here))
        )
        way = replace(first, instead=tuple(rest))
        legs = tuple((each.to, each.nowhere, *map(id, each.legs)) for each in way.all())
        key = (way.void, way.counting, legs, way.standing, way.waiting)
        return self._same.setdefault(key, way)

    def _by_age(self, place: Place) -> list[int]:
        reached = [i for i, at in enumerate(place.steps) if at != CLOSED]
        rank = {index: rank for rank, index in enumerate(place.ages)}
        return sorted(reached, key=lambda index: rank.get(index, 0))

    def _reopened(
        self,
        place: Place,
        known: tuple[int, ...],
        targets: list[str],
        done: tuple[str, ...] = (),
        happened: frozenset[str] = frozenset(),
    ) -> Iterator[Way]:
        """Go back as `definitions.rules.amending._reopened` does; what it does at first first."""
        if not targets:
            yield Way(to=self._id(place))
            return
        target, *rest = targets
        if not all(beside(self.plan.definition, target, other) for other in done):
            yield from self._reopened(place, known, rest, done, happened)
            return
        if target in happened:
            yield from self._reopened(place, known, rest, (*done, target), happened)
            return
        for way in self._cached(self._id(place), REOPEN + target, known).all():
            if way.nowhere is not None:
                yield way
                continue
            entered = happened.union(*(leg.entered for leg in way.legs))
            there = self.places[way.to]
            for more in self._reopened(there, known, rest, (*done, target), entered):
                excluded = f"{way.excluded} {more.excluded}".strip()
                yield replace(more, legs=(*way.legs, *more.legs), excluded=excluded)


def _with(values: tuple[_T, ...], number: int, value: _T) -> tuple[_T, ...]:
    return (*values[:number], value, *values[number + 1 :])
