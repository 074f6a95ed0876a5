"""The database: engines, transactions and migrations.

On SQLite there are two engines. Whoever writes takes the write lock when the transaction
begins (`BEGIN IMMEDIATE`), so that what was read stays true until it is written; whoever reads
never waits for a writer (WAL). What a commit confirmed survives a power cut
(`synchronous=FULL`). On PostgreSQL one engine serves both; shared rows are locked by those
who change them (`SELECT … FOR UPDATE`).
"""

import logging
import os
import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import (
    URL,
    Connection,
    Engine,
    ExceptionContext,
    create_engine,
    event,
    make_url,
    text,
)

from store.access.seals import Forgery, Seal, with_seal
from store.errors import UnusableDatabaseError
from store.settings import StoreSettings

if TYPE_CHECKING:
    from alembic.config import Config

_log = logging.getLogger(__name__)
MIGRATIONS = Path(__file__).parent / "migrations"
_LOCK = 0x636F756E
"""Any number that is ours alone: the advisory lock of migrations (PostgreSQL)."""


class Database:
    """One database, for as long as the process lives.

    Connections must not cross a fork: make it after the process has forked.
    """

    def __init__(self, settings: StoreSettings) -> None:
        self._settings = settings
        self._open = threading.local()
        self._tell: Callable[[Sequence[Forgery]], None] = _say_forged
        url = _checked(settings.database_url)
        self._file = Path(url.database) if url.drivername.startswith("sqlite") else None  # type: ignore[arg-type]
        if self._file is not None:
            self._write = _sqlite_engine(url, settings, writes=True)
            self._read = _sqlite_engine(url, settings, writes=False)
        else:
            self._write = _postgresql_engine(url, settings)
            self._read = self._write.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a connection that sees one moment of the database, and can't write."""
        with self._sealed(self._read) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """Give a connection whose changes are kept if the block ends well, and dropped if not.

        Don't open a second one inside: on SQLite a process has one writer at a time.
        """
        with self._sealed(self._write) as connection:
            yield connection

    def tell_forged(self, tell: Callable[[Sequence[Forgery]], None]) -> None:
        """Say who is told of rows whose seal doesn't hold, each time that some were met.

        Args:
            tell: called when the transaction is over, so that it may write.
        """
        self._tell = tell

    def migrate(self, revision: str = "head") -> None:
        """Bring the tables to `revision`; makes the database file if there is none.

        The file is readable by its owner only: it holds names and addresses.
        """
        if self._file is not None:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600))
        from alembic import command  # noqa: PLC0415 - slow to load, and only this needs it

        with self.writing() as connection:
            if self._file is None:
                _check_encoding(connection)
                # Whoever else migrates waits, and finds nothing left to do.
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
            command.upgrade(_alembic(connection), revision)
        self.close()  # what connections remember of the tables (prepared plans) is out of date

    def downgrade(self, revision: str) -> None:
        """Take the tables back to `revision` (`base`: none at all). Data in them is lost."""
        from alembic import command  # noqa: PLC0415 - as above

        with self.writing() as connection:
            command.downgrade(_alembic(connection), revision)
        self.close()  # as above

    def close(self) -> None:
        """Close all connections."""
        self._read.dispose()
        self._write.dispose()

    @contextmanager
    def _sealed(self, engine: Engine) -> Iterator[Connection]:
        """Give a connection in a transaction, on which rows can be sealed and checked."""
        # What one block inside of another meets is told when the outer one is over: who is told
        # writes, and this process has one writer at a time.
        depth, mine = getattr(self._open, "depth", 0), self._open
        if depth == 0:
            mine.noticed = []
        mine.depth = depth + 1
        noticed: list[Forgery] = mine.noticed
        try:
            with engine.connect() as connection:
                if self._settings.seal_key is not None:
                    with_seal(connection, Seal(self._settings.seal_key, noticed))
                with connection.begin():
                    yield connection
        finally:
            mine.depth = depth
            if noticed and depth == 0:
                self._tell(tuple(dict.fromkeys(noticed)))


def _say_forged(found: Sequence[Forgery]) -> None:
    for one in found:
        _log.error("a row of %s for %s isn't ours", one.table, one.person)


def _check_encoding(connection: Connection) -> None:
    encoding = connection.scalar(text("SHOW server_encoding"))
    if encoding != "UTF8":
        raise UnusableDatabaseError(
            f"The database keeps its text as {encoding}, which lacks characters that people use: "
            "make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0."
        )


def _checked(address: str) -> URL:
    url = make_url(address)
    if url.drivername in {"postgresql", "postgres", "postgresql+psycopg"}:
        return url.set(drivername="postgresql+psycopg")
    if url.drivername in {"sqlite", "sqlite+pysqlite"}:
        if not url.database or url.database == ":memory:":
            raise UnusableDatabaseError(
                "SQLite needs a file, because several processes share it: "
                "use sqlite:////absolute/path.db."
            )
        return url
    raise UnusableDatabaseError(
        f"Countersign keeps its data in SQLite or PostgreSQL, not in {url.drivername!r}: "
        "use sqlite:////absolute/path.db or postgresql://user@host/name."
    )


def _sqlite_engine(url: URL, settings: StoreSettings, *, writes: bool) -> Engine:
    # Errors are logged, and what is written may be confidential: they never say it.
    # One writer at a time anyway: a queue of threads in front of one connection is fairer, and
    # faster, than SQLite's own waiting.
    pool: dict[str, Any] = {
        "pool_size": 1 if writes else settings.read_connections,
        "max_overflow": 0,
        "pool_timeout": settings.busy_timeout_seconds * 3,
    }
    connect = {"timeout": settings.busy_timeout_seconds}
    engine = create_engine(url, connect_args=connect, hide_parameters=True, **pool)

    def connected(raw: sqlite3.Connection, _record: object) -> None:
        # The driver begins no transactions of its own: the line below does.
        raw.isolation_level = None
        raw.execute("PRAGMA journal_mode=WAL")
        raw.execute("PRAGMA synchronous=FULL")
        raw.execute("PRAGMA foreign_keys=ON")
        if not writes:
            raw.execute("PRAGMA query_only=ON")

    def begun(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN DEFERRED")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
    return engine


def _postgresql_engine(url: URL, settings: StoreSettings) -> Engine:
    timeout_ms = int(settings.busy_timeout_seconds * 1000)
    engine = create_engine(
        url,
        pool_size=settings.read_connections,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            "options": f"-c lock_timeout={timeout_ms} -c timezone=UTC",
            "connect_timeout": max(2, round(settings.busy_timeout_seconds)),
        },
    )
    event.listen(engine, "handle_error", _say_no_values)
    return engine


def _say_no_values(context: ExceptionContext) -> None:
    """Keep only the first line of what PostgreSQL says: the next may quote whole rows."""
    told = context.original_exception
    whole, first = str(told), str(told).partition("\n")[0]
    told.args = (first,)
    if context.sqlalchemy_exception is not None:
        said = context.sqlalchemy_exception
        said.args = tuple(str(part).replace(whole, first) for part in said.args)


def _alembic(connection: Connection) -> "Config":
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config
