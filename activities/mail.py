"""Delivers queued mail: for now as `.eml` files that only the operator's account can read.

A mail that was delivered is left alone, and a file is put in place whole, so that delivering
twice or dying in between does no harm (the file of a mail always has the same name).
"""

from __future__ import annotations

import hashlib
import os
from email.message import EmailMessage
from email.utils import format_datetime
from pathlib import Path

from activities.settings import ActivitySettings
from definitions.clock import Clock, parse, stamp
from store.database import Database
from store.mail import Mail, load_mail, mark_sent

_PRIVATE_FILE = 0o600
_PRIVATE_FOLDER = 0o700


def deliver(database: Database, clock: Clock, settings: ActivitySettings, keys: list[str]) -> None:
    """Deliver the mails of these keys that haven't been delivered yet.

    Raises:
        OSError: the folder can't be written; asking again is safe.
    """
    for key in keys:
        with database.reading() as connection:
            mail = load_mail(connection, key)
        if mail is None or mail.sent_at is not None:
            continue
        _write(settings.mail_folder, key, bytes(message(mail, settings)))
        mark_sent(database, key, stamp(clock.now()))


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
    target = folder / f"{_name(key)}.eml"
    new = target.with_suffix(".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _PRIVATE_FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    new.replace(target)
