import threading
import traceback
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from psycopg import sql
from sqlalchemy import func, insert, inspect, select, update
from sqlalchemy.exc import DatabaseError, IntegrityError

from store.access.passwords import account_of
from store.database import Database
from store.errors import UnusableDatabaseError
from store.queries.cases import find_case
from store.settings import StoreSettings
from store.tables import metadata, numbers, openings, people, streams
from tests.support.databases import patient, sqlite_database
from tests.support.postgres import Cluster


def test_the_migrations_make_exactly_the_tables(database: Database) -> None:
    with database.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_the_migrations_can_be_taken_back_and_done_again(database: Database) -> None:
    database.downgrade("base")
    with database.reading() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    database.migrate()
    database.migrate()
    with database.reading() as connection:
        assert set(metadata.tables) <= set(inspect(connection).get_table_names())


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    with sqlite_database(tmp_path / "new" / "folder") as database:
        with database.writing() as connection:
            connection.execute(insert(numbers).values(letter="p", day="20261018", n=1))
        for file in (tmp_path / "new" / "folder").iterdir():
            assert file.stat().st_mode & 0o077 == 0, file


def test_sqlite_is_set_up_so_that_nothing_confirmed_is_lost(tmp_path: Path) -> None:
    """Of SQLite only: PostgreSQL does so unless somebody tells it otherwise."""
    with sqlite_database(tmp_path) as database, database.writing() as connection:
        pragma = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragma == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_what_fails_leaves_nothing(database: Database) -> None:
    def fail() -> None:
        with database.writing() as connection:
            connection.execute(insert(numbers).values(letter="p", day="20261018", n=1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    with database.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(numbers)) == 0


def test_an_error_does_not_tell_what_was_to_be_written(database: Database) -> None:
    values = {"act_id": "none", "name": "a", "salt": "", "value": "confidential"}
    with pytest.raises(IntegrityError) as caught, database.writing() as connection:
        connection.execute(insert(openings).values(values))
    assert "confidential" not in str(caught.value)


def test_not_even_a_whole_row_that_is_refused(database: Database) -> None:
    """PostgreSQL's own message would quote it."""
    values = {"stream": "s", "seq": -1, "kind": "confidential", "sha256": "confidential"}
    with pytest.raises(IntegrityError) as caught, database.writing() as connection:
        connection.execute(insert(streams).values(values))
    told = "".join(traceback.format_exception(caught.value))
    assert "ck_streams_seq" in told
    assert "confidential" not in told


def test_text_sorts_and_compares_by_its_characters(database: Database) -> None:
    """In the language of the tests' PostgreSQL these would come in another order."""
    words = ["Zo", "_", "a-b", "aB", "ab", "é", "z", "\U0001f600"]
    with database.writing() as connection:
        for word in reversed(words):
            values = {"person": word, "name": word, "language": "en", "since": "x"}
            connection.execute(insert(people).values(values))
    name = people.c.name
    with database.reading() as connection:
        assert list(connection.scalars(select(name).order_by(name))) == sorted(words)
        assert connection.scalar(select(func.max(name))) == "\U0001f600"
        after = select(name).where(name > "aB").order_by(name)
        assert list(connection.scalars(after)) == ["ab", "z", "é", "\U0001f600"]


def test_a_text_that_no_database_holds_is_found_nowhere(database: Database) -> None:
    with database.writing() as connection:
        connection.execute(insert(numbers).values(letter="p", day="20261018", n=1))
        assert find_case(connection, "p2026\0") is None
        assert account_of(connection, "ada\0@example.org", "2026") is None
    with database.reading() as connection:
        assert find_case(connection, "\0") is None


def test_a_reading_connection_cannot_write(database: Database) -> None:
    with pytest.raises(DatabaseError), database.reading() as connection:
        connection.execute(insert(numbers).values(letter="p", day="20261018", n=1))


def test_foreign_keys_hold(database: Database) -> None:
    with pytest.raises(IntegrityError), database.writing() as connection:
        connection.execute(insert(openings).values(act_id="none", name="a", salt="", value=""))


def test_writers_wait_for_each_other_and_readers_for_nobody(
    database: Database, database_url: str
) -> None:
    """Eight threads over two processes' worth of engines add 25 each; none is lost.

    On PostgreSQL a writer locks the rows that it read, as `store.streams.head_of` does.
    """
    with database.writing() as connection:
        connection.execute(insert(numbers).values(letter="p", day="20261018", n=0))

    def add(mine: Database) -> None:
        for _ in range(25):
            with mine.writing() as connection:
                n = connection.scalar(select(numbers.c.n).with_for_update())
                assert n is not None
                connection.execute(update(numbers).values(n=n + 1))

    with closing(Database(patient(database_url))) as other:
        threads = [threading.Thread(target=add, args=(mine,)) for mine in (database, other) * 4]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    with database.writing(), database.reading() as connection:
        assert connection.scalar(select(numbers.c.n)) == 200


def test_a_role_that_owns_its_database_needs_no_other_right(postgresql: Cluster) -> None:
    """Of PostgreSQL only: SQLite has no roles. `docs/operators.md` says so."""
    for statement in (
        "CREATE ROLE plain LOGIN",
        "CREATE DATABASE plain OWNER plain ENCODING 'UTF8' TEMPLATE template0",
    ):
        postgresql.execute(sql.SQL(statement))
    with closing(Database(StoreSettings(postgresql.url("plain", role="plain")))) as own:
        own.migrate()
        with own.writing() as connection:
            connection.execute(insert(numbers).values(letter="p", day="20261018", n=1))
        own.downgrade("base")


def test_a_database_that_lacks_characters_is_refused(postgresql: Cluster) -> None:
    """Of PostgreSQL only: SQLite keeps text in UTF-8 always."""
    words = "CREATE DATABASE narrow ENCODING 'LATIN1' LOCALE_PROVIDER libc TEMPLATE template0"
    postgresql.execute(sql.SQL(words))
    with (
        closing(Database(StoreSettings(postgresql.url("narrow")))) as narrow,
        pytest.raises(UnusableDatabaseError, match="LATIN1, which lacks characters"),
    ):
        narrow.migrate()


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:", "mysql://host/name"])
def test_another_kind_of_database_is_refused_with_what_to_use(url: str) -> None:
    with pytest.raises(UnusableDatabaseError, match="use sqlite:"):
        Database(StoreSettings(url))


def test_postgresql_is_spoken_to_with_psycopg_3() -> None:
    with closing(Database(StoreSettings("postgresql://somebody@127.0.0.1/none"))) as database:
        assert database._write.dialect.driver == "psycopg"
