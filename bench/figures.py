"""Figures: how they are counted, and how they are printed."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

COLUMNS = ("ours", "bare", "ratio")


def percentile(values: Iterable[float], share: float) -> float:
    """Return the smallest value that at least this share of the values isn't above."""
    ordered = sorted(values)
    return ordered[max(math.ceil(share * len(ordered)) - 1, 0)]


def print_figures(figures: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    """Print a table for people, or one JSON object for programs."""
    if as_json:
        print(json.dumps({"figures": list(figures)}))
        return
    print(f"{'':<40}" + "".join(f"{column:>12}" for column in COLUMNS))
    for figure in figures:
        cells = [f"{figure[c]:>12,}" if c in figure else " " * 12 for c in COLUMNS]
        print(f"{figure['name']:<40}" + "".join(cells))
