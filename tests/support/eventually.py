"""The one way in which tests wait for what somebody else brings about.

The limit catches what hangs and nothing else: it is far longer than anything takes on a busy
machine, so that no test fails because it was slow, and none ends sooner for a shorter one.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

LIMIT_SECONDS = 120.0
BROWSER_SECONDS = 130.0
"""How long a browser waits for a page: longer than a page waits for its case."""
_FIRST_PAUSE = 0.01
_LONGEST_PAUSE = 0.25
_T = TypeVar("_T")


def eventually(
    condition: Callable[[], _T],
    what: str | Callable[[], str] = "",
    *,
    seconds: float = LIMIT_SECONDS,
) -> _T:
    """Wait until a condition holds.

    Args:
        condition: asked again and again; what it raises, the test fails with.
        what: what should come true, or what to say if it never does; without it, the condition's
            own source.
        seconds: after so long it counts as hanging.

    Returns:
        What the condition returned in the end.

    Raises:
        AssertionError: it never came true.
    """
    until_then = time.monotonic() + seconds
    for pause in _pauses():
        answer = condition()
        if answer:
            return answer
        assert time.monotonic() < until_then, _never(condition, what, seconds)
        time.sleep(pause)
    raise AssertionError


async def until(
    condition: Callable[[], object],
    what: str | Callable[[], str] = "",
    *,
    seconds: float = LIMIT_SECONDS,
) -> None:
    """Wait as `eventually` does, for a condition that may be awaited; others go on meanwhile."""
    limit = asyncio.timeout(seconds)
    try:
        async with limit:
            for pause in _pauses():
                answer = condition()
                if inspect.isawaitable(answer):
                    answer = await answer
                if answer:
                    return
                await asyncio.sleep(pause)
    except Exception as error:  # a call that is cut off may end with an error of its own
        if not limit.expired():
            raise
        raise AssertionError(_never(condition, what, seconds)) from error


def _pauses() -> Iterator[float]:
    pause = _FIRST_PAUSE
    while True:
        yield pause
        pause = min(pause * 1.5, _LONGEST_PAUSE)


def _never(condition: Callable[[], object], what: str | Callable[[], str], seconds: float) -> str:
    said = what() if callable(what) else what
    return f"it never came true, in {seconds:g} seconds: {said or _source(condition)}"


def _source(condition: Callable[[], object]) -> str:
    try:
        return inspect.getsource(condition).strip()
    except (OSError, TypeError):
        return repr(condition)
