"""The pages of a mail's link. Opening one shows what is to be decided; only a form signs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flask import Blueprint, Response, render_template

from definitions.refusals import Refusal
from store.access.case_links import give_back
from web.acting.acts import Wanted
from web.acting.answers import UNPROCESSABLE, form_again, log_unless_typed
from web.acting.nonces import posted_nonce
from web.acting.receipt_views import answer
from web.acting.sending import send
from web.acting.sign_page import Decision
from web.acting.sign_views import typed_decision
from web.acting.vote_pages import Cast
from web.acting.vote_views import typed_vote
from web.limits import limit_bad_links
from web.links.asking import ask_for_new_one
from web.links.opening import Known, Opened, known_link, open_link
from web.links.pages import asked_page, given_back_page, is_vote, link_page, paper_of
from web.permissions import ANYONE, allow
from web.refused import Refused
from web.services import now, services
from web.typed import typed_rows

if TYPE_CHECKING:
    from werkzeug.wrappers import Response as AnyResponse

blueprint = Blueprint("links", __name__)


@blueprint.get("/link/<token>")
@allow(ANYONE)
def show(token: str) -> str:
    """Show what is to be decided; nothing is signed and nothing is spent."""
    opened = _viewed(token)
    page = link_page(opened, token, Cast() if is_vote(opened) else Decision())
    return render_template(page.template, page=page)


@blueprint.get("/link/<token>/papers/<sha256>")
@allow(ANYONE)
def paper(token: str, sha256: str) -> Response:
    """Return a paper that is decided on, while the link is good; no other file of the case."""
    return paper_of(_viewed(token), sha256)


@blueprint.post("/link/<token>")
@allow(ANYONE)
def decide(token: str) -> AnyResponse:
    """Sign from the link, once; the same form sent again shows what became of it."""
    opened = _opened(token, posted_nonce())
    if opened.repeated:
        return _told(posted_nonce())
    typed, wanted, wrong = _typed(opened)
    if wrong:
        return form_again(link_page(opened, token, typed), UNPROCESSABLE)
    sent = send(wanted)
    refusal = sent if isinstance(sent, Refusal) else sent.refusal
    if refusal is not None:
        log_unless_typed(refusal)
        nonce = typed.nonce if isinstance(sent, Refusal) else ""
        typed = replace(typed, refusal=refusal, nonce=nonce)
        return form_again(link_page(_opened(token), token, typed))
    return _told(wanted.nonce)


@blueprint.post("/link/<token>/again")
@allow(ANYONE)
def again(token: str) -> str:
    """Have a new link sent to the person whose this one is; it is never shown here."""
    ask_for_new_one(_known(token))
    page = asked_page()
    return render_template(page.template, page=page)


@blueprint.post("/link/<token>/not-me")
@allow(ANYONE)
def not_me(token: str) -> str:
    """Give a link back: it is dead from now on, whoever has it."""
    claims = _known(token).claims
    with services().database.writing() as connection:
        give_back(connection, claims.id, now())
    services().security_log.record("link-given-back", link=claims.id, case=claims.case)
    page = given_back_page()
    return render_template(page.template, page=page)


def _viewed(token: str) -> Opened:
    """Return what a link is for, and note that it was opened: that isn't in the record."""
    opened = open_link(token)
    claims = opened.claims
    services().security_log.record(
        "link-viewed", link=claims.id, person=claims.person, case=claims.case
    )
    return opened


def _opened(token: str, nonce: str = "") -> Opened:
    """Return what a link is for that a form was sent from; if it is dead, nothing typed is lost."""
    try:
        return open_link(token, nonce)
    except Refused as dead:
        limit_bad_links()
        dead.typed = typed_rows()
        raise


def _known(token: str) -> Known:
    """Return a link that is one of ours, whether or not it is still good."""
    try:
        return known_link(token)
    except Refused:
        limit_bad_links()
        raise


def _typed(opened: Opened) -> tuple[Cast | Decision, Wanted, bool]:
    """Return what the form holds, what it asks for, and whether something in it is wrong."""
    claims = opened.claims
    if is_vote(opened):
        return typed_vote(opened.at, claims.step)
    return typed_decision(opened.at, claims.step, claims.seat)


def _told(nonce: str) -> AnyResponse:
    response = answer(nonce)
    # Looking again by itself leads to a page that asks for a sign-in.
    response.headers.pop("Refresh", None)
    return response
