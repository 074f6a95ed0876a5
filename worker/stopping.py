"""Temporal's worker, stopped in bounded time.

Its library, told to stop while cases are busy, was seen to wait for ever once all work had ended
(decision 20, *A worker that doesn't stop*). Nothing is lost by not waiting: what was committed is
in the record, and the next worker does the rest.
"""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from temporalio.worker import Worker

if TYPE_CHECKING:
    from temporalio.worker import WorkerConfig

FINISH: Final = timedelta(seconds=3)
"""How long the library may take to finish, after the time that work has to end."""
_log = logging.getLogger(__name__)


class StoppingWorker(Worker):
    """A worker whose block (`async with`) is left in time, whatever its library does."""

    finish = FINISH

    async def __aexit__(self, exc_type: type[BaseException] | None, *args: object) -> None:
        """Stop, as the library does; cut it off if it doesn't come to an end."""
        stopping = asyncio.ensure_future(super().__aexit__(exc_type, *args))
        patience = _grace(self.config(active_config=True)) + self.finish
        await asyncio.wait({stopping}, timeout=patience.total_seconds())
        if stopping.done():
            await stopping
            return
        stopping.cancel()
        _log.warning(
            "Temporal's library didn't stop the worker within %g seconds and was cut off; what was "
            "under way is done by the next worker.",
            patience.total_seconds(),
        )


def _grace(config: WorkerConfig) -> timedelta:
    return config.get("graceful_shutdown_timeout", timedelta())
