"""Which cases came to a counted state before: asked of their states, where the record has them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from itertools import islice

from sqlalchemy import Connection, select

from definitions.clock import parse, stamp
from definitions.parts import duration
from definitions.rules.repeating import MOST, is_within, newly_noted
from definitions.state import CaseState, Repeat
from store import tables


def earlier(
    connection: Connection, before: CaseState | None, after: CaseState, *, lock: bool = False
) -> dict[str, tuple[str, ...]]:
    """Return the numbers of earlier cases for each counted state to which an act brings a case.

    Args:
        before: its state before the act; None with an opening.
        after: its state after it, by the rules as if there were none.
        lock: whether other cases of the process wait until this one is written: of two that come
            there at once, one then counts the other.
    """
    noted = newly_noted(before.repeats if before else {}, after.repeats)
    if noted and lock:
        _lock(connection, after.process)
    return {key: _earlier(connection, after, one) for key, one in noted.items()}


def _lock(connection: Connection, process: str) -> None:
    """Let one case of a process count at a time (PostgreSQL; SQLite has one writer anyway)."""
    versions = tables.definitions.c
    query = select(versions.version).where(versions.process == process).order_by(versions.version)
    connection.execute(query.with_for_update(key_share=True)).all()


def _earlier(connection: Connection, state: CaseState, repeat: Repeat) -> tuple[str, ...]:
    """Return numbers in the order in which they came there, as many as are named at most.

    Whatever came there within the period has changed since then, so older cases aren't read.
    """
    cases = tables.cases.c
    since = stamp(parse(repeat.at) - duration(repeat.within))
    query = (
        select(cases.number, cases.state)
        .where(cases.process == state.process, cases.case != state.case, cases.updated_at > since)
        .where(cases.state.contains('"repeats"'))
        .order_by(cases.updated_at.desc(), cases.case)
    )
    came = (
        (at, row.number)
        for row in connection.execute(query)
        if (at := _came(json.loads(row.state).get("repeats", {}), repeat)) is not None
    )
    return tuple(number for _, number in sorted(islice(came, MOST)))


def _came(noted: Mapping[str, Mapping[str, str]], repeat: Repeat) -> str | None:
    """Return when a case first came to a counted state, if that was within the period."""
    at = min((one["at"] for one in noted.values() if one["state"] == repeat.state), default=None)
    return at if at is not None and is_within(repeat, at) else None
