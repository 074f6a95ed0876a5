"""A definition as the proof reads it: seats, steps and people of the case as bits.

A person of the proof is a number: the set of facts about them that can still matter (which seat
they signed, with which role and outcome; what they declined; as whom the case names them). Two
people with the same number are interchangeable, so a state needs to know only how many there are
of each.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import cached_property

from definitions.branching import branch_fields, known_choices_of
from definitions.definition import Definition
from definitions.model import Body, CountBy, Holders, Invariant, PersonNamed, Seat, Signed, Signers
from definitions.organisation import load_organisation
from definitions.parts import lengths
from definitions.proof.alike import alike
from definitions.proof.answering import Answering
from definitions.proof.demands import demands
from definitions.proof.planned import BY_RULING, ChildPlan, DrawPlan, FieldClass, SeatPlan, StepPlan
from definitions.proof.roles import counted_as, counting_as
from definitions.proof.turning import Turning
from definitions.rules.opening import OPENER
from definitions.rules.seats import ALWAYS_BARRED
from definitions.rules.seeing import MEMBER
from definitions.ruling import Waiver


class Plan:
    """Everything that the exploration asks of one definition."""

    def __init__(self, definition: Definition) -> None:
        """Compile a definition whose references have been checked."""
        self.definition = definition
        self.body = definition.body
        self.chart = definition.chart
        self.invariants: tuple[Invariant, ...] = self.body.invariants
        self._bit = 1
        self._signatures: dict[tuple[tuple[str, ...], str | None], int] = {}
        self._alike = alike(definition.body)
        self.facts: dict[int, tuple[int, str, str]] = {}
        """Of each signature's bit: step, seat, role ("" where a person is named)."""
        body = self.body
        named = (OPENER, *body.people, *body.draws, *body.bound)
        self.people: dict[str, int] = {name: self._next() for name in named}
        self.openers: dict[int, str] = {self._next(): role for role in _opening(body)}
        """Of each role that matters later, the bit of having opened the case as its holder."""
        self.step_names = tuple(body.steps)
        self.known = tuple(sorted(_asked(body)))
        self.choices: tuple[tuple[str, ...], ...] = tuple(
            known_choices_of(body, name) for name in self.known
        )
        self.answering = Answering(body, self.known, self.choices)
        sizes = [len(choices) for choices in self.choices]
        self.turning = Turning(body, self.chart.branching, self.known, sizes)
        self.classes = self._classes()
        bits = {name: self._seat_bits(name) for name in self.step_names}
        self._ruled = {name: self._ruled_bits(name) for name in body.rulings.authorise}
        self.by_ruling = sum(bit for each in self._ruled.values() for bit in each.values())
        self._past = {name: self._next() for name in sorted(definition.all_rounds)}
        self._bits = bits
        self._voted = sum(self._signed(name, None) for name in self._votes())
        self._nobody = self._next()
        self.demands = demands(body)
        self.waivers: list[int] = []
        """What each ruling waives that waives anything: the invariants' places as bits."""
        rulings = body.rulings
        self.authorised: dict[int, int] = {
            self.step_names.index(n): self._ruling(each) for n, each in rulings.authorise.items()
        }
        """The rulings that are possible, as bits: by the step whose seats they may fill."""
        self.overrides = {name: self._ruling(each) for name, each in rulings.override.items()}
        """By the state to which they may move the case."""
        self.closings = {name: self._ruling(each) for name, each in rulings.close.items()}
        """By the end to which the definition lets them close it."""
        self.children = tuple(self._children())
        self.draws = self._draws()
        self.extends = frozenset(i for i, effect in enumerate(body.effects) if effect.extend)
        self.steps = tuple(self._step(i, name) for i, name in enumerate(self.step_names))
        self._used: dict[int, frozenset[str]] = {}

    def chosen(self, known: tuple[int, ...]) -> dict[str, str]:
        """Return the choices that were made, by field."""
        return {
            name: choices[place]
            for name, choices, place in zip(self.known, self.choices, known, strict=True)
        }

    def _next(self) -> int:
        bit, self._bit = self._bit, self._bit << 1
        return bit

    def _seat_bits(self, name: str) -> dict[str, dict[tuple[str, int], int]]:
        step = self.body.steps[name]
        index = self.step_names.index(name)
        found: dict[str, dict[tuple[str, int], int]] = {}
        for seat, spec in step.seats.items():
            found[seat] = {}
            roles, outcomes = self._roles(spec) or ("",), len(step.outcomes)
            if step.vote is not None:
                # That somebody voted matters only where it must never be them.
                asked = any(_never_in(invariant, name) for invariant in self.invariants)
                roles, outcomes = (_member(spec),), int(asked)
            for role in roles:
                for place in range(outcomes):
                    bit = self._next()
                    found[seat][role, place] = bit
                    self.facts[bit] = (index, seat, role)
        return found

    def _ruled_bits(self, name: str) -> dict[tuple[str, int], int]:
        """Return the bits of a step's seats being filled by a ruling, by seat and outcome."""
        step = self.body.steps[name]
        places = range(len(step.outcomes))
        return {(seat, place): self._next() for seat in step.seats for place in places}

    def _ruling(self, waiver: Waiver) -> int:
        """Return the bit by which a ruling is remembered, 0 if it waives nothing."""
        ids = [one.id for one in self.invariants]
        mask = 0
        for name in waiver.waives:
            mask |= 1 << ids.index(name) if name in ids else 0
        if not mask:
            return 0
        self.waivers.append(mask)
        return 1 << len(self.waivers) - 1

    def waived(self, rulings: int) -> int:
        """Return which invariants these rulings waive, by their places as bits."""
        found = 0
        for place, mask in enumerate(self.waivers):
            found |= mask if rulings >> place & 1 else 0
        return found

    def _roles(self, spec: Seat) -> tuple[str, ...]:
        """Return the roles that may fill a seat; of those that nothing tells apart, one."""
        return tuple(dict.fromkeys(self._alike.get(role, role) for role in spec.roles()))

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
        deadline = step.deadline
        late = deadline is not None and deadline.event is not None
        covered = set(self.definition.covered(name))
        seats = tuple(self._seat(index, seat, spec) for seat, spec in step.seats.items())
        return StepPlan(
            name=name,
            seats=seats,
            enough=tuple(tuple(list(step.seats).index(s) for s in one) for one in step.enough()),
            outcomes=tuple((o, spec.event, spec.at == "once") for o, spec in step.outcomes.items()),
            covers=frozenset(
                i for i, each in enumerate(self.classes) if covered & set(each.fields)
            ),
            reopen=step.covers.reopen if step.covers else None,
            deadline=deadline.event if deadline else None,
            goes_on=late and deadline is not None and deadline.goes_on,
            instant=late and deadline is not None and not all(lengths(deadline.after)),
            mask=sum(seat.mask for seat in seats),
            past=self._past.get(name, 0),
            declined=self._next() if any(seat.bound for seat in seats) else 0,
            folds=tuple(self._folds(name)),
            vote=step.vote is not None,
            binds=tuple(
                (self.people[who], self._signed(name, bound.seat))
                for who, bound in self.body.bound.items()
                if bound.signer == name
            ),
            kept=any(covered & set(each.fields) for each in self.classes)
            or any(self.relevant(i) & self._signed(name, None) for i in self.invariants)
            or any(never.signers == name for never in self._kept_apart()),
        )

    def _folds(self, name: str) -> Iterator[tuple[int, int]]:
        """Yield the outcomes that nothing asks for once a step is closed, but for the first."""
        listed = any(i.items and i.signed and name in i.signed.in_ for i in self.invariants)
        asked = {
            place
            for place, outcome in enumerate(self.body.steps[name].outcomes)
            if listed
            or any(
                way.outcome == outcome and way.child is None
                for invariant in self.invariants
                for way in invariant.ways()
            )
        }
        for of in self._bits[name].values():
            first: dict[str, int] = {}
            for (role, place), bit in of.items():
                if place not in asked and first.setdefault(role, bit) != bit:
                    yield bit, first[role]

    def _seat(self, index: int, name: str, spec: Seat) -> SeatPlan:
        step = self.step_names[index]
        ruled = {
            (BY_RULING, n): b for (seat, n), b in self._ruled.get(step, {}).items() if seat == name
        }
        bits = {**self._bits[step][name], **ruled}
        by = self.known.index(spec.count.by) if isinstance(spec.count, CountBy) else None
        return SeatPlan(
            step=index,
            name=name,
            by=by,
            counts=self._counts(spec, by),
            roles=self._roles(spec) or ((_member(spec),) if spec.body else ()),
            person=self.people.get(spec.person, 0) if spec.person else 0,
            barred=self._barred(spec),
            holders=frozenset(e.holders for e in spec.not_ if isinstance(e, Holders)),
            same=self._same(spec),
            bits=bits,
            mask=sum(bits.values()),
            bound=spec.person is not None or spec.same is not None,
            draw=self._drawn(spec),
        )

    def _same(self, spec: Seat) -> int:
        if spec.same is None:
            return 0
        return self._signed(spec.same.signer, spec.same.seat) & ~self._voted or self._nobody

    def _drawn(self, spec: Seat) -> int | None:
        return next((i for i, draw in enumerate(self.draws) if draw.name == spec.person), None)

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
                    mask |= self._signed(exclusion.signers, None) & ~self._voted
                    mask |= self._past[exclusion.signers] if exclusion.rounds == "all" else 0
                case _:
                    pass
        for name in names - allowed:
            mask |= self.people.get(name, 0)
        return mask

    def _signed(self, step: str, seat: str | None, outcome: str | None = None) -> int:
        """Return the bits of having signed a step, or a seat of it, or so (by an outcome's id)."""
        outcomes = list(self.body.steps[step].outcomes)
        return sum(
            bit
            for name, bits in self._bits[step].items()
            if seat in (None, name)
            for (_, place), bit in bits.items()
            if outcome in (None, outcomes[place])
        )

    def _votes(self) -> list[str]:
        return [name for name, step in self.body.steps.items() if step.vote is not None]

    def _children(self) -> Iterator[ChildPlan]:
        for effect in self.body.effects:
            opened = effect.open
            if opened is None or effect.enter is None:
                continue
            asked = dict.fromkeys(
                end
                for demand in self.demands
                for name, end in demand.children
                if name == opened.as_
            )
            yield ChildPlan(opened.as_, effect.enter, tuple(opened.on.items()), tuple(asked))

    def _draws(self) -> tuple[DrawPlan, ...]:
        draws = self.body.draws
        found = []
        for name, draw in draws.items():
            # Who keeps out whom holds both ways, since either can be drawn first.
            others = (other for other, each in draws.items() if name in each.not_)
            kept_out = {*draw.not_, *others, *ALWAYS_BARRED}
            passed = self._next()
            found.append(
                DrawPlan(
                    name=name,
                    role=draw.role,
                    on=draw.on,
                    otherwise=draw.otherwise,
                    bit=self.people[name],
                    passed=passed,
                    barred=sum(self.people.get(one, 0) for one in kept_out) | passed,
                )
            )
        return tuple(found)

    @cached_property
    def fading(self) -> int:
        """The bits that only keep somebody from something that anybody new may do."""
        declined = (
            step.declined
            for step in self.steps
            if any(seat.draw is not None for seat in step.seats)
        )
        past = sum(step.past for step in self.steps) & ~self.once
        return sum(draw.passed for draw in self.draws) | sum(declined) | past

    @cached_property
    def once(self) -> int:
        """The bits of which it is enough that somebody has them: one such person stands for all.

        Who has declined and does nothing else is among them: in a seat for a person whom one may
        amend, somebody new declines each time, and they would be ever more.
        """
        asked = (never for never in self._kept_apart() if never.rounds == "all")
        return sum({self._past[never.signers or ""] for never in asked}) | sum(
            step.declined for step in self.steps
        )

    def _kept_apart(self) -> list[Signed]:
        """Return who must never sign some steps for having signed another."""
        never = (one.never for one in self.invariants if one.never is not None)
        return [one for one in never if one.signers is not None]

    def signers(self, never: Signed) -> tuple[int, int]:
        """Return the bits of having signed a step: of what counts now, and of rounds before."""
        name = never.signers or ""
        past = self._past[name] if never.rounds == "all" else 0
        return self.signatures_of((name,)), past

    @cached_property
    def lasting(self) -> int:
        """The bits that matter wherever the case stands."""
        asked = sum(step.past | step.mask for step in self.steps if step.past)
        for never in self._kept_apart():
            asked |= self.signatures_of((never.signers or "", *never.in_))
        return self.named | sum(draw.passed for draw in self.draws) | sum(self.openers) | asked

    def opened_as(self, person: int) -> frozenset[str]:
        """Return the roles as whose holder somebody opened the case, so far as it matters.

        What they sign is signed by such a holder. It keeps them from nothing else: their roles may
        have changed since.
        """
        return frozenset(role for bit, role in self.openers.items() if person & bit)

    def opened(self, roles: Collection[str]) -> int:
        """Return the bits of having opened the case as holder of these, so far as it matters."""
        return sum(bit for bit, role in self.openers.items() if role in roles)

    def used(self, person: int) -> frozenset[str]:
        """Return the roles that somebody has used in signatures that still matter."""
        found = self._used.get(person)
        if found is None:
            roles = {role for bit, (_, _, role) in self.facts.items() if person & bit and role}
            roles |= {draw.role for draw in self.draws if person & draw.bit}
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

    def signatures_of(self, states: tuple[str, ...], outcome: str | None = None) -> int:
        """Return the bits of signatures and votes in these steps; in all if none are named.

        Args:
            outcome: only of those that say this.
        """
        asked = (states, outcome)
        if asked not in self._signatures:
            names = [name for name in self.step_names if not states or name in states]
            self._signatures[asked] = sum(self._signed(name, None, outcome) for name in names)
        return self._signatures[asked]

    def signs(self, states: tuple[str, ...], outcome: str | None = None) -> int:
        """Return the bits of what is a signature in these steps: a vote is none.

        Args:
            outcome: only of those that say this.
        """
        return self.signatures_of(states, outcome) & ~self._voted

    def giving(self, roles: tuple[str, ...]) -> int:
        """Return the bits of signatures with a role that counts as one of these."""
        count = frozenset[str]().union(*(counting_as(role) for role in roles))
        return sum(
            bit
            for bit, (step, seat, role) in self.facts.items()
            if {role or self._drawn_as(step, seat)} & count
        )

    def hasty(self, step: str) -> int:
        """Return the bits of signatures that close a list whatever else on it is to be signed."""
        each = self.body.steps[step].each
        if each is None or not (len(each.items) > 1 or each.grow or each.queued):
            return 0  # there is nothing else
        once = (name for name, o in self.body.steps[step].outcomes.items() if o.at == "once")
        return sum(self._signed(step, None, name) for name in once)

    def _drawn_as(self, step: int, seat: str) -> str:
        person = self.body.steps[self.step_names[step]].seats[seat].person
        draw = self.body.draws.get(person or "")
        return draw.role if draw else ""

    def relevant(self, invariant: Invariant) -> int:
        """Return the bits of the signatures that an invariant may count.

        That somebody voted doesn't count for what must be signed: what a body has carried is
        demanded in other words (`demands`).
        """
        found = 0
        for way in invariant.ways():
            found |= self._relevant(way)
        return found if invariant.never is not None else found & ~self._voted

    def _relevant(self, invariant: Invariant) -> int:
        if invariant.people is not None:
            within = self.signatures_of(invariant.in_, invariant.outcome)
            if invariant.in_ or invariant.role is None or self._by_opener((invariant.role,)):
                return within
            return within & self.giving((invariant.role,))
        signed = invariant.signed or invariant.never
        if signed is None or invariant.is_stated():
            return 0
        # Whether each thing on a list was signed, all that was signed there says.
        outcome = None if invariant.items else invariant.outcome
        within = self.signatures_of(signed.in_, outcome)
        wanted = (signed.role or "", *signed.or_)
        if signed.role is None or invariant.never is not None or signed.in_:
            return within
        if self._by_opener(wanted):
            return within
        return within & self.giving(wanted)

    def _by_opener(self, roles: tuple[str, ...]) -> bool:
        """Say whether whatever the opener signs may count, by the role as which they opened it."""
        return any(counted_as(role) & set(roles) for role in self.openers.values())


