"""A kept history that can't be replayed: what decision 20 is about, and what heals it.

Where this fails because the history replays, the SDK has been mended: read decision 20 again.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

from worker.codec import data_converter
from worker.keys import CodecRing
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


async def test_its_failure_is_known_for_one_that_no_further_try_mends() -> None:
    text = (STUCK / "case.json").read_text(encoding="utf-8")
    history = WorkflowHistory.from_json(CASE, text)
    replayer = Replayer(
        workflows=[CaseWorkflow],
        namespace=names.NAMESPACE,
        data_converter=data_converter(ring()),
        workflow_runner=workflow_runner(sandbox=True),
    )
    with pytest.raises(Exception, match="UpdateMachine in state AcceptCommandCreated") as failed:
        await replayer.replay_workflow(history)
    assert cannot_replay(str(failed.value))
