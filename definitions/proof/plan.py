"""A definition as the proof reads it: seats, steps and people of the case as bits.

A person of the proof is a number: the set of facts about them that can still matter (which seat
they signed, with which role and outcome; what they declined; as whom the case names them). Two
people with the same number are interchangeable, so a state needs to know only how many there are
of each.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from definitions.definition import Definition
from definitions.model import CountBy, Holders, Invariant, PersonNamed, Seat, Signers
from definitions.proof.roles import counting_as
from definitions.rules.opening import OPENER, known_fields
from definitions.rules.seats import ALWAYS_BARRED


@dataclass(frozen=True)
class SeatPlan:
    """One seat.

    Attributes:
        counts: how many signatures it needs, by the choice made in the field `by`.
        person: the bit of the person of the case who fills it, 0 where roles do.
        barred: bits of facts with which somebody can't fill it.
        holders: roles whose holders can't fill it.
        same: bits of which one is needed (binding of duty), 0 without.
        bits: the fact of having signed, by role used and place of the outcome.
        mask: all of these bits.
        bound: whether only certain people can fill it, so that declining matters.
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

    def needed(self, known: tuple[int, ...]) -> int:
        """Return how many signatures it needs under the choices made."""
        return self.counts[0] if self.by is None else self.counts[known[self.by]]


@dataclass(frozen=True)
class StepPlan:
    """One step.

    Attributes:
        covers: classes of amendable fields that a signature here is about.
        outcomes: id, event and whether the first signature decides.
        mask: bits of all signatures in it; `declined` that of having declined.
        folds: bits of outcomes, with the bit that stands for all once the step is closed.
        kept: whether it matters later that it was decided.
    """

    name: str
    seats: tuple[SeatPlan, ...]
    outcomes: tuple[tuple[str, str, bool], ...]
    covers: frozenset[int]
    reopen: str | None
    deadline: str | None
    mask: int
    declined: int
    folds: tuple[tuple[int, int], ...]
    kept: bool


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


