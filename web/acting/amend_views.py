"""Amending a case: its form again, filled; only what is changed becomes part of the act."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from flask import render_template, request, url_for

from definitions.canonical import Json
from definitions.model import FieldSpec, words
from definitions.refusals import Refusal
from definitions.rules import amendable_fields, may_amend
from web.acting.acts import Wanted
from web.acting.addresses import (
    Address,
    address_fields,
    address_problems,
    declare,
    find_addresses,
)
from web.acting.answers import (
    CONFLICT,
    UNPROCESSABLE,
    form_again,
    log_unless_typed,
    problem_of,
    refused,
    to_receipt,
)
from web.acting.blueprints import acting
from web.acting.fields import Typed, form_fields, read, tickets, typed_from, uploads
from web.acting.loading import CaseAt, find_case
from web.acting.nonces import hidden_nonce, posted_nonce
from web.acting.sending import send
from web.acting.showing import raw_rows, signatures_of_step
from web.field_names import posted_fields
from web.frame import frame
from web.page_models import ActPage, Button, Form, Hidden, Link, Problem, Signature
from web.permissions import SIGNED_IN, allow
from web.presenters.fields import withheld
from web.presenters.reader import refusal as shown_refusal
from web.presenters.reader import section

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

HEADING = "Amend the case"
_WHOSE = "whose-"


@dataclass(frozen=True)
class Amended:
    """What was typed to amend a case.

    Attributes:
        typed: The form.
        changed: The values that differ from those that hold.
        addresses: Those in the patches that changed.
        asked: Whether the form was sent already.
        refusal: Why it was refused, where that can be mended.
        nonce: Of the form; a new one where it is "".
    """

    typed: Typed
    changed: Mapping[str, Json] = field(default_factory=dict)
    addresses: tuple[Address, ...] = ()
    asked: bool = False
    refusal: Refusal | None = None
    nonce: str = ""


@acting.get("/cases/<number>/amend")
@allow(SIGNED_IN)
def amend(number: str) -> str:
    """Show the form, filled with what holds now."""
    at = find_case(number)
    refusal = may_amend(at.definition, at.state, at.person.id)
    if refusal is not None:
        raise refused(refusal, "You can't amend this case.", about=at.named, links=(at.link,))
    page = amend_page(at, Amended(typed_from(_offered(at), at.values)))
    return render_template(page.template, page=page)


@acting.post("/cases/<number>/amend")
@allow(SIGNED_IN)
def amend_now(number: str) -> Response:
    """Amend the case with what was changed in the form."""
    at = find_case(number)
    amended = _read(at)
    if amended.typed.problems or address_problems(amended.addresses):
        return form_again(amend_page(at, amended))
    sent = send(_wanted(at, amended))
    if isinstance(sent, Refusal):
        return _refused(at, amended, sent)
    if sent.refusal is not None:
        return _refused(find_case(number), replace(amended, nonce=""), sent.refusal)
    return to_receipt(sent.nonce)


def amend_page(at: CaseAt, amended: Amended) -> ActPage:
    """Return the page on which a case is amended."""
    specs = _offered(at)
    problems = amended.typed.listed()
    if amended.asked:
        problems += tuple(
            Problem(sentence=text, field=name)
            for name, text in address_problems(amended.addresses).items()
        )
    form = Form(
        action=url_for("acting.amend", number=at.number),
        fields=(
            *form_fields(specs, amended.typed),
            *address_fields(amended.addresses, asked=amended.asked),
        ),
        buttons=(Button(label="Sign: amend the case"),),
        hidden=(
            hidden_nonce(amended.nonce),
            Hidden(name="shown", value=at.shown()),
            *tickets(amended.typed),
        ),
        problems=problems,
        refusal=shown_refusal(amended.refusal) if amended.refusal else None,
        cancel=Link(label="Back to the case", url=at.url),
        uploads=uploads(specs),
    )
    return ActPage(
        frame=frame(),
        case=at.ref,
        heading=HEADING,
        form=form,
        what_happens=_what_happens(at),
        section=section(at.definition.body.policy[0]),
        outdates=_outdated(at),
    )


def _read(at: CaseAt) -> Amended:
    """Read the form that was sent; it says itself which fields it had."""
    rule = at.definition.body.amend
    sent = posted_fields()
    specs = at.definition.body.start.fields
    typed = read({name: specs[name] for name in (rule.fields if rule else ()) if name in sent})
    changed = _changed(at, typed)
    return Amended(
        typed=typed,
        changed=changed,
        addresses=find_addresses(at.definition, changed),
        asked=True,
        nonce=posted_nonce(),
    )


def _changed(at: CaseAt, typed: Typed) -> dict[str, Json]:
    changed: dict[str, Json] = {}
    for name in typed.raw:
        before, after = at.values.get(name), typed.values.get(name)
        if after is None:
            if before not in (None, ""):
                changed[name] = ""  # it was optional, and is taken away
        elif not _same(at.definition.field(name), before, after):
            changed[name] = after
    return changed


def _same(spec: FieldSpec, before: Json, after: Json) -> bool:
    if spec.type == "patch" and before is not None:
        return bool(before["file"]["sha256"] == after["file"]["sha256"])
    return bool(before == after)


def _wanted(at: CaseAt, amended: Amended) -> Wanted:
    whose = {name: text for name, text in request.form.items() if name.startswith(_WHOSE)}
    return Wanted(
        nonce=amended.nonce,
        kind="amend",
        definition=at.definition,
        state=at.state,
        shown=request.form.get("shown", ""),
        values=declare(amended.changed, amended.addresses),
        # What is changed depends on what holds; a repetition is known by what was typed.
        form={**amended.typed.values, "": whose},
    )


def _refused(at: CaseAt, amended: Amended, refusal: Refusal) -> Response:
    log_unless_typed(refusal)
    rows = raw_rows(at.definition.body.start.fields, amended.typed.raw)
    if may_amend(at.definition, at.state, at.person.id) is not None:
        heading = "Your amendment was refused."
        raise refused(refusal, heading, about=at.named, typed=rows, links=(at.link,))
    problem = problem_of(refusal, _offered(at))
    if problem is None or refusal.code == "unknown-address":
        status = UNPROCESSABLE if refusal.code == "value" else CONFLICT
        return form_again(amend_page(at, replace(amended, refusal=refusal)), status)
    typed = replace(amended.typed, problems=dict([problem]))
    return form_again(amend_page(at, replace(amended, typed=typed)))


def _offered(at: CaseAt) -> dict[str, FieldSpec]:
    """Return the fields that can be amended now and that the person may see."""
    return {
        name: at.definition.field(name)
        for name in amendable_fields(at.definition, at.state)
        if at.may_see(name)
    }


def _what_happens(at: CaseAt) -> tuple[str, ...]:
    hidden = [name for name in amendable_fields(at.definition, at.state) if not at.may_see(name)]
    return (
        "Change what is to be changed; the rest stays. What it was before is still in the record.",
        "What was signed about a field that you change counts no longer, and is asked for again.",
        *(
            f"“{words(at.definition.field(name).title)}” isn't here. "
            f"{withheld(at.definition, name).sentence}"
            for name in hidden
        ),
    )


def _outdated(at: CaseAt) -> tuple[Signature, ...]:
    """Return the signatures that count no longer if everything that can be changed is."""
    offered = set(_offered(at))
    found: list[Signature] = []
    for step in at.state.steps:
        covers = at.definition.step(step).covers
        asked_again = at.state.is_open(step) or (covers is not None and covers.reopen)
        if asked_again and offered & set(at.definition.covered(step)):
            found.extend(signatures_of_step(at, step))
    return tuple(found)
