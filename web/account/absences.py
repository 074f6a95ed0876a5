"""Saying that one is away, from which day until which, and that one is back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from flask import request, url_for

from definitions.clock import parse
from definitions.refusals import Refusal
from store.absences import Absence, Speaker, absences_of, say_away, say_back
from web.acting.nonces import hidden_nonce, posted_nonce
from web.current import signed_in
from web.errors import log_refusal
from web.page_models import AbsenceLine, Button, Form, FormField, Hidden, Problem
from web.presenters.people import absence_sentence
from web.services import now, services

if TYPE_CHECKING:
    from sqlalchemy import Connection

Said = TypeVar("Said")


def away_form(problems: tuple[Problem, ...] = ()) -> Form:
    """Return the form that says from when until when one is away, with what was typed."""
    errors = {problem.field: problem.sentence for problem in problems}
    asked = (
        ("since", "First day away", "Today, or any day within a year."),
        ("until", "Last day away", "You count as back from the day after (UTC)."),
    )
    fields = tuple(
        FormField(
            name=name,
            kind="date",
            label=label,
            hint=hint,
            value=_typed(name),
            error=errors.get(name, ""),
        )
        for name, label, hint in asked
    )
    return Form(
        action=url_for("account.away"),
        fields=fields,
        hidden=(hidden_nonce(),),
        buttons=(Button(label="Say that I am away", tone="quiet"),),
        problems=problems,
    )


def absence_lines(connection: Connection, person: str) -> tuple[AbsenceLine, ...]:
    """Return one's own absences, each with the button that ends it."""
    at = parse(now())
    return tuple(
        AbsenceLine(
            words=absence_sentence(one, at, "You"),
            form=Form(
                action=url_for("account.back"),
                hidden=(hidden_nonce(), Hidden(name="absence", value=one.act_id)),
                buttons=(Button(label=_ends(one), tone="quiet"),),
            ),
        )
        for one in absences_of(connection, person, now())
    )


def _ends(one: Absence) -> str:
    return "I am back" if one.since <= now() else "Take this back"


def posted_away() -> tuple[Problem, ...]:
    """Record what the form says; return what was wrong with it."""
    days = {name: _day(request.form.get(name, "")) for name in ("since", "until")}
    first, last = days["since"], days["until"]
    if first is None or last is None:
        wrong = [name for name, found in days.items() if found is None]
        return tuple(Problem(sentence="Choose a day.", field=name) for name in wrong)
    return _problems(_say(lambda connection, who: say_away(connection, who, first, last)))


def posted_back() -> tuple[Problem, ...]:
    """Record that one is back, or won't be away; return what was wrong with it."""
    absence = request.form.get("absence", "")
    return _problems(_say(lambda connection, who: say_back(connection, who, absence)))


def _say(what: Callable[[Connection, Speaker], Said]) -> Said:
    person = signed_in()
    key = services().signing_key
    speaker = Speaker(person.id, posted_nonce(), dict(person.auth), now(), key)
    with services().database.writing() as connection:
        return what(connection, speaker)


def _problems(said: object) -> tuple[Problem, ...]:
    if not isinstance(said, Refusal):
        return ()
    log_refusal(said.code, status=422)
    sentence = f"{said.sentence} {said.remedy}".strip()
    return (Problem(sentence=sentence, field=said.field or ""),)


def _typed(name: str) -> str:
    """Return the day that was typed; a field for days can't show anything else."""
    found = _day(request.form.get(name, ""))
    return found.isoformat() if found else ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
