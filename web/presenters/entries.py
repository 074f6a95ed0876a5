"""Entries of a case's timeline: links to them over its pages, and what of them may be seen."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

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


def only_seen(
    entries: Iterable[EntryRow], hidden: Collection[str], private: Collection[str], reader: str
) -> tuple[EntryRow, ...]:
    """Leave out of entries the values that the reader may not see; their own they may.

    Args:
        hidden: names of values that they may not see.
        private: steps of which they may not see what others gave in them.
        reader: their id.
    """
    return tuple(
        replace(
            entry,
            values={
                name: value
                for name, value in entry.values.items()
                if name not in hidden
                and (entry.act.step not in private or entry.act.actor == reader)
            },
        )
        for entry in entries
    )
