"""A case whose run can't go on is started anew from the record, in seconds, without a person.

What breaks a run here: a worker that isn't ours answers one of its tasks with what our program
wouldn't do, so that no replay succeeds any more; somebody uses Temporal's own means on it; or
another workflow stands under its id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from temporalio import workflow
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import EventType
from temporalio.api.workflowservice.v1 import ResetWorkflowExecutionRequest
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from definitions.acts import ActResult, SignedAct
from definitions.clock import stamp
from store import tables
from store.cases import stopped_reason
from store.pending import load_act, store_act
from store.streams import SYSTEM_STREAM
from tests.support.breaking import answer_wrongly, answered_wrongly
from tests.support.eventually import eventually, until
from tests.support.stack import Stack
from tests.support.stack_desk import LEADER, Office, open_office
from tests.support.tiers import first
from worker.reconcile.one_case import MOST_TRIES
from workflows.names import TASK_QUEUE


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack with a sweep that never comes, so that only the watch can find anything."""
    own = {"COUNTERSIGN_WORKER_SWEEP_SECONDS": "3600", "COUNTERSIGN_WORKER_WATCH_SECONDS": "0.5"}
    with Stack(tmp_path_factory.mktemp("healing") / "data", own, parts_die=True) as running:
        yield running


@pytest.fixture(scope="module")
def office(stack: Stack) -> Iterator[Office]:
    office = open_office(stack)
    yield office
    office.cases.close()


@pytest.fixture
async def client(stack: Stack) -> Client:
    return await stack.temporal_client()


@dataclass
class Patient:
    """A case, and what its people are told of it."""

    stack: Stack
    office: Office
    id: str

    def keep(self) -> SignedAct:
        """Make a comment and keep it, as the web does before it sends anything."""
        signed = self.office.comment(self.id, text="Waiting.")
        at = stamp(self.stack.clock.now() - timedelta(seconds=5))
        person = self.office.desk.person(LEADER)
        store_act(self.stack.database(), signed, person=person, form_digest="x", at=at)
        return signed

    def answer(self, signed: SignedAct) -> bool | None:
        with self.stack.database().reading() as connection:
            kept = load_act(connection, signed.act["id"])
        assert kept
        return kept.result["accepted"] if kept.result else None

    def reason(self) -> str:
        with self.stack.database().reading() as connection:
            return stopped_reason(connection, self.id) or ""

    def recorded(self, run: str) -> list[str]:
        """Return what the system's stream says of a run."""
        act = tables.entries.c.act_id
        query = select(act).where(
            tables.entries.c.stream == SYSTEM_STREAM, act.startswith(f"reconcile:{run}:")
        )
        with self.stack.database().reading() as connection:
            return list(connection.scalars(query))

    async def run(self, client: Client) -> str:
        return (await client.get_workflow_handle(self.id).describe()).run_id or ""

    async def goes_on(self, waiting: SignedAct, before: int) -> None:
        """The act that waited is recorded once, and the case takes the next."""
        await asyncio.to_thread(eventually, lambda: self.answer(waiting) is True)
        assert self.office.entries(self.id) == before + 1
        again = await asyncio.to_thread(self.office.cases.act, waiting)
        assert isinstance(again, ActResult)
        assert (again.accepted, again.seq) == (True, before + 1)
        after = await asyncio.to_thread(self.office.cases.act, self.office.comment(self.id))
        assert isinstance(after, ActResult)
        assert (after.accepted, after.seq) == (True, before + 2)
        assert self.reason() == ""


@pytest.fixture
async def patient(stack: Stack, office: Office) -> Patient:
    return Patient(stack, office, await asyncio.to_thread(office.open))


async def test_a_history_that_cannot_be_replayed(
    stack: Stack, patient: Patient, client: Client
) -> None:
    before, broken = patient.office.entries(patient.id), await patient.run(client)
    stack.kill("worker")
    await answered_wrongly(client, patient.id)
    waiting = patient.keep()
    stack.start("worker")
    await patient.goes_on(waiting, before)
    assert await patient.run(client) != broken
    assert patient.recorded(broken) == [f"reconcile:{broken}:stuck"]


