"""What the kept histories hold, read from themselves: ways, ends, and what happened between."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TypeVar

from temporalio.api.common.v1 import Payload
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import HistoryEvent
from temporalio.client import WorkflowHistory
from temporalio.converter import WorkflowSerializationContext

from definitions.acts import ActResult, CommitReply, CommitRequest, Facts, SignedAct
from definitions.definition import Definition
from tests.replay.kept import FOLDER, RING
from tests.replay.ways import Taken, happened
from worker.codec import data_converter
from workflows import names
from workflows.messages import CaseInput

_CONVERTER = data_converter(RING)
_T = TypeVar("_T")


def paths() -> list[Path]:
    """Return the files, in order."""
    return sorted(FOLDER.glob("*.json"))


@cache
def history(path: Path) -> WorkflowHistory:
    """Read a history, under the id that its case had: a case looks at its own id."""
    data = json.loads(path.read_text(encoding="utf-8"))
    case = data["events"][0]["workflowExecutionStartedEventAttributes"]["workflowId"]
    return WorkflowHistory.from_json(case, data)


def process_of(path: Path) -> str:
    """Return which process the case of a history is of."""
    return history(path).events[0].workflow_execution_started_event_attributes.workflow_type.name


def is_first_run(path: Path) -> bool:
    """Say whether the history is of the run in which the case was opened."""
    started = history(path).events[0].workflow_execution_started_event_attributes
    return not started.continued_execution_run_id


def scheduled(path: Path) -> Iterator[str]:
    """Yield the names of the activities that a history schedules."""
    for event in history(path).events:
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            yield event.activity_task_scheduled_event_attributes.activity_type.name


@dataclass
class Contents:
    """What the histories of one process show.

    Attributes:
        ends: the final states in which cases ended.
        ways: what happened in them, in the words of `ways.demanded`.
        activities: the activities that were scheduled.
        signals: the signals that came.
        events: the types of events.
        refused: how many acts the case took and the commit or the case then refused.
    """

    ends: set[str] = field(default_factory=set)
    ways: set[str] = field(default_factory=set)
    activities: set[str] = field(default_factory=set)
    signals: set[str] = field(default_factory=set)
    events: set[int] = field(default_factory=set)
    refused: int = 0

    async def add(self, case: str, event: HistoryEvent) -> None:
        self.events.add(event.event_type)
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            self.activities.add(event.activity_task_scheduled_event_attributes.activity_type.name)
        elif event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED:
            self.signals.add(event.workflow_execution_signaled_event_attributes.signal_name)
        elif event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_COMPLETED:
            result = event.workflow_execution_completed_event_attributes.result.payloads
            self.ends.add(await _open(case, result, str))
        elif event.event_type == EventType.EVENT_TYPE_WORKFLOW_EXECUTION_UPDATE_COMPLETED:
            done = event.workflow_execution_update_completed_event_attributes.outcome.success
            self.refused += int(not (await _open(case, done.payloads, ActResult)).accepted)


async def _open(case: str, payloads: Sequence[Payload], kind: type[_T]) -> _T:
    context = WorkflowSerializationContext(names.NAMESPACE, case)
    (value,) = await _CONVERTER.with_context(context).decode(payloads, [kind])
    found: _T = value
    return found


async def _input(events: Sequence[HistoryEvent]) -> CaseInput:
    started = events[0].workflow_execution_started_event_attributes
    return await _open(started.workflow_id, started.input.payloads, CaseInput)


async def _taken(events: Sequence[HistoryEvent]) -> list[Taken]:
    """Return the acts that the record took in one run, as the commits answered."""
    case = events[0].workflow_execution_started_event_attributes.workflow_id
    asked: dict[int, SignedAct] = {}
    taken = []
    for event in events:
        if event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED:
            activity = event.activity_task_scheduled_event_attributes
            if activity.activity_type.name == names.ACTIVITY_COMMIT:
                request = await _open(case, activity.input.payloads, CommitRequest)
                asked[event.event_id] = request.signed
        elif event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
            completed = event.activity_task_completed_event_attributes
            signed = asked.pop(completed.scheduled_event_id, None)
            taken += await _if_taken(case, signed, completed.result.payloads)
        elif _is_of_local_activity(event):
            # The opening's commit: it is the only one. (Other markers are of patches.)
            result = event.marker_recorded_event_attributes.details["result"]
            taken += await _if_taken(case, (await _input(events)).opening, result.payloads)
    return taken


def _is_of_local_activity(event: HistoryEvent) -> bool:
    marker = event.marker_recorded_event_attributes
    return (
        event.event_type == EventType.EVENT_TYPE_MARKER_RECORDED
        and marker.marker_name == "core_local_activity"
    )


async def _if_taken(
    case: str, signed: SignedAct | None, payloads: Sequence[Payload]
) -> list[Taken]:
    if signed is None:
        return []
    reply = await _open(case, payloads, CommitReply)
    if reply.result != "committed" or reply.facts is None:
        return []
    return [Taken(signed.read(), Facts.from_json(reply.facts))]


@dataclass
class _Case:
    """A case in all its runs."""

    process: str
    definition: Definition
    taken: list[Taken] = field(default_factory=list)


async def contents() -> dict[str, Contents]:
    """Return what the histories show, by process."""
    found: dict[str, Contents] = {}
    cases: dict[str, _Case] = {}
    for path in paths():
        events, process = history(path).events, process_of(path)
        id_ = history(path).workflow_id
        for event in events:
            await found.setdefault(process, Contents()).add(id_, event)
        if id_ not in cases:
            definition = Definition.from_text((await _input(events)).definition)
            cases[id_] = _Case(process, definition)
        cases[id_].taken += await _taken(events)
    for case in cases.values():
        found[case.process].ways |= happened(case.definition, case.taken)
    return found
