"""The sweep: keeps Temporal and the store agreed, at the worker's start and every so often.

1. A case that is open in the store but doesn't run is started again from the stored state,
   after the record was mended from its histories, if it lacked anything.
2. A run that can't go on, or that is no run of the case, is set aside, and the case started anew
   from the stored state; its acts that waited are sent again.
3. A case whose head differs from the stored one, or that has stopped over it and no longer
   need, is looked into (`worker.reconcile`): the record is mended, or the case is told to
   compare. So is one that runs, though the store has none of that id, or one that has ended.
4. A case that can't go on for all that is shown as stopped, with the reason, until it does.
5. Signed acts that were stored but never settled are sent again; their id makes that safe.
6. Errands are run that belong to no case alone, such as daily mails.

`worker.watching` does the same in between, for the cases of which something is known.
Every step may be done twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

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
from store.pending import opening_waits
from worker.reconcile.findings import Kind, Unwell
from worker.reconcile.reading import listed_runs
from worker.reconcile.reconciler import Reconciler
from worker.reconcile.unwell import unwell_of
from worker.reconcile.words import sentence
from worker.wellness import STUCK, Ailment, cannot_replay
from workflows.names import QUERY_HEAD, QUERY_STOPPED, SIGNAL_RECONCILE

if TYPE_CHECKING:
    from worker.reconcile.findings import Finding

_log = logging.getLogger(__name__)
_AT_ONCE: Final = 8
_ASK_TIMEOUT: Final = timedelta(seconds=5)
_RUNNING: Final = 'ExecutionStatus="Running"'


@dataclass
class SweepResult:
    """What one sweep found and did; ids of cases, and of acts in `resent`."""

    resent: list[str] = field(default_factory=list)
    started: list[str] = field(default_factory=list)
    healed: list[str] = field(default_factory=list)
    reconciled: list[str] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    well_again: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Apart:
    """A case that isn't as the store has it.

    Attributes:
        stored: where its stream ends.
        carried: where the case believes that; None if it doesn't run.
        tell: whether to tell it to compare, also if nothing is found.
        run: the run that can't go on, where that is what is wrong.
    """

    stored: Head
    carried: Head | None
    tell: bool = False
    run: str = ""


class _NoReplayError(Exception):
    """A case's history can't be replayed."""


async def _nothing(_case: str) -> list[str]:
    return []


@dataclass(frozen=True)
class Sweep:
    """What a sweep works with.

    Attributes:
        client: speaks to Temporal.
        database: the store.
        resend: sends the unsettled acts again and returns the ids of those that are settled now.
        reconciler: looks into cases that are apart from the store, and mends what it can.
        resend_case: the same as `resend`, for the acts of one case.
        given_up: how those stood that could not be mended, so that they are looked into again
            only when something has moved.
        errands: what else is done at the end of each sweep, in a thread of its own.
    """

    client: Client
    database: Database
    resend: Callable[[], Awaitable[list[str]]]
    reconciler: Reconciler
    resend_case: Callable[[str], Coroutine[None, None, list[str]]] = _nothing
    given_up: dict[str, Apart] = field(default_factory=dict)
    errands: tuple[Callable[[], None], ...] = ()
    _busy: set[str] = field(default_factory=set)
    _sending: set[asyncio.Task[list[str]]] = field(default_factory=set)

    async def once(self) -> SweepResult:
        """Sweep once, over all cases that are open or run."""
        result = SweepResult()
        with self.database.reading() as connection:
            cases = running_cases(connection)
        strangers = await self._running() - set(cases)
        await self.look_after((*cases, *sorted(strangers)), result)
        result.resent += await self.resend()
        for errand in self.errands:
            try:
                await asyncio.to_thread(errand)
            except Exception:  # noqa: BLE001 - nor must an errand; the next sweep runs it again
                _log.exception("an errand failed")
        return result

    async def look_after(self, cases: Iterable[str], result: SweepResult) -> None:
        """Look after some cases, and note in `result` what was found and done."""
        await self._each(cases, lambda case: self._look_after(case, result))

    async def look_into(self, cases: Iterable[str], result: SweepResult) -> set[str]:
        """Look into the histories of some cases, whether or not their heads are the store's.

        Returns:
            Those that could be looked into; the others may be later.
        """

        async def one(case: str) -> None:
            stored, _ = load_case(self.database, case)
            await self._reconcile(case, Apart(stored, None), result)

        return await self._each(cases, one) - set(result.unread)

    async def _each(self, cases: Iterable[str], look: Callable[[str], Awaitable[None]]) -> set[str]:
        done: set[str] = set()
        limit = asyncio.Semaphore(_AT_ONCE)

        async def one(case: str) -> None:
            async with limit:
                if case in self._busy:
                    return  # the sweep and the watch have met over it
                self._busy.add(case)
                try:
                    await look(case)
                    done.add(case)
                except Exception:  # noqa: BLE001 - one case must not keep the others waiting
                    _log.exception("case %s could not be looked after", case)
                finally:
                    self._busy.discard(case)

        await asyncio.gather(*(one(case) for case in cases))
        return done

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
        unwell = await unwell_of(self.client, self.database, described)
        if unwell is not None and (state is not None or self._opening_waits(case)):
            await self._heal(case, unwell, stored, result)
            return
        if state is None or state["ended"]:
            await self._reconcile(case, Apart(stored, stored), result)
            return
        try:
            apart = await self._apart(handle, case, stored)
        except _NoReplayError as error:
            run = described.run_id or ""
            unwell = Unwell(run, Kind.STUCK, Ailment.MACHINES, f"it can't be asked. {error}")
            await self._heal(case, unwell, stored, result)
            return
        self._tell(case, "", result)
        if apart is None:
            self.given_up.pop(case, None)
        elif not await self._reconcile(case, apart, result) and apart.tell:
            await handle.signal(SIGNAL_RECONCILE)
            result.reconciled.append(case)

    async def _heal(self, case: str, unwell: Unwell, stored: Head, result: SweepResult) -> None:
        """Start a case anew whose run can't go on; or show why it has stopped."""
        apart = Apart(stored, None, run=unwell.run)
        if not unwell.of_the_run:
            self._tell(case, f"{STUCK}{unwell.words}".strip(), result)
            return
        if self.given_up.get(case) == apart:
            return
        findings = await self.reconciler.case(case, unwell=unwell)
        _warn(findings)
        if any(finding.started for finding in findings):
            self._tell(case, "", result)
            result.healed.append(case)
            self._send_again(case)
            return
        if not any(finding.passing for finding in findings):
            self.given_up[case] = apart
        why = next((one.why for one in findings if one.kind is unwell.kind and one.why), "")
        self._tell(case, f"{STUCK}{why or unwell.words}".strip(), result)

    def _opening_waits(self, case: str) -> bool:
        with self.database.reading() as connection:
            return opening_waits(connection, case)

    def _send_again(self, case: str) -> None:
        """Send a case's waiting acts; nobody else has to wait for their answers."""
        sending = asyncio.create_task(self.resend_case(case))
        self._sending.add(sending)
        sending.add_done_callback(self._sent)

    def _sent(self, sending: asyncio.Task[list[str]]) -> None:
        self._sending.discard(sending)
        if not sending.cancelled() and sending.exception() is not None:
            _log.error("waiting acts could not be sent", exc_info=sending.exception())

    async def _reconcile(self, case: str, apart: Apart, result: SweepResult) -> bool:
        """Look into a case's histories, and mend what can be mended; say if anything was found."""
        if self.given_up.get(case) == apart:
            return False
        findings = await self.reconciler.case(case)
        if not findings:
            return False
        _warn(findings)
        if any(finding.passing for finding in findings):
            result.unread.append(case)
        unread = [one.why for one in findings if one.kind is Kind.UNREADABLE and not one.passing]
        if unread:  # nobody can say whether it goes on: it must not look as if it did
            self._tell(case, f"{STUCK}{unread[0]}", result)
        if any(finding.why and not finding.passing for finding in findings):
            self.given_up[case] = apart
        else:
            self.given_up.pop(case, None)
        if any(finding.started for finding in findings):
            result.started.append(case)
        else:
            result.reconciled.append(case)
        self._send_again(case)
        return True

    async def _apart(
        self, handle: WorkflowHandle[object, object], case: str, before: Head
    ) -> Apart | None:
        """Say how case and store are apart, if they are, and not just for a moment.

        Raises:
            _NoReplayError: its history can't be replayed, so that no task of it can succeed.
        """
        try:
            carried = await handle.query(QUERY_HEAD, result_type=Head, rpc_timeout=_ASK_TIMEOUT)
            stopped = await handle.query(QUERY_STOPPED, result_type=str, rpc_timeout=_ASK_TIMEOUT)
        except WorkflowQueryFailedError as error:
            if cannot_replay(str(error)):
                raise _NoReplayError(str(error)) from error
            _log.warning("case %s does not say where it stands: %s", case, error)
            return None
        except RPCError as error:
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


def _warn(findings: Iterable[Finding]) -> None:
    lines = [sentence(finding) for finding in findings]
    if lines:
        _log.warning("%s", "\n".join(lines))


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
