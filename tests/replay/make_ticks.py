"""Makes the kept histories of what schedules start: a moment that is told, to each of its ends.

Run it by `python -m tests.replay.make_ticks [NAME …]`; as for those of cases, only for what no
release has run.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeAlias

from temporalio.client import Client, WorkflowFailureError, WorkflowHandle
from temporalio.testing import TimeSkipper
from temporalio.worker import Worker

from activities.scheduling import ScheduleActivities
from definitions.loader import load_library
from definitions.timetable import next_after
from tests.replay.kept import RING, TICKS, ring_text
from tests.support.engine import Engine, make_engine, temporal_server
from tests.support.eventually import until
from worker.codec import data_converter
from worker.scheduling import Schedules
from worker.temporal_server import DYNAMIC
from worker.worker_process import workflow_runner
from workflows import names
from workflows.ticking import TickWorkflow

SCHEDULED = "board-summary"
_Ran: TypeAlias = "WorkflowHandle[object, object]"


@dataclass(frozen=True)
class Told:
    """A server with a schedule, and a store."""

    engine: Engine

    async def pass_to_moment(self, *, tell_store: bool = True) -> timedelta:
        """Let the schedule's next moment come; return how long that took.

        Args:
            tell_store: whether the store's clock moves as well.
        """
        schedule = load_library().current(SCHEDULED).body.start.schedule
        assert schedule is not None
        now = self.engine.clock.now()
        length = next_after(schedule, now) - now + timedelta(minutes=1)
        if tell_store:
            self.pass_time(length)
        client = self.engine.client
        scheduler = f"temporal-sys-scheduler:{names.SCHEDULE_ID}{SCHEDULED}"
        await TimeSkipper(client).fast_forward(client.get_workflow_handle(scheduler), length)
        return length

    def pass_time(self, length: timedelta) -> None:
        """Move the store's clock."""
        clock = self.engine.clock
        clock.move_to_offset(clock.offset() + length.total_seconds())

    async def started(self) -> _Ran:
        """Return what the schedule has started."""
        client, query = self.engine.client, f'WorkflowType="{names.WORKFLOW_TICK}"'
        found: list[_Ran] = []

        async def is_there() -> bool:
            found[:] = [
                client.get_workflow_handle(one.id, run_id=one.run_id)
                async for one in client.list_workflows(query)
            ]
            return bool(found)

        await until(is_there)
        return found[0]


async def tick_taken(told: Told) -> _Ran:
    """The moment comes, and the store takes it."""
    await told.pass_to_moment()
    return await told.started()


async def tick_early(told: Told) -> _Ran:
    """By the store's clock it hasn't come yet: it is told again until it has."""
    length = await told.pass_to_moment(tell_store=False)
    run = await told.started()

    async def is_told_again() -> bool:
        description = (await run.describe()).raw_description
        return any(one.attempt > 1 for one in description.pending_activities)

    await until(is_told_again)
    told.pass_time(length)
    return run


async def tick_by_hand(told: Told) -> _Ran:
    """Somebody starts it without a schedule: it ends as a failure, and nothing is told."""
    client = told.engine.client
    await client.start_workflow(
        names.WORKFLOW_TICK, SCHEDULED, id=f"{names.TICK_ID}by-hand", task_queue=told.engine.queue
    )
    return await told.started()


Story: TypeAlias = Callable[[Told], Awaitable[_Ran]]
STORIES: Mapping[str, Story] = {
    story.__name__.replace("_", "-"): story for story in (tick_taken, tick_early, tick_by_hand)
}


async def make(name: str) -> None:
    """Play one story and keep its history."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "keys").mkdir(mode=0o700)
        keys = folder / "keys" / "codec-keys.json"
        keys.touch(mode=0o600)
        keys.write_text(ring_text(), encoding="ascii")
        async with temporal_server(folder, *DYNAMIC, time_skipping=True) as environment:
            # An identity of its own: by default it names the machine.
            client = await Client.connect(
                environment.client.service_client.config.target_host,
                namespace=names.NAMESPACE,
                data_converter=data_converter(RING),
                identity="tests",
            )
            engine = make_engine(client, folder, load_library().definitions())
            with closing(engine.database):
                history = await _played(engine, STORIES[name])
    TICKS.mkdir(exist_ok=True)
    text = json.dumps(history, separators=(",", ":"))
    (TICKS / f"{name}.json").write_text(text + "\n", encoding="utf-8")


async def _played(engine: Engine, story: Story) -> object:
    library, loop = load_library(), asyncio.get_running_loop()
    ticking = ScheduleActivities(engine.database, engine.clock, engine.worker_key, library.current)
    schedules = Schedules(
        engine.client, engine.database, engine.clock, library, loop, task_queue=engine.queue
    )
    with ThreadPoolExecutor(2) as executor:
        async with Worker(
            engine.client,
            task_queue=engine.queue,
            workflows=[TickWorkflow],
            activities=ticking.all(),
            activity_executor=executor,
            workflow_runner=workflow_runner(sandbox=True),
        ):
            await schedules.put_right()
            run = await story(Told(engine))
            with contextlib.suppress(WorkflowFailureError):
                await run.result()
            return _without_traces((await run.fetch_history()).to_json_dict())


def _without_traces(history: dict[str, Any]) -> dict[str, Any]:
    """Take out what tells where the code lies on this machine; no replay reads it."""
    for event in history["events"]:
        for attributes in (one for one in event.values() if isinstance(one, dict)):
            for failure in ("failure", "lastFailure"):
                attributes.get(failure, {}).pop("encodedAttributes", None)
    return history


async def main(wanted: list[str]) -> None:
    """Make those wanted, or all."""
    for name in wanted or STORIES:
        await make(name)
        print(name, "made")  # noqa: T201 - a program for people


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
