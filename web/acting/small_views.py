"""Decline, take back, withdraw, comment: alike but for what their pages tell."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flask import render_template, request

from definitions.refusals import Refusal
from definitions.rules.values import COMMENT_NAME
from web.acting.acts import Wanted
from web.acting.answers import (
    CONFLICT,
    MENDED_IN_FORM,
    form_again,
    log_unless_typed,
    problem_of,
    refused,
    to_receipt,
)
from web.acting.blueprints import acting
from web.acting.fields import read_comment
from web.acting.loading import find_case
from web.acting.nonces import posted_nonce
from web.acting.seats import check_names
from web.acting.sending import send
from web.acting.showing import raw_rows
from web.acting.small_pages import (
    COMMENT,
    DECLINE,
    RETRACT,
    WITHDRAW,
    Small,
    Target,
    TypedSmall,
    own_seat,
    small_page,
)
from web.permissions import SIGNED_IN, allow

if TYPE_CHECKING:
    from werkzeug.wrappers import Response


@acting.get("/cases/<number>/decline/<step>/<seat>")
@allow(SIGNED_IN)
def decline(number: str, step: str, seat: str) -> str:
    """Ask why somebody leaves a seat to others."""
    return show_small(DECLINE, _target(number, step, seat))


@acting.post("/cases/<number>/decline/<step>/<seat>")
@allow(SIGNED_IN)
def decline_now(number: str, step: str, seat: str) -> Response:
    """Leave a seat to others."""
    return act_small(DECLINE, _target(number, step, seat))


@acting.get("/cases/<number>/retract/<step>")
@allow(SIGNED_IN)
def retract(number: str, step: str) -> str:
    """Ask whether a signature is to be taken back."""
    return show_small(RETRACT, _own(number, step))


@acting.post("/cases/<number>/retract/<step>")
@allow(SIGNED_IN)
def retract_now(number: str, step: str) -> Response:
    """Take one's own signature back."""
    return act_small(RETRACT, _own(number, step))


@acting.get("/cases/<number>/withdraw")
@allow(SIGNED_IN)
def withdraw(number: str) -> str:
    """Ask why a case is to end unfinished."""
    return show_small(WITHDRAW, _target(number))


@acting.post("/cases/<number>/withdraw")
@allow(SIGNED_IN)
def withdraw_now(number: str) -> Response:
    """End a case unfinished."""
    return act_small(WITHDRAW, _target(number))


@acting.get("/cases/<number>/comment")
@allow(SIGNED_IN)
def comment(number: str) -> str:
    """Show the form for a comment by itself."""
    return show_small(COMMENT, _target(number))


@acting.post("/cases/<number>/comment")
@allow(SIGNED_IN)
def comment_now(number: str) -> Response:
    """Comment on a case."""
    return act_small(COMMENT, _target(number))


def _target(number: str, step: str | None = None, seat: str | None = None) -> Target:
    at = find_case(number)
    if step is not None:
        check_names(at, step, seat)
    return Target(at, step, seat)


def _own(number: str, step: str) -> Target:
    target = _target(number, step)
    return replace(target, seat=own_seat(target))


def show_small(small: Small, target: Target) -> str:
    """Return the page of a small act, or say why the person can't do it now."""
    refusal = small.why_not(target)
    if refusal is not None:
        link = target.at.link
        raise refused(refusal, "You can't do this now.", about=target.at.named, links=(link,))
    page = small_page(small, target, TypedSmall())
    return render_template(page.template, page=page)


def act_small(small: Small, target: Target) -> Response:
    """Do a small act, if the form is in order and the rules take it."""
    raw, comment, problem = read_comment()
    typed = TypedSmall(raw, problem, nonce=posted_nonce())
    if problem:
        return form_again(small_page(small, target, typed))
    sent = send(_wanted(small, target, typed.nonce, comment))
    if isinstance(sent, Refusal):
        return _refused(small, target, typed, sent)
    if sent.refusal is not None:
        return _refused(small, target, replace(typed, nonce=""), sent.refusal)
    return to_receipt(sent.nonce)


def _wanted(small: Small, target: Target, nonce: str, comment: str) -> Wanted:
    # The seat of a signature that was taken back already can't be told; its step can.
    seat = target.seat if small is not RETRACT else None
    return Wanted(
        nonce=nonce,
        kind=small.kind,
        definition=target.at.definition,
        state=target.at.state,
        shown=request.form.get("shown", ""),
        values={COMMENT_NAME: comment} if comment else {},
        step=target.step,
        instance=request.form.get("instance") if target.step else None,
        seat=seat,
    )


def _refused(small: Small, target: Target, typed: TypedSmall, refusal: Refusal) -> Response:
    log_unless_typed(refusal)
    problem = problem_of(refusal, ())
    if problem is not None:
        return form_again(small_page(small, target, replace(typed, problem=problem[1])))
    if small.why_not(target) is None and refusal.code in MENDED_IN_FORM:
        return form_again(small_page(small, target, replace(typed, refusal=refusal)), CONFLICT)
    rows = raw_rows({}, {COMMENT_NAME: typed.comment})
    link = target.at.link
    raise refused(refusal, "This was refused.", about=target.at.named, typed=rows, links=(link,))
