"""Mail over a real mail server: secured, threaded, and nothing held up by what goes wrong."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from activities.links import Link
from activities.mail import UndeliveredMail, deliver
from activities.settings import ActivitySettings
from definitions.clock import stamp
from store.delivery import all_bounces
from store.mail import Mail
from tests.support.mail_server import LOGIN, PASSWORD, MailServer, mail_server, make_certificate
from tests.support.outbox import Outbox, settings_for

SIGNS = "https://sign.example.org/link/eyJhbGciOiJFZDI1NTE5In0.eyJqdGkiOiJ4In0.c2lnbmVk"
LINK = "https://sign.example.org/act/eyJhbGciOiJFZERTQSJ9.secret.signature"


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def settings(server: MailServer, tmp_path: Path) -> ActivitySettings:
    return settings_for(server, tmp_path)


def send(outbox: Outbox, settings: ActivitySettings) -> None:
    """Deliver once, as the activity does; mails whose link is due get one."""

    def links(mail: Mail) -> Link | None:
        return Link(LINK) if mail.link else None

    deliver(outbox.desk.database, outbox.desk.clock, settings, outbox.case, links)


def part(mail: EmailMessage, kind: str) -> str:
    body = mail.get_body((kind,))
    assert body
    return str(body.get_content())


def test_a_mail_is_text_and_html_in_the_thread_of_its_case(
    outbox: Outbox, server: MailServer, settings: ActivitySettings
) -> None:
    first = outbox.put("sue", "p1: approved", "It was approved.\n\nRead it.")
    outbox.put("sam", "p1: waits", "It waits.")
    send(outbox, settings)
    mail, other = server.mail_to("sue@example.org"), server.mail_to("sam@example.org")
    assert mail["Subject"] == "p1: approved"
    assert mail["From"] == "countersign@example.org"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["List-Id"] is None
    assert mail["In-Reply-To"] == mail["References"] == other["References"]
    assert mail["Message-ID"] != other["Message-ID"]
    number = outbox.mail(first).number
    for kind in ("plain", "html"):
        text = part(mail, kind)
        assert "It was approved." in text
        assert f"https://sign.example.org/cases/{number}" in text
        assert "https://sign.example.org/me" in text
        assert "nobody reads answers" in text
    assert '<html lang="en">' in part(mail, "html")
    assert "<img" not in part(mail, "html")
    assert outbox.waiting() == []


def test_a_lists_mail_names_the_list_and_offers_no_choice(
    outbox: Outbox, server: MailServer, settings: ActivitySettings
) -> None:
    outbox.put("sue", person=None, to_address="systems-administration@example.org", to_name="SA")
    send(outbox, settings)
    (mail,) = server.mails
    assert mail["List-Id"] == '"SA" <systems-administration.example.org>'
    assert "/me" not in part(mail, "plain") + part(mail, "html")


def test_words_of_people_stay_words(
    outbox: Outbox, server: MailServer, settings: ActivitySettings
) -> None:
    outbox.put(
        "sue",
        "p1: <b>bold</b>\nBcc: mia@example.org",
        'Say <script>alert(1)</script> & "more".\n{{ organisation }}',
        to_name='Sue "S\\" <mia@example.org>,\r\nX-Header: 1',
    )
    send(outbox, settings)
    mail = server.mail_to("sue@example.org")
    assert server.tried == ["sue@example.org"]
    assert mail["Bcc"] is mail["X-Header"] is None
    assert len(mail["To"].addresses) == 1
    assert "\n" not in mail["Subject"]
    html = part(mail, "html")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp;" in html
    assert "<script" not in html
    assert "<b>" not in html
    assert "{{ organisation }}" in html
    assert "<script>alert(1)</script>" in part(mail, "plain")


def test_a_link_is_in_the_body_alone_and_after_what_it_is_about(
    outbox: Outbox, server: MailServer, settings: ActivitySettings
) -> None:
    outbox.put("sue", "p1: vote", "A vote is open.", link='{"step":"voting"}')
    outbox.put("sam", "p1: vote", "A vote is open.")
    send(outbox, settings)
    mail = server.mail_to("sue@example.org")
    headers = "".join(f"{name}: {value}" for name, value in mail.items())
    assert "secret" not in headers
    text, html = part(mail, "plain"), part(mail, "html")
    assert text.index(LINK) > 150, "mail programs show the first words in their lists"
    assert html.count(LINK) == 1
    shown = re.sub(r"<style>.*</style>|<[^>]*>", "", html, flags=re.DOTALL)
    assert "secret" not in shown
    without = server.mail_to("sam@example.org")
    assert "This link" not in part(without, "plain") + part(without, "html")


def test_one_that_fails_holds_no_other_and_is_tried_again(
    outbox: Outbox, server: MailServer, settings: ActivitySettings
) -> None:
    late = outbox.put("sue")
    outbox.put("sam")
    server.answers["sue@example.org"] = ["450 Come back later"]
    with pytest.raises(UndeliveredMail, match="1 mail couldn't be delivered"):
        send(outbox, settings)
    assert outbox.waiting() == [late]
    assert outbox.mail(late).error == "450 Come back later"
    send(outbox, settings)
    assert outbox.waiting() == []
    assert outbox.mail(late).error is None
    assert server.tried == ["sue@example.org", "sam@example.org", "sue@example.org"]
    assert len(server.mails) == 2


@pytest.mark.parametrize("where", ["answers", "after_data"])
def test_a_refused_address_bounces_and_is_not_asked_again(
    outbox: Outbox, server: MailServer, settings: ActivitySettings, where: str
) -> None:
    refused = outbox.put("sue")
    outbox.put("sam")
    getattr(server, where)["sue@example.org"] = ["550 5.1.1 No such\tperson here"]
    send(outbox, settings)
    send(outbox, settings)
    assert server.tried == ["sue@example.org", "sam@example.org"]
    assert outbox.waiting() == []
    assert outbox.mail(refused).error == "550 5.1.1 No such person here"
    assert bounces(outbox) == {"sue@example.org": 1}
    outbox.put("sue")
    send(outbox, settings)
    assert bounces(outbox) == {}, "the next mail got through"


def test_a_server_that_quotes_the_link_does_not_bring_it_into_our_books(
    outbox: Outbox,
    server: MailServer,
    settings: ActivitySettings,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    key = outbox.put("sue", link='{"step":"voting"}')
    said = f"554 5.7.1 Your message holds {SIGNS} which is on a list of ours"
    server.after_data["sue@example.org"] = [said]
    desk = outbox.desk
    deliver(desk.database, desk.clock, settings, outbox.case, lambda _mail: Link(SIGNS))
    error = outbox.mail(key).error or ""
    assert error.endswith("/link/… which is on a list of ours")
    with outbox.desk.database.reading() as connection:
        (bounce,) = all_bounces(connection)
    ours = [r.getMessage() for r in caplog.records if not r.name.startswith("mail.")]
    assert "eyJ" not in f"{bounce.reason} {error} {ours}"


def test_a_link_is_told_what_became_of_its_mail(
    outbox: Outbox, server: MailServer, settings: ActivitySettings
) -> None:
    desk, told = outbox.desk, list[str]()

    def links(mail: Mail) -> Link:
        return Link(
            LINK,
            sent=lambda: told.append(f"{mail.to_name} sent"),
            refused=lambda: told.append(f"{mail.to_name} refused"),
        )

    for name in ("sue", "sam", "sid"):
        outbox.put(name, link='{"step":"voting"}')
    server.answers["sue@example.org"] = ["450 Come back later"]
    server.answers["sam@example.org"] = ["550 No such person here"]
    with pytest.raises(UndeliveredMail):
        deliver(desk.database, desk.clock, settings, outbox.case, links)
    assert told == ["Sam Example refused", "Sid Example sent"]
    deliver(desk.database, desk.clock, settings, outbox.case, links)
    assert told[2:] == ["Sue Example sent"]


def test_what_is_put_off_for_days_is_given_up(
    outbox: Outbox, server: MailServer, settings: ActivitySettings
) -> None:
    outbox.put("sue", queued_at=stamp(outbox.desk.clock.now() - timedelta(days=5, seconds=1)))
    server.answers["sue@example.org"] = ["452 Mailbox full"]
    send(outbox, settings)
    assert outbox.waiting() == []
    assert bounces(outbox) == {"sue@example.org": 1}


def test_an_address_that_no_mail_can_go_to_bounces(
    outbox: Outbox, server: MailServer, settings: ActivitySettings
) -> None:
    outbox.put("sue", to_address="sue@exa\nmple.org")
    outbox.put("sam", to_address="säm@example.org")
    outbox.put("sid")
    send(outbox, settings)
    assert [mail["To"].addresses[0].addr_spec for mail in server.mails] == ["sid@example.org"]
    assert set(bounces(outbox)) == {"sue@exa\nmple.org", "säm@example.org"}


def test_a_connection_that_ends_in_between_is_made_anew(
    outbox: Outbox, server: MailServer, settings: ActivitySettings
) -> None:
    first = outbox.put("sue")
    outbox.put("sam")
    server.answers["sue@example.org"] = ["421 Going down"]
    with pytest.raises(UndeliveredMail):
        send(outbox, settings)
    assert outbox.waiting() == [first]
    send(outbox, settings)
    assert outbox.waiting() == []
    assert bounces(outbox) == {}


def test_a_server_that_is_away_leaves_all_waiting_and_is_asked_once(
    outbox: Outbox, settings: ActivitySettings
) -> None:
    keys = [outbox.put("sue"), outbox.put("sam")]
    with mail_server() as gone:
        port = gone.port
    assert settings.smtp
    away = replace(settings, smtp=replace(settings.smtp, port=port))
    with pytest.raises(UndeliveredMail, match="2 mails"):
        send(outbox, away)
    assert outbox.waiting() == keys
    error = outbox.mail(keys[1]).error
    assert error
    assert error.startswith(f"The mail server 127.0.0.1:{port} can't be used")
    send(outbox, settings)
    assert outbox.waiting() == []


@pytest.mark.parametrize("tls", ["starttls", "tls"])
def test_mail_goes_over_tls_and_after_a_login(
    outbox: Outbox, tmp_path: Path, tls: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    certificate = make_certificate(tmp_path)
    outbox.put("sue", link='{"step":"voting"}')
    with mail_server(certificate=certificate, tls=tls, login=tls == "starttls") as server:
        known = {"ca_file": certificate, "tls": tls}
        if tls == "starttls":
            known |= {"login": LOGIN, "password": PASSWORD}
        send(outbox, settings_for(server, tmp_path, **known))
        assert server.secured == [(True, tls == "starttls")]
    ours = [r.getMessage() for r in caplog.records if not r.name.startswith("mail.")]
    assert PASSWORD not in "".join(ours)
    assert "secret" not in "".join(ours)


def test_who_cannot_be_trusted_gets_neither_mail_nor_password(
    outbox: Outbox, tmp_path: Path
) -> None:
    certificate = make_certificate(tmp_path)
    key = outbox.put("sue")
    with mail_server(certificate=certificate, tls="starttls") as server:
        with pytest.raises(UndeliveredMail):
            send(outbox, settings_for(server, tmp_path, tls="starttls"))
        assert server.tried == []
    assert "certificate" in (outbox.mail(key).error or "").lower()


def test_where_encryption_is_not_offered_nothing_is_sent(
    outbox: Outbox, server: MailServer, tmp_path: Path
) -> None:
    key = outbox.put("sue")
    with pytest.raises(UndeliveredMail):
        send(outbox, settings_for(server, tmp_path, tls="starttls"))
    assert server.tried == []
    assert "STARTTLS" in (outbox.mail(key).error or "")


def test_a_refused_login_is_said_without_the_password(outbox: Outbox, tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path)
    key = outbox.put("sue")
    with mail_server(certificate=certificate, tls="starttls", login=True) as server:
        given = settings_for(
            server, tmp_path, ca_file=certificate, tls="starttls", login=LOGIN, password="wrong-one"
        )
        assert "wrong-one" not in repr(given)
        with pytest.raises(UndeliveredMail) as raised:
            send(outbox, given)
        assert server.tried == []
    error = outbox.mail(key).error or ""
    assert error.endswith("refuses the login (535).")
    assert "wrong-one" not in error + repr(raised.value)


def bounces(outbox: Outbox) -> dict[str, int]:
    with outbox.desk.database.reading() as connection:
        return {one.address: one.count for one in all_bounces(connection)}
