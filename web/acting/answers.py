"""How a request that acts is answered: on to the receipt, the form again, or a page that says no.

What can be mended comes back as the form with everything typed. What can't (somebody is barred,
the step is closed) is a page of its own, with everything typed to be copied from it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import make_response, redirect, render_template, url_for

from definitions.rules.values import COMMENT_NAME
from web.errors import log_refusal
from web.page_models import Link, Row
from web.refused import Refused

if TYPE_CHECKING:
    from collections.abc import Collection

    from werkzeug.wrappers import Response

    from definitions.refusals import Refusal
    from web.page_models import Page

MENDED_IN_FORM = frozenset(
    {"value", "comment-required", "unknown-address", "unknown-person", "no-attachment"}
)
"""Codes of refusals that are about what was typed."""
NOT_ALLOWED = frozenset({"barred", "not-yours", "not-yours-to-open", "hidden", "not-same"})
"""Codes of refusals that are about the person."""
UNPROCESSABLE = 422
FORBIDDEN = 403
CONFLICT = 409


def to_receipt(nonce: str) -> Response:
    """Go on to the page that says what became of an act."""
    return redirect(url_for("receipts.receipt", nonce=nonce), 303)


def form_again(page: Page, status: int = UNPROCESSABLE) -> Response:
    """Answer with a form that has something to mend."""
    return make_response(render_template(page.template, page=page), status)


def status_of(refusal: Refusal) -> int:
    """Return the HTTP status that says to programs what a refusal says to people."""
    if refusal.code in NOT_ALLOWED:
        return FORBIDDEN
    return UNPROCESSABLE if refusal.code in MENDED_IN_FORM else CONFLICT


def problem_of(refusal: Refusal, fields: Collection[str]) -> tuple[str, str] | None:
    """Return the field of a form that a refusal is about and what is wrong; None if none is."""
    if refusal.field is None or refusal.field not in {*fields, COMMENT_NAME}:
        return None
    return refusal.field, f"{refusal.sentence} {refusal.remedy}".strip()


def log_unless_typed(refusal: Refusal) -> None:
    """Leave a line in the security log, unless somebody only mistyped something."""
    if refusal.code not in MENDED_IN_FORM:
        log_refusal(refusal.code, status=status_of(refusal), section=refusal.section)


def refused(
    refusal: Refusal,
    heading: str,
    *,
    about: Link | None = None,
    typed: tuple[Row, ...] = (),
    links: tuple[Link, ...] = (),
) -> Refused:
    """Return the page that says no, to be raised."""
    return Refused(
        refusal, status_of(refusal), heading=heading, about=about, typed=typed, links=links
    )
