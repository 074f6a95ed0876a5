"""What one's own page tells of the directory, beside what `store.directory` answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import or_, select

from store.tables.people import grants

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True)
class RoleHeld:
    """A role that somebody holds, since when (a stamp), and by whose number ("": not said)."""

    role: str
    since: str
    authority: str


def roles_since(connection: Connection, person: str, at: str) -> tuple[RoleHeld, ...]:
    """Return the roles that a person holds at a time, by id."""
    rows = connection.execute(
        select(grants.c.role, grants.c.since, grants.c.authority)
        .where(
            grants.c.person == person,
            grants.c.since <= at,
            or_(grants.c.until.is_(None), grants.c.until > at),
        )
        .order_by(grants.c.role, grants.c.since)
    )
    return tuple(RoleHeld(row.role, row.since, row.authority or "") for row in rows)
