"""The watch: between two sweeps it looks after the cases of which something is known.

Those are: runs whose tasks fail, which Temporal lists; runs that were cancelled, terminated,
reset or failed lately; and cases whose people wait for an answer. Each round is two questions to
Temporal and one to the store, however many cases there are. What is missed here the sweep finds.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from temporalio.service import RPCError, RPCStatusCode

from definitions.clock import Clock, stamp
from store.pending import waiting_cases
from store.reconciling import known_cases
from worker.sweep import Sweep, SweepResult
from workflows.names import TICK_ID

if TYPE_CHECKING:
    from collections.abc import Sequence

_log = logging.getLogger(__name__)
_FAILING: Final = 'ExecutionStatus="Running" AND TemporalReportedProblems IS NOT NULL'
_CLOSED: Final = (
    'ExecutionStatus IN ("Canceled", "Failed", "Terminated", "TimedOut") AND CloseTime > "{}"'
)
_FIRST_LOOK_BACK: Final = timedelta(days=1)
_LOOK_BACK: Final = timedelta(minutes=5)
"""Longer than a list of Temporal's may be late, and clocks apart."""
_WAITED_LONG: Final = timedelta(seconds=3)
"""An act that is older and has no answer may wait for a case that can't give one."""


@dataclass
class Watch:
    """What is watched.

    Attributes:
        sweep: looks after a case, once it is known that it needs that.
        clock: the store's.
    """

    sweep: Sweep
    clock: Clock
    _listed_at: datetime | None = None
    _seen: dict[str, datetime] = field(default_factory=dict)
    _left: set[str] = field(default_factory=set)
    """Cases that were to be looked into, and couldn't be for the moment."""
    _silent: dict[str, RPCStatusCode] = field(default_factory=dict)

    async def once(self) -> SweepResult:
        """Look once, and look after what was found."""
        result = SweepResult()
        failing = {one for one, _ in await self._listed("fails", _FAILING) or ()}
        waiting = await asyncio.to_thread(self._waiting)
        await self.sweep.look_after(sorted({*failing, *waiting}), result)
        closed = {*await self._closed(), *self._left}
        self._left = closed - await self.sweep.look_into(sorted(closed), result)
        return result

    def _waiting(self) -> tuple[str, ...]:
        before = stamp(self.clock.now() - _WAITED_LONG)
        with self.sweep.database.reading() as connection:
            return waiting_cases(connection, before)

    async def _closed(self) -> tuple[str, ...]:
        """Return the cases of which a run was closed by others, and not looked into since."""
        now = datetime.now(UTC)  # Temporal's time, not the store's
        since = self._listed_at - _LOOK_BACK if self._listed_at else now - _FIRST_LOOK_BACK
        listed = await self._listed("was closed", _CLOSED.format(since.isoformat()))
        if listed is None:
            return ()  # the next round asks for what this one didn't see
        new = {run: case for case, run in listed if run not in self._seen}
        self._listed_at = now
        self._seen = {run: at for run, at in self._seen.items() if at > now - 2 * _FIRST_LOOK_BACK}
        self._seen |= dict.fromkeys(new, now)
        if not new:
            return ()
        with self.sweep.database.reading() as connection:
            return known_cases(connection, sorted(set(new.values())))

    async def _listed(self, what: str, query: str) -> Sequence[tuple[str, str]] | None:
        """Return ids of cases and runs; None while Temporal can't tell, which is logged once."""
        try:
            listed = self.sweep.client.list_workflows(query)
            found = [(o.id, o.run_id) async for o in listed if not o.id.startswith(TICK_ID)]
        except RPCError as error:
            if self._silent.get(what) is not error.status:
                _log.warning("what %s could not be listed: %s", what, error)
            self._silent[what] = error.status
            return None
        self._silent.pop(what, None)
        return found


async def watch_for_ever(watch: Watch, seconds: float, stop: asyncio.Event) -> None:
    """Look every so many seconds, until told to stop; a failure is only logged."""
    while not stop.is_set():
        try:
            result = await watch.once()
        except Exception:  # noqa: BLE001 - the next round looks again; the worker must go on
            _log.exception("the watch failed")
        else:
            if result != SweepResult():
                _log.info("watched: %s", result)
        try:
            await asyncio.wait_for(stop.wait(), seconds)
        except TimeoutError:
            continue
