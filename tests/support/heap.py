"""What all tests share is taken out of later garbage collections, once, before the first test.

A process that has collected all tests holds half a million objects that stay. To walk them takes
the best part of a second, whenever Python finds it due: for a workflow's task, which the SDK gives
two seconds on the clock, that was enough to fail it on a machine with other work.
"""

from __future__ import annotations

import gc


def pytest_collection_finish() -> None:
    """Collect, and keep what is left for good."""
    gc.collect()
    gc.freeze()
