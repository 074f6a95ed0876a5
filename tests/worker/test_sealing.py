"""What is from before there were seals is sealed once; a later start seals nothing for anybody."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select, text

from store import tables
from store.access.links import find_link
from store.access.passwords import account_of, password_of, set_password
from store.access.seals import SEALED
from store.access.sessions import begin_session, find_visitor
from store.database import Database
from store.directory import people
from store.record.rebuild import rebuild
from store.record.verify import verify_record
from store.restoring import IN_FORCE
from tests.support.databases import Databases
from tests.support.installation import install, prepare_all, settings_in
from worker.backup import backup
from worker.keys import SEALS_MADE, WEB_SECRET, load_keys, seal_key
from worker.prepare import link_for
from worker.restore import restore
from worker.rooms import open_database
from worker.settings import Settings

FIRST_ON = {"sqlite"}
AT = "2031-01-01T00:00:00.000Z"


@pytest.fixture(autouse=True)
def _nothing_left(databases: Databases) -> Iterator[None]:
    yield
    databases.drop()


@pytest.fixture
def settings(tmp_path: Path, databases: Databases) -> Settings:
    made = install(tmp_path / "data", databases)
    with closing(open_database(made)) as database, database.writing() as connection:
        set_password(connection, somebody(database), "a hash", AT)
    return made


def somebody(database: Database) -> str:
    with database.reading() as connection:
        return connection.scalars(select(tables.people.c.person).order_by("person")).first() or ""


def password(settings: Settings) -> str | None:
    with closing(open_database(settings)) as database, database.reading() as connection:
        return password_of(connection, somebody(database))


def addresses(settings: Settings) -> list[tuple[str, ...]]:
    with closing(open_database(settings)) as database, database.reading() as connection:
        return [person.addresses for person in people(connection, AT)]


def by_sql(settings: Settings, *statements: str) -> None:
    with closing(open_database(settings)) as database, database.writing() as connection:
        for statement in statements:
            connection.execute(text(statement))


def recorded(settings: Settings) -> list[str]:
    with closing(open_database(settings)) as database, database.reading() as connection:
        entries = tables.entries.c
        query = select(entries.kind).where(entries.stream == "system").order_by(entries.seq)
        return [kind for kind in connection.scalars(query) if kind not in {"key", IN_FORCE}]


def from_before(settings: Settings) -> None:
    """Take the tables back to how they were before there were seals."""
    with closing(open_database(settings)) as database:
        database.downgrade("0011")
    (settings.keys_folder / SEALS_MADE).unlink()


UNSEALED = [f"UPDATE {table} SET mac = NULL" for table in SEALED]  # noqa: S608


def test_an_older_installation_keeps_its_passwords_and_addresses(settings: Settings) -> None:
    before = addresses(settings)
    with closing(open_database(settings)) as database, database.writing() as connection:
        session = begin_session(connection, somebody(database), {"at": AT}, AT, 12)
    from_before(settings)
    prepare_all(settings)
    assert password(settings) == "a hash"
    assert addresses(settings) == before
    assert all(before)
    assert recorded(settings) == ["sealed"]
    with closing(open_database(settings)) as database:
        with database.reading() as connection:
            assert find_visitor(connection, session, AT, 60) is None
        assert verify_record(database).ok


def test_a_later_start_seals_nothing(settings: Settings) -> None:
    by_sql(settings, *UNSEALED)
    prepare_all(settings)
    assert password(settings) is None
    assert not any(addresses(settings))
    assert recorded(settings) == []


def test_tables_taken_back_by_sql_are_not_sealed_anew(settings: Settings) -> None:
    with closing(open_database(settings)) as database:
        database.downgrade("0011")
    prepare_all(settings)
    assert password(settings) is None


def test_at_the_first_sealing_an_address_that_isnt_recorded_gets_none(settings: Settings) -> None:
    before = addresses(settings)
    from_before(settings)
    with closing(open_database(settings)) as database:
        person = somebody(database)
    by_sql(settings, f"INSERT INTO addresses VALUES ('eve@example.com', '{person}', -1)")  # noqa: S608
    prepare_all(settings)
    assert addresses(settings) == before


def test_a_rebuild_seals_the_addresses_of_the_record_again(settings: Settings) -> None:
    before = addresses(settings)
    by_sql(settings, *UNSEALED)
    key = load_keys(settings.keys_folder).worker_signing
    with closing(open_database(settings)) as database:
        rebuild(database, at=AT, worker_key=key)
    assert addresses(settings) == before
    assert password(settings) is None


def test_a_new_secret_ends_passwords_and_seals_addresses_by_the_record(settings: Settings) -> None:
    before = addresses(settings)
    (settings.keys_folder / WEB_SECRET).unlink()
    prepare_all(settings)
    assert password(settings) is None
    assert addresses(settings) == before
    assert not settings.security_log.exists(), "nobody is told of what we ended ourselves"


def test_a_backup_under_another_secret_brings_no_passwords(
    settings: Settings, tmp_path: Path
) -> None:
    before = addresses(settings)
    backup(settings, tmp_path / "backup")
    (settings.keys_folder / WEB_SECRET).unlink()
    prepare_all(settings)
    restored = restore(settings, tmp_path / "backup", only=None, replace=True)
    assert [said for said in restored.said if "its passwords count no longer" in said]
    assert password(settings) is None
    assert addresses(settings) == before
    assert not settings.security_log.exists()


def test_a_link_by_the_command_is_sealed(settings: Settings) -> None:
    (address, *_) = next(filter(None, addresses(settings)))
    with closing(open_database(settings)) as database:
        made = link_for(settings, database, address)
        assert made
        token = made.link.rpartition("/")[2]
        with database.reading() as connection:
            now = connection.scalar(
                select(tables.sign_in_links.c.created_at).order_by(
                    tables.sign_in_links.c.created_at.desc()
                )
            )
            assert now
            assert find_link(connection, token, now)


def test_it_goes_on_in_another_place_with_the_backups_keys(
    settings: Settings, tmp_path: Path, databases: Databases
) -> None:
    backup(settings, tmp_path / "backup")
    other = settings_in(tmp_path / "other", databases)
    restore(other, tmp_path / "backup", only=None, replace=False)
    assert password(other) == "a hash"
    assert addresses(other) == addresses(settings)
    made = (settings.keys_folder / SEALS_MADE).read_bytes()
    assert (other.keys_folder / SEALS_MADE).read_bytes() == made


def test_a_password_put_there_by_sql_is_not_sealed_by_a_restore(
    settings: Settings, tmp_path: Path, databases: Databases
) -> None:
    by_sql(settings, *UNSEALED)
    backup(settings, tmp_path / "backup")
    other = settings_in(tmp_path / "other", databases)
    restore(other, tmp_path / "backup", only=None, replace=False)
    prepare_all(other)
    assert password(other) is None
    assert any(addresses(other)), "the record says them"


def test_a_backup_from_before_seals_brings_its_passwords(
    settings: Settings, tmp_path: Path
) -> None:
    with closing(open_database(settings)) as database:
        database.downgrade("0011")
    backup(settings, tmp_path / "backup")
    restore(settings, tmp_path / "backup", only=None, replace=True)
    assert password(settings) == "a hash"
    assert any(addresses(settings))
    assert "sealed" in recorded(settings)


def test_what_the_worker_meets_is_in_the_security_log(settings: Settings) -> None:
    with closing(open_database(settings)) as database, database.reading() as connection:
        address = connection.scalars(select(tables.addresses.c.address)).first()
    by_sql(settings, "UPDATE addresses SET mac = 'x'")
    assert address
    with closing(open_database(settings)) as database, database.reading() as connection:
        assert account_of(connection, address, AT) is None
    line = settings.security_log.read_text()
    assert '"forged-row"' in line
    assert '"worker"' in line


def test_the_key_is_the_secrets_for_this_purpose_only(settings: Settings) -> None:
    secret = load_keys(settings.keys_folder).web_secret
    assert seal_key(secret) == seal_key(secret)
    assert seal_key(secret) not in {secret, seal_key(secret + b"x")}
    assert len(seal_key(secret)) == 32
    assert (settings.keys_folder / SEALS_MADE).stat().st_mode & 0o777 == 0o600
