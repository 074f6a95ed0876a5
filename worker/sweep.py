"""The sweep: keeps Temporal and the store agreed, at the worker's start and every so often.

1. A case that is open in the store but doesn't run is started again from the stored state.
2. A case whose head differs from the stored one, or that has stopped over it and no longer
   need, is told to compare (`reconcile`).
3. A case that can't go on is shown as stopped, with the reason, until it goes on again.
4. Signed acts that were stored but never settled are sent again; their id makes that safe.

It changes no case itself: it only asks, starts and tells. Every step may be done twice.
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
from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError
from temporalio.service import RPCError, RPCStatusCode

from definitions.acts import Head, SignedAct
from store.cases import load_case, load_definition, report_stopped, running_cases
from store.database import Database
from store.sweeping import opening_act, stopped_reason
from worker.wellness import STUCK, why_stuck
from workflows.messages import Carried, CaseInput
from workflows.names import QUERY_HEAD, QUERY_STOPPED, SIGNAL_RECONCILE, TASK_QUEUE

_log = logging.getLogger(__name__)
_AT_ONCE: Final = 8
_ASK_TIMEOUT: Final = timedelta(seconds=5)
_TASK_TIMEOUT: Final = timedelta(seconds=3)


@dataclass
class SweepResult:
    """What one sweep found and did; ids of cases, and of acts in `resent`."""

    resent: list[str] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    reconciled: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    well_again: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Sweep:
    """What a sweep works with.

    Attributes:
        client: speaks to Temporal.
        database: the store.
        resend: sends the unsettled acts again and returns the ids of those that are settled now.
    """

    client: Client
    database: Database
    resend: Callable[[], Awaitable[list[str]]]

    async def once(self) -> SweepResult:
        """Sweep once, over all open cases."""
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

        await asyncio.gather(*(one(case) for case in cases))
        result.resent += await self.resend()
        return result

    async def _look_after(self, case: str, result: SweepResult) -> None:
        handle = self.client.get_workflow_handle(case)
        try:
            described = await handle.describe()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            described = None
        if described is None or described.status is not WorkflowExecutionStatus.RUNNING:
            if await self._start_again(case):
                result.started.append(case)
            return
        reason = await why_stuck(self.client, described)
        self._tell(case, reason, result)
        if not reason and await self._must_compare(handle, case):
            await handle.signal(SIGNAL_RECONCILE)
            result.reconciled.append(case)

    async def _start_again(self, case: str) -> bool:
        """Start a case from its stored state; False if it ended or runs by now."""
        head, state = load_case(self.database, case)
        if state is None or state["ended"]:
            return False
        with self.database.reading() as connection:
            definition = load_definition(connection, state["definition"])
            opening = opening_act(connection, case)
        given = CaseInput(SignedAct(act=opening), definition.text, Carried(state=state, head=head))
        try:
            await self.client.start_workflow(
                definition.process,
                given,
                id=case,
                task_queue=TASK_QUEUE,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                task_timeout=_TASK_TIMEOUT,
                static_summary=state["number"],
            )
        except WorkflowAlreadyStartedError:
            return False
        return True

    async def _must_compare(self, handle: WorkflowHandle[object, object], case: str) -> bool:
        """Say whether case and store are apart, and not just for a moment.

        A case that has stopped, and is shown so, is left alone until the store has again what it
        lacked.
        """
        before, _ = load_case(self.database, case)
        try:
            carried = await handle.query(QUERY_HEAD, result_type=Head, rpc_timeout=_ASK_TIMEOUT)
            stopped = await handle.query(QUERY_STOPPED, result_type=str, rpc_timeout=_ASK_TIMEOUT)
        except (RPCError, WorkflowQueryFailedError) as error:
            _log.warning("case %s does not say where it stands: %s", case, error)
            return False
        after, _ = load_case(self.database, case)
        if not stopped:
            return bool(before == after != carried)
        with self.database.reading() as connection:
            shown = stopped_reason(connection, case)
        return bool(shown != stopped or after.seq >= carried.seq)

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
