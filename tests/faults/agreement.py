"""Do the two stores agree? Asked of record, cases and the program's own verifier."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select
from temporalio.client import WorkflowExecutionStatus, WorkflowHandle

from definitions.acts import Head
from store import tables
from store.cases import running_cases
from store.database import Database
from store.streams import head_of
from tests.faults.people import Crew
from tests.support.eventually import until
from tests.support.stack import Stack
from worker.record_commands import verify
from worker.temporal_client import connect
from workflows.names import QUERY_HEAD, QUERY_STOPPED

_HANDS = 3


def agree(stack: Stack) -> None:
    """Hold every open case to the head in the store, and the record to itself."""
    found = asyncio.run(verify(stack.settings, ask_cases=True))
    assert found["ok"], found
    asyncio.run(_heads_are_equal(stack))


async def _heads_are_equal(stack: Stack) -> None:
    client = await connect(stack.settings, stack.keys.codec)
    with stack.database().reading() as connection:
        cases = list(running_cases(connection))
    for case in cases:
        handle = client.get_workflow_handle(case)
        status = (await handle.describe()).status
        assert status is WorkflowExecutionStatus.RUNNING, f"{case} is {status}"
        await _has_its_head(stack, handle)


def caught_up(stack: Stack) -> None:
    """Wait until each case, an ended one too, has taken in all that the record has of it.

    Whoever acts is answered out of the record as soon as it is there; what the case still has to
    do about it then would be taken for what is done next.
    """

    async def ask() -> None:
        client = await connect(stack.settings, stack.keys.codec)
        with stack.database().reading() as connection:
            cases = list(connection.scalars(select(tables.cases.c.case)))
        for case in cases:
            await _has_its_head(stack, client.get_workflow_handle(case))

    asyncio.run(ask())


async def _has_its_head(stack: Stack, handle: WorkflowHandle[object, object]) -> None:
    """A case that was just told of its commit is given the time to take it up."""

    async def same() -> bool:
        carried: Head = await handle.query(QUERY_HEAD, result_type=Head)
        return carried == _stored(stack.database(), handle.id)

    await until(same, f"{handle.id} has its stored head")


def is_stopped(stack: Stack, case: str) -> bool:
    """Ask a case itself whether it has stopped."""

    async def ask() -> str:
        client = await connect(stack.settings, stack.keys.codec)
        handle = client.get_workflow_handle(case)
        reason: str = await handle.query(QUERY_STOPPED, result_type=str)
        return reason

    return asyncio.run(ask()) != ""


def _stored(database: Database, case: str) -> Head:
    with database.reading() as connection:
        return head_of(connection, case)


def finish_all(crew: Crew) -> int:
    """Sign every open case to its end; returns how many there were."""
    cases = list(crew.states())
    with ThreadPoolExecutor(_HANDS) as pool:
        list(pool.map(crew.finish, cases))
    assert not crew.states()
    return len(cases)
