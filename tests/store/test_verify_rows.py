"""Rows that follow from the record are held against it: what `rebuild` would mend is named.

Somebody with the database in their hands leaves the record as it is, and takes a case out of
somebody's inbox, makes a signature count again, or has a mail say something else.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from definitions.clock import stamp
from store import tables
from store.pending import settle, store_act
from store.record.rebuild import rebuild
from store.record.verify import Bad, verify_record
from tests.support.by_hand import by_hand
from tests.support.community import Desk

FIRST_ON = {"sqlite"}


@pytest.fixture
def case(desk: Desk) -> str:
    """A case with an open step, with people barred from it, and a signature that counts no more."""
    case = desk.open("sue")
    desk.sign_off(case, "sam", "approval", "lead", "approve", comment="Go on.")
    assert desk.sign_off(case, "sue", "applying", "executor", "applied").result == "committed"
    assert verify_record(desk.database).ok
    return case


TAMPERING: dict[str, tuple[str, str]] = {
    "an inbox row is taken out": ("DELETE FROM waiting", "`waiting` was taken out"),
    "an inbox row is another's": ("UPDATE waiting SET due='2020'", "`waiting` was altered"),
    "an inbox row is made up": (
        (
            "INSERT INTO waiting SELECT \"case\", step, instance, seat, 'board-member', person, "
            "missing, since, due, overdue FROM waiting"
        ),
        "`waiting` was put there by nobody",
    ),
    "who is barred is let in": ("DELETE FROM waiting_barred", "`waiting_barred` was taken out"),
    "a signature is taken out": ("DELETE FROM signatures", "`signatures` was taken out"),
    "a signature is another's": ("UPDATE signatures SET actor='p-x'", "`signatures` was altered"),
    "a signature counts no more": ("UPDATE signatures SET counts=false", "`signatures` was alter"),
    "a case is shown as running": ("UPDATE cases SET updated_at='2020'", "`cases` was altered"),
    "it names another case": (
        "INSERT INTO named_cases SELECT \"case\", 'x', 'y' FROM cases",
        "`named_cases` was put there by nobody",
    ),
    "a child is made up": (
        "INSERT INTO children SELECT 'x', \"case\", 'y' FROM cases",
        "`children` was put there by nobody",
    ),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_a_row_that_does_not_follow_is_named_and_mended(
    desk: Desk, case: str, database_url: str, what: str
) -> None:
    statement, why = TAMPERING[what]
    with by_hand(database_url) as connection:
        assert connection.execute(statement).rowcount
    (bad,) = verify_record(desk.database).bad
    assert (bad.stream, bad.seq) == (case, 1)
    assert why in bad.why
    at = stamp(desk.clock.now())
    assert rebuild(desk.database, at=at, worker_key=desk.worker_key).changed
    assert verify_record(desk.database).ok


def test_a_stopped_case_is_whole(desk: Desk, case: str, database_url: str) -> None:
    """Why it has stopped isn't in the record."""
    with by_hand(database_url) as connection:
        connection.execute("UPDATE cases SET status='stopped', stopped_reason='It broke.'")
    assert verify_record(desk.database).ok
    assert case


def test_rows_of_a_case_that_is_in_no_record_are_named(desk: Desk, database_url: str) -> None:
    with by_hand(database_url) as connection:
        connection.execute(
            "INSERT INTO waiting VALUES ('made-up', 's', '1', 'x', 'member', '', 1, '2', '3', ?)",
            [False],
        )
    (bad,) = verify_record(desk.database).bad
    assert bad == Bad("made-up", 1, "a row of it in `waiting` was put there by nobody")


def test_a_count_of_numbers_below_those_given_is_named(
    desk: Desk, case: str, database_url: str
) -> None:
    with by_hand(database_url) as connection:
        connection.execute("UPDATE numbers SET n=0")
    (bad,) = verify_record(desk.database).bad
    assert bad == Bad("p20261018", 1, "a row of it in `numbers` was altered")
    assert case


def take_out(url: str, case: str) -> None:
    """Remove a case whole, and give its number back."""
    with by_hand(url) as connection:
        acts = "(SELECT act_id FROM entries WHERE stream=?)"
        keys = '(SELECT key FROM outbox WHERE "case"=?)'
        connection.execute(f"DELETE FROM openings WHERE act_id IN {acts}", [case])  # noqa: S608
        connection.execute(f"DELETE FROM outbox_readers WHERE key IN {keys}", [case])  # noqa: S608
        for table in ("waiting", "waiting_barred", "signatures", "outbox", "cases"):
            connection.execute(f'DELETE FROM {table} WHERE "case"=?', [case])  # noqa: S608
        for table in ("entries", "streams"):
            connection.execute(f"DELETE FROM {table} WHERE stream=?", [case])  # noqa: S608
        connection.execute("UPDATE numbers SET n=n-1")


def test_the_newest_case_taken_out_with_its_number_is_named_by_the_answer_to_its_opener(
    desk: Desk, case: str, database_url: str
) -> None:
    request = desk.opening("sid")
    at, who = stamp(desk.clock.now()), desk.person("sid")
    store_act(desk.database, request.signed, person=who, form_digest="d", at=at)
    assert desk.send(request).result == "committed"
    newest = str(request.signed.act["id"])
    take_out(database_url, newest)
    (bad,) = verify_record(desk.database).bad
    assert (bad.stream, bad.seq) == (newest, 1)
    assert bad.why == f"p20261018.2: the answer to {newest} says that it was recorded, and it isn't"
    assert case


def test_the_newest_case_taken_out_with_all_that_knew_of_it_shows_in_nothing_here(
    desk: Desk, case: str, database_url: str
) -> None:
    """Why `docs/auditors.md` says to keep copies elsewhere."""
    desk.clock.pass_time(timedelta(minutes=1))
    take_out(database_url, desk.open("sid"))
    assert verify_record(desk.database).ok
    assert case


def test_who_was_refused_was_not_told_otherwise(desk: Desk, case: str) -> None:
    request = desk.opening("mia")  # who may not
    at, who = stamp(desk.clock.now()), desk.person("mia")
    store_act(desk.database, request.signed, person=who, form_digest="d", at=at)
    reply = desk.send(request)
    no = {"accepted": False, "refusal": reply.refusal}
    settle(desk.database, str(request.signed.act["id"]), no, at)
    with desk.database.reading() as connection:
        assert connection.scalar(select(tables.pending_acts.c.settled_at)) is not None
    assert verify_record(desk.database).ok
    assert case
