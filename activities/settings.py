"""What the activities need to know beside the store; the worker hands it in."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class SmtpSettings:
    """The mail server that mail is handed to.

    Attributes:
        host: its name, which its certificate must show.
        port: its port.
        tls: `tls`: encrypted from the start; `starttls`: after asking for it, and never
            without; `none`: only for a server on the same machine.
        login: the name to log in with; empty for none.
        password: that goes with it; never shown.
        ca_file: the authority that vouches for the server; None takes the system's.
        timeout_seconds: how long each answer may take.
    """

    host: str
    port: int
    tls: Literal["none", "starttls", "tls"] = "starttls"
    login: str = ""
    password: str = field(default="", repr=False)
    ca_file: Path | None = None
    timeout_seconds: float = 10.0


@dataclass(frozen=True)
class ActivitySettings:
    """Settings of the activities.

    Attributes:
        mail_folder: where mails are written as `.eml` files, each of mode 0600, if there is no
            mail server.
        sender: the address that mails come from.
        public_url: where people find the application; mails link to their case under it.
        organisation: whose mail it is, in words.
        smtp: the mail server; None leaves mail in the outbox and the folder.
        digest_hour: the hour of the day (UTC) at which daily mails are made.
    """

    mail_folder: Path
    sender: str
    public_url: str
    organisation: str = "Countersign"
    smtp: SmtpSettings | None = None
    digest_hour: int = 6
