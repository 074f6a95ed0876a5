"""One case whose stores are put apart and reconciled: over a real Temporal server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from definitions.definition import Definition
from store import tables
from store.restoring import RECONCILED
from store.streams import SYSTEM_STREAM
from tests.support.cases import Case, copy_database, put_back
from tests.support.engine import Engine, make_engine, temporal_server
from tests.support.eventually import until
from worker.reconcile.findings import Finding
from worker.reconcile.one_case import Tools
from worker.reconcile.reconciler import Reconciler
from worker.sweep import Sweep
from worker.temporal_server import DYNAMIC
from workflows.names import TASK_QUEUE


@asynccontextmanager
async def engine_apart(folder: Path, definition: Definition) -> AsyncIterator[Engine]:
    """Run a server, a store and a worker whose workflows no sandbox holds up."""
    async with temporal_server(folder, *DYNAMIC) as environment:
        engine = make_engine(environment.client, folder, [definition])
        engine.queue = TASK_QUEUE
        with closing(engine.database):
            async with engine.worker(sandboxed=False, max_cached_workflows=100):
                yield engine


def tools(engine: Engine, *, dry_run: bool = False) -> Tools:
    """Return what a reconciler works with."""
    return Tools(
        engine.client,
        engine.database,
        engine.clock,
        engine.worker_key,
        dry_run=dry_run,
        patience=engine.patience,
    )


def sweep_of(engine: Engine) -> Sweep:
    """Return the sweep, which sends nothing again: no act waits there."""

    async def nothing() -> list[str]:
        return []

    return Sweep(engine.client, engine.database, nothing, Reconciler(tools(engine)))


async def reconcile(engine: Engine, case: str, *, dry_run: bool = False) -> list[Finding]:
    """Reconcile one case."""
    return await Reconciler(tools(engine, dry_run=dry_run)).case(case)


def kinds(findings: list[Finding]) -> list[str]:
    """Return what was found, in order."""
    return [str(finding.kind) for finding in findings]


def entries(engine: Engine, case: str) -> list[str]:
    """Return the texts of a case's entries."""
    columns = tables.entries.c
    query = select(columns.text).where(columns.stream == case).order_by(columns.seq)
    with engine.database.reading() as connection:
        return list(connection.scalars(query))


def said(engine: Engine) -> list[str]:
    """Return the ids of all that reconciling recorded."""
    columns = tables.entries.c
    query = select(columns.act_id).where(
        columns.stream == SYSTEM_STREAM, columns.kind == RECONCILED
    )
    with engine.database.reading() as connection:
        return list(connection.scalars(query))


@dataclass(frozen=True)
class Copy:
    """The database as it stood at one moment."""

    engine: Engine
    file: Path

    @classmethod
    def take(cls, engine: Engine) -> Copy:
        """Copy the database."""
        return cls(engine, copy_database(engine))

    def put_back(self) -> None:
        """Restore it, as an older backup is."""
        put_back(self.engine, self.file)


async def catches_up(case: Case) -> None:
    """Wait until a case carries the record's head."""

    async def same() -> bool:
        with case.engine.database.reading() as connection:
            streams = tables.streams.c
            row = connection.execute(
                select(streams.seq, streams.sha256).where(streams.stream == case.id)
            ).one()
        head = await case.head()
        return (head.seq, head.sha256) == tuple(row)

    await until(same)
