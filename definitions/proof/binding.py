"""What a form may say: the choices made in it, and whom of the case it binds."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from definitions.branching import UNANSWERED, answer_of
from definitions.model import OpenedBy
from definitions.proof.plan import Plan
from definitions.proof.roles import together
from definitions.rules.effects import NOTHING
from definitions.rules.seeing import MEMBER


@dataclass(frozen=True)
class Opening:
    """A way to open a case that the form allows.

    Attributes:
        known: the choices made that the rules read; `choices` all that decide who may open it so.
        roles: the bits of the roles as whose holder somebody opens it.
        naming: fields that must name the opener.
        required: fields that must be filled in, by the form or for who opens it.
    """

    known: tuple[int, ...]
    choices: tuple[tuple[str, str], ...]
    roles: int
    naming: tuple[str, ...]
    required: frozenset[str]


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

    def openings(self) -> Iterator[Opening]:
        """Yield every way to open a case: the choices that matter, by whom they can be made."""
        plan, start = self._plan, self._plan.body.start
        deciding = dict.fromkeys(
            (*start.when, *(name for spec in start.fields.values() for name in spec.required_when))
        )
        others = [name for name in deciding if name not in plan.known]
        options: list[Sequence[str]] = [
            choices if answer_of(name) is None else (UNANSWERED,)
            for name, choices in zip(plan.known, plan.choices, strict=True)
        ]
        for name in others:
            spec = plan.definition.field(name)
            # Something rather than nothing, so that a walk shows what is done with it.
            given = sorted(spec.choices or (), key=lambda choice: choice == NOTHING)
            options.append(given if spec.required and given else [*given, ""])
        seen: set[object] = set()
        for made in product(*options):
            chosen = dict(zip((*plan.known, *others), made, strict=True))
            known = tuple(
                plan.choices[place].index(chosen[name]) for place, name in enumerate(plan.known)
            )
            required = frozenset(
                person.from_
                for person in plan.body.people.values()
                if self._is_required(person.from_, chosen)
            )
            for roles, naming, filled in self._openers(chosen):
                one = Opening(known, (), roles, naming, required | filled)
                if one not in seen:
                    seen.add(one)
                    choices = tuple((name, chosen[name]) for name in deciding if chosen[name])
                    yield replace(one, choices=choices)

    def _is_required(self, field: str, chosen: Mapping[str, str]) -> bool:
        spec = self._plan.definition.field(field)
        asked = spec.required_when.items()
        return spec.required or (bool(asked) and all(chosen.get(n) == c for n, c in asked))

    def _openers(
        self, chosen: Mapping[str, str]
    ) -> Iterator[tuple[int, tuple[str, ...], frozenset[str]]]:
        """Yield who may open a case with these choices.

        That is the bits of roles, naming fields, and those that name whose team they lead: nobody
        leads a team of nobody.
        """
        start = self._plan.body.start
        by = [when[chosen[name]] for name, when in start.when.items() if chosen[name] in when]
        for ways in product(*map(_ways, by)):
            roles = frozenset(role for role, _, _ in ways if role)
            naming = tuple(dict.fromkeys(field for _, field, _ in ways if field))
            filled = frozenset(team_of for _, _, team_of in ways if team_of)
            # A case is opened by a holder of one of the roles for it, whatever is chosen.
            for more in [""] if roles & set(start.roles) else start.roles:
                held = roles | {more} - {"", MEMBER}
                if together(held):
                    yield self._plan.opened(held), naming, filled
        if start.cases:  # by another case, for its opener, whoever that is
            yield 0, (), frozenset()

    def choices(self, known: tuple[int, ...], classes: frozenset[int]) -> Iterator[tuple[int, ...]]:
        """Yield every way to choose again where these classes of fields are amended.

        First what changes something: people amend nothing to what it was.
        """
        changing = {self._plan.classes[c].known for c in classes}
        found: list[tuple[int, ...]] = [()]
        for place, choices in enumerate(self._plan.choices):
            now = known[place]
            others = (one for one in range(len(choices)) if one != now and place in changing)
            options = (*others, now)
            found = [(*before, choice) for before in found for choice in options]
        yield from found

    def ways(
        self,
        persons: tuple[int, ...],
        fields: Sequence[str],
        required: Collection[str] = (),
    ) -> Iterator[tuple[tuple[int, ...], tuple[tuple[int, tuple[int, ...]], ...]]]:
        """Yield every way in which fields bind people of the case: those there, or new ones.

        Args:
            persons: those there.
            fields: that bind somebody.
            required: those of them that can't be left empty.
        """
        if not fields:
            yield persons, ()
            return
        field, *rest = fields
        bits = self._plan.binds(field)
        free = tuple(person & ~bits for person in persons)
        for chosen in self._chosen(free, field, required):
            bound = list(free) + [0] * (max(chosen, default=-1) + 1 - len(free))
            for number in chosen:
                bound[number] |= bits
            for after, more in self.ways(tuple(bound), rest, required):
                yield after, ((bits, chosen), *more)

    def _chosen(
        self, persons: tuple[int, ...], field: str, required: Collection[str]
    ) -> Iterator[tuple[int, ...]]:
        spec = self._plan.definition.field(field)
        most = 1 if spec.type == "person" else self._sizes
        if spec.type != "person" or not (spec.required or field in required):
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


def _ways(by: OpenedBy) -> list[tuple[str, str, str]]:
    """Return how somebody may open a case so: as a role, or by a field that names them.

    The last of each is the field that names whose team they must lead, "" without.
    """
    named = [("", by.person, "")] if by.person is not None else []
    return [*((role, "", by.team_of or "") for role in by.roles), *named]
