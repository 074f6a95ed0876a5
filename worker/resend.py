"""Sends acts again that were stored but never answered, and keeps the answer.

Nobody may be waiting for it any more; but what a person signed and sent is settled, whatever
happened in between. An act that is in the record is settled from the record.
"""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from definitions.acts import SYSTEM, ActResult
from definitions.clock import Clock, stamp
from store.cases import UnknownDefinitionError, load_definition
from store.database import Database
from store.in_force import why_not_in_force
from store.pending import settle, unsettled, unsettled_in
from store.sweeping import believed, recorded_answer
from web.gateway import CaseGateway

if TYPE_CHECKING:
    from store.pending import PendingAct

_log = logging.getLogger(__name__)
_AT_ONCE: Final = 8
STILL_WAITED_FOR: Final = timedelta(seconds=15)
"""Acts younger than this are left to the request that sent them."""


@dataclass
class Resend:
    """What sending again needs.

    Attributes:
        grace: how old an act must be; nothing at first, because a worker that has just started
            can't know whether the web waits.
    """

    database: Database
    clock: Clock
    cases: CaseGateway
    grace: timedelta = timedelta()

    async def once(self) -> list[str]:
        """Send each unsettled act once; returns the ids of those that are settled now."""
        before = stamp(self.clock.now() - self.grace)
        self.grace = STILL_WAITED_FOR
        with self.database.reading() as connection:
            acts = unsettled(connection, before)
        limit = asyncio.Semaphore(_AT_ONCE)

        async def one(act: PendingAct) -> str | None:
            async with limit:
                return act.nonce if await asyncio.to_thread(self.settle, act) else None

        settled = await asyncio.gather(*(one(act) for act in acts))
        return [nonce for nonce in settled if nonce is not None]

    async def of_case(self, case: str) -> list[str]:
        """Send a case's unsettled acts, one after the other; returns which are settled now."""
        with self.database.reading() as connection:
            acts = unsettled_in(connection, case)
        return [act.nonce for act in acts if await asyncio.to_thread(self.settle, act)]

    def settle(self, act: PendingAct) -> bool:
        """Send one act, unless the record answers already; say whether it is settled now."""
        with self.database.reading() as connection:
            answer = recorded_answer(connection, act.nonce)
        answer = answer or self._believed(act, self._send(act))
        if answer is None:
            return False
        settle(self.database, act.nonce, dataclasses.asdict(answer), stamp(self.clock.now()))
        return True

    def _believed(self, act: PendingAct, answer: ActResult | None) -> ActResult | None:
        if answer is None:
            return None
        with self.database.reading() as connection:
            return believed(connection, act.nonce, act.case, answer)

    def _send(self, act: PendingAct) -> ActResult | None:
        """Return the case's answer; None if there is none yet."""
        if act.signed.act["kind"] != "open":
            answer = self.cases.act(act.signed)
            return answer if isinstance(answer, ActResult) else None
        try:
            with self.database.reading() as connection:
                definition = load_definition(connection, act.signed.act["definition"])
                waits = why_not_in_force(connection, definition)
        except UnknownDefinitionError as error:
            _log.warning("act %s can't be sent: %s", act.nonce, error)
            return None
        if waits is not None and act.signed.act["actor"] == SYSTEM:
            return None  # nobody could open a form again: it is signed anew (`open_waiting`)
        answer = self.cases.open(act.signed, definition.text, definition.process)
        return answer if isinstance(answer, ActResult) else None
