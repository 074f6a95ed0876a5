"""Continue-as-new, forced early by the server's own setting, while people act: nothing is lost.

Updates are deduplicated by Temporal within a run only; across runs the case and the commit do it.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio import activity
from temporalio.client import Client
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput, Interceptor

from definitions.acts import ActResult, SignedAct
from definitions.definition import Definition
from tests.support.cases import (
    PACKAGES,
    Case,
    acts_of,
    copy_database,
    open_case,
    put_back,
    send_patiently,
)
from tests.support.engine import Engine, make_engine, temporal_server
from tests.support.eventually import until
from worker.temporal_server import DYNAMIC
from workflows import names

EVENTS = 40
AT_ONCE = 8


@pytest.fixture(scope="module")
async def short(
    tmp_path_factory: pytest.TempPathFactory, system_patch: Definition
) -> AsyncIterator[Engine]:
    """An engine whose server suggests to continue as new after a few events."""
    folder: Path = tmp_path_factory.mktemp("short")
    suggest = f"limit.historyCount.suggestContinueAsNew={EVENTS}"
    async with temporal_server(folder, *DYNAMIC, suggest) as environment:
        engine = make_engine(environment.client, folder, [system_patch])
        async with engine.worker():
            yield engine
        engine.database.close()


async def _runs(case: Case) -> int:
    """How many runs the case has had."""
    query = f'WorkflowId = "{case.id}"'
    return len([run async for run in case.engine.client.list_workflows(query)])


async def test_comments_and_sign_offs_pass_from_run_to_run(
    short: Engine, system_patch: Definition
) -> None:
    case = await open_case(short, system_patch, "bo", PACKAGES)
    answers: dict[str, ActResult] = {}
    gate = asyncio.Semaphore(AT_ONCE)

    async def send(signed: SignedAct) -> None:
        async with gate:
            answers[signed.act["id"]] = await send_patiently(short, signed)

    def comments(count: int) -> list[SignedAct]:
        return [case.act("cy", "comment", values={"comment": f"Number {n}."}) for n in range(count)]

    first = comments(20)
    approve = case.sign_off("ada", "approval", "lead", "approve")
    await asyncio.gather(*(send(a) for a in [*first, approve]))
    executors = [case.sign_off(w, "applying", "executor", "applied") for w in ("bo", "cy")]
    second = comments(20)
    await asyncio.gather(*(send(a) for a in [*second, *executors]))

    assert await _runs(case) > 2
    recorded = [a for a in acts_of(short.database, case.id) if not a.startswith(f"{case.id}:")]
    accepted = [id_ for id_, answer in answers.items() if answer.accepted]
    assert sorted(recorded) == sorted([case.id, *accepted])
    assert sorted(answers[a.act["id"]].accepted for a in executors) == [False, True]
    assert all(answers[a.act["id"]].accepted for a in [*first, *second, approve])

    for signed in (first[0], first[-1], approve, second[-1]):
        assert await send_patiently(short, signed) == answers[signed.act["id"]]
    again = await case.handle.execute_update(
        names.UPDATE_OPENED, id="asked again", result_type=ActResult
    )
    assert again == case.opened
    opened, _ = await short.open(system_patch, case.opening)
    assert opened == case.opened
    assert len(acts_of(short.database, case.id)) == len(recorded) + _effects(case)


async def test_a_case_ends_in_its_last_run(short: Engine, system_patch: Definition) -> None:
    case = await open_case(short, system_patch, "bo", PACKAGES)
    for n in range(12):
        result = await send_patiently(
            short, case.act("cy", "comment", values={"comment": f"Number {n}."})
        )
        assert result.accepted
    assert await _runs(case) > 1
    withdrawn = case.act("bo", "withdraw", values={"comment": "Not needed."})
    assert (await send_patiently(short, withdrawn)).accepted
    handle = short.client.get_workflow_handle(case.id)
    assert await handle.result() == "withdrawn"


async def test_a_stopped_case_stays_so_in_its_next_run(
    short: Engine, system_patch: Definition
) -> None:
    """Those who look after it ask it again and again, until its history is long."""
    case = await open_case(short, system_patch, "bo", PACKAGES)
    older = copy_database(short)
    await case.sign("ada", "approval", "lead", "approve")
    put_back(short, older)
    asked = short.client.get_workflow_handle(case.id)

    async def is_in_its_next_run() -> bool:
        await asked.signal(names.SIGNAL_RECONCILE)
        return await _runs(case) > 1

    await until(is_in_its_next_run)
    comment = case.act("bo", "comment", values={"comment": "Hello?"})
    result = await send_patiently(short, comment)
    assert result.refusal is not None
    assert result.refusal["code"] == "stopped"
    await short.client.get_workflow_handle(case.id).terminate()


async def test_who_asks_faster_than_it_answers_does_not_keep_it_from_leaving(
    tmp_path: Path, system_patch: Definition
) -> None:
    suggest = f"limit.historyCount.suggestContinueAsNew={EVENTS}"
    async with temporal_server(tmp_path, *DYNAMIC, suggest) as environment:
        engine = make_engine(environment.client, tmp_path, [system_patch])
        asking = AsksAgain(environment.client)
        async with engine.worker(asking):
            case = await open_case(engine, system_patch, "bo", PACKAGES)
            await case.handle.signal(names.SIGNAL_RECONCILE)

            async def is_in_its_next_run() -> bool:
                return await _runs(case) > 1

            await until(is_in_its_next_run)
            asking.asks = False
            assert (await case.do("bo", "withdraw", values={"comment": "Not needed."})).accepted
            assert await engine.client.get_workflow_handle(case.id).result() == "withdrawn"
        engine.database.close()


class AsksAgain(Interceptor):
    """Whenever a case has compared itself with the store, it is asked to, before it hears so."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.asks = True

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:  # noqa: A002 - the SDK's name
        asking = self

        class Asks(ActivityInboundInterceptor):
            async def execute_activity(self, input: ExecuteActivityInput) -> object:  # noqa: A002
                result: object = await super().execute_activity(input)
                info = activity.info()
                if asking.asks and info.activity_type == names.ACTIVITY_LOAD_CASE:
                    assert info.workflow_id is not None
                    handle = asking.client.get_workflow_handle(info.workflow_id)
                    await handle.signal(names.SIGNAL_RECONCILE)
                return result

        return Asks(next)


def _effects(case: Case) -> int:
    return len([a for a in acts_of(case.engine.database, case.id) if a.startswith(f"{case.id}:")])
