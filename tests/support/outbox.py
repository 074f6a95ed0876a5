"""Puts mail into the outbox, for tests of what happens to it there."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from activities.settings import ActivitySettings, SmtpSettings
from definitions.clock import stamp
from store import tables
from store.mail import Mail, load_mail
from tests.support.community import Desk
from tests.support.mail_server import HOST, MailServer


@dataclass
class Outbox:
    """The outbox of an installation, with one case whose mail it is."""

    desk: Desk
    case: str
    keys: list[str] = field(default_factory=list)

    def put(self, name: str, subject: str = "A subject", body: str = "Words.", **more: Any) -> str:
        """Queue a mail to somebody of the community, by their first name; return its key."""
        key = f"{self.case}:9:{len(self.keys):03d}"
        row = {
            "key": key,
            "case": self.case,
            "to_address": f"{name}@example.org",
            "to_name": f"{name.title()} Example",
            "subject": subject,
            "body": body,
            "queued_at": stamp(self.desk.clock.now()),
            "person": self.desk.person(name),
        }
        with self.desk.database.writing() as connection:
            connection.execute(insert(tables.outbox).values(**{**row, **more}))
        self.keys.append(key)
        return key

    def mail(self, key: str) -> Mail:
        with self.desk.database.reading() as connection:
            found = load_mail(connection, key)
        assert found
        return found

    def waiting(self) -> list[str]:
        """Return the keys of the mails that wait."""
        outbox = tables.outbox.c
        query = select(outbox.key).where(outbox.sent_at.is_(None)).order_by(outbox.key)
        with self.desk.database.reading() as connection:
            return list(connection.scalars(query))


def settings_for(server: MailServer | None, folder: Path, **smtp: Any) -> ActivitySettings:
    """Return settings with which mail goes to this server, in the clear unless told otherwise."""
    given = {"host": HOST, "port": server.port if server else 0, "tls": "none", **smtp}
    return ActivitySettings(
        mail_folder=folder / "mail",
        sender="countersign@example.org",
        public_url="https://sign.example.org",
        organisation="Example",
        smtp=SmtpSettings(**given) if server else None,
    )
