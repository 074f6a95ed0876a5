"""Adding a thing to the list of a step whose things are signed one by one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flask import abort, render_template, request, url_for

from definitions.model import words
from definitions.refusals import Refusal
from definitions.rules import may_add
from definitions.rules.items import ITEM
from web.acting.acts import Wanted
from web.acting.answers import form_again, log_unless_typed, problem_of, refused, to_receipt
from web.acting.blueprints import acting
from web.acting.fields import Typed, form_fields, read
from web.acting.loading import CaseAt, find_case
from web.acting.nonces import hidden_nonce, posted_nonce
from web.acting.sending import send
from web.acting.showing import raw_rows
from web.frame import frame
from web.page_models import ActPage, Button, Form, Hidden, Link
from web.permissions import SIGNED_IN, allow
from web.presenters.fields import reading_words
from web.presenters.reader import section
from web.presenters.words import capital

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

HEADING = "You can't add to this list."


@acting.get("/cases/<number>/add/<step>")
@allow(SIGNED_IN)
def add(number: str, step: str) -> str:
    """Ask what is to be added."""
    at = _case(number, step)
    _let_pass(at, step)
    page = _page(at, step, Typed(), "")
    return render_template(page.template, page=page)


@acting.post("/cases/<number>/add/<step>")
@allow(SIGNED_IN)
def add_now(number: str, step: str) -> Response:
    """Add it, if the form is in order and the rules take it."""
    at = _case(number, step)
    typed, nonce = read(ITEM), posted_nonce()
    if typed.problems:
        return _again(at, step, typed, nonce)
    sent = send(_wanted(at, step, typed, nonce))
    refusal = sent if isinstance(sent, Refusal) else sent.refusal
    if refusal is None and not isinstance(sent, Refusal):
        return to_receipt(sent.nonce)
    assert refusal is not None  # noqa: S101 - one of the two it is
    log_unless_typed(refusal)
    problem = problem_of(refusal, ITEM)
    if problem is None:
        rows = raw_rows(ITEM, typed.raw)
        raise refused(refusal, HEADING, about=at.named, typed=rows, links=(at.link,))
    return _again(at, step, replace(typed, problems=dict([problem])), nonce)


def _case(number: str, step: str) -> CaseAt:
    at = find_case(number)
    rule = at.definition.body.steps.get(step)
    if rule is None or rule.each is None or not rule.each.grow:
        abort(404)
    return at


def _let_pass(at: CaseAt, step: str) -> None:
    instance = at.state.steps[step].instance if step in at.state.steps else None
    refusal = may_add(at.definition, at.state, step, instance, tuple(at.person.roles))
    if refusal is not None:
        raise refused(refusal, HEADING, about=at.named, links=(at.link,))


def _wanted(at: CaseAt, step: str, typed: Typed, nonce: str) -> Wanted:
    return Wanted(
        nonce=nonce,
        kind="add_item",
        definition=at.definition,
        state=at.state,
        shown=request.form.get("shown", ""),
        values=dict(typed.values),
        step=step,
        instance=request.form.get("instance"),
    )


def _page(at: CaseAt, step: str, typed: Typed, nonce: str) -> ActPage:
    rule = at.definition.step(step)
    read = capital(reading_words(at.definition, step))
    return ActPage(
        frame=frame(),
        case=at.ref,
        heading=f"Add to “{words(rule.title)}”",
        what_happens=(
            "It is signed by itself, like everything on this list; until then the case waits.",
            f"{read} can read it, and it can't be taken off again.",
        ),
        section=section(rule.policy),
        form=Form(
            action=url_for("acting.add", number=at.number, step=step),
            fields=form_fields(ITEM, typed),
            buttons=(Button(label="Sign: add it"),),
            hidden=(
                hidden_nonce(nonce),
                Hidden(name="shown", value=at.shown(step)),
                Hidden(name="instance", value=at.state.steps[step].instance),
            ),
            problems=typed.listed(),
            cancel=Link(label="Back to the case", url=at.url),
        ),
    )


def _again(at: CaseAt, step: str, typed: Typed, nonce: str) -> Response:
    _let_pass(at, step)
    return form_again(_page(at, step, typed, nonce))
