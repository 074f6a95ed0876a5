"""Tables of text for a terminal."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return the rows in columns under their heads; the last column is as wide as it wants."""
    widths = [max(map(len, column)) for column in zip(*chain([head], rows), strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in (head, ["─" * width for width in [*widths[:-1], len(head[-1])]], *rows)
    ]
    return "\n".join(lines)
