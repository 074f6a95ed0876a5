"""What is published, for anybody: the lists, what stands on them, and a feed of each.

Nobody has to be signed in, and who is sees nothing more here than anybody else.
"""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template, request

from definitions.publishing import RULINGS
from web.permissions import ANYONE, allow
from web.public.feed import MEDIA_TYPE, feed
from web.public.pages import (
    cases_page,
    feed_of_cases,
    feed_of_rulings,
    find_list,
    public_page,
    published_case,
    published_ruling,
    rulings_page,
)
from web.reading import from_text

blueprint = Blueprint("public", __name__)


@blueprint.get("/public")
@allow(ANYONE)
def everything() -> str:
    """Show which lists there are."""
    page = public_page()
    return render_template(page.template, page=page)


@blueprint.get("/public/<list_>.atom")
@allow(ANYONE)
def atom(list_: str) -> Response:
    """Answer with a list's feed (RFC 4287)."""
    if list_ == RULINGS:
        return Response(feed(feed_of_rulings()), content_type=MEDIA_TYPE)
    found = find_list(list_)
    if found is None:
        abort(404)
    return Response(feed(feed_of_cases(found)), content_type=MEDIA_TYPE)


@blueprint.get("/public/<list_>")
@allow(ANYONE)
def one_list(list_: str) -> str:
    """Show a list, the newest first."""
    before = from_text(request.args.get("before", ""), 2)
    found = find_list(list_)
    if found is None and list_ != RULINGS:
        abort(404)
    page = rulings_page(before) if found is None else cases_page(found, before)
    return render_template(page.template, page=page)


@blueprint.get(f"/public/{RULINGS}/<number>/<int:which>")
@allow(ANYONE)
def ruling(number: str, which: int) -> str:
    """Show a ruling; it stands here for good."""
    page = published_ruling(number, which)
    return render_template(page.template, page=page)


@blueprint.get("/public/<list_>/<number>")
@allow(ANYONE)
def case(list_: str, number: str) -> str:
    """Show what is published of a case; it stands here for good."""
    page = published_case(list_, number)
    return render_template(page.template, page=page)
