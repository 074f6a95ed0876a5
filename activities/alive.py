"""Says that a long activity is alive: where its process has died, another soon takes it over."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import copy_context
from typing import Final

from temporalio import activity

BEAT_SECONDS: Final = 1.0
"""How often; Temporal itself passes on what it is told every few seconds."""


@contextmanager
def heartbeats(every: float = BEAT_SECONDS) -> Iterator[None]:
    """Tell Temporal that the activity of this thread is at work, as long as it is.

    That it hangs isn't noticed by this, but by its time to end.

    Args:
        every: seconds between two.
    """
    here, done = copy_context(), threading.Event()

    def beat() -> None:
        activity.heartbeat()
        while not done.wait(every):
            activity.heartbeat()

    beating = threading.Thread(target=here.run, args=(beat,), name="heartbeats", daemon=True)
    beating.start()
    try:
        yield
    finally:
        done.set()
        beating.join()
