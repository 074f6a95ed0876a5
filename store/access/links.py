"""Single-use sign-in links: made for one person, good until a time, spent once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import insert, or_, select, update

from definitions.clock import parse, stamp
from store.access.seals import checks, sealed
from store.access.tokens import new_token, token_hash
from store.tables.access import sign_in_links
from store.tables.people import people

if TYPE_CHECKING:
    from sqlalchemy import Connection, Select


@dataclass(frozen=True)
class SignInLink:
    """A link that is still good: whose it is, and until when (a stamp)."""

    person: str
    name: str
    expires_at: str


def make_link(connection: Connection, person: str, now: str, minutes: int) -> str:
    """Make a link for a person and return its token; only the token's hash is kept.

    Args:
        connection: A writing one.
        person: The person's id.
        now: The time, as a stamp.
        minutes: For how long it is good.

    Raises:
        sqlalchemy.exc.IntegrityError: At the transaction's end, if there is no such person.
    """
    token = new_token()
    values = {
        "token_hash": token_hash(token),
        "person": person,
        "created_at": now,
        "expires_at": stamp(parse(now) + timedelta(minutes=minutes)),
    }
    connection.execute(insert(sign_in_links).values(sealed(connection, sign_in_links, values)))
    return token


def find_link(connection: Connection, token: str, now: str) -> SignInLink | None:
    """Return this token's link, None if it isn't good: unknown, spent, too old, or forged."""
    row = connection.execute(_good(token, now)).one_or_none()
    if row is None or not checks(connection, sign_in_links, row._asdict()):
        return None
    return SignInLink(row.person, row.name, row.expires_at)


def spend_link(connection: Connection, token: str, now: str) -> SignInLink | None:
    """Spend a link; of several who try at once, one gets it and the others get None.

    The update's own condition decides, so it needs no lock on any database.
    """
    link = find_link(connection, token, now)
    if link is None:
        return None
    spent = connection.execute(
        update(sign_in_links)
        .where(sign_in_links.c.token_hash == token_hash(token), sign_in_links.c.spent_at.is_(None))
        .values(spent_at=now)
    )
    return link if spent.rowcount == 1 else None


def withdraw_links(connection: Connection, person: str, now: str) -> int:
    """Spend all links of a person that are still good; return how many there were."""
    return connection.execute(
        update(sign_in_links)
        .where(sign_in_links.c.person == person, sign_in_links.c.spent_at.is_(None))
        .values(spent_at=now)
    ).rowcount


def _good(token: str, now: str) -> Select[Any]:
    return (
        select(sign_in_links, people.c.name)
        .join(people, people.c.person == sign_in_links.c.person)
        .where(
            sign_in_links.c.token_hash == token_hash(token),
            sign_in_links.c.spent_at.is_(None),
            sign_in_links.c.expires_at > now,
            or_(people.c.until.is_(None), people.c.until > now),
        )
    )
