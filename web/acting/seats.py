"""Which seat somebody signs in: the one of the address, or the narrowest that they can fill."""

from __future__ import annotations

from dataclasses import replace

from flask import abort

from definitions.refusals import Refusal
from definitions.rules import seats_of, why_not
from web.acting.answers import NOT_ALLOWED
from web.acting.loading import CaseAt
from web.presenters.seats import Vacancy
from web.presenters.standing import who_can


def check_names(at: CaseAt, step: str, seat: str | None = None) -> None:
    """Let pass names of a step, and of a seat of it, that the definition has.

    Raises:
        werkzeug.exceptions.NotFound: It hasn't.
    """
    steps = at.definition.body.steps
    if step not in steps or (seat is not None and seat.partition(":")[0] not in steps[step].seats):
        abort(404)


def fillable(at: CaseAt, step: str) -> tuple[Vacancy, ...]:
    """Return the seats of the step that the person can fill now, the narrowest first.

    Narrow is a seat that few can fill: whoever can fill two should leave the wide one to others.
    """
    mine = [one for one in at.vacancies if one.seat.step == step and at.person.id in one.can]
    return tuple(sorted(mine, key=lambda one: len(one.can)))


def refusal_of_seat(at: CaseAt, step: str, seat: str) -> Refusal | None:
    """Return why the person can't fill the seat now, None if they can."""
    return why_not(at.definition, at.state, step, seat, at.person.id, at.person.roles)


def with_who_can(at: CaseAt, step: str, seat: str | None, refusal: Refusal) -> Refusal:
    """Return the refusal with a remedy that names those who can sign instead."""
    open_ = [one for one in at.vacancies if one.seat.step == step]
    mine = [one for one in open_ if seat in (None, one.seat.seat)]
    if refusal.code not in NOT_ALLOWED or not mine:
        return refusal
    told = " ".join(f"As {one.title}: {who_can(at.reader, one)}." for one in mine)
    return replace(refusal, remedy=told)


def refusal_of_step(at: CaseAt, step: str) -> Refusal | None:
    """Return why the person can't fill any seat of the step now, None if they can fill one.

    Of several reasons the one is told that is nearest to signing: a bar before a role not held.
    """
    reasons = [refusal_of_seat(at, step, seat) for seat in seats_of(at.definition, at.state, step)]
    if not all(reasons):
        return None
    told = [reason for reason in reasons if reason is not None]
    return next((reason for reason in told if reason.code != "not-yours"), told[0])
