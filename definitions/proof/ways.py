"""Where a case stands, and what an act or a tick of the clock does to that."""

from __future__ import annotations

from dataclasses import dataclass, field

CLOSED, OPEN, DECIDED, OVERDUE, WON = 0, 1, 2, 3, 4
"""How a step stands. Never reached, closed by nobody's decision, and voided are all `CLOSED`;
`OVERDUE` is open after its deadline; `WON` is a vote that was carried."""
NONE, RUNNING = 0, 1
"""How a child case stands: nothing is asked of it, or it is waited for. From 2 on it has ended in
one of those ends that something is demanded of."""


@dataclass(frozen=True)
class Place:
    """Where a case stands.

    Attributes:
        steps: how each step stands, in the order of the file.
        ages: steps that an amendment may outdate, the one first whose round began first.
        children: how each child case stands that is waited for somewhere, in the order of the file.
        draws: of each person drawn, whether the lot is still to be cast.
        entries: of each step whose deadline goes on (and has an event), in the order of the file,
            how often it was entered: never, once, or 2 for more than once.
    """

    configuration: tuple[str, ...]
    history: tuple[tuple[str, tuple[str, ...]], ...]
    steps: tuple[int, ...]
    ages: tuple[int, ...]
    children: tuple[int, ...] = ()
    draws: tuple[bool, ...] = ()
    entries: tuple[int, ...] = ()


@dataclass(eq=False)
class Leg:
    """One move of the machine.

    Attributes:
        entered: states in order; `into` the same, to look one up.
        told_leaving: `mailed` with the mailing lists that its effects write to as it leaves, and
            `queued` with the processes for which they queue something; `told_entering` as it
            enters.
        void: bits that this move takes from everybody.
        folds: bits with the bit that stands for them from now on.
        binds: of people of the case whom it binds, their bit and those of the seat that does.
        lacks: places of the demands that it doesn't meet.
        done: places of the effects that happen by it.
        opened: places of the child cases that it opens.
        keeps: bits of signatures, with the bit of having once given one of them.
    """

    to: int
    entered: tuple[str, ...]
    told_leaving: frozenset[tuple[str, str]]
    told_entering: frozenset[tuple[str, str]]
    void: int
    folds: tuple[tuple[int, int], ...]
    counting: int
    binds: tuple[tuple[int, int], ...] = ()
    lacks: tuple[int, ...] = ()
    done: frozenset[int] = frozenset()
    opened: frozenset[int] = frozenset()
    keeps: tuple[tuple[int, int], ...] = ()
    _seen: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Look up no state one by one."""
        self.into = frozenset(self.entered)

    def apply(self, person: int) -> int:
        """Return what is left of somebody's facts."""
        found = self._seen.get(person)
        if found is None:
            left = person
            for bit, seat in self.binds:
                left = left | bit if person & seat else left & ~bit
            for bit, one in self.folds:
                if left & bit:
                    left = (left & ~bit) | one
            found = self._seen[person] = kept(left, self.keeps) & ~self.void
        return found


@dataclass(eq=False)
class Way:
    """What one act or tick does to a place: what is void at once, then the moves.

    Attributes:
        to: the place where it leads.
        void: bits that it takes from everybody before anything moves; `keeps` as of a leg.
        counting: bits of the signatures that count before anything moves.
        standing: steps whose signatures stand although something was amended; `waiting` those of
            them that are open.
        nowhere: the event that the machine has no way for, None if all is well.
        excluded: the events that are sent because the matrix forbids a grant, "" if none is.
        instead: what it does where the matrix forbids a grant.
        outdated: names of the steps whose signatures an amendment voids.
    """

    to: int
    void: int = 0
    keeps: tuple[tuple[int, int], ...] = ()
    counting: int = 0
    legs: tuple[Leg, ...] = ()
    standing: tuple[int, ...] = ()
    waiting: tuple[int, ...] = ()
    nowhere: str | None = None
    excluded: str = ""
    instead: tuple[Way, ...] = ()
    outdated: frozenset[str] = frozenset()

    def before(self, person: int) -> int:
        """Return what is left of somebody's facts before anything moves."""
        return kept(person, self.keeps) & ~self.void

    def all(self) -> tuple[Way, ...]:
        """Return everything that it may do."""
        return (self, *self.instead)


def kept(person: int, keeps: tuple[tuple[int, int], ...]) -> int:
    """Return somebody's facts with what is kept in mind of signatures that go."""
    for mask, past in keeps:
        person |= past if person & mask else 0
    return person
