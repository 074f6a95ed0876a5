"""The database in the hands of somebody who cares for none of our checks: taken away, put back."""

from __future__ import annotations

from typing import Any, TypeAlias

from sqlalchemy import Table, delete, insert, select

from store import tables
from tests.support.by_hand import Hand, by_hand

Copy: TypeAlias = dict[str, list[dict[str, Any]]]
"""All rows of all tables, as they stood at one moment."""

_BY_CASE = ("case", "stream")
"""Columns that say of which case a row is."""
_KEPT_TABLES = (tables.pending_acts,)
"""What the web keeps about a case isn't part of the record."""


def copy_database(url: str) -> Copy:
    """Copy a database that may be in use."""
    with by_hand(url, still=True) as hand:
        return {table.name: _rows(hand, table) for table in tables.metadata.sorted_tables}


def put_back(url: str, copy: Copy) -> None:
    """Make a database what it was when it was copied, in one transaction; it may be in use."""
    with by_hand(url) as hand:
        for table in reversed(tables.metadata.sorted_tables):
            hand.connection.execute(delete(table))
        for table in tables.metadata.sorted_tables:
            _insert(hand, table, copy[table.name])


def set_back(url: str, copy: Copy, case: str) -> None:
    """Make every row of a case what it is in a copy: entries, head, state, inbox.

    It is one transaction, and leaves no trace in the database.
    """
    entries, openings = tables.entries, tables.openings
    kept = {row["act_id"] for row in copy[entries.name] if row["stream"] == case}
    with by_hand(url) as hand:
        acts = select(entries.c.act_id).where(entries.c.stream == case)
        hand.connection.execute(delete(openings).where(openings.c.act_id.in_(acts)))
        for table, column in _of_cases():
            hand.connection.execute(delete(table).where(table.c[column] == case))
            _insert(hand, table, [row for row in copy[table.name] if row[column] == case])
        _insert(hand, openings, [row for row in copy[openings.name] if row["act_id"] in kept])


def _rows(hand: Hand, table: Table) -> list[dict[str, Any]]:
    return [dict(row) for row in hand.connection.execute(select(table)).mappings()]


def _insert(hand: Hand, table: Table, rows: list[dict[str, Any]]) -> None:
    if rows:
        hand.connection.execute(insert(table), rows)


def _of_cases() -> list[tuple[Table, str]]:
    """Return the tables that have rows of cases, each with its column."""
    return [
        (table, column)
        for table in tables.metadata.sorted_tables
        if table not in _KEPT_TABLES
        for column in _BY_CASE
        if column in table.c
    ]
