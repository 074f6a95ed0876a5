"""What views work with, handed in by `worker` once and found again from within a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from flask import current_app, g, has_request_context

from definitions.clock import Clock, stamp
from definitions.loader import Library
from store.access.passwords import Passwords
from store.database import Database
from store.signatures import SigningKey
from web.gateway import CaseGateway
from web.security_log import SecurityLog
from web.settings import WebSettings

if TYPE_CHECKING:
    from flask import Flask

_NAME = "countersign"


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
    """

    database: Database
    library: Library
    clock: Clock
    signing_key: SigningKey
    cases: CaseGateway
    security_log: SecurityLog


@dataclass(frozen=True)
class _Web:
    settings: WebSettings
    services: Services
    passwords: Passwords


def install(app: Flask, settings: WebSettings, services: Services) -> None:
    """Keep settings and services where the functions below find them."""
    app.extensions[_NAME] = _Web(settings, services, Passwords(settings.password_cost))


def _web() -> _Web:
    return cast("_Web", current_app.extensions[_NAME])


def settings() -> WebSettings:
    """Return the settings of the application that answers this request."""
    return _web().settings


def services() -> Services:
    """Return the services of the application that answers this request."""
    return _web().services


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
