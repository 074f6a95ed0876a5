"""Which facts about people can still matter, in each place: what the proof may forget.

A signature matters as long as some seat may look for it, some invariant may count it, or some
amendment may make its signer somebody whom the policy bars; and no longer once every way from
here voids it first. This is liveness analysis as compilers do it, over places, and errs on the
side of remembering.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain, combinations

from definitions.proof.places import Places
from definitions.proof.plan import Plan
from definitions.proof.ways import CLOSED, OPEN, OVERDUE, RUNNING, Place, Way


def subsets(count: int) -> list[frozenset[int]]:
    """Return every set of classes of fields but the empty one."""
    sizes = (combinations(range(count), size) for size in range(1, count + 1))
    return [frozenset(each) for each in chain.from_iterable(sizes)]


class Live:
    """What can still matter, by place; also says which ways there are at all."""

    def __init__(self, places: Places) -> None:
        """Go through all places that can be come to, whoever signs what."""
        self._plan: Plan = places.plan
        self._places = places
        self._classes = subsets(len(self._plan.classes))
        self.ended: list[str | None] = []
        self._before = [
            (set(invariant.states()), self._plan.relevant(invariant))
            for invariant in self._plan.invariants
            if invariant.before is not None
        ]
        self._never = [
            (self._plan.people[invariant.never.person], self._plan.relevant(invariant))
            for invariant in self._plan.invariants
            if invariant.never is not None and invariant.never.person is not None
        ]
        self.bits = self._solved()
        self.counting = [places.counting(place) for place in places.places]

    def _solved(self) -> list[int]:
        places = self._places.places
        for known in self._plan.turning.every:
            self._places.begin(known)
        uses: list[int] = []
        ways: list[list[tuple[int, int]]] = []
        while len(uses) < len(places):
            at = len(uses)
            use, found = self._uses(places[at]), []
            self.ended.append(self._plan.chart.final(places[at].configuration))
            for way, binds in self._ways(at):
                use |= self._used_by(way, binds)
                void = way.void
                for leg in way.legs:
                    void |= leg.void
                found.append((way.to, void))
            uses.append(use)
            ways.append(found)
        return self._fixed(uses, ways)

    def _fixed(self, uses: list[int], ways: list[list[tuple[int, int]]]) -> list[int]:
        live = list(uses)
        changed = True
        while changed:
            changed = False
            for at in reversed(range(len(live))):
                now = live[at]
                for to, void in ways[at]:
                    now |= live[to] & ~void
                if now != live[at]:
                    live[at] = now
                    changed = True
        return [0 if end else bits for bits, end in zip(live, self.ended, strict=True)]

    def _uses(self, place: Place) -> int:
        use = self._plan.lasting
        for step, at in zip(self._plan.steps, place.steps, strict=True):
            if at in (OPEN, OVERDUE):
                use |= step.mask | step.declined
                for seat in step.seats:
                    use |= seat.barred | seat.same
        return use

    def _used_by(self, way: Way, binds: int) -> int:
        use = 0
        for leg in way.legs:
            for states, relevant in self._before:
                if not states.isdisjoint(leg.entered):
                    use |= relevant & leg.counting
            named = sum(bit for bit, _ in leg.binds)
            for person, relevant in self._never:
                if person & named:
                    use |= relevant & leg.counting
        for person, relevant in self._never:
            if person & binds:
                use |= relevant & way.counting & ~way.void
        return use

    def _ways(self, at: int) -> Iterator[tuple[Way, int]]:
        """Yield every way out of a place, with the people of the case whom it may bind.

        Whatever is chosen: rather a place too many, to which nobody comes with that choice.
        """
        if self.ended[at]:
            return
        for known in self._plan.turning.every:
            onward, back = self._onward(at, known), self._back(at, known)
            ruled = ((way, 0) for way in self._ruled(at, known))
            for way, binds in chain(onward, self._by_itself(at, known), back, ruled):
                yield from ((each, binds) for each in way.all())

    def _onward(self, at: int, known: tuple[int, ...]) -> Iterator[tuple[Way, int]]:
        place = self._places.places[at]
        for index, step in enumerate(self._plan.steps):
            if place.steps[index] == CLOSED or step.name not in place.configuration:
                continue
            for outcome in range(len(step.outcomes)):
                yield self._places.decided(at, index, outcome, known), 0
            if step.deadline and place.steps[index] == OPEN:
                yield self._places.deadline(at, index, step.deadline, known), 0
            for seat in step.seats:
                if seat.draw is not None and not place.draws[seat.draw]:
                    yield self._places.redrawn(at, seat.draw, known), 0

    def _by_itself(self, at: int, known: tuple[int, ...]) -> Iterator[tuple[Way, int]]:
        """Yield what lots and child cases do."""
        place = self._places.places[at]
        for number, child in enumerate(self._plan.children):
            if place.children[number] == RUNNING:
                for end in range(len(child.on)):
                    yield self._places.child(at, number, end, known), 0
        for number, draw in enumerate(self._plan.draws):
            if place.draws[number]:
                yield self._places.drawn(at, number), draw.bit
                nobody = self._places.nobody(at, number, known)
                if nobody is not None:
                    yield nobody, 0

    def _ruled(self, at: int, known: tuple[int, ...]) -> Iterator[Way]:
        for to in self._plan.overrides:
            yield self._places.ruled(at, to, known, end=False)
        for to in self._plan.closings:
            yield self._places.ruled(at, to, known, end=True)

    def _back(self, at: int, known: tuple[int, ...]) -> Iterator[tuple[Way, int]]:
        place = self._places.places[at]
        withdraw, amend = self._plan.body.withdraw, self._plan.body.amend
        if withdraw and set(withdraw.during) & set(place.configuration):
            yield self._places.withdraw(at, known), 0
        if amend and set(amend.during) & set(place.configuration):
            for classes in self._classes:
                way = self._places.amend(at, classes, known)
                if way is not None:
                    binds = 0
                    for each in classes:
                        binds |= self._plan.classes[each].binds
                    yield way, binds
