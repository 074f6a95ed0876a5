"""A person's page. Every Member sees it: that roles are known is what signing rests on (9.1.5)."""

from __future__ import annotations

from dataclasses import replace

from flask import Blueprint, abort, render_template
from sqlalchemy import Connection

from definitions.organisation import load_organisation
from definitions.rules.seeing import MEMBER
from store.delivery import bounces_of
from store.directory import person as person_of
from store.queries.community import find_known, grants_of
from web.frame import frame
from web.page_models import PersonPage
from web.permissions import allow, roles
from web.presenters.desk import person_page, unreached
from web.presenters.reader import Reader
from web.reading import reader
from web.services import now, services

blueprint = Blueprint("people", __name__)


@blueprint.get("/people/<id_>")
@allow(roles(MEMBER))
def person(id_: str) -> str:
    """Show somebody's roles."""
    page = _page(id_)
    return render_template(page.template, page=page)


def _page(id_: str) -> PersonPage:
    with services().database.reading() as connection:
        known = find_known(connection, id_)
        if known is None:
            abort(404)
        who = reader(connection)
        grants = grants_of(connection, id_)
        sentence = _unreached(connection, who, id_)
    page = person_page(who, known, grants, now(), frame())
    return replace(page, unreached=sentence)


def _unreached(connection: Connection, who: Reader, id_: str) -> str:
    """Return that mail doesn't reach somebody, to those who lead a team or sit on a body."""
    organisation = load_organisation()
    should_know = {team.leader for team in organisation.teams}
    should_know |= {body.member for body in organisation.bodies}
    found = person_of(connection, id_, now())
    if found is None or not should_know & who.roles:
        return ""
    return unreached(bounces_of(connection, found.addresses[:1]))
