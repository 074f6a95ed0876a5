"""Moments of schedules that have come: told by Temporal, kept here, and each opens one case.

A moment is believed if the definition in force has it, it has come by the store's own clock, and
it is later than the last one that was told: whoever can start workflows can't have a case opened
for a day of their own, nor twice. While a schedule is paused its moments pass by.

A row of `ticks` without a case waits: where nobody holds the role for whose holder it should be
opened, it is tried again with each sweep.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from sqlalchemy import ColumnElement, Connection, Table, func, select, update

from definitions.acts import Act
from definitions.canonical import Json
from definitions.clock import Clock, parse, stamp
from definitions.definition import Definition
from definitions.timetable import cause_of, given, is_of, last_before, moment_of, tick_id
from store import tables
from store.cases import load_definition
from store.children import OpenedBySystem, keep_opening
from store.database import Database
from store.in_force import now_in_force, renew_openings, superseded_openings
from store.inserting import insert_new
from store.pausing import is_paused, resumed_at
from store.pending import PendingAct, unsettled_of
from store.signatures import SigningKey
from store.streams import DIRECTORY, head_of, never_before

Told: TypeAlias = Literal["taken", "known", "paused", "early", "strange"]
"""What became of a moment that was told: `early` if it hasn't come yet by the store's clock."""

_MOST: Final = 100
"""How many that wait are looked at in one go."""


@dataclass(frozen=True)
class Waiting:
    """A moment that has come and has no case: whose schedule, when, and for whose holder."""

    case: str
    process: str
    at: str
    definition: Definition
    role: str


def tell(connection: Connection, definition: Definition, at: str, now: str) -> Told:
    """Keep that a moment of a schedule has come, if it has.

    Args:
        connection: of a writing transaction.
        definition: the one in force; it must be registered.
        at: the moment, as Temporal says it (a stamp).
        now: the store's time.
    """
    process, schedule = definition.process, definition.body.start.schedule
    ticks = tables.ticks.c
    case = tick_id(process, at)
    if connection.scalar(select(ticks.case).where(ticks.case == case)) is not None:
        return "known"
    if schedule is None or not is_of(schedule, parse(at)):
        return "strange"
    if at > now:
        return "early"
    if at <= _told_until(connection, process):
        return "strange"
    if is_paused(connection, process):
        return "paused"
    row = {"case": case, "process": process, "at": at, "version": definition.version}
    return "taken" if insert_new(connection, tables.ticks, row) else "known"


def _told_until(connection: Connection, process: str) -> str:
    """Return the last moment that was told; before the first one, when the record began."""
    ticks, keys = tables.ticks.c, tables.keys.c
    last = connection.scalar(select(func.max(ticks.at)).where(ticks.process == process))
    return last or connection.scalar(select(func.min(keys.since))) or ""


def last_told(connection: Connection) -> dict[str, str]:
    """Return by process the last moment that was told."""
    ticks = tables.ticks.c
    query = select(ticks.process, func.max(ticks.at)).group_by(ticks.process)
    return dict(connection.execute(query).all())


def untold(connection: Connection, definition: Definition, now: str) -> str:
    """Return the latest moment of a schedule that has passed and wasn't told; "" without one.

    None that passed while the schedule was paused: it isn't made up for.
    """
    process, schedule = definition.process, definition.body.start.schedule
    if schedule is None or is_paused(connection, process):
        return ""
    passed = stamp(last_before(schedule, parse(now)))
    known = max(_told_until(connection, process), resumed_at(connection, process))
    return passed if passed > known else ""


def waiting_ticks(connection: Connection) -> tuple[Waiting, ...]:
    """Return the moments that have come and for which no opening was made yet, the oldest first."""
    ticks, cases, acts = tables.ticks.c, tables.cases.c, tables.pending_acts.c
    query = (
        select(ticks.case, ticks.process, ticks.at, ticks.version)
        .where(
            ~select(cases.case).where(cases.case == ticks.case).exists(),
            ~select(acts.nonce).where(acts.nonce == ticks.case).exists(),
        )
        .order_by(ticks.at, ticks.process)
        .limit(_MOST)
    )
    found = []
    for row in connection.execute(query).all():
        definition = load_definition(connection, row.version)
        schedule = definition.body.start.schedule
        if schedule is not None:
            found.append(Waiting(row.case, row.process, row.at, definition, schedule.opener))
    return tuple(found)


def make_openings(connection: Connection, at: str, worker_key: SigningKey) -> None:
    """Make and keep the openings that wait, where somebody is there for whom to open them.

    Args:
        connection: of a writing transaction.
        at: the time, as a stamp.
    """
    # Nothing that the directory takes in from now on is earlier than what is asked of it here.
    head_of(connection, DIRECTORY, lock=True)
    at = never_before(connection, DIRECTORY, at)
    for one in waiting_ticks(connection):
        definition = now_in_force(connection, one.definition)
        schedule = definition.body.start.schedule if definition is not None else None
        if definition is None or schedule is None:
            continue  # nothing opens by itself now; it waits until something does
        opener = opener_at(connection, schedule.opener, at)
        if opener is None:
            continue
        if definition.version != one.definition.version:
            ticks = tables.ticks.c
            moment = update(tables.ticks).where(ticks.case == one.case)
            connection.execute(moment.values(version=definition.version))
        cause = cause_of(one.process, one.at)
        opened = OpenedBySystem(one.case, definition, cause, at)
        keep_opening(connection, opened, given(schedule, one.at), opener, worker_key)


def openings_to_send(connection: Connection) -> tuple[PendingAct, ...]:
    """Return the openings of scheduled cases that aren't answered yet."""
    ticks, cases = tables.ticks.c, tables.cases.c
    opened = select(cases.case).where(cases.case == ticks.case).exists()
    ids = connection.scalars(select(ticks.case).where(~opened).order_by(ticks.at).limit(_MOST))
    return unsettled_of(connection, ids.all())


