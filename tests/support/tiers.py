"""Which of many like cases run in the first tier; the others run in the soak."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import Any

import pytest


def first(
    cases: Iterable[Any], quick: Container[str], ids: Iterable[str] | None = None
) -> list[Any]:
    """Return cases for `parametrize`: those named run in every run, the others in the soak.

    Args:
        cases: values, or tuples of them.
        quick: names of those that run each time.
        ids: the cases' names; without them, each is its own.
    """
    named = (
        [(case, str(case)) for case in cases] if ids is None else list(zip(cases, ids, strict=True))
    )
    assert any(name in quick for _, name in named), "none would run each time"
    return [
        pytest.param(
            *(case if isinstance(case, tuple) else (case,)),
            id=name,
            marks=() if name in quick else pytest.mark.soak,
        )
        for case, name in named
    ]
