"""What reconciling asks of the record, beside `store.cases`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, select

from definitions.acts import Head
from store import tables
from store.streams import head_of


@dataclass(frozen=True)
class RecordedCase:
    """A case as the record has it.

    Attributes:
        head: where its stream ends.
        number: the case's.
        ended: whether it has ended.
        digests: SHA-256 of each entry by its number.
        acts: number of each act's entry by the act's id.
    """

    head: Head
    number: str
    ended: bool
    digests: dict[int, str]
    acts: dict[str, int]


def recorded_case(connection: Connection, case: str) -> RecordedCase | None:
    """Return a case as the record has it; None if there is no such case."""
    cases, entries = tables.cases.c, tables.entries.c
    row = connection.execute(
        select(cases.number, cases.status).where(cases.case == case)
    ).one_or_none()
    if row is None:
        return None
    query = select(entries.seq, entries.sha256, entries.act_id).where(entries.stream == case)
    rows = connection.execute(query).all()
    return RecordedCase(
        head=head_of(connection, case),
        number=row.number,
        ended=row.status == "ended",
        digests={one.seq: one.sha256 for one in rows},
        acts={one.act_id: one.seq for one in rows},
    )


def all_cases(connection: Connection) -> dict[str, bool]:
    """Return the ids of all cases, and whether each has ended."""
    cases = tables.cases.c
    query = select(cases.case, cases.status)
    return {row.case: row.status == "ended" for row in connection.execute(query)}


def known_cases(connection: Connection, ids: Iterable[str]) -> tuple[str, ...]:
    """Return which of these are cases of the record."""
    case = tables.cases.c.case
    return tuple(connection.scalars(select(case).where(case.in_(sorted(ids))).order_by(case)))


def recorded_acts(connection: Connection, ids: Iterable[str]) -> set[str]:
    """Return which of these ids are in the record."""
    act_id = tables.entries.c.act_id
    return set(connection.scalars(select(act_id).where(act_id.in_(sorted(ids)))))
