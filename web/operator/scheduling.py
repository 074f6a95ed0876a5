"""What opens by itself: when last and next, whether it is paused, and what waits for somebody."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from flask import request, url_for

from definitions.clock import exactly, parse, stamp
from definitions.refusals import Refusal
from definitions.timetable import next_after
from store.pausing import Pauser, pause, paused_since
from store.ticking import last_told, untold, waiting_ticks
from web.acting.nonces import hidden_nonce, posted_nonce
from web.current import signed_in
from web.errors import log_refusal
from web.page_models import Button, Form, Hidden, Problem, ScheduleLine, Trouble
from web.presenters.words import since
from web.services import now, services
from web.words import role_title

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from definitions.definition import Definition
    from web.presenters.reader import Reader

_PAUSE, _RESUME = "pause", "resume"
_TOLD_WITHIN = timedelta(minutes=5)
"""After so long a moment that wasn't told is shown: the sweep has looked several times."""


def _scheduled() -> dict[str, Definition]:
    definitions = services().library.definitions()
    return {one.process: one for one in definitions if one.body.start.schedule is not None}


def schedule_lines(connection: Connection) -> tuple[ScheduleLine, ...]:
    """Return what opens by itself."""
    paused, last = paused_since(connection), last_told(connection)
    return tuple(
        _line(one, paused.get(process, ""), last.get(process, ""))
        for process, one in _scheduled().items()
    )


def _line(definition: Definition, paused: str, last: str) -> ScheduleLine:
    schedule = definition.body.start.schedule
    assert schedule is not None  # noqa: S101 - only those that have one are asked for
    opens = exactly(stamp(next_after(schedule, parse(now()))))
    before = f"The last one was due on {exactly(last)}." if last else "None was due here yet."
    words = f"{'Without the pause, the' if paused else 'The'} next one opens on {opens}. {before}"
    label, do = ("Let it go on", _RESUME) if paused else ("Pause it", _PAUSE)
    return ScheduleLine(
        title=definition.title(),
        words=words,
        paused=f"Paused since {exactly(paused)}." if paused else "",
        form=Form(
            action=url_for("operator.schedules"),
            hidden=(
                hidden_nonce(),
                Hidden(name="process", value=definition.process),
                Hidden(name="do", value=do),
            ),
            buttons=(Button(label=label, tone="quiet"),),
        ),
    )


def missed_troubles(connection: Connection, reader: Reader) -> tuple[Trouble, ...]:
    """Return the moments that have passed and that Temporal hasn't told."""
    late = stamp(reader.now - _TOLD_WITHIN)
    passed = ((one, untold(connection, one, late)) for one in _scheduled().values())
    return tuple(
        Trouble(
            what=one.title(),
            why=f"It was due to open on {exactly(at)}, and Temporal hasn't told it.",
            since=since(at, reader.now),
            todo="Look whether the worker and Temporal run: it is told within a minute after both "
            "do. What waits for the case is in the next one, whenever that opens.",
        )
        for one, at in passed
        if at
    )


def waiting_troubles(connection: Connection, reader: Reader) -> tuple[Trouble, ...]:
    """Return the moments that have come while nobody was there to open the case for."""
    return tuple(
        Trouble(
            what=one.definition.title(),
            why=f"It was due to open on {exactly(one.at)}, for a {role_title(one.role)}, and "
            "nobody is that now.",
            since=since(one.at, reader.now),
            todo="It opens within a minute after somebody is given the role (9.1.5).",
        )
        for one in waiting_ticks(connection)
    )


def posted_pause() -> tuple[Problem, ...]:
    """Record what the form says; return what was wrong with it."""
    process, do = request.form.get("process", ""), request.form.get("do", "")
    if process not in _scheduled() or do not in {_PAUSE, _RESUME}:
        return (Problem(sentence="There is no such schedule."),)
    person = signed_in()
    key = services().signing_key
    pauser = Pauser(person.id, posted_nonce(), dict(person.auth), now(), key)
    with services().database.writing() as connection:
        refused = pause(connection, pauser, process, paused=do == _PAUSE)
    if not isinstance(refused, Refusal):
        return ()
    log_refusal(refused.code, status=422)
    return (Problem(sentence=refused.sentence),)
