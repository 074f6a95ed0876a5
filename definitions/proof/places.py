"""Where a case stands, without its people: configuration, steps, ages; and the ways between.

A way is what one event does, by the library's own machine (`definitions.machine`), as the rules
settle it (`definitions.rules.moving`, `definitions.rules.amending`). Each is asked once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from definitions.machine import REOPEN, WITHDRAW, Move, NoWay
from definitions.proof.plan import Plan
from definitions.rules.amending import beside, outermost

CLOSED, OPEN, DECIDED, OVERDUE = 0, 1, 2, 3
"""How a step stands. Never reached, closed by nobody's decision, and voided are all `CLOSED`;
`OVERDUE` is open after its deadline."""


@dataclass(frozen=True)
class Place:
    """Where a case stands.

    Attributes:
        steps: how each step stands, in the order of the file.
        ages: steps that an amendment may outdate, the one first whose round began first.
    """

    configuration: tuple[str, ...]
    history: tuple[tuple[str, tuple[str, ...]], ...]
    steps: tuple[int, ...]
    ages: tuple[int, ...]


@dataclass(eq=False)
class Leg:
    """One move of the machine.

    Attributes:
        entered: states in order.
        mailed: mailing lists that its effects write to, as it leaves and as it enters.
        void: bits that this move takes from everybody.
        folds: bits with the bit that stands for them from now on.
    """

    to: int
    entered: tuple[str, ...]
    mailed_leaving: frozenset[str]
    mailed_entering: frozenset[str]
    void: int
    folds: tuple[tuple[int, int], ...]
    counting: int
    _seen: dict[int, int] = field(default_factory=dict)

    def apply(self, person: int) -> int:
        """Return what is left of somebody's facts."""
        found = self._seen.get(person)
        if found is None:
            left = person
            for bit, one in self.folds:
                if left & bit:
                    left = (left & ~bit) | one
            found = self._seen[person] = left & ~self.void
        return found


