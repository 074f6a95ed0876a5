"""The one layer below every page: opening it changes nothing, whoever or whatever opens it.

Mail scanners, previews, prefetching browsers and a page's own redirects open addresses as they
like. So a safe request (RFC 9110, 9.2.1) to any route is given a database that refuses to write:
asked of the method alone, it holds for links that nobody has thought of yet, sign-in links
included. One thing is noted when somebody who is signed in reads, that their session is in use;
at an address that holds a token not even that, and its answer tells no other server the address.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

from flask import g, request

from store.access.tokens import LINKS
from store.database import Database

if TYPE_CHECKING:
    from flask import Flask

TOKEN = "token"  # noqa: S105 - the name of a part of addresses
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


class ChangesNothingError(RuntimeError):
    """A view tried to write while something was only opened: a fault of ours."""


class OpenedOnly(Database):
    """A database that only reads, over the connections of another."""

    def __init__(self, database: Database) -> None:
        self.__dict__.update(database.__dict__)

    def writing(self) -> NoReturn:
        """Refuse.

        Raises:
            ChangesNothingError: always.
        """
        raise ChangesNothingError("opening a page changes nothing")


def hold(app: Flask) -> None:
    """Hold every request to it; before anything else looks at the request."""
    app.before_request(_note)


def carries_token() -> bool:
    """Say whether this request's address holds a token, also one that leads nowhere with it."""
    return TOKEN in (request.view_args or {}) or request.path.startswith(LINKS)


def changes_nothing() -> bool:
    """Say whether this request only opens something."""
    return bool(g.get("changes_nothing"))


def _note() -> None:
    g.changes_nothing = request.method in SAFE
