"""The tiers: which runs, and which of many like cases run in the first.

Which tier of tests runs is in COUNTERSIGN_TESTS, and nobody but the tests may see that.

Their conftest.py reads it when it is loaded. It looks like a setting, and the program refuses
settings that it doesn't know, so it must not be handed on to what the tests start.
"""

import os
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


def pytest_configure(config: pytest.Config) -> None:
    # Under pytest-xdist the controlling process has it for its workers, and starts nothing else.
    if hasattr(config, "workerinput") or not config.getoption("numprocesses", None):
        os.environ.pop("COUNTERSIGN_TESTS", None)
