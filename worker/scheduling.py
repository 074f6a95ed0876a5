"""Schedules: Temporal's are made and kept as the definitions say, and what waits is opened.

The definitions say when, the store says what is paused; Temporal's schedules are their servants.
One that was changed, paused, let go on or deleted by hand is put right, and moments that passed in
the meantime are told; one that nothing asks for any more is deleted. Every step may be done twice.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from temporalio.client import (
    Client,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleBackfill,
    ScheduleCalendarSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleState,
    ScheduleUpdate,
)
from temporalio.client import Schedule as TemporalSchedule
from temporalio.service import RPCError, RPCStatusCode

from definitions.clock import Clock, parse
from definitions.loader import Library
from definitions.timetable import Schedule
from store.database import Database
from store.pausing import paused_since, resumed_at
from store.ticking import last_told, open_waiting, openings_to_send
from worker.codec import of_workflow
from workflows.names import SCHEDULE_ID, TASK_QUEUE, TICK_ID, WORKFLOW_TICK

if TYPE_CHECKING:
    from store.signatures import SigningKey
    from worker.resend import Resend

_log = logging.getLogger(__name__)
_CATCH_UP: Final = timedelta(days=366)
"""How long Temporal may have been away and still tells each moment that passed."""
_POLICY: Final = SchedulePolicy(
    overlap=ScheduleOverlapPolicy.BUFFER_ALL, catchup_window=_CATCH_UP, pause_on_failure=False
)
"""Moments are told one after the other: the store takes none that is earlier than the last."""


def opens_waiting(
    database: Database, clock: Clock, worker_key: SigningKey, resend: Resend
) -> Callable[[], None]:
    """Return what opens the scheduled cases that wait; to be called from a thread."""

    def send() -> None:
        open_waiting(database, clock, worker_key)
        with database.reading() as connection:
            acts = openings_to_send(connection)
        for act in acts:
            resend.settle(act)

    return send


@dataclass(frozen=True)
class Schedules:
    """Keeps Temporal's schedules as they should be.

    Attributes:
        clock: the store's.
        library: says which processes open by themselves.
        loop: the event loop to which the client belongs.
        task_queue: where what they start is done.
    """

    client: Client
    database: Database
    clock: Clock
    library: Library
    loop: asyncio.AbstractEventLoop
    task_queue: str = TASK_QUEUE

    def __call__(self) -> None:
        """Put right what isn't as it should be; from a thread, as an errand of the sweep."""
        asyncio.run_coroutine_threadsafe(self.put_right(), self.loop).result()

    async def try_once(self) -> None:
        """Do the same at the start; what can't be done now is done by the sweep."""
        try:
            await self.put_right()
        except RPCError as error:
            _log.warning("schedules could not be looked at: %s", error)

    async def put_right(self) -> list[str]:
        """Make, mend and delete schedules; return the processes of those that weren't right."""
        wanted = {
            one.process: one.body.start.schedule
            for one in self.library.definitions()
            if one.body.start.schedule is not None
        }
        paused = await asyncio.to_thread(self._paused)
        mended = [
            process
            for process, schedule in wanted.items()
            if await self._mend(process, self._as_temporal(process, schedule, process in paused))
        ]
        async for listed in await self.client.list_schedules():
            process = listed.id.removeprefix(SCHEDULE_ID)
            if listed.id.startswith(SCHEDULE_ID) and process not in wanted:
                await self.client.get_schedule_handle(listed.id).delete()
                mended.append(process)
        if mended:
            _log.warning("schedules that weren't as they should be: %s", ", ".join(mended))
        return mended

    def _paused(self) -> set[str]:
        with self.database.reading() as connection:
            return set(paused_since(connection))

    async def _mend(self, process: str, wanted: TemporalSchedule) -> bool:
        handle = self.client.get_schedule_handle(f"{SCHEDULE_ID}{process}")
        try:
            there = (await handle.describe()).schedule
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            try:
                await self.client.create_schedule(handle.id, wanted)
            except ScheduleAlreadyRunningError:
                return False  # another worker was quicker
        else:
            same = await self._same(there, wanted)
            if same and there.state.paused == wanted.state.paused:
                return False
            await handle.update(lambda _: ScheduleUpdate(wanted))
            if same:
                return True  # what passed while it was paused isn't made up for
        since = await asyncio.to_thread(self._told_until, process)
        if since and not wanted.state.paused:
            overlap = ScheduleOverlapPolicy.BUFFER_ALL
            await handle.backfill(ScheduleBackfill(parse(since), self.clock.now(), overlap))
        return True

    def _told_until(self, process: str) -> str:
        """Return since when moments may have passed untold; "" if none ever was told."""
        with self.database.reading() as connection:
            last = last_told(connection).get(process, "")
            return max(last, resumed_at(connection, process)) if last else ""

    async def _same(self, there: TemporalSchedule, wanted: TemporalSchedule) -> bool:
        one, other = there.action, wanted.action
        if not isinstance(one, ScheduleActionStartWorkflow) or not isinstance(
            other, ScheduleActionStartWorkflow
        ):
            return False
        try:
            given = await of_workflow(self.client, one.id).decode(one.args)
        except Exception:  # noqa: BLE001 - whatever somebody wrote there: it isn't ours
            return False
        return (
            (one.workflow, one.id, one.task_queue) == (other.workflow, other.id, other.task_queue)
            and given == list(other.args)
            and (there.spec, there.policy) == (wanted.spec, wanted.policy)
            and not there.state.limited_actions
        )

    def _as_temporal(self, process: str, schedule: Schedule, paused: bool) -> TemporalSchedule:  # noqa: FBT001 - one of three that say all
        return TemporalSchedule(
            action=ScheduleActionStartWorkflow(
                WORKFLOW_TICK,
                process,
                id=f"{TICK_ID}{process}",
                task_queue=self.task_queue,
            ),
            spec=ScheduleSpec(
                calendars=[
                    ScheduleCalendarSpec(
                        second=_at(0),
                        minute=_at(schedule.minute()),
                        hour=_at(schedule.hour()),
                        day_of_month=_at(schedule.day),
                        month=_at(*sorted(set(schedule.months))),
                        day_of_week=(ScheduleRange(0, 6, 1),),
                    )
                ]
            ),
            policy=_POLICY,
            state=ScheduleState(paused=paused),
        )


def _at(*numbers: int) -> tuple[ScheduleRange, ...]:
    return tuple(ScheduleRange(number, number, 1) for number in numbers)
