"""Signing in and out. A GET changes nothing here: only a form that was sent does."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from store.access.links import find_link
from web.access.devices import remember_device
from web.access.pages import WRONG, link_page, sign_in_page, spent_link_page
from web.access.signing_in import Begun, by_link, by_password, leave, leave_everywhere
from web.current import current_person, give_session, take_session
from web.errors import log_refusal
from web.frame import home_url
from web.limits import limit_bad_links
from web.next_page import local_path
from web.permissions import ANYONE, SIGNED_IN, allow
from web.services import now, services

blueprint = Blueprint("access", __name__)


@blueprint.get("/sign-in")
@allow(ANYONE)
def sign_in() -> AnyResponse | str:
    """Show the form for address and password; who is signed in goes on."""
    then = local_path(request.args.get("next", ""))
    if current_person() is not None:
        return redirect(then or home_url(), 303)
    page = sign_in_page(then=then)
    return render_template(page.template, page=page)


@blueprint.post("/sign-in")
@allow(ANYONE)
def sign_in_now() -> AnyResponse:
    """Begin a session, if address and password belong together."""
    address, then = request.form.get("address", ""), local_path(request.form.get("next", ""))
    begun = by_password(address, request.form.get("password", ""))
    if begun is None:
        log_refusal("sign-in-password", status=422)
        page = sign_in_page(address=address, then=then, problem=WRONG)
        return make_response(render_template(page.template, page=page), 422)
    return _with_session(redirect(then or home_url(), 303), begun)


@blueprint.get("/sign-in/<token>")
@allow(ANYONE)
def link(token: str) -> Response:
    """Say for whom a link is; nothing is spent."""
    with services().database.reading() as connection:
        found = find_link(connection, token, now())
    page = link_page(token, found) if found else spent_link_page()
    return make_response(render_template(page.template, page=page), 200 if found else 410)


@blueprint.post("/sign-in/<token>")
@allow(ANYONE)
def spend_link_now(token: str) -> AnyResponse:
    """Spend a link and begin a session; of several at once, one gets it."""
    begun = by_link(token)
    if begun is None:
        limit_bad_links()
        log_refusal("sign-in-link", status=410)
        page = spent_link_page()
        return make_response(render_template(page.template, page=page), 410)
    onward = home_url() if begun.password else url_for("account.password")
    return _with_session(redirect(onward, 303), begun)


@blueprint.post("/sign-out")
@allow(SIGNED_IN)
def sign_out() -> AnyResponse:
    """End this session."""
    leave()
    return _without_session()


@blueprint.post("/sign-out-everywhere")
@allow(SIGNED_IN)
def sign_out_everywhere() -> AnyResponse:
    """End all sessions of this person, this one too."""
    leave_everywhere()
    return _without_session()


def _with_session(response: AnyResponse, begun: Begun) -> AnyResponse:
    give_session(response, begun.token)
    remember_device(response, begun.person, begun.password)
    return response


def _without_session() -> AnyResponse:
    response = redirect(url_for("access.sign_in"), 303)
    take_session(response)
    return response
