"""Breaks the history of a case, so that no replay of it succeeds any more."""

from __future__ import annotations

from google.protobuf.duration_pb2 import Duration
from temporalio.api.command.v1 import Command, StartTimerCommandAttributes
from temporalio.api.enums.v1 import CommandType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import (
    PollWorkflowTaskQueueRequest,
    RespondWorkflowTaskCompletedRequest,
)
from temporalio.client import Client

from workflows.names import SIGNAL_LOOK, TASK_QUEUE


async def answered_wrongly(client: Client, case: str) -> None:
    """Give the case a task, and answer that with a timer that our program doesn't start there.

    The worker must be away: whoever asks first gets the task.
    """
    await client.get_workflow_handle(case).signal(SIGNAL_LOOK)
    await answer_wrongly(client, case)


async def answer_wrongly(client: Client, case: str) -> None:
    """Do the same with the task that the case has."""
    service = client.workflow_service
    while True:
        task = await service.poll_workflow_task_queue(
            PollWorkflowTaskQueueRequest(
                namespace=client.namespace,
                task_queue=TaskQueue(name=TASK_QUEUE),
                identity="not ours",
            )
        )
        if task.workflow_execution.workflow_id == case:
            break
    wrong = Command(
        command_type=CommandType.COMMAND_TYPE_START_TIMER,
        start_timer_command_attributes=StartTimerCommandAttributes(
            timer_id="99", start_to_fire_timeout=Duration(seconds=86_400)
        ),
    )
    await service.respond_workflow_task_completed(
        RespondWorkflowTaskCompletedRequest(
            namespace=client.namespace,
            task_token=task.task_token,
            identity="not ours",
            commands=[wrong],
        )
    )
