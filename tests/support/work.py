"""Counts what Python does, where a test asks how much work something is.

A count is the same on a fast machine, a slow one and a busy one, so it shows what seconds only
hint at: whether the work grows with the size of what is given, or with its square.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

# Of what is done in C only the call is seen, and whose method it is. A text's methods may go over
# all of it, and these of a list do; so many characters or items count as much as a line of Python.
_OF_LISTS = {"copy", "count", "extend", "index", "insert", "remove", "reverse", "sort"}
_ITEMS = 16


class _Counter:
    def __init__(self) -> None:
        self.count = 0

    def line(self, frame: FrameType, event: str, argument: Any) -> Any:
        self.count += 1
        return self.line

    def call(self, frame: FrameType, event: str, argument: Any) -> None:
        if event == "c_call":
            self.count += 1 + _gone_over(argument) // _ITEMS


def _gone_over(called: Any) -> int:
    whose = getattr(called, "__self__", None)
    if isinstance(whose, (str, bytes, bytearray)):
        return len(whose)
    return len(whose) if isinstance(whose, (list, tuple)) and called.__name__ in _OF_LISTS else 0


def work_of(action: Callable[[], object]) -> int:
    """Return how much work an action is: lines of Python, calls into C, and what those go over.

    Not seen is what a regular expression does with one text: give it one so long that going over
    it again and again takes hours.
    """
    counter = _Counter()
    tracing, profiling = sys.gettrace(), sys.getprofile()
    sys.settrace(counter.line)
    sys.setprofile(counter.call)
    try:
        action()
    finally:
        sys.setprofile(profiling)
        sys.settrace(tracing)
    return counter.count


def grows_with_the_size(work: Callable[[int], int], size: int) -> None:
    """Hold that twice the size is about twice the work: with its square it is four times."""
    small, large = work(size), work(2 * size)
    assert large < 3 * small, f"twice the size is {large / small:.1f} times the work"
