"""What the kept histories hold, read from themselves: ways, ends, and what happened between."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory

from definitions.acts import ActResult, SignedAct
from tests.replay.kept import FOLDER, RING
from worker.codec import data_converter

_CONVERTER = data_converter(RING)


def paths() -> list[Path]:
    """Return the files, in order."""
    return sorted(FOLDER.glob("*.json"))


@cache
def history(path: Path) -> WorkflowHistory:
    """Read a history, under the id that its case had: a case looks at its own id."""
    data = json.loads(path.read_text(encoding="utf-8"))
    case = data["events"][0]["workflowExecutionStartedEventAttributes"]["workflowId"]
    return WorkflowHistory.from_json(case, data)


@dataclass
class Contents:
    """What the histories of one process show.

    Attributes:
        ends: the final states in which cases ended.
        kinds: the kinds of acts that people sent.
        activities: the activities that were scheduled.
        events: the types of events.
        refused: how many acts the case took and the commit or the case then refused.
    """

    ends: set[str] = field(default_factory=set)
    kinds: set[str] = field(default_factory=set)
    activities: set[str] = field(default_factory=set)
    events: set[int] = field(default_factory=set)
    refused: int = 0

    async def add(self, event: HistoryEvent) -> None:
        self.events.add(event.event_type)
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            self.activities.add(event.activity_task_scheduled_event_attributes.activity_type.name)
        elif event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
            result = event.workflow_execution_completed_event_attributes.result.payloads
            self.ends.update(await _CONVERTER.decode(result, [str]))
        elif event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_ACCEPTED:
            asked = event.workflow_execution_update_accepted_event_attributes.accepted_request.input
            if asked.args.payloads:
                (signed,) = await _CONVERTER.decode(asked.args.payloads, [SignedAct])
                self.kinds.add(signed.act["kind"])
        elif event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED:
            done = event.workflow_execution_update_completed_event_attributes.outcome.success
            (result_,) = await _CONVERTER.decode(done.payloads, [ActResult])
            self.refused += int(not result_.accepted)


async def contents() -> dict[str, Contents]:
    """Return what the histories show, by process."""
    found: dict[str, Contents] = {}
    for path in paths():
        events = history(path).events
        process = events[0].workflow_execution_started_event_attributes.workflow_type.name
        for event in events:
            await found.setdefault(process, Contents()).add(event)
    return found
