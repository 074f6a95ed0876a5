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

from temporalio.service import RPCError

from definitions.clock import Clock, stamp
from store.pending import waiting_cases
from store.reconciling import known_cases
from worker.sweep import Sweep, SweepResult

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    _back: timedelta = _FIRST_LOOK_BACK
    _seen: dict[str, datetime] = field(default_factory=dict)

    async def once(self) -> SweepResult:
        """Look once, and look after what was found."""
        result = SweepResult()
        failing = {one for one, _ in await self._listed(_FAILING)}
        waiting = await asyncio.to_thread(self._waiting)
        await self.sweep.look_after(sorted({*failing, *waiting}), result)
        await self.sweep.look_into(await self._closed(), result)
        return result

    def _waiting(self) -> tuple[str, ...]:
        before = stamp(self.clock.now() - _WAITED_LONG)
        with self.sweep.database.reading() as connection:
            return waiting_cases(connection, before)

    async def _closed(self) -> tuple[str, ...]:
        """Return the cases of which a run was closed by others, and not looked into since."""
        now = datetime.now(UTC)  # Temporal's time, not the store's
        since = now - self._back
        new = {
            run: case
            for case, run in await self._listed(_CLOSED.format(since.isoformat()))
            if run not in self._seen
        }
        self._back = _LOOK_BACK
        self._seen = {run: at for run, at in self._seen.items() if at > now - 2 * _FIRST_LOOK_BACK}
        self._seen |= dict.fromkeys(new, now)
        if not new:
            return ()
        with self.sweep.database.reading() as connection:
            return known_cases(connection, sorted(set(new.values())))

    async def _listed(self, query: str) -> Iterable[tuple[str, str]]:
        """Return ids of cases and runs; none while Temporal can't tell."""
        try:
            found = self.sweep.client.list_workflows(query)
            return [(one.id, one.run_id) async for one in found]
        except RPCError as error:
            _log.warning("what fails could not be listed: %s", error)
            return ()


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
