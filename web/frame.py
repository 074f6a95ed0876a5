"""What surrounds every page: the organisation, the places one may go to, who is signed in."""

from __future__ import annotations

from flask import current_app, request, url_for

from web.assets import static_url
from web.current import Person, current_person
from web.page_models import Frame, NavLink, Notice, Viewer
from web.permissions import allowed
from web.services import settings
from web.single_use import carries_token
from web.words import role_title

PLACES = (
    ("Inbox", "inbox.inbox"),
    ("Open a case", "opening.choose"),
    ("Arbitrator", "arbitrating.desk"),
    ("People", "people.everybody"),
    ("Outbox", "outbox.outbox"),
    ("Operator", "operator.operator"),
    ("Operators' acts", "operator.acts"),
)
"""The navigation: label and endpoint. A place that the reader may not go to isn't shown."""


def frame(notice: Notice | None = None, waiting: int = 0) -> Frame:
    """Return the frame of this request's page.

    Args:
        notice: A sentence about what has just been done.
        waiting: How many things wait in the inbox, where the page knows.
    """
    person = current_person()
    return Frame(
        organisation=settings().organisation,
        home_url=home_url(),
        stylesheet_url=static_url("countersign.css"),
        nav=_nav(person, waiting),
        viewer=_viewer(person),
        sign_in_url="" if person else url_for("access.sign_in"),
        sign_out_url=url_for("access.sign_out"),
        notice=notice,
        public_url="" if carries_token() else url_for("public.everything"),
    )


def home_url() -> str:
    """Return the first place: the inbox."""
    for _, endpoint in PLACES:
        if endpoint in current_app.view_functions:
            return url_for(endpoint)
    return url_for("account.me")


def _nav(person: Person | None, waiting: int) -> tuple[NavLink, ...]:
    if person is None:
        return ()
    return tuple(
        NavLink(
            label=label,
            url=url_for(endpoint),
            current=request.endpoint == endpoint,
            count=waiting if endpoint == PLACES[0][1] else 0,
        )
        for label, endpoint in PLACES
        if endpoint in current_app.view_functions and allowed(current_app, endpoint).admits(person)
    )


def _viewer(person: Person | None) -> Viewer | None:
    if person is None:
        return None
    roles = tuple(role_title(role, person.language) for role in person.roles)
    return Viewer(name=person.name, url=url_for("account.me"), roles=roles)
