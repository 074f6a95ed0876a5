"""A case's page, it as a document, its entries as recorded, and its files; only to be read."""

from __future__ import annotations

from flask import Blueprint, Response, render_template

from store.queries.timeline import record_lines
from web.arguments import whole_number
from web.cases.documents import document_answer
from web.cases.files import file_answer
from web.cases.loading import find_visible
from web.cases.pages import show_case
from web.permissions import SIGNED_IN, allow
from web.services import services

blueprint = Blueprint("cases", __name__)


@blueprint.get("/cases/<number>")
@allow(SIGNED_IN)
def case(number: str) -> str:
    """Show a case."""
    page = show_case(number, before=whole_number("before"))
    return render_template(page.template, page=page)


@blueprint.get("/cases/<number>/document.pdf")
@allow(SIGNED_IN)
def document(number: str) -> Response:
    """Give the case as a PDF document, with what the reader may see of it."""
    return document_answer(number)


@blueprint.get("/cases/<number>/record")
@allow(SIGNED_IN)
def record(number: str) -> Response:
    """Give the case's entries as they are recorded, one a line; they hold no values."""
    with services().database.reading() as connection:
        row = find_visible(connection, number).row
        lines = [f"{line}\n" for line in record_lines(connection, row.case)]
    return Response("".join(lines), content_type="application/jsonl; charset=utf-8")


@blueprint.get("/cases/<number>/files/<sha256>")
@allow(SIGNED_IN)
def file(number: str, sha256: str) -> Response:
    """Give a file of the case, to be saved and never to be shown by the browser."""
    return file_answer(number, sha256)
