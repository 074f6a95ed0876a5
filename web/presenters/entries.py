"""Links to entries of a case's timeline, also where it comes in several pages."""

from __future__ import annotations

from collections.abc import Sequence

from store.queries.timeline import EntryRow
from web.page_models import Link
from web.presenters.reader import case_url


def entry_url(number: str, seq: int, shown: Sequence[EntryRow]) -> str:
    """Return where an entry is: on this page, or on the page of entries that ends with it.

    Args:
        shown: the entries of this page.
    """
    if any(row.seq == seq for row in shown):
        return f"#entry-{seq}"
    return f"{case_url(number)}?before={seq + 1}#entry-{seq}"


def entry_link(number: str, seq: int, shown: Sequence[EntryRow]) -> Link:
    """Return an entry as a link with its place in the record."""
    return Link(label=f"entry {seq}", url=entry_url(number, seq, shown))
