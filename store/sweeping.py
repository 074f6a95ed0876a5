"""What the worker's sweep asks about a case, beside `store.cases`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from definitions.acts import ActResult
from store import tables
from store.streams import read_entry

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from definitions.canonical import Json


def stopped_reason(connection: Connection, case: str) -> str | None:
    """Return why a case is shown as stopped; None if it isn't."""
    cases = tables.cases.c
    return connection.scalar(
        select(cases.stopped_reason).where(cases.case == case, cases.status == "stopped")
    )


def opening_act(connection: Connection, case: str) -> dict[str, Json]:
    """Return the act that opened a case, as it was signed.

    Raises:
        sqlalchemy.exc.NoResultFound: there is no such case.
    """
    entries = tables.entries.c
    text = connection.execute(
        select(entries.text).where(entries.stream == case, entries.seq == 1)
    ).scalar_one()
    return dict(read_entry(text).act)


def recorded_answer(connection: Connection, act_id: str) -> ActResult | None:
    """Return the answer that the record gives to an act; None if it isn't in the record."""
    entries, cases = tables.entries.c, tables.cases.c
    row = connection.execute(
        select(entries.seq, entries.at, cases.number)
        .join(tables.cases, cases.case == entries.stream, isouter=True)
        .where(entries.act_id == act_id)
    ).one_or_none()
    if row is None:
        return None
    return ActResult(accepted=True, number=row.number, seq=row.seq, time=row.at)
