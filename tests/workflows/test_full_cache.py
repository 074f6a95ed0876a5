"""More cases at once than a worker remembers: none is dropped in the middle of its opening.

The SDK drops the case that it touched longest ago, whatever that is doing. Dropped while its
opening is committed, it answers whoever opened it only when the step's time is up, or never.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from definitions.definition import Definition
from tests.support.cases import PACKAGES, open_case
from tests.support.engine import Engine
from worker.worker_process import tasks_at_once

FEWEST = 20
"""How many cases a worker remembers at least; see `worker.cached_cases`."""
OPENED = 4 * FEWEST
DROPPED = {
    EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT,
    EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED,
}


@dataclass
class Together(Interceptor):
    """Lets no commit go on before so many have begun: all that may be under way at once."""

    count: int
    begun: int = 0
    full: asyncio.Event = field(default_factory=asyncio.Event)

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - the SDK's name
        return _Held(next, self)


class _Held(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, together: Together) -> None:
        super().__init__(following)
        self._together = together

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 - the SDK's name
        self._together.begun += 1
        if self._together.begun >= self._together.count:
            self._together.full.set()
        await self._together.full.wait()
        return await super().execute_activity(input)


async def test_no_case_is_dropped_while_it_opens(idle: Engine, system_patch: Definition) -> None:
    # One less than the worker's places for steps: one of them listens for cases it remembers.
    together = Together(min(OPENED, tasks_at_once(FEWEST) - 1))
    async with idle.worker(together, max_cached_workflows=FEWEST):
        opening = (open_case(idle, system_patch, "bo", PACKAGES) for _ in range(OPENED))
        cases = await asyncio.gather(*opening)
        for case in cases:
            kinds = {event.event_type async for event in case.handle.fetch_history_events()}
            assert not kinds & DROPPED
    assert together.full.is_set()
