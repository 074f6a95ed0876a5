"""The sweep: keeps Temporal and the store agreed, at the worker's start and every so often.

1. A case that is open in the store but doesn't run is started again from the stored state,
   after the record was mended from its histories, if it lacked anything.
2. A case whose head differs from the stored one, or that has stopped over it and no longer
   need, is looked into (`worker.reconcile`): the record is mended, or the case is told to
   compare. So is one that runs, though the store has none of that id, or one that has ended.
3. A case that can't go on is shown as stopped, with the reason, until it goes on again.
4. Signed acts that were stored but never settled are sent again; their id makes that safe.
5. Errands are run that belong to no case alone, such as daily mails.

Every step may be done twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from temporalio.client import (
    Client,
    WorkflowExecutionStatus,
    WorkflowHandle,
    WorkflowQueryFailedError,
)
from temporalio.service import RPCError, RPCStatusCode

from definitions.acts import Head
from store.cases import load_case, report_stopped, running_cases, stopped_reason
from store.database import Database
from worker.reconcile.reading import listed_runs
from worker.reconcile.reconciler import Reconciler
from worker.reconcile.words import sentence
from worker.wellness import STUCK, why_stuck
from workflows.names import QUERY_HEAD, QUERY_STOPPED, SIGNAL_RECONCILE

_log = logging.getLogger(__name__)
_AT_ONCE: Final = 8
_ASK_TIMEOUT: Final = timedelta(seconds=5)
_RUNNING: Final = 'ExecutionStatus="Running"'


@dataclass
class SweepResult:
    """What one sweep found and did; ids of cases, and of acts in `resent`."""

    resent: list[str] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    reconciled: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    well_again: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Apart:
    """A case that isn't as the store has it.

    Attributes:
        stored: where its stream ends.
        carried: where the case believes that; None if it doesn't run.
        tell: whether to tell it to compare, also if nothing is found.
    """

    stored: Head
    carried: Head | None
    tell: bool = False


@dataclass(frozen=True)
class Sweep:
    """What a sweep works with.

    Attributes:
        client: speaks to Temporal.
        database: the store.
        resend: sends the unsettled acts again and returns the ids of those that are settled now.
        reconciler: looks into cases that are apart from the store, and mends what it can.
        given_up: how those stood that could not be mended, so that they are looked into again
            only when something has moved.
        errands: what else is done at the end of each sweep, in a thread of its own.
    """

    client: Client
    database: Database
    resend: Callable[[], Awaitable[list[str]]]
    reconciler: Reconciler
    given_up: dict[str, Apart] = field(default_factory=dict)
    errands: tuple[Callable[[], None], ...] = ()

    async def once(self) -> SweepResult:
        """Sweep once, over all cases that are open or run."""
        result = SweepResult()
        with self.database.reading() as connection:
            cases = running_cases(connection)
        limit = asyncio.Semaphore(_AT_ONCE)

        async def one(case: str) -> None:
            async with limit:
                try:
                    await self._look_after(case, result)
                except Exception:  # noqa: BLE001 - one case must not keep the others waiting
                    _log.exception("case %s could not be looked after", case)

        strangers = await self._running() - set(cases)
        await asyncio.gather(*(one(case) for case in (*cases, *sorted(strangers))))
        result.resent += await self.resend()
        for errand in self.errands:
            try:
                await asyncio.to_thread(errand)
            except Exception:  # noqa: BLE001 - nor must an errand; the next sweep runs it again
                _log.exception("an errand failed")
        return result

    async def _running(self) -> set[str]:
        """Return what Temporal's list shows as running; it may be a moment late, or away."""
        try:
            return set(await listed_runs(self.client, _RUNNING))
        except RPCError as error:
            _log.warning("what runs could not be listed: %s", error)
            return set()

    async def _look_after(self, case: str, result: SweepResult) -> None:
        handle = self.client.get_workflow_handle(case)
        try:
            described = await handle.describe()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            described = None
        stored, state = load_case(self.database, case)
        if described is None or described.status is not WorkflowExecutionStatus.RUNNING:
            await self._reconcile(case, Apart(stored, None), result)
            return
        if state is None or state["ended"]:
            await self._reconcile(case, Apart(stored, stored), result)
            return
        reason = await why_stuck(self.client, described)
        self._tell(case, reason, result)
        apart = None if reason else await self._apart(handle, case, stored)
        if apart is not None and not await self._reconcile(case, apart, result) and apart.tell:
            await handle.signal(SIGNAL_RECONCILE)
            result.reconciled.append(case)

    async def _reconcile(self, case: str, apart: Apart, result: SweepResult) -> bool:
        """Look into a case's histories, and mend what can be mended; say if anything was found."""
        if self.given_up.get(case) == apart:
            return False
        findings = await self.reconciler.case(case)
        if not findings:
            return False
        _log.warning("%s", "\n".join(sentence(finding) for finding in findings))
        if any(finding.why and not finding.passing for finding in findings):
            self.given_up[case] = apart
        else:
            self.given_up.pop(case, None)
        if any(finding.started for finding in findings):
            result.started.append(case)
        else:
            result.reconciled.append(case)
        return True

    async def _apart(
        self, handle: WorkflowHandle[object, object], case: str, before: Head
    ) -> Apart | None:
        """Say how case and store are apart, if they are, and not just for a moment."""
        try:
            carried = await handle.query(QUERY_HEAD, result_type=Head, rpc_timeout=_ASK_TIMEOUT)
            stopped = await handle.query(QUERY_STOPPED, result_type=str, rpc_timeout=_ASK_TIMEOUT)
        except (RPCError, WorkflowQueryFailedError) as error:
            _log.warning("case %s does not say where it stands: %s", case, error)
            return None
        after, _ = load_case(self.database, case)
        if not stopped:
            return Apart(after, carried, tell=True) if before == after != carried else None
        with self.database.reading() as connection:
            shown = stopped_reason(connection, case)
        return Apart(after, carried, tell=shown != stopped or after.seq >= carried.seq)

    def _tell(self, case: str, reason: str, result: SweepResult) -> None:
        """Report that a case is stuck, or take back what an earlier sweep reported."""
        with self.database.reading() as connection:
            reported = stopped_reason(connection, case)
        if reason and reason != reported:
            report_stopped(self.database, case, reason)
            result.stopped.append(case)
        elif not reason and (reported or "").startswith(STUCK):
            report_stopped(self.database, case, "")
            result.well_again.append(case)


async def sweep_for_ever(sweep: Sweep, seconds: float, stop: asyncio.Event) -> None:
    """Sweep now and then every so many seconds, until told to stop; a failure is only logged."""
    while not stop.is_set():
        try:
            result = await sweep.once()
        except Exception:  # noqa: BLE001 - the next sweep tries again; the worker must go on
            _log.exception("a sweep failed")
        else:
            _log.info("swept: %s", result)
        try:
            await asyncio.wait_for(stop.wait(), seconds)
        except TimeoutError:
            continue
