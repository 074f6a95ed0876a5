"""Asks Temporal whether a run is well: whether its tasks succeed and its activities end.

A workflow task that fails is tried again for ever, and so is a commit: nothing is lost, but
nobody would notice, and a task whose replay fails can never succeed. So a run that doesn't get
on is told about, with the last failure; `worker.reconcile` sets aside what can't get on.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final

from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType, WorkflowTaskFailedCause
from temporalio.api.workflowservice.v1 import GetWorkflowExecutionHistoryReverseRequest

from worker.codec import of_workflow

if TYPE_CHECKING:
    from temporalio.api.history.v1 import WorkflowTaskFailedEventAttributes
    from temporalio.client import Client, WorkflowExecutionDescription

STUCK: Final = "It can't go on by itself: "
"""How every reason that the sweep reports begins, so that it only takes back its own."""

FAILED_TASKS: Final = 3
"""From this attempt on a task that failed is held to fail for good."""
UNANSWERED_TASKS: Final = 4
"""From this attempt on so is one that no worker answers in time, though one is there."""
FAILED_ACTIVITIES: Final = 5
_LOOK_BACK_EVENTS: Final = 20
_MACHINES: Final = ("Fatal error in workflow machines", "[TMPRL1100]", "Nondeterminism error")
"""How the SDK's words begin when a history can't be replayed: what follows never helps."""
_PROBLEMS: Final = "TemporalReportedProblems"
_FAILING: Final = b"category=WorkflowTaskFailed"
_FOR_GOOD: Final = frozenset(
    {
        WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_NON_DETERMINISTIC_ERROR,
        WorkflowTaskFailedCause.WORKFLOW_TASK_FAILED_CAUSE_BAD_UPDATE_WORKFLOW_EXECUTION_MESSAGE,
    }
)


class Ailment(StrEnum):
    """What a run that doesn't get on suffers from."""

    MACHINES = "machines"
    """Its history can't be replayed: no further try can succeed."""
    PROGRAM = "program"
    """Its program fails again and again."""
    SILENCE = "silence"
    """Its tasks aren't answered in time, again and again, though a worker is there."""
    ACTIVITY = "activity"
    """An activity fails again and again: what it touches must be mended, not the run."""


@dataclass(frozen=True)
class Trouble:
    """What keeps a run from going on, and that as a sentence."""

    ailment: Ailment
    words: str

    @property
    def reason(self) -> str:
        """Why the case is stopped, as it is shown."""
        return f"{STUCK}{self.words}".strip()

    @property
    def of_the_run(self) -> bool:
        """Whether another run from the stored state may do better."""
        return self.ailment is not Ailment.ACTIVITY


def cannot_replay(words: str) -> bool:
    """Say whether an error of Temporal's library means that a history can't be replayed."""
    return any(one in words for one in _MACHINES)


async def trouble_of(client: Client, described: WorkflowExecutionDescription) -> Trouble | None:
    """Return what keeps a running case from going on; None if nothing is known to.

    What can be healed comes first: a run whose tasks fail stays so when its activities end.
    """
    failing = await _failing_task(client, described)
    return failing or await _failing_activity(client, described)


async def _failing_activity(
    client: Client, described: WorkflowExecutionDescription
) -> Trouble | None:
    for pending in described.raw_description.pending_activities:
        if pending.attempt >= FAILED_ACTIVITIES and pending.HasField("last_failure"):
            why = await _words(client, described.id, pending.last_failure)
            name = pending.activity_type.name
            # Without the count, which would be another reason at each look.
            words = f"`{name}` was tried {FAILED_ACTIVITIES} times or more and failed. {why}"
            return Trouble(Ailment.ACTIVITY, words)
    return None


async def _failing_task(client: Client, described: WorkflowExecutionDescription) -> Trouble | None:
    raw = described.raw_description
    if not raw.HasField("pending_workflow_task"):
        return None
    attempt = raw.pending_workflow_task.attempt
    if attempt < 2:  # noqa: PLR2004 - the first try isn't over
        return None
    failed = await _last_failed_task(client, described)
    if failed is None and _FAILING in _reported(described) and attempt >= FAILED_TASKS:
        # Its first try timed out, and of the others no event is kept.
        return Trouble(Ailment.PROGRAM, f"its program failed {attempt - 1} times.")
    if failed is None:
        words = f"its tasks weren't answered in time, {attempt - 1} times."
        return Trouble(Ailment.SILENCE, words) if attempt >= UNANSWERED_TASKS else None
    why = await _words(client, described.id, failed.failure)
    words = f"its program failed {attempt - 1} {'time' if attempt == 2 else 'times'}. {why}"  # noqa: PLR2004
    if failed.cause in _FOR_GOOD or cannot_replay(why):
        return Trouble(Ailment.MACHINES, words)
    return Trouble(Ailment.PROGRAM, words) if attempt >= FAILED_TASKS else None


def _reported(described: WorkflowExecutionDescription) -> bytes:
    """Return what Temporal says by itself of the tries that go on, as it says it."""
    fields = described.raw_description.workflow_execution_info.search_attributes.indexed_fields
    return fields[_PROBLEMS].data if _PROBLEMS in fields else b""


async def _last_failed_task(
    client: Client, described: WorkflowExecutionDescription
) -> WorkflowTaskFailedEventAttributes | None:
    """Return the last workflow task that failed; None if one succeeded since, or none did.

    Of tries that follow one another only the first leaves an event. Tasks that merely timed out
    (a worker was killed) don't count.
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
            return event.workflow_task_failed_event_attributes
    return None


async def _words(client: Client, case: str, failure: Any) -> str:
    """Return the innermost message of a failure, opened by the codec."""
    error: Any = await of_workflow(client, case).decode_failure(failure)
    while getattr(error, "cause", None) is not None:
        error = error.cause
    words = str(getattr(error, "message", "") or error).strip().splitlines()
    return f"The last failure says: {words[0]}" if words else ""
