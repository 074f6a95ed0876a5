"""Seats: who may fill them is somebody whom the policy knows, and somebody can."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.branching import every_choice
from definitions.checks.branches import each_choice
from definitions.checks.context import Context
from definitions.errors import DefinitionError
from definitions.exclusivity import relation
from definitions.model import CountBy, Exclusion, Holders, PersonNamed, SameAs, Seat, Step
from definitions.reading import KeyPath
from definitions.rules.seats import ALWAYS_BARRED


def check_seats(context: Context) -> Iterator[DefinitionError]:
    """Check each seat of each step."""
    for name, step in context.body.steps.items():
        yield from _nobody_asked(context, name, step)
        for seat, spec in step.seats.items():
            path: KeyPath = ("steps", name, "seats", seat)
            yield from _source(context, spec, path)
            for index, exclusion in enumerate(spec.not_):
                yield from _exclusion(context, exclusion, name, (*path, "not", index))
            yield from _allowed(context, spec, path)
            if isinstance(spec.count, CountBy):
                yield from _count(context, step, spec.count, (*path, "count"))
            if spec.same is not None:
                yield from _same(context, name, spec, spec.same, (*path, "same"))
            yield from _fillable(context, spec, path)


def _source(context: Context, seat: Seat, path: KeyPath) -> Iterator[DefinitionError]:
    if seat.person is not None:
        yield from context.unknown_person((*path, "person"), seat.person)
        if seat.or_:
            yield context.error(
                (*path, "or"),
                "A seat for a person of the case has no other roles.",
                "Take `or` out, or name a `role` instead of the `person`.",
            )
    if seat.body is not None:
        known = tuple(body.id for body in context.organisation.bodies)
        yield from context.unknown((*path, "body"), "body", seat.body, known)
    if seat.role is not None:
        yield from context.unknown_role((*path, "role"), seat.role)
    for index, role in enumerate(seat.or_):
        yield from context.unknown_role((*path, "or", index), role)


def _exclusion(
    context: Context, exclusion: Exclusion, step: str, path: KeyPath
) -> Iterator[DefinitionError]:
    match exclusion:
        case str():
            yield from _person_barred(context, path, exclusion)
        case PersonNamed():
            yield from _person_barred(context, (*path, "person"), exclusion.person)
        case Holders():
            yield from context.unknown_role((*path, "holders"), exclusion.holders)
        case _:
            yield from context.unknown_step((*path, "signers"), exclusion.signers)
            if exclusion.signers == step:
                yield context.error(
                    (*path, "signers"),
                    "A step can't keep out its own signers: one person fills one seat anyway.",
                    "Name another step, or take this out.",
                )


def _person_barred(context: Context, path: KeyPath, name: str) -> Iterator[DefinitionError]:
    """Yield a finding for an unknown person; who is always barred may be absent in the case."""
    known = (*context.people(), *(n for n in ALWAYS_BARRED if n not in context.body.people))
    yield from context.unknown(path, "person of the case", name, known)


def _allowed(context: Context, seat: Seat, path: KeyPath) -> Iterator[DefinitionError]:
    barred = {e.person if isinstance(e, PersonNamed) else e for e in seat.not_}
    for index, allowance in enumerate(seat.allow):
        here = (*path, "allow", index, "person")
        yield from context.unknown_person(here, allowance.person)
        if allowance.person in barred:
            yield context.error(
                here,
                f"This seat both lets in the {allowance.person} and keeps them out.",
                "Take them out of `allow` or of `not`.",
            )


def _count(
    context: Context, step: Step, count: CountBy, path: KeyPath
) -> Iterator[DefinitionError]:
    field = context.body.start.fields.get(count.by)
    if field is None:
        yield from context.unknown_field((*path, "by"), count.by)
        return
    if field.type != "choice" or not field.required:
        yield context.error(
            (*path, "by"),
            f"`{count.by}` can't count signatures: it isn't a choice that must be made.",
            "Name a field with `type: choice` and `required: true`.",
        )
    yield from each_choice(context, count.by, count.counts(), path, ("count", "NUMBER"))
    if 0 in count.counts().values():
        yield from _sometimes_absent(context, count, path)
    elif count.by in context.body.privacy.fields and len(set(count.counts().values())) > 1:
        yield context.error(
            (*path, "by"),
            f"`{count.by}` is confidential, and how many must sign would tell what was chosen.",
            "Count the same for each choice, or let everybody see the field who sees the case.",
        )
    amend = context.body.amend
    covered = count.by in step.covers.fields if step.covers else True
    if amend is not None and count.by in amend.fields and not covered:
        yield context.error(
            (*path, "by"),
            f"`{count.by}` can be amended while people sign, but the step doesn't cover it.",
            f"Add `{count.by}` to the step's `covers`, so that its round begins anew.",
        )


def _sometimes_absent(context: Context, count: CountBy, path: KeyPath) -> Iterator[DefinitionError]:
    """Check a seat that isn't there for some choices: it is for others, and anybody may see it."""
    if not any(count.counts().values()):
        yield context.error(
            path,
            "This seat is never there: its count is 0 for every choice.",
            "Take the seat out, or count at least 1 for one of them.",
        )
    if count.by in context.body.privacy.fields:
        yield context.error(
            (*path, "by"),
            f"`{count.by}` is confidential, and whether this seat is there would tell what was "
            "chosen.",
            "Count at least 1 for each choice, or let everybody see the field who sees the case.",
        )


