"""What the proof's states are, and what an act leads from one to the next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class State(NamedTuple):
    """A state of the proof; `persons` is sorted, nobody in it is without facts.

    `rulings` are those on the way there that waive anything, as bits.
    """

    place: int
    memory: int
    known: tuple[int, ...]
    persons: tuple[int, ...]
    rulings: int = 0


class Done(NamedTuple):
    """One act.

    Attributes:
        kind: `open`, `sign`, `decline`, `retract`, `amend`, `withdraw`, `deadline`; of a body's
            vote `vote` and `close`; `draw`; `child`, of a case that this one waits for; and `rule`,
            of the Arbitrator, who is nobody among the persons.
        who: place of the actor (of a draw: of whom the lot falls on) among the state's persons;
            its length for somebody new, -1 for the clock.
        role: the role that a signature uses, "" where the person is named.
        known: the choices after it.
        bound: for the people of the case whom it binds, bit and person (place as `who`).
        classes: classes of fields that an amendment changes.
        told: of a draw, the person drawn; of a child case, the name that this one gives it; of a
            ruling that moves the case, where to.
        choices: of an opening, fields with the choice made, so far as they decide who may do so.
        excluded: the events that were sent because the matrix forbids a grant, "" if none was.
    """

    kind: str
    who: int = -1
    step: int = -1
    seat: str = ""
    role: str = ""
    outcome: str = ""
    known: tuple[int, ...] = ()
    bound: tuple[tuple[int, tuple[int, ...]], ...] = ()
    classes: tuple[int, ...] = ()
    told: str = ""
    excluded: str = ""
    choices: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Next:
    """What an act leads to.

    Attributes:
        persons: in the places that they had before, whoever is new after them.
        closed: the step that a signature closed by an outcome, -1 without.
        broken: invariants that are broken now, and that no ruling has waived.
        waived: those that are broken now and were waived: the rulings that were made by then, and
            the invariant's place.
        nowhere: the event that found no way, None if all is well.
        extends: places of the effects by which it puts off deadlines, one for each time.
    """

    done: Done
    state: State
    persons: tuple[int, ...]
    closed: int
    broken: tuple[int, ...]
    nowhere: str | None = None
    waived: tuple[tuple[int, int], ...] = ()
    extends: tuple[int, ...] = ()
