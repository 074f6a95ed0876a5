"""Kept histories of what schedules start replay against today's code, and a change is found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.api.enums.v1 import EventType
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer, WorkflowRunner

from tests.replay.kept import RING, TICKS
from tests.replay.make_ticks import STORIES
from worker.codec import data_converter
from worker.worker_process import workflow_runner
from workflows import names
from workflows.ticking import TickWorkflow

TAKEN, EARLY, BY_HAND = "tick-taken", "tick-early", "tick-by-hand"


def history(name: str) -> WorkflowHistory:
    return WorkflowHistory.from_json("tick", (TICKS / f"{name}.json").read_text(encoding="utf-8"))


def replayer(kind: type, runner: WorkflowRunner) -> Replayer:
    return Replayer(
        workflows=[kind],
        namespace=names.NAMESPACE,
        data_converter=data_converter(RING),
        workflow_runner=runner,
    )


def test_each_story_is_kept_and_each_history_has_its_story() -> None:
    assert {path.stem for path in TICKS.glob("*.json")} == set(STORIES) == {TAKEN, EARLY, BY_HAND}


@pytest.mark.parametrize("name", STORIES)
async def test_a_kept_tick_replays(name: str) -> None:
    await replayer(TickWorkflow, workflow_runner(sandbox=True)).replay_workflow(
        history(name), raise_on_replay_failure=True
    )


def test_they_show_each_way_in_which_a_tick_can_go() -> None:
    def of(name: str, kind: EventType.ValueType) -> list[int]:
        """Return the attempts of activities that began, or a mark for each other event."""
        found = [event for event in history(name).events if event.event_type == kind]
        return [event.activity_task_started_event_attributes.attempt for event in found]

    began = EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED
    assert of(TAKEN, began) == [1]
    assert max(of(EARLY, began)) > 1
    assert of(BY_HAND, began) == []
    for name in (TAKEN, EARLY):
        assert of(name, EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED)
    assert of(BY_HAND, EventType.EVENT_TYPE_WORKFLOW_EXECUTION_FAILED)


@pytest.mark.parametrize("path", sorted(TICKS.glob("*.json")), ids=lambda path: path.stem)
def test_they_say_nothing_of_the_machine_that_made_them(path: Path) -> None:
    events = json.loads(path.read_text(encoding="utf-8"))["events"]
    told = json.dumps(events).split('"identity": "')[1:]
    identities = {line.split('"')[0] for line in told}
    by_server = {one for one in identities if one.startswith("temporal-scheduler-")}
    assert identities - by_server == {"tests"}
    assert "encodedAttributes" not in json.dumps(events)  # a failure's would tell paths


@workflow.defn(name=names.WORKFLOW_TICK)
class WaitsFirst:
    """It starts a timer that no history has."""

    @workflow.run
    async def run(self, process: str) -> str:
        await workflow.sleep(1)
        return await TickWorkflow().run(process)


@workflow.defn(name=names.WORKFLOW_TICK)
class TellsNobody:
    """It leaves out what the history has."""

    @workflow.run
    async def run(self, _process: str) -> str:
        return "taken"


@pytest.mark.parametrize("kind", [WaitsFirst, TellsNobody])
async def test_a_change_that_breaks_a_running_tick_is_found(kind: type) -> None:
    with pytest.raises(workflow.NondeterminismError):
        await replayer(kind, workflow_runner(sandbox=False)).replay_workflow(history(TAKEN))
