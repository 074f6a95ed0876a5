"""Between cases: starts those that a case has opened, and tells others what concerns them.

The store says what waits: openings without an answer, and notices that weren't taken in. So it
may be done as often as one likes, by the case's own delivery and again by the sweep.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from temporalio.client import Client
from temporalio.service import RPCError

from store.children import children_to_start
from store.database import Database
from store.notices import cases_to_nudge
from worker.resend import Resend
from workflows.names import SIGNAL_LOOK

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class CarryingOn:
    """What it needs.

    Attributes:
        resend: sends the openings of child cases.
        loop: the event loop to which the client belongs.
    """

    client: Client
    database: Database
    resend: Resend
    loop: asyncio.AbstractEventLoop

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
                _log.warning("case %s could not be told to look: %s", case, error)
