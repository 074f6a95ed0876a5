import copy
import json
import re
from dataclasses import replace
from datetime import timedelta
from typing import Any, TypeAlias

import pytest
from sqlalchemy import select, update

from definitions.canonical import canonical
from definitions.clock import stamp
from definitions.definition import Definition
from definitions.model import Recipient
from definitions.rules import MailDue, shown
from definitions.state import CaseState
from store import tables
from store.delivery import (
    Bounce,
    all_bounces,
    bounces_of,
    choose_digest,
    digests_due,
    due_now,
    note_delivered,
    note_failed,
    note_refused,
    takes_digest,
)
from store.mail import Mail, load_mail, outbox_of, persons_of, queue, unsent
from tests.support.community import Desk

FIRST_ON = {"sqlite"}

AT = "2026-10-20T09:30:00.000Z"
Link: TypeAlias = bool | dict[str, str]
LATER = "2030-01-01T00:00:00.000Z"


def test_a_mail_goes_to_people_whom_the_rules_name_by_id(desk: Desk) -> None:
    case = desk.open("sue")
    state, definition = desk.state(case), desk.definition()
    words = {"en": "Said"}
    person = desk.person("sid")
    due = MailDue("test", (), words, words, None, {}, persons=(person,))
    with desk.database.writing() as connection:
        queued = queue(connection, definition, state, due, key="k", at=stamp(desk.clock.now()))
    assert queued.readers == (person,)


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
    with desk.database.reading() as connection:
        reminder = load_mail(connection, reply.mail[0])
    assert reminder is not None
    assert re.search(r"done by \d+ \w+ 2026, \d\d:\d\d UTC\.", reminder.body), reminder.body


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
        mail = unsent(connection)[0]
        assert len(unsent(connection, limit=1)) == 1
    note_failed(desk.database, [mail], "The disk is full.")
    failed = _loaded(desk, mail)
    assert (failed.error, failed.sent_at) == ("The disk is full.", None)
    note_delivered(desk.database, [mail], AT)
    note_delivered(desk.database, [mail], "2030-01-01T00:00:00.000Z")
    note_failed(desk.database, [mail], "Too late.")
    note_refused(desk.database, [mail], mail.to_address, AT, "550 Too late.")
    sent = _loaded(desk, mail)
    assert (sent.error, sent.sent_at) == (None, AT)
    with desk.database.reading() as connection:
        assert mail.key not in [one.key for one in unsent(connection)]
        assert load_mail(connection, "none") is None
        assert bounces_of(connection, [mail.to_address]) == ()


def test_a_refused_mail_is_given_up_and_its_address_bounces_until_one_gets_through(
    desk: Desk,
) -> None:
    done(desk)
    done(desk)
    with desk.database.reading() as connection:
        first, second, *_ = [m for m in unsent(connection) if m.person == desk.person("sue")]
    note_refused(desk.database, [first], "Sue@Example.org", AT, "550 Gone")
    later = "2026-10-21T09:30:00.000Z"
    note_refused(desk.database, [second], "sue@example.org", later, "551 Moved")
    with desk.database.reading() as connection:
        expected = Bounce("sue@example.org", AT, later, 2, "551 Moved")
        assert bounces_of(connection, ["SUE@example.org", "bo@example.org"]) == (expected,)
        assert all_bounces(connection) == (expected,)
        assert not {first.key, second.key} & {mail.key for mail in unsent(connection)}
    assert (_loaded(desk, first).error, _loaded(desk, first).sent_at) == ("550 Gone", AT)
    third = replace(first, key="another")
    note_delivered(desk.database, [third], later)
    with desk.database.reading() as connection:
        assert all_bounces(connection) == ()


def test_whose_mail_waits_for_the_day_is_held_unless_it_has_a_link(desk: Desk) -> None:
    case = done(desk)
    sue = desk.person("sue")
    with desk.database.writing() as connection:
        choose_digest(connection, sue, AT, digest=True)
    with desk.database.reading() as connection:
        assert takes_digest(connection, sue)
        assert not takes_digest(connection, desk.person("sam"))
        assert sue not in [mail.person for mail in due_now(connection, case)]
        assert [m.person for m in digests_due(connection, LATER)[sue]] == [sue]
        assert digests_due(connection, "2026-10-01T00:00:00.000Z") == {}
    with desk.database.writing() as connection:
        about = {"link": '{"step":"applying"}'}
        connection.execute(update(tables.outbox).where(tables.outbox.c.person == sue).values(about))
    with desk.database.reading() as connection:
        assert sue in [mail.person for mail in due_now(connection, case)]
        assert digests_due(connection, LATER) == {}


