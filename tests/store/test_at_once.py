"""Several who make or change the same row at once: each gets an answer, none an error.

On PostgreSQL a row can't be locked before it exists, and two who drop several rows can wait for
each other; on SQLite there is one writer at a time.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from sqlalchemy import func, insert, select

from definitions.loader import load_library
from store import attachments, tables
from store.access.limits import RateLimit, take
from store.access.passwords import password_of, set_password
from store.cases import register_definition
from store.database import Database
from store.keys import register_key
from store.record.verify import verify_record
from store.signatures import SigningKey
from tests.support.community import Desk
from tests.support.eventually import LIMIT_SECONDS

MANY = 8
AT, LATER = "2026-10-18T09:30:00.000Z", "2026-10-18T10:30:00.000Z"
T = TypeVar("T")


def at_once(do: Callable[[int], T]) -> list[T]:
    """Do something from several threads at one moment; what fails in one of them is raised."""
    begin = threading.Barrier(MANY)

    def one(nth: int) -> T:
        begin.wait(LIMIT_SECONDS)
        return do(nth)

    with ThreadPoolExecutor(MANY) as pool:
        return list(pool.map(one, range(MANY)))


def test_a_file_is_stored_once(database: Database) -> None:
    def put(_: int) -> str:
        return attachments.put(database, b"the same", media_type="text/plain", at=AT)

    assert len(set(at_once(put))) == 1


def test_a_definition_is_registered_once(database: Database) -> None:
    definition = load_library().current("system-patch")

    def register(_: int) -> bool:
        with database.writing() as connection:
            return register_definition(connection, definition)

    assert Counter(at_once(register)) == {True: 1, False: MANY - 1}


def test_a_key_is_registered_and_recorded_once(desk: Desk, tmp_path: Path) -> None:
    key = SigningKey.create(tmp_path / "another.jwk")

    def register(_: int) -> bool:
        with desk.database.writing() as connection:
            return register_key(connection, key, "web", at=AT, worker_key=desk.worker_key)

    assert Counter(at_once(register)) == {True: 1, False: MANY - 1}
    assert verify_record(desk.database).ok


def test_the_last_password_stays(desk: Desk) -> None:
    sue = desk.person("sue")

    def choose(nth: int) -> None:
        with desk.database.writing() as connection:
            set_password(connection, sue, f"hash {nth}", AT)

    at_once(choose)
    with desk.database.reading() as connection:
        assert password_of(connection, sue) in {f"hash {nth}" for nth in range(MANY)}


def test_no_try_is_left_uncounted(database: Database) -> None:
    """Old counts are dropped on the way, by everybody at once."""
    limit = RateLimit(tries=5, seconds=60)
    with database.writing() as connection:
        for nth in range(50):
            old = {"key": f"old {nth}", "count": 9, "expires_at": AT}
            connection.execute(insert(tables.rate_limits).values(old))
        connection.execute(insert(tables.rate_limits).values(key="it", count=9, expires_at=AT))

    def try_it(nth: int) -> int:
        with database.writing() as connection:
            take(connection, f"own {nth}", limit, LATER)
            return take(connection, "it", limit, LATER)

    waits = at_once(try_it)
    assert Counter(wait > 0 for wait in waits) == {False: 5, True: MANY - 5}
    with database.writing() as connection:
        take(connection, "after", limit, LATER)
        count = select(func.count()).select_from(tables.rate_limits)
        assert connection.scalar(count) == MANY + 2
