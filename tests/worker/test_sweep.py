"""The sweep, against a running stack: whatever went apart comes together again."""

import asyncio
import dataclasses
from datetime import timedelta

import pytest
from temporalio import activity, workflow
from temporalio.client import WorkflowHandle
from temporalio.common import RetryPolicy
from temporalio.worker import Worker

from definitions.acts import Head
from definitions.clock import stamp
from store.cases import load_case
from store.pending import load_act, settle, store_act
from store.sweeping import recorded_answer
from tests.support.eventually import until
from tests.support.stack import Stack
from tests.support.stack_desk import LEADER, Office
from worker.reconcile.one_case import Tools
from worker.reconcile.reconciler import Reconciler
from worker.resend import Resend
from worker.sweep import Sweep
from worker.wellness import STUCK, Ailment, Trouble, trouble_of
from worker.worker_process import workflow_runner
from workflows.names import QUERY_HEAD


@pytest.fixture
async def sweep(stack: Stack, office: Office) -> Sweep:
    resend = Resend(stack.database(), stack.clock, office.cases)
    client = await stack.temporal_client()
    tools = Tools(client, stack.database(), stack.clock, stack.keys.worker_signing)
    return Sweep(client, stack.database(), resend.once, Reconciler(tools))


@pytest.fixture
async def case(office: Office) -> str:
    return await asyncio.to_thread(office.open)


async def handle_of(stack: Stack, case: str) -> WorkflowHandle[object, object]:
    return (await stack.temporal_client()).get_workflow_handle(case)


async def head_of_case(stack: Stack, case: str) -> Head:
    head: Head = await (await handle_of(stack, case)).query(QUERY_HEAD, result_type=Head)
    return head


async def test_where_all_is_well_nothing_is_done(sweep: Sweep, case: str) -> None:
    result = await sweep.once()
    assert result == dataclasses.replace(result, resent=[], started=[], reconciled=[])


async def test_a_case_that_does_not_run_goes_on_from_the_record(
    stack: Stack, office: Office, sweep: Sweep, case: str
) -> None:
    comment = office.comment(case)
    await asyncio.to_thread(office.answer, comment)
    await (await handle_of(stack, case)).terminate("the operator's mistake")
    assert case in (await sweep.once()).started
    answer = await asyncio.to_thread(office.answer, office.comment(case))
    assert (answer.accepted, answer.seq) == (True, 3)
    # A repetition of what was done before the case was lost is still the same act.
    again = await asyncio.to_thread(office.answer, comment)
    assert (again.accepted, again.seq, office.entries(case)) == (True, 2, 3)


async def test_a_case_behind_its_record_catches_up(
    stack: Stack, office: Office, sweep: Sweep, case: str
) -> None:
    # Done past the workflow, as it looks after Temporal was restored from an older copy.
    office.now()
    assert office.desk.do(case, LEADER, "comment", values={"comment": "Past it."}).result
    stored, _ = load_case(stack.database(), case)
    assert await head_of_case(stack, case) != stored
    assert case in (await sweep.once()).reconciled

    async def caught_up() -> bool:
        return await head_of_case(stack, case) == stored

    await until(caught_up)
    assert case not in (await sweep.once()).reconciled


async def test_an_act_that_was_never_answered_is_sent(
    stack: Stack, office: Office, sweep: Sweep, case: str
) -> None:
    signed = office.comment(case)
    nonce, at = signed.act["id"], stamp(stack.clock.now() - timedelta(seconds=1))
    person = office.desk.person(LEADER)
    store_act(stack.database(), signed, person=person, form_digest="x", at=at)
    assert (await sweep.once()).resent == [nonce]
    assert office.entries(case) == 2
    with stack.database().reading() as connection:
        stored = load_act(connection, nonce)
    assert stored
    assert stored.result
    assert stored.result["accepted"] is True
    assert (await sweep.once()).resent == []
    assert office.entries(case) == 2


async def test_an_opening_that_was_never_answered_is_sent(
    stack: Stack, office: Office, sweep: Sweep
) -> None:
    signed = office.opening()
    nonce, at = signed.act["id"], stamp(stack.clock.now() - timedelta(seconds=1))
    store_act(stack.database(), signed, person=signed.act["actor"], form_digest="x", at=at)
    assert (await sweep.once()).resent == [nonce]
    assert office.entries(nonce) == 1


async def test_an_act_in_the_record_is_settled_from_there(
    stack: Stack, office: Office, sweep: Sweep, case: str
) -> None:
    signed = office.comment(case)
    nonce, at = signed.act["id"], stamp(stack.clock.now() - timedelta(seconds=1))
    sent = await asyncio.to_thread(office.answer, signed)
    store_act(stack.database(), signed, person=office.desk.person(LEADER), form_digest="x", at=at)
    with stack.database().reading() as connection:
        recorded = recorded_answer(connection, nonce)
    assert recorded == sent
    assert nonce in (await sweep.once()).resent
    settle(stack.database(), nonce, {"accepted": False}, at)  # the first answer stays
    with stack.database().reading() as connection:
        stored = load_act(connection, nonce)
    assert stored
    assert stored.result == dataclasses.asdict(sent)


@activity.defn(name="breaks")
async def breaks() -> None:
    raise RuntimeError("the disk is full")


@workflow.defn(name="waits-for-the-activity")
class StuckActivity:
    @workflow.run
    async def run(self) -> None:
        await workflow.execute_activity(
            "breaks",
            start_to_close_timeout=timedelta(seconds=5),
            retry_policy=RetryPolicy(
                initial_interval=timedelta(milliseconds=1), backoff_coefficient=1
            ),
        )


@workflow.defn(name="fails-its-tasks")
class StuckProgram:
    @workflow.run
    async def run(self) -> None:
        raise RuntimeError("the program has a fault")


@pytest.mark.parametrize(
    ("kind", "ailment", "why"),
    [
        (
            "waits-for-the-activity",
            Ailment.ACTIVITY,
            "failed. The last failure says: the disk is full",
        ),
        (
            "fails-its-tasks",
            Ailment.PROGRAM,
            "The last failure says: the program has a fault",
        ),
    ],
)
async def test_what_a_run_suffers_from_that_cannot_go_on(
    stack: Stack, kind: str, ailment: Ailment, why: str
) -> None:
    client = await stack.temporal_client()
    found: list[Trouble] = []

    async def is_found() -> bool:
        found.extend(filter(None, [await trouble_of(client, await broken.describe())]))
        return bool(found)

    async with Worker(
        client,
        task_queue=f"broken-{kind}",
        workflows=[StuckActivity, StuckProgram],
        activities=[breaks],
        workflow_runner=workflow_runner(sandbox=False),
    ):
        broken = await client.start_workflow(
            kind, id=kind, task_queue=f"broken-{kind}", task_timeout=timedelta(seconds=1)
        )
        await until(is_found, "Temporal says that the run can't go on")
        await broken.terminate("seen")
    assert found[0].ailment is ailment
    assert found[0].of_the_run is (ailment is Ailment.PROGRAM)
    assert found[0].reason.startswith(STUCK)
    assert found[0].reason.endswith(why)
