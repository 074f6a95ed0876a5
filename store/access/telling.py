"""What somebody is told about their own access, on every address of theirs: mails without a case.

They are kept in the transaction that changed something, so that nothing changes untold, and go out
by the worker. They say what was done and never by what: no link and no token is in them. They
aren't held for anybody's daily mail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import select, update

from definitions.clock import parse, stamp
from store import tables
from store.directory import person as person_of
from store.inserting import insert_new

if TYPE_CHECKING:
    from sqlalchemy import Connection

LINK_MADE: Final = "link-made"
PASSWORD_SET: Final = "password-set"  # noqa: S105 - a kind of news
SIGNED_OUT: Final = "signed-out"
FORGED: Final = "forged"

_TOO_OLD: Final = timedelta(days=5)
"""So long it is tried to deliver a mail (RFC 5321, 4.5.4.1)."""
_IF_NOT: Final = (
    "If you know nothing of it, sign out everywhere on your own page, choose a new password, and "
    "tell the operator and the Board by a way other than mail."
)
_NEWS: Final[Mapping[str, tuple[str, str]]] = {
    LINK_MADE: (
        "A link to sign in as you was made",
        (
            "On {at} UTC somebody who can use the program's machine made a link by which its "
            "bearer signs in as you, once."
        ),
    ),
    PASSWORD_SET: (
        "Your password was set",
        "On {at} UTC a password was chosen for you, and your other sessions were ended.",
    ),
    SIGNED_OUT: (
        "You were signed out everywhere",
        "On {at} UTC an operator ended all your sessions and the links by which you could sign in.",
    ),
    FORGED: (
        "Somebody tried to come in as you",
        (
            "On {at} UTC a session, a link, a password or an address in your name was met that "
            "wasn't made by this program. It was refused. Somebody can write to the "
            "program's database."
        ),
    ),
}


@dataclass(frozen=True)
class PersonalMail:
    """A mail to one address of one person, about their own access."""

    key: str
    person: str
    to_address: str
    to_name: str
    subject: str
    body: str
    queued_at: str


def tell(connection: Connection, person: str, what: str, at: str, once: str = "") -> int:
    """Queue a mail to each address of a person; return how many.

    Args:
        connection: a writing one.
        what: one of the kinds above.
        at: now, as a stamp.
        once: what makes it the same news as before, which is told once; its time if not said.
    """
    found = person_of(connection, person, at)
    if found is None:
        return 0
    subject, sentence = _NEWS[what]
    body = f"{sentence.format(at=at[:16].replace('T', ' '))}\n\n{_IF_NOT}"
    mails = tables.personal_mails
    return sum(
        insert_new(
            connection,
            mails,
            {
                "key": f"{what}:{person}:{once or at}:{address}",
                "person": person,
                "to_address": address,
                "to_name": found.name,
                "subject": subject,
                "body": body,
                "queued_at": at,
            },
        )
        for address in found.addresses
    )


def untold(connection: Connection, now: str) -> tuple[PersonalMail, ...]:
    """Return the mails that haven't gone out and are still worth a try, the oldest first."""
    mails = tables.personal_mails.c
    query = (
        select(
            *(mails.key, mails.person, mails.to_address, mails.to_name),
            *(mails.subject, mails.body, mails.queued_at),
        )
        .where(mails.sent_at.is_(None), mails.queued_at > stamp(parse(now) - _TOO_OLD))
        .order_by(mails.queued_at, mails.key)
        .limit(100)
    )
    return tuple(PersonalMail(*row) for row in connection.execute(query))


def note_told(connection: Connection, key: str, at: str | None, error: str | None = None) -> None:
    """Note that a mail went out, or was refused for good (`at`), or why it waits (no `at`)."""
    mails = tables.personal_mails
    connection.execute(update(mails).where(mails.c.key == key).values(sent_at=at, error=error))
