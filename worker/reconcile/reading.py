"""Asks Temporal which runs a case has, and reads them all."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from definitions.clock import stamp
from worker.errors import CodecError, NotOursError
from worker.reconcile.findings import Carried, Kind, Run
from worker.reconcile.histories import Told, read_run
from workflows.names import TICK_ID

if TYPE_CHECKING:
    from temporalio.client import Client, WorkflowExecution

_ENDED: Final = {
    WorkflowExecutionStatus.RUNNING: None,
    WorkflowExecutionStatus.COMPLETED: Kind.COMPLETED,
    WorkflowExecutionStatus.CONTINUED_AS_NEW: Kind.COMPLETED,
    WorkflowExecutionStatus.TERMINATED: Kind.TERMINATED,
    WorkflowExecutionStatus.CANCELED: Kind.CANCELLED,
    WorkflowExecutionStatus.TIMED_OUT: Kind.TIMED_OUT,
    WorkflowExecutionStatus.FAILED: Kind.FAILED,
}


async def listed_runs(client: Client, query: str | None = None) -> dict[str, list[Run]]:
    """Return the runs that Temporal's list shows, by the workflow's id.

    The list may be a moment late; who needs the last word asks `carried_case`.
    """
    found: defaultdict[str, list[Run]] = defaultdict(list)
    async for execution in client.list_workflows(query):
        if execution.id.startswith(TICK_ID):
            continue  # what a schedule has started is no case
        found[execution.id].append(_run(execution))
    return dict(found)


async def carried_case(
    client: Client, case: str, listed: list[Run] | None = None, *, leave_unread: bool = False
) -> Carried:
    """Return a case as Temporal has it, with all runs whose histories it still keeps.

    What was begun under the case's id with something that nobody of ours sealed is left out.

    Args:
        client: speaks to Temporal.
        case: the workflow's id.
        listed: its runs as `listed_runs` found them; None asks for them.
        leave_unread: whether runs that a key is missing for are left out as well, as if nobody
            had begun them.

    Raises:
        temporalio.service.RPCError: Temporal doesn't answer.
        worker.errors.CodecError: a payload can't be opened: a key is missing.
    """
    if listed is None:
        listed = (await listed_runs(client, f'WorkflowId="{case}"')).get(case, [])
    runs = {run.id: run for run in listed}
    current = await _described(client, case)
    if current is not None:
        runs[current.id] = current
    told: dict[str, Told] = {}
    waiting = list(runs)
    while waiting:
        id_ = waiting.pop()
        read = await _told(client, case, id_, leave_unread=leave_unread)
        if read is None:
            runs.pop(id_)
            continue
        told[id_], reset = read, read.reset
        for other in (told[id_].before, reset.base_run if reset else ""):
            if other and other not in runs:
                described = await _described(client, case, other)
                if described is not None:
                    runs[other] = described
                    waiting.append(other)
    for id_, read in told.items():
        if read.gave_way and runs[id_].ended is Kind.FAILED:
            runs[id_] = replace(runs[id_], ended=Kind.COMPLETED)  # nobody else closed it
    ordered = sorted(runs.values(), key=lambda run: (run.started, run.ended is None))
    return Carried(ordered, [told[run.id] for run in ordered])


async def _told(client: Client, case: str, run: str, *, leave_unread: bool) -> Told | None:
    """Return what a run tells; None if it is no longer kept, or no run of the case."""
    try:
        return await read_run(client, case, run)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
    except CodecError as error:
        if not (leave_unread or isinstance(error, NotOursError)):
            raise
    return None


async def _described(client: Client, case: str, run: str | None = None) -> Run | None:
    try:
        return _run(await client.get_workflow_handle(case, run_id=run).describe())
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return None


def _run(execution: WorkflowExecution) -> Run:
    status = execution.status or WorkflowExecutionStatus.RUNNING
    return Run(execution.run_id, stamp(execution.start_time), _ENDED[status])
