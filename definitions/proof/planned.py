"""The parts of a plan: what the proof knows of seats, steps, draws, child cases and fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

BY_RULING = "by ruling"
"""What stands in place of a role where nobody signs: no role is called so."""


@dataclass(frozen=True)
class SeatPlan:
    """One seat.

    Attributes:
        counts: how many signatures it needs, by the choice made in the field `by`.
        person: the bit of the person of the case who fills it, 0 where roles do.
        barred: bits of facts with which somebody can't fill it.
        holders: roles whose holders can't fill it.
        same: bits of which one is needed (binding of duty), 0 without.
        bits: the fact of having signed, by role used and place of the outcome; with `BY_RULING` in
            place of a role, of being filled by nobody but a ruling.
        mask: all of these bits.
        bound: whether only certain people can fill it, so that declining matters.
        draw: place among the draws of the person who fills it, None if nobody is drawn for it.
    """

    step: int
    name: str
    by: int | None
    counts: tuple[int, ...]
    roles: tuple[str, ...]
    person: int
    barred: int
    holders: frozenset[str]
    same: int
    bits: Mapping[tuple[str, int], int]
    mask: int
    bound: bool
    draw: int | None

    def needed(self, known: tuple[int, ...]) -> int:
        """Return how many signatures it needs under the choices made."""
        return self.counts[0] if self.by is None else self.counts[known[self.by]]


@dataclass(frozen=True)
class StepPlan:
    """One step.

    Attributes:
        enough: sets of seats, by their places, of which one must be full.
        covers: classes of amendable fields that a signature here is about.
        outcomes: id, event and whether the first signature decides.
        mask: bits of all signatures in it; `declined` that of having declined.
        past: that of having signed it in a round that is over, 0 if nobody asks for it.
        folds: bits of outcomes, with the bit that stands for all once the step is closed.
        kept: whether it matters later that it was decided.
        goes_on: whether its deadline has an event and keeps its end when it is entered again.
        instant: whether its deadline has an event, and no length at some choice.
        vote: whether a body votes in it; its seat is then that of some members who voted.
        binds: of people of the case whom its closing binds: their bit, and those of the seat.
    """

    name: str
    seats: tuple[SeatPlan, ...]
    enough: tuple[tuple[int, ...], ...]
    outcomes: tuple[tuple[str, str, bool], ...]
    covers: frozenset[int]
    reopen: str | None
    deadline: str | None
    goes_on: bool
    instant: bool
    mask: int
    past: int
    declined: int
    folds: tuple[tuple[int, int], ...]
    kept: bool
    vote: bool
    binds: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class FieldClass:
    """Amendable fields that make the same difference.

    Attributes:
        known: place among the fields whose choices the rules read, None for others.
        binds: bits of the people of the case that come from it.
    """

    fields: tuple[str, ...]
    known: int | None
    binds: int


@dataclass(frozen=True)
class DrawPlan:
    """Somebody who is drawn.

    Attributes:
        on: the state; `otherwise` the event if there is nobody.
        bit: of whoever was drawn; `passed` of whoever was and declined.
        barred: bits of facts with which somebody can't be drawn.
    """

    name: str
    role: str
    on: str
    otherwise: str | None
    bit: int
    passed: int
    barred: int


@dataclass(frozen=True)
class ChildPlan:
    """A case that this one opens on entering a state and waits for there.

    Attributes:
        on: its ends with their events.
        asked: those of its ends that something is demanded of.
    """

    name: str
    state: str
    on: tuple[tuple[str, str], ...]
    asked: tuple[str, ...]
