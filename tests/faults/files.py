"""The database's file in the hands of somebody who cares for none of our checks."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from tests.support.stack import Stack

_BY_CASE = ("case", "stream")
"""Columns that say of which case a row is."""
_LEFT_OVER = """\
DELETE FROM openings WHERE act_id NOT IN (SELECT act_id FROM old.entries)
AND act_id IN (SELECT act_id FROM main.entries WHERE stream=?)"""
_BACK = """\
INSERT OR IGNORE INTO openings SELECT * FROM old.openings
WHERE act_id IN (SELECT act_id FROM old.entries WHERE stream=?)"""
_KEPT_TABLES = ("pending_acts",)
"""What the web keeps about a case isn't part of the record."""


def database_file(stack: Stack) -> Path:
    """Return where a stack's SQLite database is."""
    return Path(stack.settings.database_url().removeprefix("sqlite:///"))


def copy_database(source: Path, target: Path) -> None:
    """Copy a database into another, in one transaction; the other may be in use."""
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


def set_back(file: Path, old: Path, case: str) -> None:
    """Make every row of a case what it is in another copy: entries, head, state, inbox.

    It is one transaction, and leaves no trace in the database.
    """
    with closing(sqlite3.connect(file, timeout=30)) as connection:
        connection.execute("ATTACH ? AS old", [str(old)])
        connection.execute(_LEFT_OVER, [case])
        for table, column in _of_cases(connection):
            for statement in ("DELETE FROM main.{0}", "INSERT INTO main.{0} SELECT * FROM old.{0}"):
                connection.execute(f'{statement.format(table)} WHERE "{column}"=?', [case])
        connection.execute(_BACK, [case])
        connection.commit()


def _of_cases(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    """Return the tables that have rows of cases, each with its column."""
    names = connection.execute("SELECT name FROM sqlite_master WHERE type='table'").fetchall()
    return [
        (table, column)
        for (table,) in names
        if table not in _KEPT_TABLES
        for _, column, *_ in connection.execute(f"PRAGMA table_info({table})").fetchall()
        if column in _BY_CASE
    ]
