"""Asks Temporal whether a case is well: whether its tasks succeed and its activities end.

A workflow task that fails is tried again for ever, and so is a commit: nothing is lost, but
nobody would notice. So a case that keeps failing is told about, with the last failure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryReverseRequest

if TYPE_CHECKING:
    from temporalio.api.failure.v1 import Failure
    from temporalio.client import Client, WorkflowExecutionDescription

STUCK: Final = "It can't go on by itself: "
"""How every reason that the sweep reports begins, so that it only takes back its own."""

FAILED_TASKS: Final = 3
FAILED_ACTIVITIES: Final = 5
_LOOK_BACK_EVENTS: Final = 20


async def why_stuck(client: Client, described: WorkflowExecutionDescription) -> str:
    """Return why a running case doesn't go on, as a sentence; "" if it does."""
    raw = described.raw_description
    for pending in raw.pending_activities:
        if pending.attempt >= FAILED_ACTIVITIES and pending.HasField("last_failure"):
            why = await _words(client, pending.last_failure)
            name = pending.activity_type.name
            return f"{STUCK}`{name}` was tried {pending.attempt} times and failed. {why}".strip()
    if raw.HasField("pending_workflow_task"):
        attempt = raw.pending_workflow_task.attempt
        if attempt >= FAILED_TASKS:
            words = await _last_task_failure(client, described)
            if words is not None:
                return f"{STUCK}its program failed {attempt} times. {words}".strip()
    return ""


async def _last_task_failure(client: Client, described: WorkflowExecutionDescription) -> str | None:
    """Return what the last failed workflow task said; None if none failed lately.

    Tasks that merely timed out (a worker was killed) don't count.
    """
    answer = await client.workflow_service.get_workflow_execution_history_reverse(
        GetWorkflowExecutionHistoryReverseRequest(
            namespace=client.namespace,
            execution=WorkflowExecution(workflow_id=described.id, run_id=described.run_id or ""),
            maximum_page_size=_LOOK_BACK_EVENTS,
        )
    )
    for event in answer.history.events:
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED:
            return None
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED:
            return await _words(client, event.workflow_task_failed_event_attributes.failure)
    return None


async def _words(client: Client, failure: Failure) -> str:
    """Return the innermost message of a failure, opened by the codec."""
    error: Any = await client.data_converter.decode_failure(failure)
    while getattr(error, "cause", None) is not None:
        error = error.cause
    words = str(getattr(error, "message", "") or error).strip().splitlines()
    return f"The last failure says: {words[0]}" if words else ""
