"""People, teams and access lists, each with its history and as it stood on a day.

Every Member sees them: that it is known who holds what is what signing rests on (9.1.5).
"""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from definitions.organisation import load_organisation
from definitions.rules.seeing import MEMBER
from store.queries.community import find_known
from web.people.pages import (
    list_page,
    lists_page,
    people_page,
    person_page,
    team_page,
    teams_page,
)
from web.permissions import allow, roles
from web.presenters.people import units
from web.services import services

blueprint = Blueprint("people", __name__)


@blueprint.get("/people")
@allow(roles(MEMBER))
def everybody() -> str:
    """Show everybody, or those whose name one searched for."""
    with services().database.reading() as connection:
        page = people_page(connection)
    return render_template(page.template, page=page)


@blueprint.get("/people/<id_>")
@allow(roles(MEMBER))
def person(id_: str) -> str:
    """Show what somebody holds, and their history."""
    with services().database.reading() as connection:
        known = find_known(connection, id_)
        if known is None:
            abort(404)
        page = person_page(connection, known)
    return render_template(page.template, page=page)


@blueprint.get("/teams")
@allow(roles(MEMBER))
def teams() -> str:
    """Show the teams, the groups and the bodies."""
    with services().database.reading() as connection:
        page = teams_page(connection)
    return render_template(page.template, page=page)


@blueprint.get("/teams/<id_>")
@allow(roles(MEMBER))
def team(id_: str) -> str:
    """Show who is in a team, group or body."""
    unit = next((one for one in units() if one.id == id_), None)
    if unit is None:
        abort(404)
    with services().database.reading() as connection:
        page = team_page(connection, unit)
    return render_template(page.template, page=page)


@blueprint.get("/lists")
@allow(roles(MEMBER))
def lists() -> str:
    """Show the access lists (3.4.2)."""
    with services().database.reading() as connection:
        page = lists_page(connection)
    return render_template(page.template, page=page)


@blueprint.get("/lists/<id_>")
@allow(roles(MEMBER))
def access_list(id_: str) -> str:
    """Show who is on an access list."""
    known = next((one for one in load_organisation().access_lists if one.id == id_), None)
    if known is None:
        abort(404)
    with services().database.reading() as connection:
        page = list_page(connection, known)
    return render_template(page.template, page=page)
