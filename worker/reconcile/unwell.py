"""Asks of a case that runs whether its run can go on, and whether it is the case at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from store.cases import process_of
from worker.reconcile.findings import Kind, Unwell
from worker.wellness import trouble_of
from workflows.names import TASK_QUEUE

if TYPE_CHECKING:
    from temporalio.client import Client, WorkflowExecutionDescription

    from store.database import Database

_REPLACED: Final = "another workflow stands under its id."


async def unwell_of(
    client: Client, database: Database, described: WorkflowExecutionDescription
) -> Unwell | None:
    """Return what is wrong with a run under a case's id; None if nothing is known to be.

    Args:
        client: speaks to Temporal.
        database: says which process the case is of; of no known case only failing is asked.
        described: the run, which must be running.
    """
    with database.reading() as connection:
        process = process_of(connection, described.id)
    own = (process, TASK_QUEUE)
    if process is not None and (described.workflow_type, described.task_queue) != own:
        return Unwell(described.run_id or "", Kind.REPLACED, None, _REPLACED)
    trouble = await trouble_of(client, described)
    if trouble is None:
        return None
    return Unwell(
        described.run_id or "",
        Kind.STUCK,
        trouble.ailment,
        trouble.words,
        of_the_run=trouble.of_the_run,
    )
