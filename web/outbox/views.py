"""One's own mails: to oneself, and to lists that one is on. Nobody sees another's."""

from __future__ import annotations

from flask import Blueprint, render_template, request, url_for

from store.delivery import takes_digest
from store.mail import outbox_of
from store.queries.cases import numbers_of
from web.frame import frame
from web.page_models import OutboxPage
from web.permissions import SIGNED_IN, allow
from web.presenters.desk import mails
from web.reading import from_text, reader, to_text
from web.services import services

blueprint = Blueprint("outbox", __name__)
PAGE = 25


@blueprint.get("/outbox")
@allow(SIGNED_IN)
def outbox() -> str:
    """Show the mails to the reader, the newest first."""
    page = _page(request.args.get("before", ""))
    return render_template(page.template, page=page)


def _page(before: str) -> OutboxPage:
    key = from_text(before, 2)
    with services().database.reading() as connection:
        who = reader(connection)
        place = (key[0], key[1]) if key else None
        found = outbox_of(connection, who.id, before=place, limit=PAGE + 1)
        daily = takes_digest(connection, who.id)
        numbers = numbers_of(connection, {mail.case for mail in found})
    older = ""
    if len(found) > PAGE:
        last = found[PAGE - 1]
        older = url_for("outbox.outbox", before=to_text((last.queued_at, last.key)))
    return OutboxPage(
        frame=frame(),
        mails=mails(who, found[:PAGE], numbers, daily=daily),
        older_url=older,
        newest_url=url_for("outbox.outbox") if before else "",
    )
