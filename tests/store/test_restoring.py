import pytest
from sqlalchemy import func, insert, select

from store import tables
from store.access.links import find_link, make_link
from store.access.sessions import begin_session, find_visitor
from store.database import Database
from store.record.verify import verify_record
from store.restoring import (
    BACKUP,
    RECONCILED,
    awaits_reconcile,
    must_reconcile,
    reconciled,
    record_operation,
    revoke_access,
)
from tests.support.community import Desk

FIRST_ON = {"sqlite"}

AT = "2031-01-01T00:00:00.000Z"


def entries_of_kind(database: Database, kind: str) -> int:
    with database.reading() as connection:
        query = select(func.count()).where(tables.entries.c.kind == kind)
        return connection.scalar(query) or 0


def test_what_an_operator_did_is_an_entry_that_verifies(database: Database, desk: Desk) -> None:
    with database.writing() as connection:
        record_operation(connection, BACKUP, {"manifest": "0" * 64}, AT, desk.worker_key)
        record_operation(connection, RECONCILED, {"cases": 3}, AT, desk.worker_key)
    report = verify_record(database)
    assert report.ok, report
    assert entries_of_kind(database, BACKUP) == 1


def test_a_clock_that_was_set_back_does_not_spoil_the_stream(
    database: Database, desk: Desk
) -> None:
    with database.writing() as connection:
        record_operation(connection, BACKUP, {}, AT, desk.worker_key)
        record_operation(connection, BACKUP, {}, "2030-01-01T00:00:00.000Z", desk.worker_key)
    assert verify_record(database).ok


def test_told_twice_under_one_id_it_stands_there_once(database: Database, desk: Desk) -> None:
    with database.writing() as connection:
        news = [
            record_operation(connection, RECONCILED, {}, AT, desk.worker_key, "reconcile:1")
            for _ in range(2)
        ]
    assert news == [True, False]
    assert entries_of_kind(database, RECONCILED) == 1


def test_another_kind_is_not_recorded_and_not_believed(
    database: Database, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.writing() as connection, pytest.raises(ValueError, match="made-up"):
        record_operation(connection, "made-up", {}, AT, desk.worker_key)
    monkeypatch.setattr("store.restoring.OPERATIONS", frozenset({"made-up"}))
    with database.writing() as connection:
        record_operation(connection, "made-up", {}, AT, desk.worker_key)
    bad = verify_record(database).first_bad
    assert bad is not None
    assert "nothing of the kind “made-up” happens in the stream system" in bad.why


def test_the_mark_stands_until_it_is_reconciled(database: Database) -> None:
    with database.writing() as connection:
        assert not awaits_reconcile(connection)
        must_reconcile(connection, AT, {"manifest": "1"})
        must_reconcile(connection, AT, {"manifest": "2"})
        assert awaits_reconcile(connection)
        reconciled(connection)
        assert not awaits_reconcile(connection)


def test_nobody_is_signed_in_or_can_be_by_an_old_link(database: Database, desk: Desk) -> None:
    person, auth = desk.person("ada"), {"kind": "password", "at": AT}
    with database.writing() as connection:
        token = begin_session(connection, person, auth, AT, hours=1)
        link = make_link(connection, person, AT, minutes=10)
        connection.execute(insert(tables.rate_limits).values(key="k", count=3, expires_at=AT))
        assert find_visitor(connection, token, AT, 10)
        assert find_link(connection, link, AT)
        assert revoke_access(connection, AT) == (1, 1, 0)
        assert find_visitor(connection, token, AT, 10) is None
        assert find_link(connection, link, AT) is None
