"""What a person was told doesn't count never counts, whoever sends it again and however.

The attack: two people sign one seat while the worker is stopped. One gets it; the other reads
that they didn't. What they signed stays in Temporal's history, sealed and with a signature that
holds. Once the first one has retracted, somebody who reaches Temporal sends that again.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Sequence
from pathlib import Path

import pytest
from temporalio.api.common.v1 import Payload, WorkflowExecution
from temporalio.api.enums.v1 import UpdateWorkflowExecutionLifecycleStage
from temporalio.api.update.v1 import Input, Meta, Request, WaitPolicy
from temporalio.api.workflowservice.v1 import UpdateWorkflowExecutionRequest
from temporalio.testing import WorkflowEnvironment

from definitions.acts import ActResult, SignedAct
from definitions.definition import Definition
from tests.support.cases import PACKAGES, Case, dump, open_case, send_patiently
from tests.support.engine import Engine, make_engine, temporal_server
from tests.support.eventually import until
from worker.codec import of_workflow
from worker.temporal_server import DYNAMIC
from workflows import names

EVENTS = 40


async def two_for_one_seat(engine: Engine, case: Case) -> tuple[SignedAct, SignedAct]:
    """Let two people sign one seat with no worker there; return who got it, and who didn't."""
    both = [case.sign_off(who, "applying", "executor", "applied") for who in ("bo", "cy")]
    waiting = [asyncio.create_task(engine.send(one)) for one in both]
    await asyncio.sleep(0.5)  # both are with the server before anybody takes them
    async with engine.worker():
        answers = await asyncio.gather(*waiting)
    assert sorted(answer.accepted for answer in answers) == [False, True]
    got, refused = sorted(zip(both, answers, strict=True), key=lambda one: not one[1].accepted)
    return got[0], refused[0]


async def payloads_of(case: Case, act_id: str) -> Sequence[Payload]:
    """Return the sealed payloads of an update, from the history of the run that took it."""
    run = (await case.handle.describe()).run_id
    while run:
        handle = case.engine.client.get_workflow_handle(case.id, run_id=run)
        events = (await handle.fetch_history()).events
        for event in events:
            accepted = event.workflow_execution_update_accepted_event_attributes
            if accepted.accepted_request.meta.update_id == act_id:
                return list(accepted.accepted_request.input.args.payloads)
        run = events[0].workflow_execution_started_event_attributes.continued_execution_run_id
    return []


async def send_sealed(
    engine: Engine, case: str, payloads: Sequence[Payload], update: str
) -> ActResult | None:
    """Send an update as who holds no key can; None if the case refuses it before it takes it."""
    request = UpdateWorkflowExecutionRequest(
        namespace=names.NAMESPACE,
        workflow_execution=WorkflowExecution(workflow_id=case),
        wait_policy=WaitPolicy(
            lifecycle_stage=UpdateWorkflowExecutionLifecycleStage.UPDATE_WORKFLOW_EXECUTION_LIFECYCLE_STAGE_COMPLETED
        ),
        request=Request(
            meta=Meta(update_id=update, identity="tests"), input=Input(name=names.UPDATE_ACT)
        ),
    )
    request.request.input.args.payloads.extend(payloads)
    answer = await engine.client.workflow_service.update_workflow_execution(request)
    if answer.outcome.HasField("failure"):
        return None
    (result,) = await of_workflow(engine.client, case).decode(
        answer.outcome.success.payloads, [ActResult]
    )
    assert isinstance(result, ActResult)
    return result


async def assert_stays_refused(
    engine: Engine, case: Case, refused: SignedAct, payloads: Sequence[Payload]
) -> None:
    act_id, before = refused.act["id"], dump(engine.database)
    for update in (act_id, f"{act_id}:{secrets.token_hex(4)}", secrets.token_hex(8)):
        answer = await send_sealed(engine, case.id, payloads, update)
        assert answer is None or not answer.accepted, update
    assert not (await engine.send(refused)).accepted
    assert dump(engine.database) == before


@pytest.fixture
async def applying(idle: Engine, system_patch: Definition) -> Case:
    async with idle.worker():
        case = await open_case(idle, system_patch, "bo", PACKAGES)
        await case.sign("ada", "approval", "lead", "approve")
    return case


async def test_who_didnt_get_the_seat_never_gets_it_by_that_act(
    idle: Engine, applying: Case
) -> None:
    case = applying
    got, refused = await two_for_one_seat(idle, case)
    first, second = (
        next(name for name, one in idle.people.items() if one.id == act.act["actor"])
        for act in (got, refused)
    )
    payloads = await payloads_of(case, refused.act["id"])
    assert payloads, "the refused act is in the history"
    async with idle.worker():
        assert (await case.do(first, "retract", step="applying")).accepted
        await assert_stays_refused(idle, case, refused, payloads)
    async with idle.worker():  # another one, that replays
        await assert_stays_refused(idle, case, refused, payloads)
        await case.sign(second, "applying", "executor", "applied")
    await idle.replay_all()


async def test_nor_after_the_case_was_carried_over(
    tmp_path: Path, system_patch: Definition
) -> None:
    suggest = f"limit.historyCount.suggestContinueAsNew={EVENTS}"
    async with temporal_server(tmp_path, *DYNAMIC, suggest) as environment:
        await _after_carrying_over(environment, tmp_path, system_patch)


async def _after_carrying_over(
    environment: WorkflowEnvironment, folder: Path, definition: Definition
) -> None:
    engine = make_engine(environment.client, folder, [definition])
    async with engine.worker():
        case = await open_case(engine, definition, "bo", PACKAGES)
        case.handle = engine.client.get_workflow_handle(case.id)  # of whichever run there is
        await case.sign("ada", "approval", "lead", "approve")
    got, refused = await two_for_one_seat(engine, case)
    first = next(name for name, one in engine.people.items() if one.id == got.act["actor"])
    payloads = await payloads_of(case, refused.act["id"])
    assert payloads
    run = (await case.handle.describe()).run_id
    async with engine.worker():
        for n in range(12):
            said = case.act("ada", "comment", values={"comment": f"Number {n}."})
            assert (await send_patiently(engine, said)).accepted
        retracted = case.act(first, "retract", step="applying")
        assert (await send_patiently(engine, retracted)).accepted

        async def is_in_its_next_run() -> bool:
            return (await case.handle.describe()).run_id != run

        await until(is_in_its_next_run)
        await assert_stays_refused(engine, case, refused, payloads)
    engine.database.close()


async def test_what_was_sealed_for_one_case_is_nothing_in_another(
    shared: Engine, system_patch: Definition
) -> None:
    """Its own case would say so too; but it can't even be read there."""
    case = await open_case(shared, system_patch, "bo", PACKAGES)
    other = await open_case(shared, system_patch, "bo", PACKAGES)
    said = case.act("cy", "comment", values={"comment": "Here."})
    assert (await shared.send(said)).accepted
    payloads = await payloads_of(case, said.act["id"])
    before, logged = dump(shared.database), len(shared.security_log)
    assert await send_sealed(shared, other.id, payloads, said.act["id"]) is None
    assert dump(shared.database) == before
    assert len(shared.security_log) == logged, "it never came to the rules"
