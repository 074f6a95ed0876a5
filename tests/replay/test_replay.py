"""Kept histories replay against today's code: cases that run while we change it go on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.common import RawValue
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner, WorkflowRunner

from tests.replay.kept import FOLDER, RING
from tests.replay.make_histories import STORIES
from worker.codec import data_converter
from worker.worker_process import workflow_runner
from workflows import names
from workflows.case import CaseWorkflow

HISTORIES = sorted(FOLDER.glob("*.json"))


def _replayer(kind: type, runner: WorkflowRunner) -> Replayer:
    return Replayer(
        workflows=[kind],
        namespace=names.NAMESPACE,
        data_converter=data_converter(RING),
        workflow_runner=runner,
    )


def _history(path: Path) -> WorkflowHistory:
    data = json.loads(path.read_text(encoding="utf-8"))
    # A case looks at its own id, so it must be the one that the case had.
    case = data["events"][0]["workflowExecutionStartedEventAttributes"]["workflowId"]
    return WorkflowHistory.from_json(case, data)


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_a_kept_history_replays(path: Path) -> None:
    await _replayer(CaseWorkflow, workflow_runner(sandbox=True)).replay_workflow(_history(path))


def test_each_story_is_kept() -> None:
    kept = [path.stem for path in HISTORIES]
    for name in STORIES:
        assert [stem for stem in kept if stem.startswith(name)], name
    assert len([stem for stem in kept if "-carried-" in stem]) >= 2


def test_they_say_nothing_of_the_machine_that_made_them() -> None:
    for path in HISTORIES:
        identities = {
            value
            for line in path.read_text(encoding="utf-8").split('"identity":"')[1:]
            for value in [line.split('"')[0]]
        }
        assert identities <= {"tests"}, path.name


@workflow.defn(dynamic=True)
class ImpatientCase(CaseWorkflow):
    """A case that does something first which no history has."""

    @workflow.init
    def __init__(self, args: Sequence[RawValue]) -> None:
        super().__init__(args)

    @workflow.run
    async def run(self, args: Sequence[RawValue]) -> str:
        await workflow.sleep(1)
        return await super().run(args)


async def test_a_change_that_breaks_running_cases_is_found() -> None:
    replayer = _replayer(ImpatientCase, UnsandboxedWorkflowRunner())
    with pytest.raises(workflow.NondeterminismError):
        await replayer.replay_workflow(_history(HISTORIES[0]))
