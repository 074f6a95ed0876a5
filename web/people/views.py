"""A person's page. Every Member sees it: that roles are known is what signing rests on (9.1.5)."""

from __future__ import annotations

from flask import Blueprint, abort, render_template

from definitions.rules.seeing import MEMBER
from store.queries.community import find_known, grants_of
from web.frame import frame
from web.page_models import PersonPage
from web.permissions import allow, roles
from web.presenters.desk import person_page
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
    return person_page(who, known, grants, now(), frame())
