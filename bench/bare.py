"""The bare side: a hand-written Temporal workflow of two updates, one ordinary activity each.

Each activity writes one row, with the engine, pool and pragmas of Countersign's own store, into
a database of its own. `bench/bare_worker.py` runs it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from temporalio import activity, workflow

with workflow.unsafe.imports_passed_through():
    from sqlalchemy import Column, Integer, MetaData, Table, Text, func, insert, select

    from store.database import Database
    from store.settings import StoreSettings

TASK_QUEUE = "bench-bare"
_UPDATES = 2

metadata = MetaData()
rows = Table(
    "rows",
    metadata,
    Column("case", Text, primary_key=True),
    Column("seq", Integer, primary_key=True),
    Column("who", Text, nullable=False),
    Column("text", Text, nullable=False),
)


@dataclass(frozen=True)
class Signature:
    """What somebody signs."""

    case: str
    seq: int
    who: str
    text: str


@workflow.defn
class BareCase:
    """Waits for two signatures, and has each written."""

    def __init__(self) -> None:
        self._signed = 0

    @workflow.run
    async def run(self, _topic: str) -> int:
        """Return how many signed."""
        await workflow.wait_condition(lambda: self._signed == _UPDATES)
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._signed

    @workflow.update
    async def sign(self, signature: Signature) -> int:
        """Have it written, then say how many there are."""
        await workflow.execute_activity(
            "write_row", signature, start_to_close_timeout=timedelta(seconds=3)
        )
        self._signed += 1
        return self._signed


class Activities:
    """The one activity, with its database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn
    def write_row(self, signature: Signature) -> None:
        """Write one row in one transaction."""
        with self._database.writing() as connection:
            connection.execute(
                insert(rows).values(
                    case=signature.case, seq=signature.seq, who=signature.who, text=signature.text
                )
            )


def open_bare(file: Path) -> Database:
    """Return the bare side's database, with its table."""
    database = Database(StoreSettings(f"sqlite:///{file}"))
    with database.writing() as connection:
        metadata.create_all(connection)
    return database


def written(database: Database) -> int:
    """Return how many rows there are."""
    with database.reading() as connection:
        return connection.scalar(select(func.count()).select_from(rows)) or 0
