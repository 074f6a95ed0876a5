"""Starts a case again from the state that the store has of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from temporalio.common import WorkflowIDReusePolicy
from temporalio.exceptions import WorkflowAlreadyStartedError

from definitions.acts import SignedAct
from store.cases import load_case, load_definition, load_opening
from workflows.messages import HAPPENED_FIRST, Carried, CaseInput
from workflows.names import TASK_QUEUE

if TYPE_CHECKING:
    from temporalio.client import Client

    from store.database import Database
    from workflows.messages import Patience


async def start_again(
    client: Client,
    database: Database,
    case: str,
    patience: Patience,
    *,
    also_ended: bool = False,
    look: bool = False,
    queue: str = TASK_QUEUE,
) -> bool:
    """Start a case from its stored state; False if it ended or runs by now.

    Whoever calls this has looked into the histories of its earlier runs, and mended from them
    what the record lacked: a case that is started from an older state loses acts for good.

    Args:
        client: speaks to Temporal.
        database: holds the state.
        case: the case's id.
        patience: how long its worker is waited for.
        also_ended: start one that has ended, too: it sends what mail still waits, and ends.
        look: whether it is to take in first what happened elsewhere, such as a ruling on it.
        queue: the task queue of its workers.
    """
    head, state = load_case(database, case)
    if state is None or (state["ended"] and not also_ended):
        return False
    with database.reading() as connection:
        definition = load_definition(connection, state["definition"])
        opening = load_opening(connection, case)
    carried = Carried(state=state, head=head, look=look)
    seconds = patience.commit_seconds
    signed = SignedAct(act=opening)
    given = CaseInput(signed, definition.text, carried, seconds, HAPPENED_FIRST)
    try:
        await client.start_workflow(
            definition.process,
            given,
            id=case,
            task_queue=queue,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            task_timeout=timedelta(seconds=patience.task_seconds),
            static_summary=state["number"],
        )
    except WorkflowAlreadyStartedError:
        return False
    return True
