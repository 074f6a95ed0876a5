"""What views work with, handed in by `worker` once and found again from within a request."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, cast

from flask import current_app, g, has_request_context

from definitions.clock import Clock, stamp
from definitions.loader import Library
from store.access.forged import Teller
from store.access.passwords import Passwords
from store.database import Database
from store.signatures import SigningKey
from web.gateway import CaseGateway
from web.security_log import SecurityLog
from web.settings import WebSettings
from web.single_use import OpenedOnly, changes_nothing

if TYPE_CHECKING:
    from flask import Flask

_NAME = "countersign"


def _tell_nobody(_case: str) -> None:
    """Leave it to the sweep."""


@dataclass(frozen=True)
class Services:
    """What the web is given.

    Attributes:
        database: The store; made after the process has forked.
        library: The definitions that cases can be opened of.
        clock: The one clock.
        signing_key: The web's key, with which it signs people's acts.
        cases: The way to the cases.
        security_log: Where what was refused is kept.
        look: Tells a case that something waits for it in the store. Nothing hangs on it: the sweep
            tells it as well.
        link_key: The public half of the key that signs mails' links, as JWK; without it none is
            good.
    """

    database: Database
    library: Library
    clock: Clock
    signing_key: SigningKey
    cases: CaseGateway
    security_log: SecurityLog
    look: Callable[[str], None] = _tell_nobody
    link_key: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class _Web:
    settings: WebSettings
    services: Services
    passwords: Passwords


def install(app: Flask, settings: WebSettings, services: Services) -> None:
    """Keep settings and services where the functions below find them."""
    # Rows that the web meets go into the web's own lines.
    tell = Teller(services.database, services.clock, services.security_log.record)
    services.database.tell_forged(tell)
    app.extensions[_NAME] = _Web(settings, services, Passwords(settings.password_cost))


def _web() -> _Web:
    return cast("_Web", current_app.extensions[_NAME])


def settings() -> WebSettings:
    """Return the settings of the application that answers this request."""
    return _web().settings


def services() -> Services:
    """Return the services of the application that answers this request.

    Where something is only opened, their database refuses to write (`web.single_use`).
    """
    found = _web().services
    if not (has_request_context() and changes_nothing()):
        return found
    if "reading_services" not in g:
        g.reading_services = replace(found, database=OpenedOnly(found.database))
    return cast("Services", g.reading_services)


def for_last_seen() -> Database:
    """Return the database for the one thing that may be noted when a page is only opened."""
    return _web().services.database


def passwords() -> Passwords:
    """Return what makes and checks hashes of passwords."""
    return _web().passwords


def now() -> str:
    """Return the time of this request (a stamp): one and the same throughout it."""
    if not has_request_context():
        return stamp(services().clock.now())
    if "now" not in g:
        g.now = stamp(services().clock.now())
    return cast("str", g.now)