def _nobody_asked(context: Context, name: str, step: Step) -> Iterator[DefinitionError]:
    """Yield a finding if there are choices for which nobody is asked in a step: it never closes."""
    fields = context.body.start.fields
    if not all(seat.may_be_absent() for seat in step.seats.values()):
        return
    by = {seat.count.by for seat in step.seats.values() if isinstance(seat.count, CountBy)}
    if not by <= set(fields):
        return  # a finding of its own
    for chosen in every_choice(context.body, sorted(by)):
        if not any(seat.is_there(chosen) for seat in step.seats.values()):
            told = " and ".join(f"`{field}: {choice}`" for field, choice in chosen.items())
            yield context.error(
                ("steps", name, "seats"),
                f"Nobody is asked to sign `{name}` with {told}: it could never close.",
                "Let one of its seats ask for somebody then; or let the event that leads to it "
                f"branch on the choice, past `{name}`, and count at least 1 there.",
            )
            return


def _same(
    context: Context, step: str, seat: Seat, same: SameAs, path: KeyPath
) -> Iterator[DefinitionError]:
    yield from context.unknown_step((*path, "signer"), same.signer)
    earlier = context.body.steps.get(same.signer)
    if earlier is None:
        return
    if same.signer == step:
        yield context.error(
            (*path, "signer"),
            "Whoever signed this step can't sign it again: one person fills one seat of a step.",
            "Name an earlier step.",
        )
    if same.seat is not None:
        what = f"seat of `{same.signer}`"
        yield from context.unknown((*path, "seat"), what, same.seat, tuple(earlier.seats))
        if same.seat in earlier.seats and earlier.seats[same.seat].may_be_absent():
            yield context.error(
                (*path, "seat"),
                f"The seat `{same.seat}` of `{same.signer}` isn't there for every choice: then "
                "nobody could sign here.",
                "Name a seat that is always there, or take `seat` out.",
            )
        if earlier.each is not None:
            yield context.error(
                (*path, "seat"),
                f"`{same.signer}` has a list, and so no seat that one person alone fills.",
                "Name a step without `each`, or take `seat` out.",
            )
    seats = [s for name, s in earlier.seats.items() if same.seat in (None, name)]
    before = {role for s in seats for role in s.roles()}
    if before and seat.roles() and not _one_person(context, before, set(seat.roles())):
        yield context.error(
            path,
            f"Nobody can sign here and have signed `{same.signer}`: one person may not hold "
            "both roles (3.4.2).",
            "Ask for a role that goes with the earlier one.",
        )


def _one_person(context: Context, some: set[str], others: set[str]) -> bool:
    """Say whether one person may hold a role of each; a role that nobody knows may go with any."""
    return any(
        a == b
        or not (context.organisation.has_role(a) and context.organisation.has_role(b))
        or relation(a, b).kind != "forbidden"
        for a in some
        for b in others
    )


def _fillable(context: Context, seat: Seat, path: KeyPath) -> Iterator[DefinitionError]:
    allowed = {allowance.person for allowance in seat.allow}
    barred = {e.person if isinstance(e, PersonNamed) else e for e in seat.not_}
    if seat.person in (barred | set(ALWAYS_BARRED)) - allowed:
        yield context.error(
            (*path, "person"),
            f"Nobody could ever fill this seat: the {seat.person} never signs here.",
            "Name somebody else; or let them in with `allow`, and the section or reason for it.",
        )
    held = {exclusion.holders for exclusion in seat.not_ if isinstance(exclusion, Holders)}
    if seat.roles() and set(seat.roles()) <= held:
        yield context.error(
            (*path, "not"),
            "Nobody could ever fill this seat: it keeps out everyone whom it asks for.",
            "Take the role out of `not`.",
        )
