"""One's own page, and one's password."""

from __future__ import annotations

from flask import Blueprint, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from store.delivery import choose_digest
from web.access.devices import remember_device
from web.account.absences import posted_away, posted_back
from web.account.pages import DAILY, my_page, password_page
from web.account.passwords import choose, current_is_right, must_say_current, problems_with
from web.current import give_session, signed_in
from web.errors import log_refusal
from web.frame import home_url
from web.limits import limit_current_password
from web.page_models import Problem
from web.permissions import SIGNED_IN, allow
from web.services import now, services

blueprint = Blueprint("account", __name__)


@blueprint.get("/me")
@allow(SIGNED_IN)
def me() -> str:
    """Show one's own page."""
    page = my_page(signed_in())
    return render_template(page.template, page=page)


@blueprint.post("/me/mail")
@allow(SIGNED_IN)
def choose_mail() -> Response:
    """Keep how mail should reach one: each by itself, or one a day."""
    daily = request.form.get("mail") == DAILY
    with services().database.writing() as connection:
        choose_digest(connection, signed_in().id, now(), digest=daily)
    return redirect(url_for("account.me"), 303)


@blueprint.post("/me/away")
@allow(SIGNED_IN)
def away() -> Response:
    """Record that one is away, from which day until which."""
    return _after_absence(posted_away())


@blueprint.post("/me/back")
@allow(SIGNED_IN)
def back() -> Response:
    """Record that one is back, or won't be away after all."""
    return _after_absence(posted_back())


def _after_absence(problems: tuple[Problem, ...]) -> Response:
    if not problems:
        return redirect(url_for("account.me", _anchor="away"), 303)
    page = my_page(signed_in(), problems)
    return make_response(render_template(page.template, page=page), 422)


@blueprint.get("/password")
@allow(SIGNED_IN)
def password() -> str:
    """Show the form for a password."""
    page = password_page(signed_in(), ask_current=must_say_current(signed_in()))
    return render_template(page.template, page=page)


@blueprint.post("/password")
@allow(SIGNED_IN)
def set_password_now() -> Response:
    """Set one's password, and end one's other sessions."""
    person, new = signed_in(), request.form.get("password", "")
    problems = _wrong_current() or problems_with(person, new, request.form.get("again", ""))
    if problems:
        ask = must_say_current(person)
        page = password_page(person, ask_current=ask, problems=problems)
        return make_response(render_template(page.template, page=page), 422)
    response = redirect(home_url(), 303)
    begun = choose(person, new)
    give_session(response, begun.token)
    remember_device(response, begun.person, begun.password)
    return response


def _wrong_current() -> tuple[Problem, ...]:
    person = signed_in()
    if not must_say_current(person):
        return ()
    limit_current_password(person)
    if current_is_right(person, request.form.get("current", "")):
        return ()
    log_refusal("password-current", status=422)
    return (Problem(field="current", sentence="This isn't your password now."),)
