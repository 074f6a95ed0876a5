"""What a form may say: the choices made in it, and whom of the case it binds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from definitions.proof.plan import Plan


class Binding:
    """Every way in which the forms of one definition can be filled in, as far as it matters."""

    def __init__(self, plan: Plan) -> None:
        """Take the plan."""
        self._plan = plan
        self._sizes = self._people_sizes()

    def _people_sizes(self) -> int:
        """How many people a field may bind: as many as a seat for them asks for."""
        needed = [
            max(seat.counts) for step in self._plan.steps for seat in step.seats if seat.person
        ]
        return max(needed, default=1)

    def openings(self) -> Iterator[tuple[int, ...]]:
        """Yield every way to make the choices that matter."""
        found: list[tuple[int, ...]] = [()]
        for choices in self._plan.choices:
            found = [(*known, place) for known in found for place in range(len(choices))]
        yield from found

    def choices(self, known: tuple[int, ...], classes: frozenset[int]) -> Iterator[tuple[int, ...]]:
        """Yield every way to choose again where these classes of fields are amended."""
        changing = {self._plan.classes[c].known for c in classes}
        found: list[tuple[int, ...]] = [()]
        for place, choices in enumerate(self._plan.choices):
            options = range(len(choices)) if place in changing else (known[place],)
            found = [(*before, choice) for before in found for choice in options]
        yield from found

    def ways(
        self, persons: tuple[int, ...], fields: Sequence[str]
    ) -> Iterator[tuple[tuple[int, ...], tuple[tuple[int, tuple[int, ...]], ...]]]:
        """Yield every way in which fields bind people of the case: those there, or new ones."""
        if not fields:
            yield persons, ()
            return
        field, *rest = fields
        bits = self._plan.binds(field)
        free = tuple(person & ~bits for person in persons)
        for chosen in self._chosen(free, field):
            bound = list(free) + [0] * (max(chosen, default=-1) + 1 - len(free))
            for number in chosen:
                bound[number] |= bits
            for after, more in self.ways(tuple(bound), rest):
                yield after, ((bits, chosen), *more)

    def _chosen(self, persons: tuple[int, ...], field: str) -> Iterator[tuple[int, ...]]:
        spec = self._plan.definition.field(field)
        most = 1 if spec.type == "person" else self._sizes
        if spec.type != "person" or not spec.required:
            yield ()
        found: list[tuple[int, ...]] = [()]
        for _ in range(most):
            found = [
                (*before, number) for before in found for number in self._others(persons, before)
            ]
            yield from found

    def _others(self, persons: tuple[int, ...], before: tuple[int, ...]) -> Iterator[int]:
        last = max(before, default=-1)
        seen: set[int] = set()
        for number, person in enumerate(persons):
            if number > last and person and person not in seen:
                seen.add(person)
                yield number
        yield max(last + 1, len(persons))
