"""What signing in and out does: a session always begins with a fresh token, the old one ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from store.access.links import spend_link
from store.access.passwords import account_of, password_of
from store.access.sessions import begin_session, end_session, end_sessions_of
from store.access.tokens import token_hash
from web.access.devices import known_device
from web.current import session_token, signed_in
from web.errors import log_access
from web.limits import limit_password
from web.services import now, passwords, services, settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from definitions.canonical import Json

PASSWORD = "password"  # noqa: S105 - the name of a way to sign in
LINK = "sign-in-link"
_NAMED = 12
"""So many characters of a session's id name it in the security log."""


@dataclass(frozen=True)
class Begun:
    """A session that has just begun: whose, its token, and their password as it is kept."""

    person: str
    token: str
    password: str | None


def by_password(address: str, password: str) -> Begun | None:
    """Begin a session for who has this address and password.

    None if they don't belong together. An unknown address, a person without a password and a
    wrong password take the same way and the same time.

    Raises:
        Refused: There were too many tries.
    """
    with services().database.reading() as connection:
        account = account_of(connection, address, now())
    limit_password(address, known_device(account.person, account.password) if account else "")
    right = passwords().matches(account.password if account else None, password)
    if account is None or not right:
        return None
    with services().database.writing() as connection:
        token = begin(connection, account.person, {"kind": PASSWORD, "at": now()})
    _log_sign_in(account.person, PASSWORD, token)
    return Begun(account.person, token, account.password)


def by_link(token: str) -> Begun | None:
    """Spend a link and begin a session in one transaction; None if the link isn't good."""
    with services().database.writing() as connection:
        link = spend_link(connection, token, now())
        if link is None:
            return None
        password = password_of(connection, link.person)
        session = begin(connection, link.person, {"kind": LINK, "at": now()})
    _log_sign_in(link.person, LINK, session)
    return Begun(link.person, session, password)


def begin(connection: Connection, person: str, auth: Mapping[str, Json]) -> str:
    """Begin a session in place of the one that the browser came with; return its token."""
    if session_token():
        end_session(connection, token_hash(session_token()))
    return begin_session(connection, person, auth, now(), settings().session_hours)


def leave() -> None:
    """End this session."""
    person = signed_in()
    with services().database.writing() as connection:
        end_session(connection, person.session)
    log_access("signed-out", person.id, session=person.session[:_NAMED])


def leave_everywhere() -> None:
    """End all sessions of this person."""
    person = signed_in()
    with services().database.writing() as connection:
        ended = end_sessions_of(connection, person.id)
    log_access("signed-out-everywhere", person.id, sessions=ended)


def _log_sign_in(person: str, how: str, session: str) -> None:
    log_access("signed-in", person, how=how, session=token_hash(session)[:_NAMED])
