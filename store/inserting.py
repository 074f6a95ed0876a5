"""Rows that several may make at once: each database has a word of its own for it.

On PostgreSQL nothing can be locked before it exists, so looking first and inserting then is not
enough; these decide in one statement, on both.
"""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects.postgresql import Insert as PostgreSQLInsert
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import Insert as SQLiteInsert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert


def insert_into(connection: Connection, table: Table) -> PostgreSQLInsert | SQLiteInsert:
    """Return the database's own insert, which knows what to do with rows that are there."""
    return sqlite_insert(table) if connection.dialect.name == "sqlite" else postgresql_insert(table)


def insert_new(connection: Connection, table: Table, values: Mapping[str, Any]) -> bool:
    """Insert a row unless one of its keys is there already; say whether it was inserted.

    Of several who try at once one inserts; the others wait until that one has committed, and
    then see its row.
    """
    statement = insert_into(connection, table).values(dict(values)).on_conflict_do_nothing()
    return connection.execute(statement.execution_options(preserve_rowcount=True)).rowcount == 1


def put_row(connection: Connection, table: Table, values: Mapping[str, Any]) -> None:
    """Insert a row, or change the one with its primary key to these values."""
    keys = [column.name for column in table.primary_key]
    others = {name: value for name, value in values.items() if name not in keys}
    statement = insert_into(connection, table).values(dict(values))
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=others))
