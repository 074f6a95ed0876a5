"""Sessions: begun at sign-in, found by the cookie's token, ended by people or by time."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, delete, insert, or_, select, update

from definitions.canonical import Json, canonical
from definitions.clock import parse, stamp
from store.access.seals import checks, sealed
from store.access.tokens import new_token, token_hash
from store.tables.access import credentials, sessions
from store.tables.people import grants, people

if TYPE_CHECKING:
    from sqlalchemy import Connection, Row, Select


@dataclass(frozen=True)
class Visitor:
    """A session with its person, as one query finds them. Times are stamps.

    Attributes:
        session: The session's id (the hash of its token; no secret).
        auth: How and when they signed in; the `auth` of acts made in this session.
        person: The person's id.
        roles: The roles that they hold now, sorted.
        has_password: Whether they have chosen one.
    """

    session: str
    auth: Mapping[str, Json]
    created_at: str
    seen_at: str
    expires_at: str
    person: str
    name: str
    language: str
    roles: tuple[str, ...]
    has_password: bool


@dataclass(frozen=True)
class SessionLine:
    """One of a person's sessions, for their own page."""

    session: str
    auth: Mapping[str, Json]
    created_at: str
    seen_at: str


def begin_session(
    connection: Connection, person: str, auth: Mapping[str, Json], now: str, hours: int
) -> str:
    """Begin a session and return its token, for the cookie; only the token's hash is kept."""
    connection.execute(delete(sessions).where(sessions.c.expires_at <= now))
    token = new_token()
    values = {
        "token_hash": token_hash(token),
        "person": person,
        "auth": canonical(dict(auth)).decode(),
        "created_at": now,
        "seen_at": now,
        "expires_at": stamp(parse(now) + timedelta(hours=hours)),
    }
    connection.execute(insert(sessions).values(sealed(connection, sessions, values)))
    return token


def find_visitor(connection: Connection, token: str, now: str, idle_minutes: int) -> Visitor | None:
    """Return who has this session, with their roles: one query.

    None if there is no such session, if it is too old or has been idle for too long, if we didn't
    make it so, or if the person has left the community. A password that wasn't set here is none.
    """
    rows = connection.execute(_visitor_query(token, now, idle_minutes)).all()
    if not rows or not checks(connection, sessions, rows[0]._asdict()):
        return None
    return _visitor(rows, has_password=_has_password(connection, rows[0]))


def touch_session(connection: Connection, session: str, now: str) -> None:
    """Note that a session is in use."""
    connection.execute(update(sessions).where(sessions.c.token_hash == session).values(seen_at=now))


def end_session(connection: Connection, session: str) -> bool:
    """End a session by its id; say whether there was one."""
    ended = connection.execute(delete(sessions).where(sessions.c.token_hash == session))
    return ended.rowcount == 1


def end_sessions_of(connection: Connection, person: str, *, but: str = "") -> int:
    """End all sessions of a person, `but` one (its id); return how many."""
    return connection.execute(
        delete(sessions).where(sessions.c.person == person, sessions.c.token_hash != but)
    ).rowcount


def sessions_of(
    connection: Connection, person: str, now: str, idle_minutes: int
) -> tuple[SessionLine, ...]:
    """Return a person's living sessions, the one used last first."""
    rows = connection.execute(
        select(sessions)
        .where(sessions.c.person == person, *_alive(now, idle_minutes))
        .order_by(sessions.c.seen_at.desc(), sessions.c.token_hash)
    )
    return tuple(
        SessionLine(row.token_hash, json.loads(row.auth), row.created_at, row.seen_at)
        for row in rows.all()
        if checks(connection, sessions, row._asdict())
    )


def _alive(now: str, idle_minutes: int) -> tuple[Any, Any]:
    idle_since = stamp(parse(now) - timedelta(minutes=idle_minutes))
    return sessions.c.expires_at > now, sessions.c.seen_at > idle_since


def _visitor_query(token: str, now: str, idle_minutes: int) -> Select[Any]:
    held = and_(
        grants.c.person == sessions.c.person,
        grants.c.since <= now,
        or_(grants.c.until.is_(None), grants.c.until > now),
    )
    return (
        select(
            sessions,
            people.c.name,
            people.c.language,
            grants.c.role,
            credentials.c.password,
            credentials.c.changed_at,
            credentials.c.mac.label("password_mac"),
        )
        .join(people, people.c.person == sessions.c.person)
        .outerjoin(grants, held)
        .outerjoin(credentials, credentials.c.person == sessions.c.person)
        .where(
            sessions.c.token_hash == token_hash(token),
            *_alive(now, idle_minutes),
            or_(people.c.until.is_(None), people.c.until > now),
        )
    )


def _has_password(connection: Connection, row: Row[Any]) -> bool:
    if row.password is None:
        return False
    stored = {"person": row.person, "password": row.password, "changed_at": row.changed_at}
    return checks(connection, credentials, {**stored, "mac": row.password_mac})


def _visitor(rows: Sequence[Row[Any]], *, has_password: bool) -> Visitor:
    first = rows[0]
    return Visitor(
        session=first.token_hash,
        auth=json.loads(first.auth),
        created_at=first.created_at,
        seen_at=first.seen_at,
        expires_at=first.expires_at,
        person=first.person,
        name=first.name,
        language=first.language,
        roles=tuple(sorted({row.role for row in rows if row.role is not None})),
        has_password=has_password,
    )
