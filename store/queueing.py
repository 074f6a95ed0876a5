"""What waits for a process: rows that say which case has taken what another queued.

A row follows from the states of two cases: of the one that queued it, and of the one that has it
on a list. Everything here happens in the transaction of the act that causes it, so a thing is on
one list alone.
"""

import json
from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select, update

from definitions.canonical import Json, canonical
from definitions.definition import Definition
from definitions.rules.queueing import kept, key_of
from definitions.state import CaseState
from store import tables
from store.inserting import insert_new
from store.record.differing import Row

MOST = 80
"""So many are taken at once: a list holds a hundred things."""


def waiting_for(
    connection: Connection, definition: Definition, *, lock: bool = True
) -> tuple[Mapping[str, Json], ...]:
    """Return what a case of this definition would take now, the oldest first.

    Args:
        lock: whether it is going to take it: then, on PostgreSQL, the rows are locked, and of two
            cases that begin at once the second waits and finds them taken.
    """
    if not any(step.each and step.each.queued for step in definition.body.steps.values()):
        return ()
    queued = tables.queued
    query = (
        select(queued.c.key, queued.c.case, queued.c.number, queued.c.text)
        .where(queued.c.process == definition.process, queued.c.taken_by.is_(None))
        .order_by(queued.c.at, queued.c.key)
        .limit(MOST)
    )
    return tuple(
        {"key": row.key, "case": row.case, "number": row.number, "text": json.loads(row.text)}
        for row in connection.execute(query.with_for_update() if lock else query)
    )


def queue(connection: Connection, state: CaseState) -> None:
    """Write what a case has queued, what it has taken, and what it gives back at its end."""
    for row in queued_rows([state]):
        insert_new(connection, tables.queued, row)
    if not state.taken:
        return
    rows, mine = tables.queued.c, kept(state)
    taken = update(tables.queued).where(rows.key.in_(mine), rows.taken_by.is_(None))
    connection.execute(taken.values(taken_by=state.case))
    if state.ended is not None:
        back = update(tables.queued).where(rows.taken_by == state.case, rows.key.not_in(mine))
        connection.execute(back.values(taken_by=None))


def queued_rows(states: Iterable[CaseState]) -> list[Row]:
    """Return the rows of what these cases have queued; `taken_by` if one of them has it."""
    found: dict[str, Row] = {}
    takers: dict[str, str] = {}
    for state in states:
        takers |= dict.fromkeys(kept(state), state.case)
        for place, one in enumerate(state.queued, 1):
            key = key_of(state.case, place)
            found[key] = {
                "key": key,
                "process": one.process,
                "case": state.case,
                "number": state.number,
                "text": canonical(dict(one.text)).decode(),
                "at": one.at,
                "taken_by": None,
            }
    return [row | {"taken_by": takers.get(key)} for key, row in found.items()]
