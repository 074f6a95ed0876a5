"""Documents that go with mails: in the mail that promises them, once, and never without them."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from pypdf import PdfReader

from activities.documents import Attached, Documents
from activities.mail import UndeliveredMail, deliver, deliver_digests
from activities.settings import ActivitySettings
from definitions.clock import stamp
from store.delivery import choose_digest
from store.mail import Mail
from tests.support.mail_server import MailServer, mail_server
from tests.support.outbox import Outbox, settings_for
from worker.documents import make_documents


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def settings(server: MailServer, tmp_path: Path) -> ActivitySettings:
    return settings_for(server, tmp_path)


@pytest.fixture
def documents(outbox: Outbox, settings: ActivitySettings) -> Documents:
    return make_documents(outbox.desk.database, outbox.desk.clock, settings.public_url)


def send(outbox: Outbox, settings: ActivitySettings, documents: Documents) -> None:
    deliver(outbox.desk.database, outbox.desk.clock, settings, outbox.case, documents=documents)


def papers(mail: EmailMessage) -> list[EmailMessage]:
    return list(mail.iter_attachments())


def text_of(paper: EmailMessage) -> str:
    pages = PdfReader(io.BytesIO(paper.get_content())).pages
    return " ".join(" ".join(page.extract_text() for page in pages).split())


def test_the_document_arrives_with_its_mail_once(
    outbox: Outbox, settings: ActivitySettings, server: MailServer, documents: Documents
) -> None:
    number = outbox.mail(outbox.put("sue", attach="document")).number
    outbox.put("mia")
    send(outbox, settings, documents)
    send(outbox, settings, documents)
    with_it, without = server.mails
    (paper,) = papers(with_it)
    assert (paper.get_content_type(), paper.get_filename()) == ("application/pdf", f"{number}.pdf")
    assert number in text_of(paper)
    body = with_it.get_body(("plain",))
    assert body
    assert "The case is attached as a PDF document" in " ".join(body.get_content().split())
    assert not papers(without)


def test_a_daily_mail_has_the_document_of_a_case_once(
    outbox: Outbox, settings: ActivitySettings, server: MailServer, documents: Documents
) -> None:
    at = stamp(outbox.desk.clock.now())
    with outbox.desk.database.writing() as connection:
        choose_digest(connection, outbox.desk.person("sue"), at, digest=True)
    for _ in range(2):
        outbox.put("sue", attach="document")
    send(outbox, settings, documents)
    assert not server.mails
    outbox.desk.clock.pass_time(timedelta(days=2))
    deliver_digests(outbox.desk.database, outbox.desk.clock, settings, documents)
    (mail,) = server.mails
    assert len(papers(mail)) == 1


def test_a_document_that_cannot_be_made_holds_no_other_daily_mail(
    outbox: Outbox, settings: ActivitySettings, server: MailServer, documents: Documents
) -> None:
    def fail(_mail: Mail) -> Attached:
        raise LookupError("no such case")

    database, clock = outbox.desk.database, outbox.desk.clock
    with database.writing() as connection:
        choose_digest(connection, outbox.desk.person("sue"), stamp(clock.now()), digest=True)
    outbox.put("sue", "p1: done")
    key = outbox.put("sue", "p2: summary", attach="document")
    outbox.put("sue", "p3: done")
    clock.pass_time(timedelta(days=2))
    with pytest.raises(UndeliveredMail):
        deliver_digests(database, clock, settings, fail)
    assert outbox.waiting() == [key]
    assert outbox.mail(key).error == "It could not be made: LookupError."
    deliver_digests(database, clock, settings, documents)
    assert [str(mail["Subject"])[:19] for mail in server.mails] == [
        "Example: 2 messages",
        "Example: 1 message ",
    ]
    first, second = (str(mail["Message-ID"]) for mail in server.mails)
    assert first != second


def test_without_its_document_a_mail_waits_and_others_go(
    outbox: Outbox, settings: ActivitySettings, server: MailServer, documents: Documents
) -> None:
    def fail(_mail: Mail) -> Attached:
        raise LookupError("no such case")

    key = outbox.put("sue", attach="document")
    outbox.put("mia")
    with pytest.raises(UndeliveredMail):
        send(outbox, settings, fail)
    assert outbox.waiting() == [key]
    assert outbox.mail(key).error == "It could not be made: LookupError."
    assert len(server.mails) == 1
    send(outbox, settings, documents)
    assert len(server.mails) == 2
