from datetime import timedelta

from sqlalchemy import select

from definitions.model import Recipient
from store import tables
from store.mail import Mail, load_mail, mark_failed, mark_sent, outbox_of, persons_of, unsent
from tests.support.community import Desk

AT = "2026-10-20T09:30:00.000Z"


def done(desk: Desk) -> str:
    case = desk.open("sue")
    desk.sign_off(case, "sam", "approval", "lead", "approve")
    desk.sign_off(case, "sue", "applying", "executor", "applied")
    desk.sign_off(case, "sid", "applying", "observer", "applied")
    desk.sign_off(case, "sid", "documenting", "scribe", "document", log_entry="Done.")
    return case


def test_a_list_gets_one_mail_that_everybody_on_it_can_read(desk: Desk) -> None:
    done(desk)
    with desk.database.reading() as connection:
        mails = unsent(connection)
        to = {mail.to_address for mail in mails}
        assert to == {"systems-administration@example.org", "sue@example.org"}
        for name, count in (("sam", 1), ("sue", 2), ("sid", 1), ("mia", 0)):
            assert len(outbox_of(connection, desk.person(name))) == count, name
    (listed,) = [mail for mail in mails if mail.to_address.startswith("systems")]
    assert listed.subject == "p20261018.1: patch applied"
    assert listed.body.startswith("Patch to system software, p20261018.1:")
    assert "{" not in listed.subject + listed.body


def test_a_reminder_goes_to_whoever_can_still_sign(desk: Desk) -> None:
    case = desk.open("sam")
    desk.sign_off(case, "sam", "approval", "lead", "approve")
    desk.sign_off(case, "sue", "applying", "executor", "applied")
    desk.clock.pass_time(timedelta(days=3))
    reply = desk.send(desk.tick(case, "remind", "applying"))
    told = {key.rpartition(":")[2] for key in reply.mail}
    assert told == {desk.person("sam"), desk.person("sid")}, "who has signed isn't asked again"


def test_recipients_are_people_of_the_directory_and_of_the_case(desk: Desk) -> None:
    case = desk.open("sue")
    desk.sign_off(case, "sam", "approval", "lead", "approve")
    desk.sign_off(case, "sid", "applying", "observer", "applied")
    state, definition = desk.state(case), desk.definition()
    expected = {
        Recipient(role="board-member"): ["bea"],
        Recipient(person="opener"): ["sue"],
        Recipient(person="subject"): [],
        Recipient(signers="approval"): ["sam"],
        Recipient(signers="documenting"): [],
        Recipient(seats="applying"): ["sam", "sue"],
        Recipient(seats="approval"): [],
    }
    with desk.database.reading() as connection:
        for recipient, names in expected.items():
            found = persons_of(connection, definition, state, recipient, AT)
            assert set(found) == {desk.person(name) for name in names}, recipient


def test_a_mail_is_delivered_once_and_an_error_is_kept_until_then(desk: Desk) -> None:
    done(desk)
    with desk.database.reading() as connection:
        key = unsent(connection)[0].key
        assert len(unsent(connection, limit=1)) == 1
    mark_failed(desk.database, key, "The disk is full.")
    with desk.database.reading() as connection:
        failed = load_mail(connection, key)
    assert failed
    assert (failed.error, failed.sent_at) == ("The disk is full.", None)
    mark_sent(desk.database, key, AT)
    mark_sent(desk.database, key, "2030-01-01T00:00:00.000Z")
    mark_failed(desk.database, key, "Too late.")
    with desk.database.reading() as connection:
        sent = load_mail(connection, key)
        assert load_mail(connection, "none") is None
        assert key not in [mail.key for mail in unsent(connection)]
    assert sent
    assert (sent.error, sent.sent_at) == (None, AT)


def test_an_outbox_is_read_page_by_page(desk: Desk) -> None:
    for _ in range(3):
        done(desk)
        desk.clock.pass_time(timedelta(minutes=1))
    sue = desk.person("sue")
    with desk.database.reading() as connection:
        whole = outbox_of(connection, sue)
        pages: list[Mail] = []
        before = None
        while page := outbox_of(connection, sue, before=before, limit=2):
            pages.extend(page)
            before = (page[-1].queued_at, page[-1].key)
    assert len(whole) == 6
    assert tuple(pages) == whole


def test_each_mail_is_an_entry_that_says_why_and_to_whom(desk: Desk) -> None:
    case = done(desk)
    with desk.database.reading() as connection:
        text = connection.scalar(
            select(tables.entries.c.text).where(
                tables.entries.c.stream == case, tables.entries.c.kind == "mail"
            )
        )
    assert text
    assert '"cause":{"effect":"enter-done-1","seq":5}' in text
    assert all(desk.person(name) in text for name in ("sam", "sue", "sid"))
