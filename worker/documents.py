"""What makes the documents that go with mails, inside of the mail activity."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from activities.documents import Attached, Documents
from definitions.clock import stamp
from store.queries.cases import cases_by_id, definitions_by_version
from web.documents import case_document, least_reader, to_pdf

if TYPE_CHECKING:
    from definitions.clock import Clock
    from store.database import Database
    from store.mail import Mail


def make_documents(database: Database, clock: Clock, public_url: str) -> Documents:
    """Return what makes the document of a mail.

    Whoever gets the mail, it holds what every Member may see: mails are passed on.
    """
    # A mail goes to several people one after the other; it is composed for each, and drawn again
    # only if something changed meanwhile.
    drawn = lru_cache(maxsize=1)(to_pdf)

    def document_of(mail: Mail) -> Attached:
        with database.reading() as connection:
            row = cases_by_id(connection, [mail.case])[mail.case]
            definition = definitions_by_version(connection, [row.version])[row.version]
            reader = least_reader(connection, stamp(clock.now()))
            made = case_document(
                connection, row, definition, reader, definitions_by_version, public_url
            )
        return Attached(f"{made.name}.pdf", drawn(made))

    return document_of
