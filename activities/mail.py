"""Delivers queued mail: for now as `.eml` files that only the operator's account can read.

A mail that was delivered is left alone, and a file is put in place whole, so that delivering
twice or dying in between does no harm (the file of a mail always has the same name).
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from activities.settings import ActivitySettings
from definitions.clock import Clock, parse, stamp
from store.database import Database
from store.mail import Mail, mark_failed, mark_sent, unsent

_PRIVATE_FOLDER = 0o700


def deliver(database: Database, clock: Clock, settings: ActivitySettings, case: str) -> None:
    """Deliver the mails of this case that haven't been delivered yet.

    Which these are the outbox says, not who asks: so also those are delivered whose commit's
    answer was lost.

    Raises:
        OSError: one can't be written, which its row says too; asking again is safe.
    """
    while True:
        with database.reading() as connection:
            mails = unsent(connection, case=case)
        if not mails:
            return
        for mail in mails:
            _deliver_one(database, clock, settings, mail)


def _deliver_one(database: Database, clock: Clock, settings: ActivitySettings, mail: Mail) -> None:
    try:
        _write(settings.mail_folder, mail.key, bytes(message(mail, settings)))
    except OSError as error:
        mark_failed(database, mail.key, error.strerror or type(error).__name__)
        raise
    mark_sent(database, mail.key, stamp(clock.now()))


def message(mail: Mail, settings: ActivitySettings) -> EmailMessage:
    """Return the mail as it is sent: plain text, threaded by its case."""
    made = EmailMessage()
    made["From"] = settings.sender
    made["To"] = f"{_phrase(mail.to_name)} <{mail.to_address}>"
    made["Subject"] = mail.subject
    made["Date"] = format_datetime(parse(mail.queued_at))
    domain = settings.sender.rpartition("@")[2]
    made["Message-ID"] = f"<{_name(mail.key)}@{domain}>"
    made["References"] = f"<case-{_name(mail.case)}@{domain}>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content(f"{mail.body}\n\n{settings.public_url}\n")
    return made


def _phrase(name: str) -> str:
    return '"' + name.replace("\\", "").replace('"', "'") + '"'


def _name(key: str) -> str:
    """Return a name for files and headers; keys hold characters that neither likes."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def _write(folder: Path, key: str, content: bytes) -> None:
    folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
    # Of mode 0600, and of a name of its own: two may deliver the same mail at once.
    descriptor, name = tempfile.mkstemp(dir=folder, prefix=".", suffix=".new")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(name).replace(folder / f"{_name(key)}.eml")
    finally:
        Path(name).unlink(missing_ok=True)
