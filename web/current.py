"""Who asks: the person of this request, from one query."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, cast

from flask import g, request

from definitions.canonical import Json
from definitions.clock import parse
from store.access.sessions import Visitor, find_visitor, touch_session
from web.services import for_last_seen, now, services, settings
from web.single_use import carries_token

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

_SEEN_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Person:
    """Who is signed in, as the directory says at the time of this request.

    Attributes:
        id: The person's id.
        roles: The ids of the roles that they hold now, sorted.
        language: The language that they read (BCP 47).
        auth: How and when they signed in: the `auth` of their acts.
        session: The session's id (no secret).
        has_password: Whether they have chosen a password.
    """

    id: str
    name: str
    roles: tuple[str, ...]
    language: str
    auth: Mapping[str, Json]
    session: str
    has_password: bool


def session_cookie() -> str:
    """Return the cookie's name; with https no other host can set it (`__Host-`)."""
    return "__Host-session" if settings().secure else "session"


def session_token() -> str:
    """Return the session's token as the browser sent it, "" if it sent none."""
    return request.cookies.get(session_cookie(), "")


def current_person() -> Person | None:
    """Return who asks, None if nobody is signed in; asks the database once a request."""
    if "person" not in g:
        g.person = _find()
    return cast("Person | None", g.person)


def signed_in() -> Person:
    """Return who asks, in a view that only those who are signed in get to.

    From a mail's link, in a view that has checked it, this is the person whose link it is.

    Raises:
        LookupError: Nobody is; then the view's declaration is wrong.
    """
    person = cast("Person | None", g.get("acting_for")) or current_person()
    if person is None:
        raise LookupError("nobody is signed in: this view must be declared SIGNED_IN")
    return person


def give_session(response: Response, token: str) -> None:
    """Give the browser the token of a session that has just begun."""
    response.set_cookie(
        session_cookie(),
        token,
        max_age=settings().session_hours * 3600,
        path="/",
        secure=settings().secure,
        httponly=True,
        samesite="Lax",
    )


def take_session(response: Response) -> None:
    """Tell the browser to forget the session's token."""
    response.delete_cookie(
        session_cookie(), path="/", secure=settings().secure, httponly=True, samesite="Lax"
    )


def _find() -> Person | None:
    token = session_token()
    if not token:
        return None
    with services().database.reading() as connection:
        visitor = find_visitor(connection, token, now(), settings().session_idle_minutes)
    if visitor is None:
        return None
    _touch(visitor)
    return Person(
        id=visitor.person,
        name=visitor.name,
        roles=visitor.roles,
        language=visitor.language,
        auth=visitor.auth,
        session=visitor.session,
        has_password=visitor.has_password,
    )


def _touch(visitor: Visitor) -> None:
    if not carries_token() and parse(now()) - parse(visitor.seen_at) >= _SEEN_EVERY:
        with for_last_seen().writing() as connection:
            touch_session(connection, visitor.session, now())
