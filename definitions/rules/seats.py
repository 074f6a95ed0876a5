"""Who may fill which seat: roles, named people, exclusions, counts, binding of duty.

Everything here is a question about one step of one state; nothing changes. The order of the
reasons is fixed, so that everybody gets the same answer: not your role, barred as a person of
the case, barred as a signer or holder elsewhere, declined, signed already, seat taken. That a
seat isn't there at all with what was chosen comes before all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from definitions.acts import SYSTEM
from definitions.definition import Definition
from definitions.model import CountBy, Holders, PersonNamed, SameAs, Seat, Signers, Step, words
from definitions.refusals import Refusal
from definitions.rules.resting import why_at_rest
from definitions.rules.rounds import signers_of
from definitions.state import CaseState, Signature

ALWAYS_BARRED = ("author", "subject")
"""People of the case who never sign in it, unless a seat lets them in with a reason."""


@dataclass(frozen=True)
class OpenSeat:
    """A seat that still waits for signatures, as the inbox keeps it.

    Attributes:
        roles: roles that may fill it; empty where persons are named.
        persons: the persons who may fill it, where it names people of the case.
        missing: how many signatures are still needed.
        barred: persons who can't fill it although they may hold a role.
        barred_roles: holders of these roles can't fill it.
    """

    step: str
    instance: str
    seat: str
    roles: tuple[str, ...]
    persons: tuple[str, ...]
    missing: int
    since: str
    due: str | None
    overdue: bool
    barred: tuple[str, ...]
    barred_roles: tuple[str, ...]


@dataclass(frozen=True)
class Bar:
    """Why certain persons can't fill a seat: who, in what capacity, by which section."""

    persons: tuple[str, ...]
    because: str
    section: str | None


def seats_of(definition: Definition, state: CaseState, step: str) -> tuple[str, ...]:
    """Return the seats of a step; of one with a list, each of its seats for each thing on it.

    Those that aren't there with what is chosen now are left out.
    """
    seats = definition.step(step).seats.items()
    return _with_items(
        definition, state, step, [name for name, seat in seats if seat.is_there(state.known)]
    )


def _with_items(
    definition: Definition, state: CaseState, step: str, seats: Collection[str]
) -> tuple[str, ...]:
    if definition.step(step).each is None:
        return tuple(seats)
    items = state.items.get(step, ())
    return tuple(f"{seat}:{item.id}" for item in items for seat in seats)


def has_seat(definition: Definition, state: CaseState, step: str, seat: str) -> bool:
    """Say whether the step has such a seat that is filled by signing: a body votes instead.

    One that isn't there with what is chosen now is had all the same: `why_not` says so.
    """
    seats = _with_items(definition, state, step, definition.step(step).seats)
    return seat in seats and definition.seat(step, seat).body is None


def needed(state: CaseState, seat: Seat) -> int:
    """Return how many signatures the seat needs in this case."""
    if isinstance(seat.count, CountBy):
        return seat.count.of(state.known.get(seat.count.by))
    return seat.count


def signatures(state: CaseState, step: str, seat: str | None = None) -> tuple[Signature, ...]:
    """Return the signatures that count in the step's latest instance."""
    at = state.steps.get(step)
    return tuple(s for s in at.signatures if seat in (None, s.seat)) if at else ()


def missing(definition: Definition, state: CaseState, step: str, seat: str) -> int:
    """Return how many signatures the seat still lacks, never below 0; of a vote, how many votes."""
    spec = definition.seat(step, seat)
    if spec.body is not None:
        return len(_not_voted(state, step))
    return max(0, needed(state, spec) - len(signatures(state, step, seat)))


def is_full(definition: Definition, state: CaseState, step: str) -> bool:
    """Say whether enough has been signed: all seats, or all of one set of those that are enough."""
    rule, seats = definition.step(step), seats_of(definition, state, step)
    enough = (seats,) if rule.need == "all" else rule.enough()
    return any(not any(missing(definition, state, step, seat) for seat in one) for one in enough)


