"""A case as a PDF document, for whoever may see the case; like a file, it is saved."""

from __future__ import annotations

from flask import Response

from web.cases.loading import find_visible
from web.documents import case_document, to_pdf
from web.reading import definitions
from web.services import services, settings


def document_answer(number: str) -> Response:
    """Return the case as a document, as an attachment.

    Raises:
        NotFound: there is no such case.
        Refused: they may not see it.
    """
    with services().database.reading() as connection:
        found = find_visible(connection, number)
        made = case_document(
            connection,
            found.row,
            found.definition,
            found.reader,
            definitions,
            settings().public_url,
        )
    response = Response(to_pdf(made), content_type="application/pdf")
    response.headers["Content-Disposition"] = f'attachment; filename="{made.name}.pdf"'
    return response
