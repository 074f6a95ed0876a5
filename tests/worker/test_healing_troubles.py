"""Healing where more than one thing is wrong, or where it is broken off in between."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager

import pytest
from temporalio import workflow
from temporalio.client import Client, WorkflowHandle
from temporalio.common import RawValue
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from definitions.acts import ActResult, CommitReply, CommitRequest
from definitions.definition import Definition
from definitions.loader import load_library
from store.cases import report_stopped, stopped_reason
from store.commit import Committer
from store.mail import unsent
from tests.support.apart import catches_up, kinds, sweep_of, tools
from tests.support.breaking import answered_wrongly
from tests.support.cases import PACKAGES, Case, open_case
from tests.support.engine import Engine, make_engine, temporal_server
from tests.support.eventually import LIMIT_SECONDS, until
from web.temporal import TemporalCases
from worker.reconcile.findings import Kind, Unwell
from worker.reconcile.one_case import MOST_TRIES
from worker.reconcile.reconciler import Reconciler
from worker.reconcile.starting import start_again
from worker.sweep import Apart, SweepResult
from worker.temporal_server import DYNAMIC
from worker.watching import Watch
from worker.wellness import STUCK, Ailment, trouble_of
from workflows.names import SIGNAL_LOOK, TASK_QUEUE


@pytest.fixture(scope="module")
def patch() -> Definition:
    return load_library().current("system-patch")


@pytest.fixture(scope="module")
async def engine(
    tmp_path_factory: pytest.TempPathFactory, patch: Definition
) -> AsyncIterator[Engine]:
    """An engine whose worker each test runs by itself."""
    folder = tmp_path_factory.mktemp("healing-troubles")
    async with temporal_server(folder, *DYNAMIC) as environment:
        engine = make_engine(environment.client, folder, [patch])
        engine.queue = TASK_QUEUE
        yield engine
        engine.database.close()


def running(engine: Engine) -> Worker:
    return engine.worker(sandboxed=False, max_cached_workflows=100)


@contextmanager
def no_delivery(engine: Engine) -> Iterator[None]:
    """Let every delivery fail, of mail and to other cases."""

    def fails(_case: str) -> None:
        raise RuntimeError("nothing goes out")

    before, engine.carry_on = engine.carry_on, fails
    try:
        yield
    finally:
        engine.carry_on = before


async def ailment(engine: Engine, case: Case) -> Ailment | None:
    trouble = await trouble_of(engine.client, await latest(case).describe())
    return trouble.ailment if trouble else None


async def whose_mail_fails(engine: Engine, patch: Definition) -> Case:
    """Return a case whose delivery is tried again and again; the worker must run."""
    case = await open_case(engine, patch, "bo", PACKAGES)
    await case.handle.terminate("one that is started again looks for mail at once")
    assert await start_again(engine.client, engine.database, case.id, engine.patience)

    async def told() -> bool:
        return await ailment(engine, case) is Ailment.ACTIVITY

    await until(told)
    return case


async def run_of(case: Case) -> str:
    return (await latest(case).describe()).run_id or ""


def latest(case: Case) -> WorkflowHandle[object, object]:
    """Return the case whatever its run is."""
    return case.engine.client.get_workflow_handle(case.id)


async def test_a_run_that_cannot_be_replayed_is_healed_though_its_mail_fails_too(
    engine: Engine, patch: Definition
) -> None:
    with no_delivery(engine):
        async with running(engine):
            case = await whose_mail_fails(engine, patch)
        broken = await run_of(case)
        await answered_wrongly(engine.client, case.id)
        sweep, result = sweep_of(engine), SweepResult()
        async with running(engine):
            await latest(case).signal(SIGNAL_LOOK)  # its next task fails

            async def healed() -> bool:
                await sweep.look_after([case.id], result)
                return case.id in result.healed

            await until(healed)
            assert await run_of(case) != broken
    async with running(engine):
        assert (await case.do("cy", "comment", values={"comment": "It goes on."})).accepted


async def test_a_case_behind_is_told_by_hand_though_its_mail_fails(
    engine: Engine, patch: Definition
) -> None:
    with no_delivery(engine):
        async with running(engine):
            case = await whose_mail_fails(engine, patch)
            past = case.act("cy", "comment", values={"comment": "Past it."})
            asked = CommitRequest(past, await case.head())
            reply = engine.committer.commit(asked, process="system-patch", workflow=case.id)
            assert reply.result == "committed"
            report = await Reconciler(tools(engine)).everything()
            found = [one for one in report.findings if one.case == case.id]
            assert kinds(found)[:2] == ["stuck", "behind"]
            await catches_up(case)


async def test_mail_of_a_case_that_has_ended_goes_out_though_its_run_was_ended(
    engine: Engine, patch: Definition
) -> None:
    """So it is left by who dies between setting aside such a run and starting it anew."""
    with no_delivery(engine):
        async with running(engine):
            case = await open_case(engine, patch, "bo", PACKAGES)
            await case.sign("ada", "approval", "lead", "reject", comment="Not now.")
            assert case.state.ended
            await case.handle.terminate("in between")
    watch = Watch(sweep_of(engine), engine.clock)
    async with running(engine):

        async def sent() -> bool:
            await watch.once()
            with engine.database.reading() as connection:
                return not unsent(connection, case=case.id)

        await until(sent)
        await latest(case).result()
        # Then it is left alone.
        last = await run_of(case)
        again = await sweep_of(engine).once()
        await Watch(sweep_of(engine), engine.clock).once()
        assert (again.started, await run_of(case)) == ([], last)


async def test_what_was_given_up_is_looked_into_again_once_it_was_well(
    engine: Engine, patch: Definition
) -> None:
    """Somebody mended it by hand, in another process; and then its run is ended once more."""
    sweep, result = sweep_of(engine), SweepResult()
    async with running(engine):
        case = await open_case(engine, patch, "bo", PACKAGES)
        sweep.given_up[case.id] = Apart(await case.head(), None)
        await sweep.look_after([case.id], result)
        await latest(case).terminate("by mistake")
        await sweep.look_after([case.id], result)
    assert result.started == [case.id]


async def test_one_that_was_given_up_is_shown_as_stopped_while_only_asking_shows_it(
    engine: Engine, patch: Definition
) -> None:
    """No task of it fails, since none is due; but it can't be replayed."""
    async with running(engine):
        case = await open_case(engine, patch, "bo", PACKAGES)
        head = await case.head()
    await answered_wrongly(engine.client, case.id)
    sweep, result = sweep_of(engine), SweepResult()
    sweep.given_up[case.id] = Apart(head, None, run=await run_of(case))
    report_stopped(engine.database, case.id, f"{STUCK}it was started anew 3 times.")
    async with running(engine):
        for _ in range(2):
            await sweep.look_after([case.id], result)
    assert result == SweepResult()
    assert _shown(engine, case) == f"{STUCK}it was started anew 3 times."