def _asked(body: Body) -> set[str]:
    """Return the fields whose choices make a difference to the proof."""
    seats = [seat for step in body.steps.values() for seat in step.seats.values()]
    counted = {seat.count.by for seat in seats if isinstance(seat.count, CountBy)}
    counted |= set(branch_fields(body))
    return counted | {n for i in body.invariants if not i.is_stated() for n in i.when}


def _member(spec: Seat) -> str:
    return load_organisation().body(spec.body or "").member


def _never_in(invariant: Invariant, step: str) -> bool:
    never = None if invariant.is_stated() else invariant.never
    return never is not None and (not never.in_ or step in never.in_)


def _opening(body: Body) -> list[str]:
    """Return the roles as whose holder one opens a case that make a difference to what is signed.

    They count for what asks for a signature by a role, and keep their holders out of seats. Where
    every seat is for a role, what they sign as says enough.
    """
    seats = [seat for step in body.steps.values() for seat in step.seats.values()]
    if not any((seat.person or seat.same) and OPENER not in seat.not_ for seat in seats):
        return []
    by = (one for when in body.start.when.values() for one in when.values())
    roles = dict.fromkeys((*body.start.roles, *(role for one in by for role in one.roles)))
    asked = {e.holders for seat in seats for e in seat.not_ if isinstance(e, Holders)}
    for one in body.invariants:
        for way in one.ways():
            asked |= {way.role or "", *_named(way.signed)}
    return [role for role in roles if role != MEMBER and counted_as(role) & (asked - {""})]


def _named(signed: Signed | None) -> set[str]:
    return set() if signed is None else {signed.role or "", *signed.or_}
