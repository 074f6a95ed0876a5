"""Between cases: starts those that a case has opened, and tells others what concerns them.

A ruling can concern a case that has ended: that one is started again, takes it in, and ends.

The store says what waits: openings without an answer, and notices that weren't taken in. So it
may be done as often as one likes, by the case's own delivery and again by the sweep.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from store.cases import load_case
from store.children import children_to_start
from store.database import Database
from store.notices import cases_to_nudge
from worker.reconcile.starting import start_again
from worker.resend import Resend
from workflows.messages import Patience
from workflows.names import SIGNAL_LOOK, TASK_QUEUE

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CarryingOn:
    """What it needs.

    Attributes:
        resend: sends the openings of child cases.
        loop: the event loop to which the client belongs.
        patience: how long a case that is started again waits for its worker.
        queue: the task queue of workers.
    """

    client: Client
    database: Database
    resend: Resend
    loop: asyncio.AbstractEventLoop
    patience: Patience
    queue: str = TASK_QUEUE

    def __call__(self, case: str) -> None:
        """Start the children of this case that wait, and tell others to look; from a thread."""
        with self.database.reading() as connection:
            waiting = children_to_start(connection, case)
        for opening in waiting:
            self.resend.settle(opening)
        asyncio.run_coroutine_threadsafe(self.nudge(case), self.loop).result()

    def remind(self) -> None:
        """Tell every case to look that has something to take in; from a thread."""
        asyncio.run_coroutine_threadsafe(self.nudge(), self.loop).result()

    async def nudge(self, by: str | None = None) -> None:
        """Tell each case that has something to take in that it should look.

        Args:
            by: only what this case caused.
        """
        for case in await asyncio.to_thread(cases_to_nudge, self.database, by):
            try:
                await self.client.get_workflow_handle(case).signal(SIGNAL_LOOK)
            except RPCError as error:
                if error.status is RPCStatusCode.NOT_FOUND and await self._after_its_end(case):
                    continue
                _log.warning("case %s could not be told to look: %s", case, error)

    async def _after_its_end(self, case: str) -> bool:
        """Start a case again that has ended by its record, so that it looks; say whether it did."""
        _, state = await asyncio.to_thread(load_case, self.database, case)
        if state is None or not state["ended"]:
            return False  # it is missing, which the reconciler finds out and mends
        return await start_again(
            self.client,
            self.database,
            case,
            self.patience,
            also_ended=True,
            look=True,
            queue=self.queue,
        )
