"""A real mail server on a free port of this machine, which answers as it is told to."""

from __future__ import annotations

import asyncio
import datetime as dt
import ssl
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.support.eventually import LIMIT_SECONDS

HOST = "127.0.0.1"
LOGIN = "countersign"
PASSWORD = "not-to-be-seen-in-any-log"


@dataclass
class MailServer:
    """What came in, and what the server says to whom.

    Attributes:
        answers: by address, the answers to its next mails (`"550 No such person"`), one each;
            after them, and by default, it is taken.
        after_data: the same for the mail's text.
        mails: those that were taken, in order.
        tried: each address that mail was offered for, in order.
        secured: for each mail that was taken, whether it came over TLS, and logged in.
    """

    port: int = 0
    answers: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    after_data: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    mails: list[EmailMessage] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    secured: list[tuple[bool, bool]] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        self.tried.append(address)
        if self.answers[address]:
            return self.answers[address].pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        (address,) = envelope.rcpt_tos
        if self.after_data[address]:
            return self.after_data[address].pop(0)
        assert isinstance(envelope.content, bytes)
        read = message_from_bytes(envelope.content, policy=policy.default)
        self.mails.append(read)
        assert server.transport
        over_tls = server.transport.get_extra_info("ssl_object") is not None
        self.secured.append((over_tls, bool(session.authenticated)))
        return "250 Taken"

    def mail_to(self, address: str) -> EmailMessage:
        """Return the only mail that was taken for this address."""
        (found,) = [m for m in self.mails if m["To"].addresses[0].addr_spec == address]
        return found


@contextmanager
def mail_server(
    *, certificate: Path | None = None, tls: str = "none", login: bool = False
) -> Iterator[MailServer]:
    """Run a mail server while the block runs.

    Args:
        certificate: a file with certificate and key, for TLS.
        tls: `none`, `starttls` (asked for before anything else), or `tls`.
        login: whether nothing is taken without logging in.
    """
    told = MailServer()
    context = None
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)

    def session() -> SMTP:
        return SMTP(
            told,
            hostname="localhost",
            tls_context=context if tls == "starttls" else None,
            require_starttls=tls == "starttls",
            auth_required=login,
            auth_require_tls=tls == "starttls",
            authenticator=_authenticate,
            enable_SMTPUTF8=False,
        )

    loop = asyncio.new_event_loop()
    server = loop.run_until_complete(
        loop.create_server(session, HOST, 0, ssl=context if tls == "tls" else None)
    )
    told.port = server.sockets[0].getsockname()[1]
    thread = threading.Thread(target=loop.run_forever, name="mail-server")
    thread.start()
    try:
        yield told
    finally:
        asyncio.run_coroutine_threadsafe(_end(server), loop).result(LIMIT_SECONDS)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(LIMIT_SECONDS)
        loop.close()


def make_certificate(folder: Path) -> Path:
    """Write a certificate for this machine's own address, which vouches for itself, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address(HOST))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "mail-server.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


def _authenticate(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
) -> AuthResult:
    good = isinstance(data, LoginPassword) and data == LoginPassword(
        LOGIN.encode(), PASSWORD.encode()
    )
    return AuthResult(success=good, handled=False)


async def _end(server: asyncio.Server) -> None:
    server.close()
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    await asyncio.sleep(0)