def test_who_goes_back_to_single_mails_gets_what_waits_at_once(desk: Desk) -> None:
    done(desk)
    sue = desk.person("sue")
    with desk.database.writing() as connection:
        choose_digest(connection, sue, AT, digest=True)
    with desk.database.writing() as connection:
        choose_digest(connection, sue, LATER, digest=False)
    with desk.database.reading() as connection:
        assert not takes_digest(connection, sue)
        early = "2026-10-01T00:00:00.000Z"
        assert len(digests_due(connection, early)[sue]) == 1


def test_a_cases_mail_is_read_in_pages(desk: Desk) -> None:
    case = done(desk)
    with desk.database.reading() as connection:
        whole = due_now(connection, case)
        assert len(whole) == 2
        (first,) = due_now(connection, case, limit=1)
        assert due_now(connection, case, after=first) == whole[1:]
        assert due_now(connection, case, after=whole[-1]) == ()


def _loaded(desk: Desk, mail: Mail) -> Mail:
    with desk.database.reading() as connection:
        loaded = load_mail(connection, mail.key)
    assert loaded
    return loaded


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


@pytest.mark.parametrize("link", [True, {"with": "sign-in"}])
def test_a_mail_about_a_step_bears_a_link_for_who_can_fill_such_a_seat(
    desk: Desk, link: Link
) -> None:
    case = desk.open("sue")
    definition = _linked(desk, link)
    state = desk.state(case)
    mails = _queued(desk, definition, state, "approval", Recipient(role="systems-administrator"))
    sam, sue = mails[desk.person("sam")], mails[desk.person("sue")]
    assert sue.link is None, "she can't fill it"
    assert sam.link
    assert json.loads(sam.link) == {
        "step": "approval",
        "instance": "1",
        "seat": "lead",
        "shown": shown(definition, state, "approval"),
    }
    assert canonical(json.loads(sam.link)).decode() == sam.link


def test_no_link_goes_to_a_list_nor_without_a_step_nor_where_the_seat_has_none(
    desk: Desk,
) -> None:
    case = desk.open("sue")
    definition, state = _linked(desk, link=True), desk.state(case)
    everybody = Recipient(role="systems-administrator")
    listed = Recipient(list="systems-administration-list")
    for given, step, to in (
        (definition, "approval", listed),
        (definition, None, everybody),
        (definition, "applying", everybody),
        (desk.definition(), "approval", everybody),
    ):
        mails = _queued(desk, given, state, step, to)
        assert mails
        assert [mail.link for mail in mails.values() if mail.link] == []


def test_no_link_to_a_step_that_is_closed(desk: Desk) -> None:
    case = desk.open("sue")
    desk.sign_off(case, "sam", "approval", "lead", "approve")
    everybody = Recipient(role="systems-administrator")
    mails = _queued(desk, _linked(desk, link=True), desk.state(case), "approval", everybody)
    assert [mail.link for mail in mails.values() if mail.link] == []


def _linked(desk: Desk, link: Link) -> Definition:
    """Return the definition with a link in the mail to who approves."""
    written: Any = copy.deepcopy(desk.definition().written())
    written["steps"]["approval"]["seats"]["lead"]["link"] = link
    return Definition.build(written, dict(desk.definition().exclusivity))


def _queued(
    desk: Desk, definition: Definition, state: CaseState, step: str | None, to: Recipient
) -> dict[str | None, Mail]:
    """Queue one mail about the step; return what became of it, by person."""
    words = {"en": "{number} waits"}
    due = MailDue("test", (to,), words, words, step, {"number": state.number})
    key = f"{state.case}:{desk.nonce()}"
    with desk.database.writing() as connection:
        queued = queue(connection, definition, state, due, key=key, at=AT)
        mails = [load_mail(connection, one) for one in queued.keys]
    return {mail.person: mail for mail in mails if mail}
