"""Passwords: argon2id (RFC 9106), one for each person who has chosen one."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import or_, select

from store.access.seals import checks, sealed
from store.inserting import put_row
from store.tables.access import credentials
from store.tables.people import addresses, people

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True)
class HashingCost:
    """What hashing a password costs; the defaults are what OWASP asks for at the least.

    Attributes:
        memory_kib: Memory for each hash, in KiB.
        passes: How often the memory is gone through.
        lanes: How many threads a hash uses.
    """

    memory_kib: int = 19 * 1024
    passes: int = 2
    lanes: int = 1


@dataclass(frozen=True)
class Account:
    """Whose an address is, with the password's hash; None where none was chosen."""

    person: str
    password: str | None


class Passwords:
    """Makes and checks hashes. A check takes the same time whether there is a hash or not."""

    def __init__(self, cost: HashingCost) -> None:
        self._hasher = PasswordHasher(
            time_cost=cost.passes,
            memory_cost=cost.memory_kib,
            parallelism=cost.lanes,
            type=Type.ID,
        )
        self._nobodys = self._hasher.hash(secrets.token_urlsafe())

    def hash(self, password: str) -> str:
        """Return the hash of a password, with its parameters and a fresh salt."""
        return self._hasher.hash(password)

    def matches(self, encoded: str | None, password: str) -> bool:
        """Say whether a password is the one of a hash; for None it works as long and says no."""
        try:
            self._hasher.verify(encoded or self._nobodys, password)
        except (VerificationError, InvalidHashError):
            return False
        return encoded is not None


def account_of(connection: Connection, address: str, now: str) -> Account | None:
    """Return whose an address is, if they are of the community now.

    Args:
        connection: Any.
        address: As typed; blanks around it and case don't matter.
        now: The time, as a stamp.
    """
    row = connection.execute(
        select(
            addresses,
            credentials.c.password,
            credentials.c.changed_at,
            credentials.c.mac.label("password_mac"),
        )
        .join(people, addresses.c.person == people.c.person)
        .outerjoin(credentials, credentials.c.person == people.c.person)
        .where(
            addresses.c.address == address.strip().lower(),
            or_(people.c.until.is_(None), people.c.until > now),
        )
    ).one_or_none()
    if row is None or not checks(connection, addresses, row._asdict()):
        return None
    stored = {"person": row.person, "password": row.password, "changed_at": row.changed_at}
    return Account(row.person, _ours(connection, {**stored, "mac": row.password_mac}))


def password_of(connection: Connection, person: str) -> str | None:
    """Return the hash of a person's password, None if they have none."""
    row = connection.execute(
        select(credentials).where(credentials.c.person == person)
    ).one_or_none()
    return None if row is None else _ours(connection, row._asdict())


def set_password(connection: Connection, person: str, encoded: str, now: str) -> None:
    """Keep a person's password, as `Passwords.hash` gave it, in place of the one before."""
    values = {"person": person, "password": encoded, "changed_at": now}
    put_row(connection, credentials, sealed(connection, credentials, values))


def seal_passwords(connection: Connection) -> int:
    """Seal the passwords from before there were seals; return how many there were.

    Whoever calls this vouches for them: it is done once, when the tables get their seals.
    """
    old = connection.execute(select(credentials).where(credentials.c.mac.is_(None))).all()
    for row in old:
        mended = sealed(connection, credentials, row._asdict())
        put_row(connection, credentials, mended)
    return len(old)


def _ours(connection: Connection, row: Mapping[str, Any]) -> str | None:
    """Return the hash of a stored password, None if there is none or it wasn't set here."""
    if row["password"] is None or not checks(connection, credentials, row):
        return None
    return str(row["password"])
