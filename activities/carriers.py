"""Carries a mail away: hands it to the mail server, or writes it as a file.

A carrier says which of three things went wrong, because each has another remedy: this mail will
never be taken (`RefusedMail`), this mail can't be taken now (`DelayedMail`), or no mail can be
(`NoCarrier`). What they say is for the operator: the server's words, never what was sent.
"""

from __future__ import annotations

import os
import smtplib
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Protocol

from activities.links import Link
from activities.settings import ActivitySettings, SmtpSettings
from store.access.tokens import without_tokens

_PRIVATE_FOLDER = 0o700
_PERMANENT = 500
_LONGEST_REASON = 300


class RefusedMail(Exception):  # noqa: N818 - named as what it says about the mail
    """The mail server refuses this mail for good."""


class DelayedMail(Exception):  # noqa: N818
    """This mail can't be delivered now; another might."""


class NoCarrier(Exception):  # noqa: N818
    """No mail can be delivered now."""


@dataclass(frozen=True)
class Letter:
    """A mail ready to go: the name of its file, where it goes to, the mail itself, and its link."""

    name: str
    to: str
    message: EmailMessage
    link: Link | None = None


class Carrier(Protocol):
    """Carries letters away, one after the other."""

    def carry(self, letter: Letter) -> None:
        """Carry one letter away.

        Raises:
            RefusedMail: it will never be taken.
            DelayedMail: it can't be taken now.
            NoCarrier: none can be taken now.
        """


@contextmanager
def carrier(settings: ActivitySettings) -> Iterator[Carrier]:
    """Give what carries mail away: the mail server if there is one, else the folder."""
    if settings.smtp is None:
        yield FolderCarrier(settings.mail_folder)
        return
    server = SmtpCarrier(settings.smtp, settings.sender)
    try:
        yield server
    finally:
        server.close()


@dataclass(frozen=True)
class FolderCarrier:
    """Writes each mail as an `.eml` file that only the operator's account can read.

    A file is put in place whole and a mail's file always has the same name, so that delivering
    twice or dying in between does no harm.
    """

    folder: Path

    def carry(self, letter: Letter) -> None:
        """Write one mail."""
        try:
            self._write(letter.name, bytes(letter.message))
        except OSError as error:
            raise NoCarrier(error.strerror or type(error).__name__) from error

    def _write(self, name: str, content: bytes) -> None:
        self.folder.mkdir(mode=_PRIVATE_FOLDER, parents=True, exist_ok=True)
        # Of mode 0600, and of a name of its own: two may deliver the same mail at once.
        descriptor, new = tempfile.mkstemp(dir=self.folder, prefix=".", suffix=".new")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
            Path(new).replace(self.folder / f"{name}.eml")
        finally:
            Path(new).unlink(missing_ok=True)


class SmtpCarrier:
    """Hands mails to a mail server (RFC 5321), all over one connection while it lasts."""

    def __init__(self, settings: SmtpSettings, sender: str) -> None:
        """Keep the settings; the first mail connects."""
        self._settings = settings
        self._sender = sender
        self._server: smtplib.SMTP | None = None

    def carry(self, letter: Letter) -> None:
        """Hand over one mail."""
        server = self._connected()
        try:
            server.send_message(letter.message, self._sender, [letter.to])
        except smtplib.SMTPRecipientsRefused as error:
            raise _refused(*next(iter(error.recipients.values()))) from None
        except smtplib.SMTPDataError as error:
            raise _refused(error.smtp_code, error.smtp_error) from None
        except smtplib.SMTPNotSupportedError as error:
            raise RefusedMail(f"The mail server can't take such an address: {error}") from None
        except smtplib.SMTPSenderRefused as error:
            said = _said(error.smtp_code, error.smtp_error)
            raise NoCarrier(f"The mail server takes nothing from {self._sender}: {said}") from None
        except (smtplib.SMTPException, OSError) as error:
            self.close()
            raise DelayedMail(f"The mail server went away: {_why(error)}.") from None

    def close(self) -> None:
        """Leave the mail server, if there is a connection."""
        server, self._server = self._server, None
        if server is not None:
            with suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()

    def _connected(self) -> smtplib.SMTP:
        # smtplib closes the connection by itself when the server says that it ends (421).
        if self._server is not None and self._server.sock is None:
            self.close()
        if self._server is None:
            self._server = _connect(self._settings, self._sender.rpartition("@")[2])
        return self._server


def _connect(settings: SmtpSettings, own_name: str) -> smtplib.SMTP:
    """Return a connection, encrypted and logged in as the settings say.

    Raises:
        NoCarrier: the server can't be reached, can't be trusted, or doesn't let us in.
    """
    where = f"{settings.host}:{settings.port}"
    server: smtplib.SMTP | None = None
    try:
        server = _open(settings, own_name)
        if settings.tls == "starttls":
            server.starttls(context=_trust(settings))
        if settings.login:
            server.login(settings.login, settings.password)
    except smtplib.SMTPAuthenticationError as error:
        reason = f"The mail server {where} refuses the login ({error.smtp_code})."
    except smtplib.SMTPNotSupportedError as error:
        reason = f"The mail server {where} doesn't offer what is set: {error}"
    except (smtplib.SMTPException, OSError) as error:
        reason = f"The mail server {where} can't be used: {_why(error)}."
    else:
        return server
    if server is not None:
        server.close()
    raise NoCarrier(reason)


def _open(settings: SmtpSettings, own_name: str) -> smtplib.SMTP:
    host, port, seconds = settings.host, settings.port, settings.timeout_seconds
    # Our name is given, since smtplib would ask the name service for it, which may take long.
    if settings.tls == "tls":
        context = _trust(settings)
        return smtplib.SMTP_SSL(host, port, own_name, timeout=seconds, context=context)
    return smtplib.SMTP(host, port, own_name, timeout=seconds)


def _trust(settings: SmtpSettings) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=settings.ca_file)


def _refused(code: int, words: bytes | str) -> RefusedMail | DelayedMail:
    said = _said(code, words)
    return RefusedMail(said) if code >= _PERMANENT else DelayedMail(said)


def _said(code: int, words: bytes | str) -> str:
    text = words.decode("utf-8", "replace") if isinstance(words, bytes) else words
    printable = "".join(sign if sign.isprintable() else " " for sign in text)
    # Some servers quote what they don't like, and that may be a link that signs.
    return f"{code} {without_tokens(' '.join(printable.split()))}"[:_LONGEST_REASON]


def _why(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        return _said(error.smtp_code, error.smtp_error)
    if isinstance(error, TimeoutError):
        return "it doesn't answer in time"
    return (getattr(error, "strerror", None) or str(error) or type(error).__name__).rstrip(".")