async def test_an_opening_that_cannot_go_on(stack: Stack, office: Office, client: Client) -> None:
    stack.kill("worker")
    opening = office.opening()
    case = str(opening.act["id"])
    at = stamp(stack.clock.now() - timedelta(seconds=5))
    store_act(stack.database(), opening, person=opening.act["actor"], form_digest="x", at=at)
    opened = asyncio.create_task(asyncio.to_thread(office.send_opening, opening))
    await answer_wrongly(client, case)
    await opened
    broken = (await client.get_workflow_handle(case).describe()).run_id
    stack.start("worker")
    patient = Patient(stack, office, case)
    await asyncio.to_thread(eventually, lambda: patient.answer(opening) is True)
    assert office.entries(case) == 1
    assert await patient.run(client) != broken
    assert patient.recorded(broken or "") == [f"reconcile:{broken}:stuck"]


async def started_anew(patient: Patient, client: Client, run: str) -> bool:
    return await patient.run(client) != run


@pytest.mark.soak
async def test_one_that_breaks_again_and_again_is_told_about_and_left(
    stack: Stack, patient: Patient, client: Client
) -> None:
    for nth in range(MOST_TRIES + 1):
        run = await patient.run(client)
        stack.kill("worker")
        await answered_wrongly(client, patient.id)
        stack.start("worker")
        if nth < MOST_TRIES:
            await until(partial(started_anew, patient, client, run))
    await asyncio.to_thread(eventually, lambda: "started anew 3 times" in patient.reason())
    assert patient.reason().startswith("It can't go on by itself: ")
    assert await patient.run(client) == run
    assert patient.recorded(run) == [f"reconcile:{run}:stuck:left"]


@pytest.mark.parametrize("how", ["cancelled", "terminated", "reset"])
async def test_temporals_own_means(
    stack: Stack, patient: Patient, client: Client, how: str
) -> None:
    before, run = patient.office.entries(patient.id), await patient.run(client)
    handle, waiting = client.get_workflow_handle(patient.id), patient.keep()
    if how == "cancelled":
        await handle.cancel()
    elif how == "terminated":
        await handle.terminate("by mistake")
    else:
        await reset(client, patient.id, run)
    await patient.goes_on(waiting, before)
    now = await patient.run(client)
    assert now != run
    told = f"reconcile:{now}:reset" if how == "reset" else f"reconcile:{run}:{how}"
    about = now if how == "reset" else run
    await asyncio.to_thread(eventually, lambda: told in patient.recorded(about))


async def reset(client: Client, case: str, run: str) -> None:
    """Reset a run to its first completed task, as `temporal workflow reset` does."""
    history = await client.get_workflow_handle(case, run_id=run).fetch_history()
    done = next(
        event.event_id
        for event in history.events
        if event.event_type == EventType.EVENT_TYPE_WORKFLOW_TASK_COMPLETED
    )
    await client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=case, run_id=run),
            reason="by hand",
            workflow_task_finish_event_id=done,
            request_id=f"{run}-reset",
        )
    )


@workflow.defn(name="something-else")
class SomethingElse:
    @workflow.run
    async def run(self, _given: Any) -> None:
        await workflow.wait_condition(lambda: False)


@pytest.mark.parametrize("queue", first(["of others", TASK_QUEUE], {"of others"}))
async def test_another_workflow_under_the_cases_id(
    stack: Stack, patient: Patient, client: Client, queue: str
) -> None:
    before = patient.office.entries(patient.id)
    stack.kill("worker")
    await client.get_workflow_handle(patient.id).terminate("to take its place")
    kind = "something-else" if queue != TASK_QUEUE else "system-patch"
    junk = await client.start_workflow(kind, "junk", id=patient.id, task_queue=queue)
    run = junk.result_run_id or junk.first_execution_run_id or ""
    async with Worker(
        client,
        task_queue="of others",
        workflows=[SomethingElse],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        waiting = patient.keep()
        stack.start("worker")
        await patient.goes_on(waiting, before)
    assert await patient.run(client) != run
