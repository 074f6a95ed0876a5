"""What a case has queued for other processes, as sentences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from store.queries.queued import QueuedRow
from web.page_models import QueuedLine
from web.presenters.reader import case_ref


def queued_lines(rows: Sequence[QueuedRow], titles: Mapping[str, str]) -> tuple[QueuedLine, ...]:
    """Return each thing as a line: that it waits, or which case has it on its list.

    Args:
        titles: what processes are called.
    """
    return tuple(_line(row, titles.get(row.process, row.process)) for row in rows)


def _line(row: QueuedRow, title: str) -> QueuedLine:
    if row.taken_by is None:
        return QueuedLine(sentence=f"It waits for the next “{title}”.")
    sentence = f"It is on the list of {row.taken_by} (“{title}”)."
    return QueuedLine(sentence=sentence, cases=(case_ref(row.taken_by, None),))
