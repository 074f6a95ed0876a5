"""What an operator needs to see of the whole: what is stopped or late; never a case's content."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, and_, func, select

from definitions.canonical import Json
from store import tables
from store.delivery import held
from store.restoring import OPERATIONS, RECONCILED
from store.streams import SYSTEM_STREAM


@dataclass(frozen=True)
class StoppedCase:
    """A case that can't go on, and why."""

    number: str
    process: str
    version: str
    reason: str
    since: str


@dataclass(frozen=True)
class MendedCase:
    """A case that was brought together with its record again, by itself or by hand.

    Attributes:
        found: what was wrong, as the kinds of `reconciled` entries are called.
        ailment: what its run suffered from; "" if that isn't what was wrong.
        record: the entry after which it was started anew; None if it wasn't.
    """

    number: str
    found: str
    ailment: str
    record: int | None
    at: str


@dataclass(frozen=True)
class Operation:
    """What an operator did by the command line, or the program for them, as the record has it.

    Attributes:
        seq: the number of its entry in the `system` stream.
        kind: one of `store.restoring.OPERATIONS`.
        about: the values that were recorded.
    """

    seq: int
    kind: str
    at: str
    about: Mapping[str, Json]


@dataclass(frozen=True)
class UnsettledAct:
    """An act that is kept and has no answer yet; `number` is None while its case has none."""

    act: str
    number: str | None
    created: str


@dataclass(frozen=True)
class UnsentMail:
    """A mail that hasn't gone out; neither its words nor whom it is for."""

    key: str
    number: str
    queued_at: str
    error: str | None


@dataclass(frozen=True)
class Oldest:
    """When the oldest open thing of each kind began, None where there is none; and counts."""

    open_case: str | None
    waiting_step: str | None
    overdue: int
    running: int
    unsettled: int
    unsent: int


def stopped_cases(connection: Connection, limit: int = 100) -> tuple[StoppedCase, ...]:
    """Return the cases that are stopped, the oldest first."""
    cases = tables.cases.c
    query = (
        select(cases.number, cases.process, cases.version, cases.stopped_reason, cases.updated_at)
        .where(cases.status == "stopped")
        .order_by(cases.updated_at, cases.case)
        .limit(limit)
    )
    return tuple(
        StoppedCase(number, process, version, reason or "", since)
        for number, process, version, reason, since in connection.execute(query)
    )


def mended_cases(connection: Connection, after: str, limit: int = 20) -> tuple[MendedCase, ...]:
    """Return the cases that were mended since a time, the latest first."""
    entries, openings = tables.entries.c, tables.openings.c
    acts = (
        select(entries.act_id, entries.at)
        .where(entries.stream == SYSTEM_STREAM, entries.kind == RECONCILED, entries.at > after)
        .order_by(entries.seq.desc())
        .limit(limit)
    )
    times = {row.act_id: row.at for row in connection.execute(acts)}
    told: dict[str, dict[str, Json]] = {act: {} for act in times}
    query = select(openings.act_id, openings.name, openings.value)
    for row in connection.execute(query.where(openings.act_id.in_(list(times)))):
        told[row.act_id][row.name] = json.loads(row.value)
    return tuple(
        MendedCase(
            str(about.get("number") or about.get("case")),
            str(about.get("found")),
            str(about.get("ailment") or ""),
            about["record"] if isinstance(about.get("record"), int) else None,
            times[act],
        )
        for act, about in told.items()
        if about.get("mended") is True
    )


def operations(
    connection: Connection, before: int | None = None, limit: int = 100
) -> tuple[Operation, ...]:
    """Return what operators did, the latest first.

    Args:
        before: only entries with a lower number.
    """
    entries, openings = tables.entries.c, tables.openings.c
    query = select(entries.seq, entries.act_id, entries.kind, entries.at).where(
        entries.stream == SYSTEM_STREAM, entries.kind.in_(sorted(OPERATIONS))
    )
    if before is not None:
        query = query.where(entries.seq < before)
    rows = connection.execute(query.order_by(entries.seq.desc()).limit(limit)).all()
    told: dict[str, dict[str, Json]] = {row.act_id: {} for row in rows}
    values = select(openings.act_id, openings.name, openings.value)
    for row in connection.execute(values.where(openings.act_id.in_(list(told)))):
        told[row.act_id][row.name] = json.loads(row.value)
    return tuple(Operation(row.seq, row.kind, row.at, told[row.act_id]) for row in rows)


def unsettled_acts(
    connection: Connection, before: str, limit: int = 100
) -> tuple[UnsettledAct, ...]:
    """Return the acts that were kept before a time and have no answer yet, the oldest first."""
    acts, cases = tables.pending_acts.c, tables.cases.c
    query = (
        select(acts.nonce, cases.number, acts.created)
        .outerjoin(tables.cases, cases.case == acts.case)
        .where(acts.settled_at.is_(None), acts.created < before)
        .order_by(acts.created, acts.nonce)
        .limit(limit)
    )
    return tuple(UnsettledAct(*row) for row in connection.execute(query))


def unsent_mail(connection: Connection, before: str, limit: int = 100) -> tuple[UnsentMail, ...]:
    """Return the mails that failed, or that have waited since before a time, the oldest first.

    What waits for a daily mail isn't late, unless that failed.
    """
    outbox, cases = tables.outbox.c, tables.cases.c
    late = and_(outbox.queued_at < before, ~held())
    query = (
        select(outbox.key, cases.number, outbox.queued_at, outbox.error)
        .join(tables.cases, cases.case == outbox.case)
        .where(outbox.sent_at.is_(None), late | outbox.error.is_not(None))
        .order_by(outbox.queued_at, outbox.key)
        .limit(limit)
    )
    return tuple(UnsentMail(*row) for row in connection.execute(query))


def oldest(connection: Connection) -> Oldest:
    """Return since when the oldest open things are open, and how many there are."""
    cases, waiting = tables.cases, tables.waiting
    pending, outbox = tables.pending_acts, tables.outbox
    running = cases.c.status != "ended"
    row = connection.execute(
        select(
            select(func.min(cases.c.opened_at)).where(running).scalar_subquery(),
            select(func.min(waiting.c.since)).scalar_subquery(),
            select(func.count(func.distinct(waiting.c.case + ":" + waiting.c.step)))
            .where(waiting.c.overdue)
            .scalar_subquery(),
            select(func.count()).select_from(cases).where(running).scalar_subquery(),
            select(func.count())
            .select_from(pending)
            .where(pending.c.settled_at.is_(None))
            .scalar_subquery(),
            select(func.count())
            .select_from(outbox)
            .where(outbox.c.sent_at.is_(None), ~held())
            .scalar_subquery(),
        )
    ).one()
    return Oldest(*row)