class Plan:
    """Everything that the exploration asks of one definition."""

    def __init__(self, definition: Definition) -> None:
        """Compile a definition whose references have been checked."""
        self.definition = definition
        self.body = definition.body
        self.chart = definition.chart
        self.invariants: tuple[Invariant, ...] = self.body.invariants
        self._bit = 1
        self.facts: dict[int, tuple[int, str, str]] = {}
        """Of each signature's bit: step, seat, role ("" where a person is named)."""
        self.people: dict[str, int] = {name: self._next() for name in (OPENER, *self.body.people)}
        self.step_names = tuple(self.body.steps)
        asked = {name for invariant in self.invariants for name in invariant.when}
        self.known = tuple(sorted(known_fields(definition) | asked))
        self.choices: tuple[tuple[str, ...], ...] = tuple(
            tuple(definition.field(name).choices or ()) for name in self.known
        )
        self.classes = self._classes()
        bits = {name: self._seat_bits(name) for name in self.step_names}
        self._bits = bits
        self.steps = tuple(self._step(i, name) for i, name in enumerate(self.step_names))
        self._used: dict[int, frozenset[str]] = {}

    def _next(self) -> int:
        bit, self._bit = self._bit, self._bit << 1
        return bit

    def _seat_bits(self, name: str) -> dict[str, dict[tuple[str, int], int]]:
        step = self.body.steps[name]
        index = self.step_names.index(name)
        found: dict[str, dict[tuple[str, int], int]] = {}
        for seat, spec in step.seats.items():
            found[seat] = {}
            for role in spec.roles() or ("",):
                for place in range(len(step.outcomes)):
                    bit = self._next()
                    found[seat][role, place] = bit
                    self.facts[bit] = (index, seat, role)
        return found

    def _classes(self) -> tuple[FieldClass, ...]:
        """Group the amendable fields by what amending them does."""
        amend = self.body.amend
        groups: dict[tuple[object, ...], list[str]] = {}
        for name in amend.fields if amend else ():
            covering = tuple(s for s in self.step_names if name in self.definition.covered(s))
            about = tuple(i for i, inv in enumerate(self.invariants) if name in inv.about)
            alone = name if name in self.known or self.binds(name) else ""
            groups.setdefault((covering, about, alone), []).append(name)
        return tuple(
            FieldClass(
                fields=tuple(names),
                known=self.known.index(names[0]) if names[0] in self.known else None,
                binds=self.binds(names[0]),
            )
            for names in groups.values()
        )

    def binds(self, field: str) -> int:
        """Return the bits of the people of the case who come from a field."""
        bits = 0
        for name, person in self.body.people.items():
            if person.from_ == field:
                bits |= self.people[name]
        return bits

    def _step(self, index: int, name: str) -> StepPlan:
        step = self.body.steps[name]
        bits = self._bits[name]
        covered = set(self.definition.covered(name))
        seats = tuple(self._seat(index, seat, spec) for seat, spec in step.seats.items())
        return StepPlan(
            name=name,
            seats=seats,
            outcomes=tuple((o, spec.event, spec.at == "once") for o, spec in step.outcomes.items()),
            covers=frozenset(
                i for i, each in enumerate(self.classes) if covered & set(each.fields)
            ),
            reopen=step.covers.reopen if step.covers else None,
            deadline=step.deadline.event if step.deadline else None,
            mask=sum(seat.mask for seat in seats),
            declined=self._next() if any(seat.bound for seat in seats) else 0,
            folds=tuple(
                (bit, of[role, 0])
                for of in bits.values()
                for (role, place), bit in of.items()
                if place
            ),
            kept=any(covered & set(each.fields) for each in self.classes)
            or any(self.relevant(i) & self._signed(name, None) for i in self.invariants),
        )

    def _seat(self, index: int, name: str, spec: Seat) -> SeatPlan:
        bits = self._bits[self.step_names[index]][name]
        by = self.known.index(spec.count.by) if isinstance(spec.count, CountBy) else None
        return SeatPlan(
            step=index,
            name=name,
            by=by,
            counts=self._counts(spec, by),
            roles=spec.roles(),
            person=self.people.get(spec.person, 0) if spec.person else 0,
            barred=self._barred(spec),
            holders=frozenset(e.holders for e in spec.not_ if isinstance(e, Holders)),
            same=self._signed(spec.same.signer, spec.same.seat) if spec.same else 0,
            bits=bits,
            mask=sum(bits.values()),
            bound=spec.person is not None or spec.same is not None,
        )

    def _counts(self, spec: Seat, by: int | None) -> tuple[int, ...]:
        if by is None or not isinstance(spec.count, CountBy):
            assert isinstance(spec.count, int)  # noqa: S101 - for the type checker
            return (spec.count,)
        counts = spec.count.counts()
        return tuple(counts.get(choice, max(counts.values())) for choice in self.choices[by])

    def _barred(self, spec: Seat) -> int:
        allowed = {allowance.person for allowance in spec.allow}
        names = {*ALWAYS_BARRED}
        mask = 0
        for exclusion in spec.not_:
            match exclusion:
                case str():
                    names.add(exclusion)
                case PersonNamed():
                    names.add(exclusion.person)
                case Signers():
                    mask |= self._signed(exclusion.signers, None)
                case _:
                    pass
        for name in names - allowed:
            mask |= self.people.get(name, 0)
        return mask

    def _signed(self, step: str, seat: str | None) -> int:
        """Return the bits of having signed a step, or a seat of it."""
        return sum(
            bit
            for name, bits in self._bits[step].items()
            if seat in (None, name)
            for bit in bits.values()
        )

    def used(self, person: int) -> frozenset[str]:
        """Return the roles that somebody has used in signatures that still matter."""
        found = self._used.get(person)
        if found is None:
            roles = {role for bit, (_, _, role) in self.facts.items() if person & bit and role}
            found = self._used[person] = frozenset(roles)
        return found

    def avoided(self, person: int) -> frozenset[str]:
        """Return the roles that somebody can't hold, by the seats that they have filled."""
        seats = {(step, seat) for bit, (step, seat, _) in self.facts.items() if person & bit}
        held = (s.holders for i, name in seats for s in self.steps[i].seats if s.name == name)
        return frozenset[str]().union(*held)

    @cached_property
    def named(self) -> int:
        """The bits of all people of the case."""
        return sum(self.people.values())

    def signatures_of(self, states: tuple[str, ...]) -> int:
        """Return the bits of signatures in these steps; in all of them if none are named."""
        return sum(self._signed(n, None) for n in self.step_names if not states or n in states)

    def giving(self, roles: tuple[str, ...]) -> int:
        """Return the bits of signatures with a role that counts as one of these."""
        count = frozenset[str]().union(*(counting_as(role) for role in roles))
        return sum(bit for bit, fact in self.facts.items() if fact[2] in count)

    def relevant(self, invariant: Invariant) -> int:
        """Return the bits of the signatures that an invariant may count."""
        if invariant.people is not None:
            return self.signatures_of(invariant.in_) & (
                -1 if invariant.in_ or invariant.role is None else self.giving((invariant.role,))
            )
        signed = invariant.signed or invariant.never
        if signed is None:
            return 0
        within = self.signatures_of(signed.in_)
        if signed.role is None or invariant.never is not None:
            return within
        return within if signed.in_ else self.giving((signed.role, *signed.or_))
