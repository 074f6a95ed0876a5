"""Signing: one page, one decision."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flask import redirect, render_template, request, url_for

from definitions.model import words
from definitions.refusals import Refusal
from definitions.rules.values import COMMENT_NAME, comment_refusal
from web.acting.acts import Wanted
from web.acting.answers import (
    CONFLICT,
    MENDED_IN_FORM,
    NOT_ALLOWED,
    form_again,
    log_unless_typed,
    problem_of,
    refused,
    to_receipt,
)
from web.acting.blueprints import acting
from web.acting.fields import read, read_comment
from web.acting.loading import CaseAt, find_case
from web.acting.nonces import posted_nonce
from web.acting.seats import (
    check_names,
    fillable,
    refusal_of_seat,
    refusal_of_step,
    with_who_can,
)
from web.acting.sending import send
from web.acting.showing import raw_rows
from web.acting.sign_page import Decision, sign_page
from web.page_models import Link
from web.permissions import SIGNED_IN, allow
from web.refused import Refused

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

HEADING = "You can't sign this."


@acting.get("/cases/<number>/sign/<step>")
@allow(SIGNED_IN)
def sign_step(number: str, step: str) -> Response:
    """Lead on to the narrowest seat that the person can fill."""
    at = find_case(number)
    check_names(at, step)
    if at.definition.step(step).vote:
        return redirect(url_for("acting.vote", number=number, step=step), 303)
    mine = fillable(at, step)
    if not mine:
        refusal = refusal_of_step(at, step)
        refusal = with_who_can(at, step, None, refusal or _nothing())
        raise refused(refusal, HEADING, about=at.named, links=(at.link,))
    return redirect(url_for("acting.sign", number=number, step=step, seat=mine[0].seat.seat), 303)


@acting.get("/cases/<number>/sign/<step>/<seat>")
@allow(SIGNED_IN)
def sign(number: str, step: str, seat: str) -> str | Response:
    """Show what is to be decided; a vote has a page of its own."""
    at = find_case(number)
    check_names(at, step, seat)
    if at.definition.seat(step, seat).body is not None:
        return redirect(url_for("acting.vote", number=number, step=step), 303)
    refusal = refusal_of_seat(at, step, seat)
    if refusal is not None:
        refusal = with_who_can(at, step, seat, refusal)
        raise refused(refusal, HEADING, about=at.named, links=_ways(at, step))
    page = sign_page(at, step, seat, Decision())
    return render_template(page.template, page=page)


@acting.post("/cases/<number>/sign/<step>/<seat>")
@allow(SIGNED_IN)
def sign_now(number: str, step: str, seat: str) -> Response:
    """Sign, if the form is in order and the rules take it."""
    at = find_case(number)
    check_names(at, step, seat)
    typed, wanted, wrong = typed_decision(at, step, seat)
    if wrong:
        return _again(at, step, seat, typed)
    sent = send(wanted)
    if isinstance(sent, Refusal):
        return _refused(at, step, seat, typed, sent)
    if sent.refusal is not None:
        return _refused(find_case(number), step, seat, replace(typed, nonce=""), sent.refusal)
    return to_receipt(sent.nonce)


def typed_decision(at: CaseAt, step: str, seat: str) -> tuple[Decision, Wanted, bool]:
    """Return what the form holds, what it asks for, and whether something in it is wrong."""
    evidence = read(at.definition.step(step).asked(request.form.get("outcome")))
    raw, comment, problem = read_comment()
    nonce = posted_nonce()
    chosen = at.definition.step(step).outcomes.get(request.form.get("outcome", ""))
    if chosen is not None and not problem:
        why = f"to choose “{words(chosen.title) or request.form['outcome']}”"
        required = chosen.comment == "required"
        missing = comment_refusal(comment, required=required, why=why)
        problem = f"{missing.sentence} {missing.remedy}" if missing else ""
    values = {**evidence.values, **({COMMENT_NAME: comment} if comment else {})}
    wanted = Wanted(
        nonce=nonce,
        kind="sign_off",
        definition=at.definition,
        state=at.state,
        shown=request.form.get("shown", ""),
        values=values,
        step=step,
        instance=request.form.get("instance"),
        seat=seat,
        outcome=request.form.get("outcome"),
    )
    wrong = bool(evidence.problems or problem)
    return Decision(evidence, raw, problem, nonce=nonce), wanted, wrong


def _refused(at: CaseAt, step: str, seat: str, typed: Decision, refusal: Refusal) -> Response:
    """Answer a refusal: in the form where it can be mended there, else on a page of its own."""
    log_unless_typed(refusal)
    rule = at.definition.step(step)
    # The roles of this request may be older than the commit's answer, so its code counts too.
    if refusal.code in NOT_ALLOWED or refusal_of_seat(at, step, seat) is not None:
        raise _said_no(at, step, typed, refusal)
    problem = problem_of(refusal, rule.evidence)
    if problem is None:
        typed = replace(typed, refusal=refusal)
    elif problem[0] == COMMENT_NAME:
        typed = replace(typed, comment_problem=problem[1])
    else:
        typed = replace(typed, evidence=replace(typed.evidence, problems=dict([problem])))
    return _again(at, step, seat, typed, mended=refusal.code in MENDED_IN_FORM)


def _again(at: CaseAt, step: str, seat: str, typed: Decision, *, mended: bool = True) -> Response:
    refusal = refusal_of_seat(at, step, seat)
    if refusal is not None:
        raise _said_no(at, step, typed, refusal)
    page = sign_page(at, step, seat, typed)
    return form_again(page) if mended else form_again(page, CONFLICT)


def _said_no(at: CaseAt, step: str, typed: Decision, refusal: Refusal) -> Refused:
    """Return the page that says no, with all that was typed."""
    raw = {**typed.evidence.raw, COMMENT_NAME: typed.comment}
    rows = raw_rows(at.definition.step(step).evidence, raw)
    heading = "Your sign-off was refused."
    return refused(refusal, heading, about=at.named, typed=rows, links=_ways(at, step))


def _ways(at: CaseAt, step: str) -> tuple[Link, ...]:
    others = tuple(
        Link(
            label=f"Sign as {one.title} instead",
            url=url_for("acting.sign", number=at.number, step=step, seat=one.seat.seat),
        )
        for one in (fillable(at, step) if at.state.is_open(step) else ())
    )
    return (*others, at.link)


def _nothing() -> Refusal:
    return Refusal(
        "not-open", "There is nothing for you to sign here now.", remedy="Look at the case."
    )
