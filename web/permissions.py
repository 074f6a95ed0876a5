"""Who may ask for which page. A route that doesn't say so keeps the application from starting.

What is declared here is about pages only. What a person may do in a case is the policy's to say
(`definitions`), and is asked again by the view, the workflow and the commit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from flask import redirect, request, url_for

from definitions.refusals import Refusal
from web.current import current_person
from web.next_page import next_of_request
from web.refused import Refused
from web.services import settings
from web.typed import typed_rows

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.wrappers import Response

    from web.current import Person

View = TypeVar("View", bound=Callable[..., Any])
_MARK = "_countersign_allowed"
_BEFORE_A_PASSWORD = frozenset(
    {
        "account.password",
        "account.set_password_now",
        "access.sign_out",
        "access.sign_out_everywhere",
    }
)


class UndeclaredRouteError(RuntimeError):
    """A route doesn't say who may ask for it."""


@dataclass(frozen=True)
class Allowed:
    """Who may ask for a page.

    Attributes:
        signed_in: Whether one must be signed in.
        roles: If any, the roles one of which one must hold.
    """

    signed_in: bool
    roles: frozenset[str] = frozenset()

    def admits(self, person: Person | None) -> bool:
        """Say whether this visitor may."""
        if person is None:
            return not self.signed_in
        return not self.roles or not self.roles.isdisjoint(person.roles)


ANYONE = Allowed(signed_in=False)
SIGNED_IN = Allowed(signed_in=True)


def roles(*ids: str) -> Allowed:
    """Return the declaration for those who hold one of these roles."""
    return Allowed(signed_in=True, roles=frozenset(ids))


def allow(who: Allowed) -> Callable[[View], View]:
    """Declare who may ask for a view; stands below the route's decorator."""

    def declare(view: View) -> View:
        setattr(view, _MARK, who)
        return view

    return declare


def allowed(app: Flask, endpoint: str) -> Allowed:
    """Return who may ask for an endpoint.

    Raises:
        UndeclaredRouteError: It doesn't say so.
    """
    who = getattr(app.view_functions[endpoint], _MARK, None)
    if not isinstance(who, Allowed):
        raise UndeclaredRouteError(
            f"The route {endpoint!r} doesn't say who may ask for it: put @allow(...) on its view."
        )
    return who


def hold(app: Flask) -> None:
    """Check that every route says who may ask for it, and hold each request to that.

    Raises:
        UndeclaredRouteError: One doesn't.
    """
    for rule in app.url_map.iter_rules():
        allowed(app, rule.endpoint)
    app.before_request(lambda: _check(app))


def _check(app: Flask) -> Response | None:
    if request.endpoint is None:
        return None
    who = allowed(app, request.endpoint)
    if who == ANYONE:
        return None
    person = current_person()
    if person is None:
        return _ask_to_sign_in()
    if not who.admits(person):
        raise Refused(_not_yours(), 403, heading="This page isn't for you.")
    return _first_a_password(person)


def _ask_to_sign_in() -> Response:
    if request.method in {"GET", "HEAD"}:
        return redirect(url_for("access.sign_in", next=next_of_request()), 303)
    refusal = Refusal(
        code="signed-out",
        sentence="You aren't signed in, or your session has ended. Nothing was done.",
        remedy="Copy what you typed from below, sign in, and send it again.",
    )
    raise Refused(refusal, 401, heading="Your session has ended.", typed=typed_rows())


def _not_yours() -> Refusal:
    return Refusal(
        code="not-allowed",
        sentence="You may not see this page: it is for people with another role.",
        remedy="If you hold that role, ask your team leader whether the directory says so.",
    )


def _first_a_password(person: Person) -> Response | None:
    put_off = person.has_password or not settings().password_required
    if put_off or request.endpoint in _BEFORE_A_PASSWORD:
        return None
    return redirect(url_for("account.password"), 303)
