"""Pages by key: where a page ended, and the condition for what comes after it."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, false, or_


def after(
    columns: Sequence[tuple[ColumnElement[Any], bool]], key: Sequence[object]
) -> ColumnElement[bool]:
    """Return the condition for rows that follow `key` in the order of the columns.

    Args:
        columns: each with whether it is sorted descending.
        key: the values of the last row that was shown, one for each column.
    """
    conditions: list[ColumnElement[bool]] = []
    for index, (column, descending) in enumerate(columns):
        same = [before == value for (before, _), value in zip(columns[:index], key, strict=False)]
        further = column < key[index] if descending else column > key[index]
        conditions.append(and_(*same, further))
    return or_(false(), *conditions)
