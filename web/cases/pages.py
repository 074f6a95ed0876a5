"""A case's page, filled."""

from __future__ import annotations

from definitions.rules import shown
from web.acting.small_pages import comment_form
from web.cases.loading import find_visible, load_case
from web.frame import frame
from web.page_models import CasePage
from web.presenters.case import case_page
from web.services import services


def show_case(number: str, before: int | None) -> CasePage:
    """Return a case's page.

    Args:
        number: The case's.
        before: The entry at which the newer page of entries begins; None for the newest.
    """
    with services().database.reading() as connection:
        found = find_visible(connection, number)
        seen = load_case(connection, found, before)
    comment = comment_form(number, shown(found.definition, found.row.state, None))
    return case_page(found.reader, seen, frame(), comment)
