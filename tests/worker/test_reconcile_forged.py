"""What somebody who can write to Temporal makes up doesn't enter the record; strangers are seen."""

from __future__ import annotations

import dataclasses
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from temporalio import activity, workflow
from temporalio.worker import Worker

from definitions.acts import CommitReply, CommitRequest, Head
from definitions.canonical import Json
from definitions.definition import Definition
from definitions.loader import load_library
from store.cases import load_case
from tests.support.apart import Copy, engine_apart, entries, reconcile, said, sweep_of
from tests.support.cases import PACKAGES, copy_database, open_case
from tests.support.engine import Engine
from tests.support.eventually import until
from worker.worker_process import workflow_runner
from workflows.messages import CaseInput

FORGERS = "forgers"


@pytest.fixture(scope="module")
def patch() -> Definition:
    return load_library().current("system-patch")


@pytest.fixture(scope="module")
async def engine(
    tmp_path_factory: pytest.TempPathFactory, patch: Definition
) -> AsyncIterator[Engine]:
    async with engine_apart(tmp_path_factory.mktemp("forged"), patch) as engine:
        yield engine


@workflow.defn(name="system-patch")
class Forger:
    """Looks like a case to which a commit was confirmed."""

    @workflow.run
    async def run(self, given: CaseInput) -> None:
        await workflow.execute_activity(
            "commit",
            CommitRequest(given.opening, Head(), given.definition),
            result_type=CommitReply,
            start_to_close_timeout=timedelta(seconds=5),
        )
        await workflow.wait_condition(lambda: False)


@activity.defn(name="commit")
async def says_yes(request: CommitRequest) -> CommitReply:
    """Confirm whatever is asked, as the commit would."""
    assert request.definition is not None
    facts: dict[str, Json] = {
        "time": request.signed.act["at"],
        "roles": list(request.signed.act["roles"]),
        "number": f"p{request.signed.act['at'][:10].replace('-', '')}.1",
    }
    return CommitReply("committed", Head(1, "a" * 64), facts=facts, state="", seq=1)


@pytest.mark.parametrize("signed_by", ["nobody", "the worker", "the web"])
async def test_a_history_that_was_made_up(
    engine: Engine, patch: Definition, signed_by: str
) -> None:
    opening = engine.act(patch, "bo", "open", values=dict(PACKAGES))
    if signed_by != "the web":
        signatures = [] if signed_by == "nobody" else opening.signatures
        act = opening.act | {"actor": engine.people["ada"].id}
        opening = dataclasses.replace(opening, act=act, signatures=signatures)
    async with Worker(
        engine.client,
        task_queue=FORGERS,
        workflows=[Forger],
        activities=[says_yes],
        workflow_runner=workflow_runner(sandbox=False),
    ):
        case = str(opening.act["id"])
        handle = await engine.client.start_workflow(
            "system-patch", CaseInput(opening, patch.text), id=case, task_queue=FORGERS
        )

        async def confirmed() -> bool:
            return bool(await reconcile(engine, case, dry_run=True))

        await until(confirmed)
        (finding,) = await reconcile(engine, case)
        await handle.terminate()
    assert finding.why
    assert load_case(engine.database, case)[1] is None
    assert entries(engine, case) == []


async def test_the_sweep_sees_what_runs_and_the_store_lacks(
    engine: Engine, patch: Definition
) -> None:
    known = await open_case(engine, patch, "bo", PACKAGES)
    copy = Copy(engine, copy_database(engine))
    stranger = await open_case(engine, patch, "cy", PACKAGES)
    assert (await known.do("cy", "comment", values={"comment": "Lost."})).accepted
    lost = [entries(engine, known.id), entries(engine, stranger.id)]
    copy.put_back()
    result = await sweep_of(engine).once()
    assert sorted(result.reconciled) == sorted([known.id, stranger.id])
    assert [entries(engine, known.id), entries(engine, stranger.id)] == lost
    assert (await sweep_of(engine).once()).reconciled == []


async def test_the_sweep_mends_before_it_starts_again(engine: Engine, patch: Definition) -> None:
    case = await open_case(engine, patch, "bo", PACKAGES)
    copy = Copy(engine, copy_database(engine))
    assert (await case.do("cy", "comment", values={"comment": "Lost."})).accepted
    lost = entries(engine, case.id)
    await case.handle.terminate("by mistake")
    copy.put_back()
    result = await sweep_of(engine).once()
    assert case.id in result.started
    assert entries(engine, case.id) == lost
    case.handle = engine.client.get_workflow_handle(case.id)
    assert (await case.do("cy", "comment", values={"comment": "It goes on."})).seq == 3
    assert sum(case.id in one for one in said(engine)) == 1  # the other is by its run