@dataclass(eq=False)
class Way:
    """What one act or tick does to a place: what is void at once, then the moves.

    Attributes:
        to: the place where it leads.
        void: bits that it takes from everybody before anything moves.
        counting: bits of the signatures that count before anything moves.
        standing: steps whose signatures stand although something was amended; `waiting` those of
            them that are open.
        nowhere: the event that the machine has no way for, None if all is well.
    """

    to: int
    void: int = 0
    counting: int = 0
    legs: tuple[Leg, ...] = ()
    standing: tuple[int, ...] = ()
    waiting: tuple[int, ...] = ()
    nowhere: str | None = None


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
        aged = [step for step in plan.steps if step.reopen and step.covers]
        self._aged = frozenset(
            self._index[step.name] for step in aged if len({s.reopen for s in aged}) > 1
        )

    def begin(self) -> Way:
        """Return the way into the initial states."""
        place = Place((), (), (CLOSED,) * len(self.plan.steps), ())
        leg = self._leg(place, self.plan.chart.begin(), None)
        return Way(to=leg.to, legs=(leg,))

    def decided(self, at: int, step: int, event: str) -> Way:
        """Return what closing a step by an outcome does."""
        return self._cached(at, event, step, self.places[at])

    def deadline(self, at: int, step: int, event: str) -> Way:
        """Return what passing a step's deadline does."""
        place = self.places[at]
        steps = (*place.steps[:step], OVERDUE, *place.steps[step + 1 :])
        late = Place(place.configuration, place.history, steps, place.ages)
        return self._cached(self._id(late), event, None, late)

    def withdraw(self, at: int) -> Way:
        """Return what withdrawing does."""
        return self._cached(at, WITHDRAW, None, self.places[at])

    def amend(self, at: int, classes: frozenset[int]) -> Way | None:
        """Return what amending these classes of fields does; None if some are frozen."""
        key = ("amend", at, classes)
        if key not in self._ways:
            way = self._amend(at, classes)
            if way is None:
                return None
            self._ways[key] = way
        return self._ways[key]

    def _cached(self, at: int, event: str, closing: int | None, place: Place) -> Way:
        key = (at, event, closing)
        if key not in self._ways:
            move = self._send(place, event)
            if move is None:
                way = Way(to=at, nowhere=event)
            else:
                leg = self._leg(place, move, closing)
                way = Way(to=leg.to, legs=(leg,))
            self._ways[key] = way
        return self._ways[key]

    def _send(self, place: Place, event: str) -> Move | None:
        key = (place.configuration, place.history, event)
        if key not in self._moves:
            try:
                move = self.plan.chart.send(place.configuration, dict(place.history), event)
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

    def _leg(self, place: Place, move: Move, closing: int | None) -> Leg:
        """Settle a move as `definitions.rules.moving.settle` does."""
        steps, ages = list(place.steps), list(place.ages)
        folds: list[tuple[int, int]] = []
        void = 0
        for name in move.left:
            index = self._index.get(name)
            if index is not None and steps[index] in (OPEN, OVERDUE):
                decided = index == closing and self.plan.steps[index].kept
                steps[index] = DECIDED if decided else CLOSED
                folds += self.plan.steps[index].folds
                void |= self.plan.steps[index].declined
        opened = {self._index[name] for name in move.entered if name in self._index}
        for index in opened:
            steps[index] = OPEN
            void |= self.plan.steps[index].mask | self.plan.steps[index].declined
        ages = [i for i in ages if i not in opened and steps[i] != CLOSED]
        ages += sorted(opened & self._aged)
        to = Place(
            move.configuration, tuple(sorted(move.history.items())), tuple(steps), tuple(ages)
        )
        return Leg(
            to=self._id(to),
            entered=move.entered,
            mailed_leaving=self._mailed("leave", move.left),
            mailed_entering=self._mailed("enter", move.entered),
            void=void,
            folds=tuple(folds),
            counting=self.counting(to),
        )

    def _mailed(self, places: str, states: Iterable[str]) -> frozenset[str]:
        return frozenset(
            to.list
            for effect in self.plan.body.effects
            if effect.mail is not None and getattr(effect, places) in set(states)
            for to in effect.mail.to
            if to.list is not None
        )

    def counting(self, place: Place) -> int:
        """Return the bits of signatures that count: of open steps, and of decided ones."""
        return sum(s.mask for s, at in zip(self.plan.steps, place.steps, strict=True) if at)

    def _amend(self, at: int, classes: frozenset[int]) -> Way | None:
        """Amend as `definitions.rules.amending` does."""
        place = self.places[at]
        void, targets, steps = 0, [], list(place.steps)
        for index in self._by_age(place):
            step = self.plan.steps[index]
            if not classes & step.covers:
                continue
            is_open = place.steps[index] in (OPEN, OVERDUE)
            if not is_open and step.reopen is None:
                return None
            void |= step.mask
            if is_open and step.reopen in (None, step.name):
                void |= step.declined
            else:
                targets.append(step.reopen or "")
                steps[index] = place.steps[index] if is_open else CLOSED
        ages = tuple(i for i in place.ages if steps[i] != CLOSED)
        now = Place(place.configuration, place.history, tuple(steps), ages)
        stale = tuple(
            i for i, step in enumerate(self.plan.steps) if steps[i] and not classes & step.covers
        )
        waiting = tuple(i for i in stale if steps[i] in (OPEN, OVERDUE))
        way = Way(self._id(now), void, self.counting(now), (), stale, waiting)
        way = self._reopened(now, way, targets)
        legs = tuple(map(id, way.legs))
        key = (way.to, way.void, way.counting, legs, way.standing, way.waiting, way.nowhere)
        return self._same.setdefault(key, way)

    def _by_age(self, place: Place) -> list[int]:
        reached = [i for i, at in enumerate(place.steps) if at != CLOSED]
        rank = {index: rank for rank, index in enumerate(place.ages)}
        return sorted(reached, key=lambda index: rank.get(index, 0))

    def _reopened(self, place: Place, way: Way, targets: list[str]) -> Way:
        """Go back as `definitions.rules.amending._reopened` does."""
        done: list[str] = []
        happened: set[str] = set()
        legs: list[Leg] = []
        for target in outermost(self.plan.definition, targets):
            if not all(beside(self.plan.definition, target, other) for other in done):
                continue
            if target not in happened:
                onward = self._cached(self._id(place), REOPEN + target, None, place)
                if onward.nowhere is not None:
                    return onward
                legs += onward.legs
                place = self.places[onward.to]
                happened |= set(legs[-1].entered)
            done.append(target)
        to = legs[-1].to if legs else way.to
        return Way(to, way.void, way.counting, tuple(legs), way.standing, way.waiting)
