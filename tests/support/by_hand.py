"""The database in the hands of somebody who cares for none of our checks, nor for its keys."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, CursorResult, NullPool, create_engine, make_url


class Hand:
    """A connection that takes any statement, with `?` for parameters on every database."""

    def __init__(self, connection: Connection) -> None:
        """Take a connection of one's own."""
        self.connection = connection

    @property
    def is_postgresql(self) -> bool:
        """Whether this is PostgreSQL."""
        return self.connection.dialect.name == "postgresql"

    def execute(self, statement: str, parameters: Sequence[object] = ()) -> CursorResult[Any]:
        """Carry a statement out."""
        if self.is_postgresql:
            statement = statement.replace("?", "%s")
        return self.connection.exec_driver_sql(statement, tuple(parameters) or None)


@contextmanager
def by_hand(url: str, *, still: bool = False) -> Iterator[Hand]:
    """Open a database behind the program's back; what was done is kept if the block ends well.

    Args:
        url: where it is.
        still: see it as it stands at one moment, whoever writes meanwhile.
    """
    address = make_url(url)
    if address.drivername == "postgresql":
        address = address.set(drivername="postgresql+psycopg")
    engine = create_engine(address, poolclass=NullPool)
    with engine.begin() as connection:
        hand = Hand(connection)
        if hand.is_postgresql:
            if still:
                hand.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            hand.execute("SET session_replication_role = replica")  # foreign keys don't hold
        else:
            hand.execute("PRAGMA busy_timeout=120000")
            hand.execute("BEGIN" if still else "BEGIN IMMEDIATE")
        yield hand
    engine.dispose()
