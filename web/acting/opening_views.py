"""Opening a case: choose, fill in, check your answers, open.

What was typed travels from page to page in the forms themselves; a file that was read is kept
already, and the form carries a ticket for it. All of them carry one nonce, so that going back
and sending again opens nothing twice.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flask import abort, render_template, request, url_for

from definitions.definition import Definition
from definitions.refusals import NOT_IN_FORCE, Refusal
from definitions.rules import may_open
from store.cases import UnknownDefinitionError
from store.in_force import current_in
from web.acting.acts import OPEN, Wanted
from web.acting.addresses import address_problems, declare, find_addresses
from web.acting.answers import (
    CONFLICT,
    FORBIDDEN,
    NOT_ALLOWED,
    UNPROCESSABLE,
    form_again,
    log_unless_typed,
    problem_of,
    refused,
    to_receipt,
)
from web.acting.blueprints import opening
from web.acting.fields import read, typed_from
from web.acting.nonces import new_nonce, posted_nonce
from web.acting.opening_pages import (
    CHANGE,
    OPEN_IT,
    Draft,
    check_page,
    choose_page,
    open_page,
    wanted_step,
)
from web.acting.sending import send
from web.acting.showing import raw_rows
from web.current import signed_in
from web.field_names import posted_texts
from web.page_models import Link
from web.permissions import SIGNED_IN, allow
from web.refused import Refused
from web.services import services

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

_WHOSE = "whose-"
_TYPED = frozenset({"string", "text", "case"})
_LONGEST = 400
"""Characters of what an address may type into a form: a line or two."""


@opening.get("/open")
@allow(SIGNED_IN)
def choose() -> str:
    """Show what can be opened."""
    page = choose_page(signed_in())
    return render_template(page.template, page=page)


@opening.get("/open/<process>")
@allow(SIGNED_IN)
def open_case(process: str) -> str:
    """Show the form of a process; what the address says of its words is typed in it already."""
    definition = _definition(process)
    specs = definition.body.start.fields
    words = {n: s for n, s in specs.items() if s.type in _TYPED and n in request.args}
    typed = typed_from(words, {name: request.args[name][:_LONGEST] for name in words})
    page = open_page(Draft(definition, typed))
    return render_template(page.template, page=page)


@opening.post("/open/<process>")
@allow(SIGNED_IN)
def open_case_now(process: str) -> Response:
    """Check what was typed, go back to it, or open the case with it."""
    draft = _draft(_definition(process))
    step = wanted_step()
    if draft.refusal is not None:
        return form_again(open_page(draft), CONFLICT)
    if draft.typed.problems:
        return form_again(open_page(draft))
    if step == CHANGE:
        return form_again(open_page(draft), 200)
    if step != OPEN_IT:
        return form_again(check_page(draft), 200)
    return _open(replace(draft, asked=True))


def _definition(process: str) -> Definition:
    definition = _in_force(process)
    refusal = may_open(definition, signed_in().roles)
    if refusal is not None:
        raise _not_yours(definition, refusal)
    return definition


def _in_force(process: str) -> Definition:
    """Return what cases begin under now; in an upgrade it may be newer than this program.

    Raises:
        NotFound: there is no such process.
        Refused: none can be opened; or it can't be read by a program of this version.
    """
    library = services().library
    try:
        with services().database.reading() as connection:
            return current_in(connection, process, library.current)
    except LookupError:
        if process not in library.processes():
            abort(404)
        refusal = Refusal(
            NOT_IN_FORCE,
            f"No new cases of “{library.current(process).title()}” can be opened: its definition "
            "isn't in force any more.",
            remedy="If you think that it should be, ask an operator.",
        )
    except (ValueError, UnknownDefinitionError):
        refusal = Refusal(
            NOT_IN_FORCE,
            "Countersign is being upgraded, and this part of it is still of the version before.",
            remedy="Come back in a few minutes; if it lasts, tell an operator.",
        )
    links = (Link(label="What you can open", url=url_for("opening.choose")),)
    raise Refused(refusal, links=links)


def _not_yours(definition: Definition, refusal: Refusal) -> Refused:
    links = (Link(label="What you can open", url=url_for("opening.choose")),)
    rows = raw_rows(definition.body.start.fields, posted_texts())
    return refused(refusal, "You can't open this.", typed=rows, links=links)


def _draft(definition: Definition) -> Draft:
    typed = read(definition.body.start.fields)
    addresses = find_addresses(definition, typed.values)
    refusal = None
    if request.form.get("version") != definition.version:
        refusal = Refusal(
            "other-definition",
            "The definition has changed since you opened this form.",
            remedy="Look at the form as it is now, then go on. What you typed is kept.",
        )
    return Draft(definition, typed, addresses, nonce=posted_nonce(), refusal=refusal)


def _open(draft: Draft) -> Response:
    if address_problems(draft.addresses):
        return form_again(check_page(draft))
    sent = send(_wanted(draft))
    if isinstance(sent, Refusal):
        return _refused(draft, sent)
    if sent.refusal is not None:
        return _refused(replace(draft, nonce=new_nonce()), sent.refusal)
    return to_receipt(sent.nonce)


def _wanted(draft: Draft) -> Wanted:
    whose = {name: text for name, text in request.form.items() if name.startswith(_WHOSE)}
    return Wanted(
        nonce=draft.nonce,
        kind=OPEN,
        definition=draft.definition,
        state=None,
        shown="",
        values=declare(draft.typed.values, draft.addresses),
        form={**draft.typed.values, "": whose},
    )


def _refused(draft: Draft, refusal: Refusal) -> Response:
    log_unless_typed(refusal)
    problem = problem_of(refusal, draft.definition.body.start.fields)
    barred = refusal.code in NOT_ALLOWED
    if barred and problem is None:
        raise _not_yours(draft.definition, refusal)
    if problem is not None and refusal.code != "unknown-address":
        cited = {problem[0]: refusal.section} if barred else {}
        typed = replace(draft.typed, problems=dict([problem]), sections=cited)
        again = open_page(replace(draft, typed=typed))
        return form_again(again, FORBIDDEN if barred else UNPROCESSABLE)
    status = UNPROCESSABLE if problem is not None else CONFLICT
    return form_again(check_page(replace(draft, refusal=refusal)), status)