def bars(definition: Definition, state: CaseState, step: str, seat: str) -> Iterator[Bar]:
    """Yield everyone whom the policy keeps from this seat, with the reason.

    Always the author and the subject (nobody signs for themselves), then what the seat says.
    """
    spec = definition.seat(step, seat)
    section = spec.policy or definition.step(step).policy
    allowed = {allowance.person for allowance in spec.allow}
    named: dict[str, str | None] = {
        e.person: e.policy for e in spec.not_ if isinstance(e, PersonNamed)
    }
    for name in (*ALWAYS_BARRED, *(e for e in spec.not_ if isinstance(e, str))):
        named.setdefault(name, None)
    for name, its_section in named.items():
        if name not in allowed and state.people.get(name):
            because = _as_person(definition, name)
            yield Bar(state.people[name], because, its_section or section)
    for exclusion in spec.not_:
        if isinstance(exclusion, Signers):
            persons = signers_of(state, exclusion)
            title = words(definition.step(exclusion.signers).title)
            yield Bar(persons, f"you signed “{title}” in this case", exclusion.policy or section)


def _as_person(definition: Definition, name: str) -> str:
    if name == "opener":
        return "you opened this case"
    person = definition.body.people.get(name)
    if person is not None and person.of:  # its title says of what, which isn't decided here
        return f"you are the {words(person.title)}"
    return f"you are the {_person_title(definition, name)} of what is decided here"


def why_not(
    definition: Definition,
    state: CaseState,
    step: str,
    seat: str,
    person: str,
    roles: Collection[str],
) -> Refusal | None:
    """Return why this person can't fill this seat now, None if they can.

    Args:
        roles: what the directory says of the person at this moment.
    """
    spec = definition.seat(step, seat)
    rule = definition.step(step)
    return (
        _not_open(definition, state, step)
        or _not_there(definition, state, rule, spec, seat)
        or _not_role(definition, state, spec, rule, seat, person, roles)
        or _barred(definition, state, step, seat, person, roles)
        or _not_same(definition, state, spec, rule, person)
        or _declined_or_signed(definition, state, step, seat, person)
        or _taken(definition, state, step, seat)
    )


def _not_open(definition: Definition, state: CaseState, step: str) -> Refusal | None:
    if state.ended:
        return Refusal(
            "ended",
            f"This case has ended: {definition.state_title(state.ended)}. Nothing more is signed.",
            remedy="Open a new case if something is still to be decided.",
        )
    at_rest = why_at_rest(definition, state)
    if at_rest is not None:
        return at_rest
    if not state.is_open(step):
        title = words(definition.step(step).title)
        return Refusal(
            "not-open",
            f"“{title}” isn't open now: the case has moved on, or hasn't come to it yet.",
            definition.step(step).policy,
            "Look at the case: it says where it stands and what waits.",
        )
    return None


def _not_there(
    definition: Definition, state: CaseState, rule: Step, spec: Seat, seat: str
) -> Refusal | None:
    if not isinstance(spec.count, CountBy) or spec.is_there(state.known):
        return None
    field = words(definition.field(spec.count.by).title)
    return Refusal(
        "not-there",
        f"“{words(rule.title)}” asks nobody to sign as {words(spec.title) or seat} in this case, "
        f"by its “{field}”.",
        spec.policy or rule.policy,
        "Look at the case: it says who is asked.",
    )


def _not_role(
    definition: Definition,
    state: CaseState,
    spec: Seat,
    rule: Step,
    seat: str,
    person: str,
    roles: Collection[str],
) -> Refusal | None:
    if spec.body is not None:
        # A body votes, each member once; that it is this step's vote, its one seat says.
        if any(person in vote.electorate for vote in state.votes.values()):
            return None
        who = words(spec.title) or spec.body
    elif spec.person is not None:
        # Whoever was drawn for what they hold counts as long as they hold it (9.1.5).
        if person in state.people.get(spec.person, ()) and holds(definition, spec.person, roles):
            return None
        who = _person_title(definition, spec.person)
    else:
        if set(spec.roles()) & set(roles):
            return None
        who = " or ".join(role.replace("-", " ") for role in spec.roles())
    return Refusal(
        "not-yours",
        f"“{words(rule.title)}” must be signed by: {who} (as {words(spec.title) or seat}). "
        "You don't hold that now.",
        spec.policy or rule.policy,
        "The case shows who can sign. If you should hold the role, the Board decides that (9.1.5).",
    )


def holds(definition: Definition, name: str, roles: Collection[str]) -> bool:
    """Say whether a person of the case holds, by these roles, what they were drawn for, if so."""
    draw = definition.body.draws.get(name)
    return draw is None or draw.role in roles


def _person_title(definition: Definition, name: str) -> str:
    body = definition.body
    person = body.people.get(name) or body.draws.get(name) or body.bound.get(name)
    return words(person.title).lower() if person else name


