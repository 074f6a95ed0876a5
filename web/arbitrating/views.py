"""The Arbitrator's desk: all open cases, and in which of theirs somebody rules on them."""

from __future__ import annotations

from flask import Blueprint, render_template

from web.arbitrating.pages import ARBITRATOR, desk_page
from web.permissions import allow, roles
from web.services import services

blueprint = Blueprint("arbitrating", __name__)


@blueprint.get("/arbitrator")
@allow(roles(ARBITRATOR))
def desk() -> str:
    """Show the desk."""
    with services().database.reading() as connection:
        page = desk_page(connection)
    return render_template(page.template, page=page)