@workflow.defn(dynamic=True)
class EndsAtOnce:
    @workflow.run
    async def run(self, args: Sequence[RawValue]) -> str:
        del args
        return "refused"


async def test_a_case_whose_runs_end_at_once_is_not_started_for_ever(
    engine: Engine, patch: Definition
) -> None:
    async with running(engine):
        case = await open_case(engine, patch, "bo", PACKAGES)
    await case.handle.terminate("to begin with")
    sweep, result = sweep_of(engine), SweepResult()
    async with Worker(
        engine.client,
        task_queue=TASK_QUEUE,
        workflows=[EndsAtOnce],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        for _ in range(MOST_TRIES + 3):
            await sweep.look_after([case.id], result)
            await latest(case).result()
    assert len(result.started) == MOST_TRIES
    with engine.database.reading() as connection:
        assert "started anew 3 times" in (stopped_reason(connection, case.id) or "")
    async with running(engine):
        await Reconciler(tools(engine)).everything()
        assert (await case.do("cy", "comment", values={"comment": "It goes on."})).accepted
        await until(lambda: _shown(engine, case) == "")


def _shown(engine: Engine, case: Case) -> str:
    with engine.database.reading() as connection:
        return stopped_reason(connection, case.id) or ""


async def test_who_waits_while_the_run_is_set_aside_has_the_answer_of_the_next(
    engine: Engine, patch: Definition, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit was under way when the run was ended."""
    reached, leave = threading.Event(), threading.Event()
    commit = engine.committer.commit

    def slow(_self: Committer, request: CommitRequest, **about: str) -> CommitReply:
        reached.set()
        assert leave.wait(LIMIT_SECONDS)
        return commit(request, **about)

    async def connected() -> Client:
        return engine.client

    cases = TemporalCases(connected)
    async with running(engine):
        case = await open_case(engine, patch, "bo", PACKAGES)
        signed = case.act("cy", "comment", values={"comment": "Meanwhile."})
        monkeypatch.setattr(Committer, "commit", slow)
        answer = asyncio.create_task(asyncio.to_thread(cases.act, signed))
        await asyncio.to_thread(reached.wait, LIMIT_SECONDS)
        aside = Unwell(await run_of(case), Kind.STUCK, Ailment.PROGRAM, "its program failed.")
        await Reconciler(tools(engine)).case(case.id, unwell=aside)
        leave.set()
        told = await answer
        cases.close()
    assert isinstance(told, ActResult), told
    assert (told.accepted, told.seq) == (True, 2)
