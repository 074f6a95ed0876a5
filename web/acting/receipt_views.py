"""Receipts: what became of an act, for the person who did it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import abort, make_response, render_template, url_for
from werkzeug.wrappers import Response

from definitions.definition import Definition
from definitions.refusals import Refusal
from definitions.rules import hidden_steps
from store.pending import load_act
from store.queries.cases import CaseRow, cases_by_id, item_keys, values_of
from store.queries.timeline import mail_of
from web.acting.blueprints import receipts
from web.acting.receipt_pages import (
    Known,
    pending_page,
    receipt_page,
    refused_page,
    waits_long,
)
from web.acting.sending import recorded
from web.current import signed_in
from web.permissions import SIGNED_IN, allow
from web.presenters.lists import with_added
from web.reading import definitions
from web.services import services

if TYPE_CHECKING:
    from sqlalchemy import Connection

_SOON_SECONDS = 2
_LATER_SECONDS = 20


@receipts.get("/receipts/<nonce>")
@allow(SIGNED_IN)
def receipt(nonce: str) -> Response:
    """Say what became of one's own act."""
    return answer(nonce)


def answer(nonce: str) -> Response:
    """Return the page that says what became of an act of the person who asks."""
    known = _known(nonce)
    if known.entry is not None and known.case is not None:
        page = receipt_page(known, known.entry, known.case)
        return make_response(render_template(page.template, page=page))
    if known.kept.result is not None:
        return _refused(known)
    return _pending(known)


def _known(nonce: str) -> Known:
    with services().database.reading() as connection:
        kept = load_act(connection, nonce)
        if kept is None or kept.person != signed_in().id:
            abort(404)
        version = kept.signed.act["definition"]
        definition = definitions(connection, {version})[version]
        entry = recorded(connection, nonce)
        case = cases_by_id(connection, [kept.case]).get(kept.case)
        mails = mail_of(connection, kept.case) if entry else {}
        if case is not None:
            definition = _with_things(connection, definition, case)
    caused = f"{kept.case}:{entry.seq}:" if entry else ""
    told = (one.name for act, people in mails.items() if act.startswith(caused) for one in people)
    return Known(kept, definition, entry, case, tuple(dict.fromkeys(told)))


def _with_things(connection: Connection, definition: Definition, case: CaseRow) -> Definition:
    """Return the definition for naming things: with those that were added to the case's lists."""
    keys, person = item_keys(case.state), signed_in()
    titles = {act: str(value) for (act, _), value in values_of(connection, keys).items()}
    private = hidden_steps(definition, case.state, person.id, person.roles)
    return with_added(definition, case.state, titles, private)


def _refused(known: Known) -> Response:
    given = (known.kept.result or {}).get("refusal")
    refusal = Refusal.from_json(given) if given else Refusal("refused", "This was refused.")
    page, status = refused_page(known, refusal)
    return make_response(render_template(page.template, page=page), status)


def _pending(known: Known) -> Response:
    url = url_for("receipts.receipt", nonce=known.kept.nonce)
    page = pending_page(known, url)
    response = make_response(render_template(page.template, page=page), 202)
    seconds = _LATER_SECONDS if waits_long(known) else _SOON_SECONDS
    response.headers["Refresh"] = f"{seconds}; url={url}"
    return response
