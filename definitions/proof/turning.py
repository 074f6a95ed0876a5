"""Which choices decide where something leads, as the proof asks it.

Each way is asked once for each choice that decides it, and not for the others: a field that only
counts signatures doesn't make more ways.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import product

from definitions.model import Body


class Turning:
    """The branches of one definition; choices are places among those of each known field."""

    def __init__(
        self,
        body: Body,
        branching: Mapping[str, tuple[str, ...]],
        known: tuple[str, ...],
        sizes: Collection[int],
    ) -> None:
        """Take what decides.

        Args:
            body: the definition, whose grants may send events by themselves.
            branching: the events that branch, with the fields whose choices decide.
            known: the fields whose choices the proof knows; `sizes` how many each has.
        """
        self._places = {
            event: tuple(known.index(field) for field in fields)
            for event, fields in branching.items()
        }
        # What is sent where the matrix forbids a grant may follow from any event.
        sent = {effect.grant.otherwise or "" for effect in body.effects if effect.grant}
        self.by_grants = tuple(sorted({p for event in sent for p in self._places.get(event, ())}))
        self._any = frozenset(place for places in self._places.values() for place in places)
        self.every: tuple[tuple[int, ...], ...] = tuple(
            product(*(range(size if at in self._any else 1) for at, size in enumerate(sizes)))
        )
        """Every way to choose, as far as it decides where something leads."""

    def of(self, known: tuple[int, ...]) -> tuple[int, ...]:
        """Return that one of `every` which these choices are."""
        return tuple(one if place in self._any else 0 for place, one in enumerate(known))

    def decides(self, event: str, known: tuple[int, ...]) -> tuple[int, ...]:
        """Return of the choices those that decide where an event leads, or what it may cause."""
        if not self._any:
            return ()
        return tuple(known[place] for place in (*self._places.get(event, ()), *self.by_grants))