def opener_at(connection: Connection, role: str, at: str) -> str | None:
    """Return for whom a case opens by itself at that time: who came to the role first.

    Whoever is away comes after those who are there. None if nobody holds it. It is asked of the
    directory as it stood right before: so what happens in the same moment changes no answer that
    was given.
    """
    grants, people, absences = tables.grants.c, tables.people.c, tables.absences.c
    query = (
        select(grants.person, func.min(grants.since))
        .join(tables.people, people.person == grants.person)
        .where(grants.role == role, _before(tables.grants, at), _before(tables.people, at))
        .group_by(grants.person)
    )
    since = dict(connection.execute(query).all())
    away = set(connection.scalars(select(absences.person).where(_before(tables.absences, at))))
    return min(since, key=lambda one: (one in away, since[one], one), default=None)


def _before(table: Table, at: str) -> ColumnElement[bool]:
    return (table.c.since < at) & (table.c.until.is_(None) | (table.c.until >= at))


def is_told(connection: Connection, act: Act) -> bool:
    """Say whether the moment by which a case is opened has come, and is that case's."""
    ticks, at = tables.ticks.c, moment_of(act)
    row = connection.execute(
        select(ticks.process, ticks.at, ticks.version).where(ticks.case == act.case)
    ).one_or_none()
    if row is None or at is None:
        return False
    told: Mapping[str, Json] = cause_of(row.process, row.at)
    return act.auth.get("cause") == told and act.definition == row.version


def note_tick(connection: Connection, act: Act, process: str) -> None:
    """Keep the moment by which a case was opened: also where its record is mended."""
    row = tick_row(act, process)
    if row is not None:
        insert_new(connection, tables.ticks, row)


def tick_row(act: Act, process: str) -> dict[str, Json] | None:
    """Return the row of `ticks` that follows from an opening; None if no schedule made it."""
    at = moment_of(act)
    if at is None:
        return None
    return {"case": act.case, "process": process, "at": at, "version": act.definition}


def take_tick(
    database: Database, clock: Clock, worker_key: SigningKey, definition: Definition, at: str
) -> Told:
    """Keep a moment that was told, with the opening of its case, in one transaction."""
    now = stamp(clock.now())
    with database.writing() as connection:
        told = tell(connection, definition, at, now)
        if told in {"taken", "known"}:
            make_openings(connection, now, worker_key)
    return told


def open_waiting(database: Database, clock: Clock, worker_key: SigningKey) -> None:
    """Make the openings that wait, now that somebody may be there to open them for.

    Those that no person made, and whose definition isn't in force any more, are signed anew.
    """
    with database.reading() as connection:
        if not waiting_ticks(connection) and not superseded_openings(connection):
            return
    with database.writing() as connection:
        renew_openings(connection, worker_key)
        make_openings(connection, stamp(clock.now()), worker_key)
