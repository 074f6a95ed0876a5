"""Voting in a body, and recusing from a vote."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flask import abort, render_template, request

from definitions.refusals import Refusal
from definitions.rules.proxies import ON_BEHALF
from definitions.rules.values import COMMENT_NAME
from web.acting.acts import Wanted
from web.acting.answers import form_again, log_unless_typed, problem_of, refused, to_receipt
from web.acting.blueprints import acting
from web.acting.fields import read, read_comment
from web.acting.loading import CaseAt, find_case
from web.acting.nonces import posted_nonce
from web.acting.sending import send
from web.acting.showing import raw_rows
from web.acting.small_pages import Target
from web.acting.small_views import act_small, show_small
from web.acting.vote_pages import BALLOT, CHOICE, RECUSE, Cast, vote_page, why_not
from web.permissions import SIGNED_IN, allow

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

HEADING = "You can't vote on this."
_ID = 100  # no person's id is longer


@acting.get("/cases/<number>/vote/<step>")
@allow(SIGNED_IN)
def vote(number: str, step: str) -> str:
    """Show what is voted on, and how it stands."""
    at = _case(number, step)
    _let_pass(at, why_not(at, step))
    page = vote_page(at, step, Cast())
    return render_template(page.template, page=page)


@acting.post("/cases/<number>/vote/<step>")
@allow(SIGNED_IN)
def vote_now(number: str, step: str) -> Response:
    """Cast a vote, if the form is in order and the rules take it."""
    at = _case(number, step)
    typed, wanted, wrong = typed_vote(at, step)
    if wrong:
        return _again(at, step, typed)
    sent = send(wanted)
    if isinstance(sent, Refusal):
        return _refused(at, step, typed, sent)
    if sent.refusal is not None:
        return _refused(find_case(number), step, replace(typed, nonce=""), sent.refusal)
    return to_receipt(sent.nonce)


@acting.get("/cases/<number>/recuse/<step>")
@allow(SIGNED_IN)
def recuse(number: str, step: str) -> str:
    """Show in numbers what recusing does, and ask why."""
    return show_small(RECUSE, _target(number, step))


@acting.post("/cases/<number>/recuse/<step>")
@allow(SIGNED_IN)
def recuse_now(number: str, step: str) -> Response:
    """Take oneself out of a vote."""
    return act_small(RECUSE, _target(number, step))


def _case(number: str, step: str) -> CaseAt:
    at = find_case(number)
    rule = at.definition.body.steps.get(step)
    if rule is None or rule.vote is None:
        abort(404)
    return at


def _target(number: str, step: str) -> Target:
    return Target(_case(number, step), step)


def typed_vote(at: CaseAt, step: str) -> tuple[Cast, Wanted, bool]:
    """Return what the form holds, what it asks for, and whether something in it is wrong."""
    ballot, (raw, comment, problem) = read(BALLOT), read_comment()
    behalf = request.form.get(ON_BEHALF, "")[:_ID]
    typed = Cast(ballot, raw, problem, behalf, nonce=posted_nonce())
    return typed, _wanted(at, step, typed, comment), bool(ballot.problems or problem)


def _wanted(at: CaseAt, step: str, typed: Cast, comment: str) -> Wanted:
    values = {name: value for name, value in typed.ballot.values.items() if name != CHOICE}
    (seat,) = at.definition.step(step).seats
    return Wanted(
        nonce=typed.nonce,
        kind="vote",
        definition=at.definition,
        state=at.state,
        shown=request.form.get("shown", ""),
        values={**values, **({COMMENT_NAME: comment} if comment else {})},
        step=step,
        instance=request.form.get("instance"),
        seat=seat,
        outcome=str(typed.ballot.values.get(CHOICE)),
        on_behalf=typed.behalf or None,
    )


def _let_pass(at: CaseAt, refusal: Refusal | None) -> None:
    if refusal is not None:
        raise refused(refusal, HEADING, about=at.named, links=(at.link,))


def _refused(at: CaseAt, step: str, typed: Cast, refusal: Refusal) -> Response:
    """Answer a refusal: in the form where it can be mended there, else on a page of its own."""
    log_unless_typed(refusal)
    if why_not(at, step) is not None:
        rows = raw_rows(BALLOT, {**typed.ballot.raw, COMMENT_NAME: typed.comment})
        raise refused(refusal, HEADING, about=at.named, typed=rows, links=(at.link,))
    problem = problem_of(refusal, {*BALLOT, ON_BEHALF})
    if problem is not None and problem[0] == ON_BEHALF:
        typed = replace(typed, behalf_problem=problem[1])
    elif problem is not None and problem[0] != COMMENT_NAME:
        typed = replace(typed, ballot=replace(typed.ballot, problems=dict([problem])))
    elif problem is not None:
        typed = replace(typed, problem=problem[1])
    else:
        typed = replace(typed, refusal=refusal)
    return _again(at, step, typed)


def _again(at: CaseAt, step: str, typed: Cast) -> Response:
    _let_pass(at, why_not(at, step))
    return form_again(vote_page(at, step, typed))