def _barred(
    definition: Definition,
    state: CaseState,
    step: str,
    seat: str,
    person: str,
    roles: Collection[str],
) -> Refusal | None:
    title = words(definition.step(step).title)
    for bar in bars(definition, state, step, seat):
        if person in bar.persons:
            return Refusal(
                "barred",
                f"You may not sign “{title}”: {bar.because}.",
                bar.section,
                "Somebody else of the role must sign; the case shows who can.",
            )
    spec = definition.seat(step, seat)
    for exclusion in spec.not_:
        if isinstance(exclusion, Holders) and exclusion.holders in roles:
            return Refusal(
                "barred",
                f"You may not sign “{title}”: you hold the role "
                f"{exclusion.holders.replace('-', ' ')}.",
                exclusion.policy or spec.policy or definition.step(step).policy,
                "Somebody else must sign; the case shows who can.",
            )
    return None


def _not_same(
    definition: Definition, state: CaseState, spec: Seat, rule: Step, person: str
) -> Refusal | None:
    if spec.same is None or person in _bound(state, spec.same):
        return None
    title = words(definition.step(spec.same.signer).title)
    return Refusal(
        "not-same",
        f"“{words(rule.title)}” is for whoever signed “{title}”.",
        spec.policy or rule.policy,
        "The case shows who that is.",
    )


def _bound(state: CaseState, same: SameAs) -> tuple[str, ...]:
    signed = signatures(state, same.signer, same.seat)
    return tuple(s.actor for s in signed if s.actor != SYSTEM)


def _declined_or_signed(
    definition: Definition, state: CaseState, step: str, seat: str, person: str
) -> Refusal | None:
    rule = definition.step(step)
    if any(s.actor == person for s in _beside(definition, state, step, seat)):
        return Refusal(
            "signed-already",
            f"You have signed “{words(rule.title)}” already; one person fills one seat of a step.",
            rule.policy,
            "You can retract your signature while the step is open.",
        )
    if person in state.steps[step].declined:
        return Refusal(
            "declined",
            f"You declined to sign “{words(rule.title)}”.",
            rule.policy,
            "Somebody else must sign; the case shows who can.",
        )
    return None


def _beside(
    definition: Definition, state: CaseState, step: str, seat: str
) -> tuple[Signature, ...]:
    """Return the signatures beside which nobody signs again: of the step, or of one item of it."""
    signed = signatures(state, step)
    if definition.step(step).each is None:
        return signed
    item = seat.partition(":")[2]
    return tuple(s for s in signed if s.seat.partition(":")[2] == item)


def _taken(definition: Definition, state: CaseState, step: str, seat: str) -> Refusal | None:
    if missing(definition, state, step, seat):
        return None
    rule = definition.step(step)
    return Refusal(
        "seat-taken",
        f"“{words(rule.title)}”: this seat is filled, no further signature is needed for it.",
        rule.policy,
        "Look at the case: it says what is still missing.",
    )


def open_seats(definition: Definition, state: CaseState) -> tuple[OpenSeat, ...]:
    """Return every seat that waits for a signature now, in the order of the file."""
    return tuple(
        _open_seat(definition, state, step, seat)
        for step in definition.body.steps
        if state.ended is None and state.suspended is None and state.is_open(step)
        for seat in seats_of(definition, state, step)
        if missing(definition, state, step, seat)
    )


def _not_voted(state: CaseState, step: str) -> tuple[str, ...]:
    vote = state.votes.get(step)
    if vote is None:
        return ()
    voted = {one.voter for one in vote.votes}
    return tuple(person for person in vote.electorate if person not in voted)


def _open_seat(definition: Definition, state: CaseState, step: str, seat: str) -> OpenSeat:
    spec = definition.seat(step, seat)
    at = state.steps[step]
    barred = {person for bar in bars(definition, state, step, seat) for person in bar.persons}
    barred |= {s.actor for s in _beside(definition, state, step, seat)} | set(at.declined)
    barred -= {SYSTEM}
    roles, persons = spec.roles(), state.people.get(spec.person, ()) if spec.person else ()
    if spec.body is not None:
        persons = _not_voted(state, step)
    if spec.same is not None:
        bound = _bound(state, spec.same)
        persons = tuple(p for p in bound if spec.person is None or p in persons)
        roles = ()
    return OpenSeat(
        step=step,
        instance=at.instance,
        seat=seat,
        roles=roles,
        persons=persons,
        missing=missing(definition, state, step, seat),
        since=at.since,
        due=at.due,
        overdue=at.overdue,
        barred=tuple(sorted(barred)),
        barred_roles=tuple(e.holders for e in spec.not_ if isinstance(e, Holders)),
    )
