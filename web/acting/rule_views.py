"""Ruling on another case: choose what it does, look at what that changes, sign it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from flask import render_template, request

from definitions.acts import RULE
from definitions.model import FieldSpec, words
from definitions.refusals import Refusal
from definitions.rules import why_not_rule
from definitions.rules.arbitrating import ON as ON_VALUE
from definitions.rules.arbitrating import WHOLE_FORM, form_for
from store.deciding import Decided
from store.rulings import what_it_does, why_not_on
from web.acting.acts import Wanted
from web.acting.answers import CONFLICT, form_again, log_unless_typed, refused, to_receipt
from web.acting.blueprints import acting
from web.acting.fields import read
from web.acting.loading import CaseAt, find_case
from web.acting.nonces import new_nonce, posted_nonce
from web.acting.rule_pages import (
    CHANGE,
    LOOK,
    ON,
    RULE_IT,
    STEP,
    Draft,
    chosen,
    preview_page,
    rule_page,
)
from web.acting.sending import send
from web.acting.showing import raw_rows
from web.permissions import SIGNED_IN, allow
from web.services import now, services

if TYPE_CHECKING:
    from werkzeug.wrappers import Response


@acting.get("/cases/<number>/rule")
@allow(SIGNED_IN)
def rule(number: str) -> str:
    """Show the form for a ruling, made in this case on the one that `on` names."""
    draft = _draft(number)
    _let(draft)
    page = rule_page(draft)
    return render_template(page.template, page=page)


@acting.post("/cases/<number>/rule")
@allow(SIGNED_IN)
def rule_now(number: str) -> Response:
    """Show what the ruling would do, go back to the form, or make it."""
    draft = _draft(number)
    step = request.form.get(STEP, LOOK)
    ruling = chosen(draft.at, draft.on)
    typed = read(WHOLE_FORM if ruling is None else _form(ruling.kind))
    draft = replace(draft, typed=typed, ruling=ruling, nonce=posted_nonce())
    if step != RULE_IT:
        _let(draft)
        if step == CHANGE:
            return form_again(rule_page(draft), 200)
        return _looked(draft)
    return _ruled(draft)


def _form(kind: str) -> Mapping[str, FieldSpec]:
    """Return what is read of the form: what this kind doesn't ask for must be left empty."""
    return {**WHOLE_FORM, **form_for(kind)}


def _draft(number: str) -> Draft:
    at = find_case(number)
    return Draft(at, find_case(request.args.get(ON, "")))


def _let(draft: Draft) -> None:
    """Let go on whoever may rule here on that case.

    Raises:
        Refused: this person may not.
    """
    refusal = _why_not(draft.at, draft.on)
    if refusal is not None:
        log_unless_typed(refusal)
        raise refused(
            refusal,
            f"You can't rule on {draft.on.number}.",
            about=draft.at.named,
            typed=raw_rows(WHOLE_FORM, draft.typed.raw),
            links=(draft.at.link, draft.on.link),
        )


def _why_not(at: CaseAt, on: CaseAt) -> Refusal | None:
    refusal = why_not_rule(at.definition, at.state, at.person.id, at.person.roles)
    if refusal is None and on.state.case != at.state.case:
        with services().database.reading() as connection:
            refusal = why_not_on(connection, on.definition, on.state, at.person.id)
    return refusal


def _looked(draft: Draft) -> Response:
    if draft.ruling is None or draft.typed.problems:
        return form_again(rule_page(draft, asked=True))
    decided = _stray(draft) or _decided(draft)
    if isinstance(decided, Refusal):
        return form_again(rule_page(replace(draft, refusal=decided), asked=True), CONFLICT)
    return form_again(preview_page(draft, decided), 200)


def _stray(draft: Draft) -> Refusal | None:
    """Return that something was filled in which this kind of ruling doesn't ask for."""
    asked = form_for(draft.said().kind)
    for name in draft.typed.values:
        if name not in asked:
            return Refusal(
                "value",
                f"“{words(WHOLE_FORM[name].title)}” says nothing with this ruling.",
                remedy="Leave it empty, or choose another ruling.",
                field=name,
            )
    return None


def _decided(draft: Draft) -> Decided | Refusal:
    on = draft.on
    with services().database.reading() as connection:
        return what_it_does(connection, on.definition, on.state, draft.said(), now())


def _ruled(draft: Draft) -> Response:
    sent = send(_wanted(draft))
    refusal = sent if isinstance(sent, Refusal) else sent.refusal
    if refusal is None and not isinstance(sent, Refusal):
        return to_receipt(sent.nonce)
    again = Draft(
        find_case(draft.at.number),
        find_case(draft.on.number),
        typed=draft.typed,
        nonce=draft.nonce if isinstance(sent, Refusal) else new_nonce(),
    )
    _let(again)
    assert refusal is not None  # noqa: S101 - the only way left
    log_unless_typed(refusal)
    again = replace(again, ruling=chosen(again.at, again.on), refusal=refusal)
    if again.ruling is None or refusal.code == "value":
        return form_again(rule_page(again, asked=True), CONFLICT)
    decided = _decided(again)
    if isinstance(decided, Refusal):
        return form_again(rule_page(again, asked=True), CONFLICT)
    return form_again(preview_page(again, decided), CONFLICT)


def _wanted(draft: Draft) -> Wanted:
    ruling = draft.said().to_json() if draft.ruling else None
    about = {
        "case": draft.on.state.case,
        "state": request.form.get("state", ""),
        "ruling": ruling,
    }
    # What can be chosen depends on where that case stands; a repetition is known by what was sent.
    sent = {name: request.form.get(name, "") for name in ("state", "ruling")}
    return Wanted(
        nonce=draft.nonce,
        kind=RULE,
        definition=draft.at.definition,
        state=draft.at.state,
        shown=request.form.get("shown", ""),
        values={ON_VALUE: about, **draft.typed.values},
        form={"": {**sent, "case": draft.on.state.case}, **draft.typed.values},
    )
