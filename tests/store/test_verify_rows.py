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


# --- what mails said ----------------------------------------------------------------------------


@pytest.fixture
def mailed(desk: Desk) -> str:
    """A case that has reminded somebody."""
    case = desk.open("sue")
    desk.clock.pass_time(timedelta(days=2))
    assert desk.send(desk.tick(case, "remind", "approval")).result == "committed"
    assert verify_record(desk.database).ok
    return case


MAILS: dict[str, tuple[str, str]] = {
    "its words": ("UPDATE outbox SET body=body || ' Sign at once.'", "isn't as it was queued"),
    "its subject": ("UPDATE outbox SET subject='Prize'", "isn't as it was queued"),
    "to whom": ("UPDATE outbox SET to_address='eve@example.org'", "isn't as it was queued"),
    "when": ("UPDATE outbox SET queued_at='2020'", "isn't as it was queued"),
    "with a link": ("UPDATE outbox SET link='{}'", "isn't as it was queued"),
    "with a document": ("UPDATE outbox SET attach='document'", "isn't as it was queued"),
    "taken out": ("DELETE FROM outbox", "was taken out"),
    "nobody's any more": ("DELETE FROM outbox_readers", "others can read the mail"),
    "read by others": (
        (
            "INSERT INTO outbox_readers SELECT people.person, outbox.key FROM people, outbox "
            "WHERE NOT EXISTS (SELECT 1 FROM outbox_readers one WHERE one.person=people.person "
            "AND one.key=outbox.key)"
        ),
        "others can read the mail",
    ),
    "a letter more": (
        (
            "INSERT INTO outbox SELECT key || 'x', \"case\", to_address, to_name, subject, body, "
            "queued_at, sent_at, error, person, link, attach FROM outbox"
        ),
        "was never due",
    ),
    "a mail more": (
        (
            'INSERT INTO outbox SELECT "case" || \':99:told:x\', "case", to_address, to_name, '
            "subject, body, queued_at, sent_at, error, person, link, attach FROM outbox LIMIT 1"
        ),
        "was never due",
    ),
    "a mail of no case": (
        (
            "INSERT INTO outbox SELECT 'made-up:1:told:x', 'made-up', to_address, to_name, "
            "subject, body, queued_at, sent_at, error, person, link, attach FROM outbox LIMIT 1"
        ),
        "was never due",
    ),
}


@pytest.mark.parametrize("what", MAILS)
def test_a_mail_that_does_not_follow_from_its_entry_is_named(
    desk: Desk, mailed: str, database_url: str, what: str
) -> None:
    statement, why = MAILS[what]
    with by_hand(database_url) as connection:
        assert connection.execute(statement).rowcount
    (bad,) = verify_record(desk.database).bad
    assert bad.stream == ("made-up" if what == "a mail of no case" else mailed)
    assert why in bad.why


def test_whether_a_mail_went_out_is_nobodys_to_verify(
    desk: Desk, mailed: str, database_url: str
) -> None:
    with by_hand(database_url) as connection:
        connection.execute("UPDATE outbox SET sent_at='2027', error='550'")
    assert verify_record(desk.database).ok
    assert mailed


def test_a_mail_from_before_it_said_whose_it_is_is_whole(
    desk: Desk, mailed: str, database_url: str
) -> None:
    with by_hand(database_url) as connection:
        connection.execute("UPDATE outbox SET person=NULL")
    assert verify_record(desk.database).ok
    assert mailed


def test_what_was_written_to_somebody_who_was_erased_is_not_asked_for(
    desk: Desk, mailed: str, database_url: str
) -> None:
    """Their name is gone from the record, and may be gone from what was written to them."""
    who = desk.person("sam")
    with by_hand(database_url) as connection:
        acts = "SELECT act_id FROM people WHERE person=?"
        connection.execute(f"DELETE FROM openings WHERE name='name' AND act_id IN ({acts})", [who])  # noqa: S608
        change = "UPDATE outbox SET to_name='', body='' WHERE person=?"
        assert connection.execute(change, [who]).rowcount
    assert verify_record(desk.database).ok
    with by_hand(database_url) as connection:
        connection.execute("DELETE FROM outbox_readers WHERE person=?", [who])
        connection.execute("DELETE FROM outbox WHERE person=?", [who])
    assert verify_record(desk.database).ok
    assert mailed
