"""One mail a day, for those who chose it: what it holds, when it goes, and that it goes once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from activities.links import Link
from activities.mail import (
    UndeliveredMail,
    deliver,
    deliver_digests,
    digest_moment,
)
from activities.settings import ActivitySettings
from definitions.clock import stamp
from store.delivery import all_bounces, choose_digest
from tests.support.mail_server import MailServer, mail_server
from tests.support.outbox import Outbox, settings_for

LINK = "https://sign.example.org/act/token"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def settings(server: MailServer, tmp_path: Path) -> ActivitySettings:
    return settings_for(server, tmp_path)


@pytest.fixture
def daily(outbox: Outbox) -> Outbox:
    """The outbox of a community in which Sue wants one mail a day."""
    choose(outbox, "sue", digest=True)
    return outbox


def choose(outbox: Outbox, name: str, *, digest: bool) -> None:
    at = stamp(outbox.desk.clock.now())
    with outbox.desk.database.writing() as connection:
        choose_digest(connection, outbox.desk.person(name), at, digest=digest)


def send_single(outbox: Outbox, settings: ActivitySettings) -> None:
    deliver(
        outbox.desk.database, outbox.desk.clock, settings, outbox.case, lambda _mail: Link(LINK)
    )


def send_daily(outbox: Outbox, settings: ActivitySettings) -> None:
    deliver_digests(outbox.desk.database, outbox.desk.clock, settings)


def subjects(server: MailServer) -> list[str]:
    return [str(mail["Subject"]) for mail in server.mails]


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body
    return str(body.get_content())


def test_the_day_of_a_daily_mail_begins_at_its_hour() -> None:
    before = datetime(2026, 10, 18, 5, 59, 59, tzinfo=UTC)
    assert digest_moment(before, 6) == "2026-10-17T06:00:00.000Z"
    assert digest_moment(before + timedelta(seconds=1), 6) == "2026-10-18T06:00:00.000Z"


def test_a_daily_mail_holds_what_came_since_the_last_and_goes_once(
    daily: Outbox, server: MailServer, settings: ActivitySettings
) -> None:
    daily.put("sue", "p1: approved", "It was <approved>.")
    daily.put("sam", "p1: approved")
    daily.desk.clock.pass_time(timedelta(minutes=1))
    daily.put("sue", "p1: done", "It is done.")
    send_single(daily, settings)
    send_daily(daily, settings)
    assert subjects(server) == ["p1: approved"], "Sam's alone; Sue's day isn't over"
    daily.desk.clock.pass_time(timedelta(days=1))
    late = daily.put("sue", "p2: too late for today")
    send_daily(daily, settings)
    send_daily(daily, settings)
    assert len(server.mails) == 2
    mail = server.mail_to("sue@example.org")
    assert mail["Subject"] == "Example: 2 messages until 2026-10-19"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["In-Reply-To"] is None
    text, html = part(mail, "plain"), part(mail, "html")
    assert text.index("It was <approved>.") < text.index("It is done.")
    assert "<h2>p1: done</h2>" in html
    assert "It was &lt;approved&gt;." in html
    assert "too late" not in text
    assert daily.waiting() == [late]
    daily.desk.clock.pass_time(timedelta(days=1))
    send_daily(daily, settings)
    assert subjects(server)[-1] == "Example: 1 message until 2026-10-20"
    assert daily.waiting() == []


def test_mails_with_a_link_go_at_once(
    daily: Outbox, server: MailServer, settings: ActivitySettings
) -> None:
    daily.put("sue", "p1: vote", link='{"step":"voting"}')
    held = daily.put("sue", "p1: done")
    send_single(daily, settings)
    assert subjects(server) == ["p1: vote"]
    daily.desk.clock.pass_time(timedelta(days=1))
    assert daily.waiting() == [held]
    send_daily(daily, settings)
    assert LINK not in part(server.mails[-1], "plain")


def test_who_goes_back_to_single_mails_gets_what_waits_as_a_last_one(
    daily: Outbox, server: MailServer, settings: ActivitySettings
) -> None:
    daily.put("sue", "p1: done")
    daily.desk.clock.pass_time(timedelta(minutes=1))
    choose(daily, "sue", digest=False)
    daily.put("sue", "p2: single")
    send_daily(daily, settings)
    send_single(daily, settings)
    assert subjects(server) == ["Example: 1 message until 2026-10-18", "p2: single"]
    assert daily.waiting() == []


def test_a_last_one_has_another_name_than_the_daily_mail_of_that_day(
    daily: Outbox, tmp_path: Path
) -> None:
    settings = settings_for(None, tmp_path)
    daily.put("sue", "p1: done")
    daily.desk.clock.pass_time(timedelta(days=1))
    send_daily(daily, settings)
    daily.put("sue", "p2: done")
    daily.desk.clock.pass_time(timedelta(minutes=1))
    choose(daily, "sue", digest=False)
    send_daily(daily, settings)
    assert daily.waiting() == []
    mails = [
        message_from_bytes(file.read_bytes(), policy=policy.default)
        for file in settings.mail_folder.iterdir()
    ]
    assert len({str(mail["Message-ID"]) for mail in mails}) == len(mails) == 2


def test_a_daily_mail_that_fails_is_whole_the_next_time(
    daily: Outbox, server: MailServer, settings: ActivitySettings
) -> None:
    choose(daily, "sam", digest=True)
    keys = [daily.put("sue"), daily.put("sue"), daily.put("sam")]
    daily.desk.clock.pass_time(timedelta(days=1))
    server.answers["sue@example.org"] = ["451 Later"]
    with pytest.raises(UndeliveredMail, match="1 mail couldn't"):
        send_daily(daily, settings)
    assert daily.waiting() == keys[:2], "Sam's went out"
    assert daily.mail(keys[0]).error == "451 Later"
    send_daily(daily, settings)
    assert daily.waiting() == []
    assert "2 messages" in server.mail_to("sue@example.org")["Subject"]


def test_a_refused_daily_mail_bounces_once(
    daily: Outbox, server: MailServer, settings: ActivitySettings
) -> None:
    daily.put("sue")
    daily.put("sue")
    daily.desk.clock.pass_time(timedelta(days=1))
    server.answers["sue@example.org"] = ["550 Gone"]
    send_daily(daily, settings)
    assert daily.waiting() == []
    with daily.desk.database.reading() as connection:
        assert [one.count for one in all_bounces(connection)] == [1]


def test_without_a_mail_server_a_daily_mail_is_a_file(daily: Outbox, tmp_path: Path) -> None:
    settings = settings_for(None, tmp_path)
    daily.put("sue", "p1: done")
    send_single(daily, settings)
    assert not settings.mail_folder.exists()
    daily.desk.clock.pass_time(timedelta(days=1))
    send_daily(daily, settings)
    (file,) = settings.mail_folder.iterdir()
    mail = message_from_bytes(file.read_bytes(), policy=policy.default)
    assert mail["Subject"] == "Example: 1 message until 2026-10-19"
