"""A kept history that can't be replayed as Temporal's library orders it: see decision 20.

If the first test fails because it replays, the library has been mended: read that decision again.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner, WorkflowRunner

from worker.codec import data_converter
from worker.keys import CodecRing
from worker.ordered_runner import OrderedRunner
from worker.wellness import cannot_replay
from worker.worker_process import workflow_runner
from workflows import names
from workflows.case import CaseWorkflow

STUCK = Path(__file__).parent / "stuck"
CASE = "BCpk05uOglrDsfPBwQi4_g"


def ring() -> CodecRing:
    """Return the ring that opens it; its keys were made for invented people and it alone."""
    kept = json.loads((STUCK / "codec-keys.json").read_text(encoding="ascii"))
    keys = {id_: base64.urlsafe_b64decode(f"{key}==") for id_, key in kept["keys"].items()}
    return CodecRing(kept["current"], keys)


def history() -> WorkflowHistory:
    return WorkflowHistory.from_json(CASE, (STUCK / "case.json").read_text(encoding="utf-8"))


def replayer_with(runner: WorkflowRunner) -> Replayer:
    return Replayer(
        workflows=[CaseWorkflow],
        namespace=names.NAMESPACE,
        data_converter=data_converter(ring()),
        workflow_runner=runner,
    )


async def test_its_failure_is_known_for_one_that_no_further_try_mends() -> None:
    replayer = replayer_with(workflow_runner(sandbox=True))
    with pytest.raises(Exception, match="UpdateMachine in state AcceptCommandCreated") as failed:
        await replayer.replay_workflow(history())
    assert cannot_replay(str(failed.value))


async def test_it_replays_where_what_happened_comes_before_the_updates() -> None:
    """It was made that way: live, both came in two pieces, what had happened in the first."""
    replayer = replayer_with(OrderedRunner(UnsandboxedWorkflowRunner(), always=True))
    await replayer.replay_workflow(history())
