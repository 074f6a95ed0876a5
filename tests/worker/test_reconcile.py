"""Reconciling one case at a time: each finding, and what mends it, on a real Temporal server."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import (
    DeleteWorkflowExecutionRequest,
    ResetWorkflowExecutionRequest,
)
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper

from definitions.acts import Act, CommitRequest, SignedAct
from definitions.definition import Definition
from definitions.loader import load_library
from store import tables
from store.cases import load_case
from store.record.verify import verify_record
from store.refusing import refused_before
from store.signatures import sign
from tests.support.apart import Copy, catches_up, entries, kinds, reconcile, said
from tests.support.cases import PACKAGES, Case, dump, open_case
from tests.support.engine import Engine, make_engine, temporal_server
from tests.support.eventually import until
from worker.temporal_server import DYNAMIC
from workflows.names import QUERY_STOPPED, TASK_QUEUE

EVENTS = 60
"""So few events let a case continue as new."""
_TWO_DAYS = timedelta(days=2, hours=1)
"""Long enough for one reminder."""


@pytest.fixture(scope="module")
def patch() -> Definition:
    return load_library().current("system-patch")


@pytest.fixture(scope="module")
async def engine(
    tmp_path_factory: pytest.TempPathFactory, patch: Definition
) -> AsyncIterator[Engine]:
    folder: Path = tmp_path_factory.mktemp("reconcile")
    suggest = f"limit.historyCount.suggestContinueAsNew={EVENTS}"
    async with temporal_server(folder, *DYNAMIC, suggest, time_skipping=True) as environment:
        engine = make_engine(environment.client, folder, [patch])
        engine.queue = TASK_QUEUE
        async with engine.worker(sandboxed=False, max_cached_workflows=100):
            yield engine
        engine.database.close()


@pytest.fixture
async def case(engine: Engine, patch: Definition) -> Case:
    return await open_case(engine, patch, "bo", PACKAGES)


def is_whole(engine: Engine, case: str) -> None:
    """The case's stream and the system's verify."""
    report = verify_record(engine.database)
    assert not [bad for bad in report.bad if bad.stream in {case, "system"}], report.bad


async def comment(case: Case, text: str) -> str:
    assert (await case.do("cy", "comment", values={"comment": text})).accepted
    return str(case.sent[-1].act["id"])


async def test_where_both_agree_nothing_is_found(engine: Engine, case: Case) -> None:
    before = said(engine)
    await comment(case, "Seen.")
    assert await reconcile(engine, case.id) == []
    assert said(engine) == before


async def test_what_the_record_lost_is_written_again_byte_for_byte(
    engine: Engine, case: Case
) -> None:
    copy = Copy.take(engine)
    await case.sign("ada", "approval", "lead", "approve")
    await comment(case, "Applied tonight.")
    lost = entries(engine, case.id)
    copy.put_back()
    before = dump(engine.database)
    (would,) = await reconcile(engine, case.id, dry_run=True)
    assert would.done.endswith("would be written again.")
    assert dump(engine.database) == before
    (finding,) = await reconcile(engine, case.id)
    assert (str(finding.kind), finding.why) == ("ahead", "")
    assert entries(engine, case.id) == lost
    assert finding.act in said(engine)
    assert await reconcile(engine, case.id) == []
    is_whole(engine, case.id)
    # The seat is filled, and by nobody else once more; the case goes on.
    _, section = await case.refused("ada", "approval", "lead", "approve")
    assert section is None or section
    await comment(case, "It goes on.")
    is_whole(engine, case.id)


async def test_what_was_refused_in_the_lost_time_stays_refused(engine: Engine, case: Case) -> None:
    copy = Copy.take(engine)
    refused = case.sign_off("bo", "approval", "lead", "approve")
    claims = replace(refused, act={**refused.act, "roles": ["systems-administration-leader"]})
    claims = replace(claims, signatures=[dict(sign(Act.from_json(claims.act), engine.web_key))])
    assert not (await engine.send(claims)).accepted
    copy.put_back()
    assert not is_refused(engine, claims)
    assert await reconcile(engine, case.id, dry_run=True) == []
    assert not is_refused(engine, claims)
    assert await reconcile(engine, case.id) == []
    assert is_refused(engine, claims)
    assert not is_refused(engine, refused), "that act alone"


def is_refused(engine: Engine, signed: SignedAct) -> bool:
    with engine.database.reading() as connection:
        return refused_before(connection, signed.act) is not None


async def test_a_case_that_stopped_over_it_goes_on(engine: Engine, case: Case) -> None:
    copy = Copy.take(engine)
    again = await comment(case, "Said before.")
    copy.put_back()
    refused = await case.do("bo", "comment", values={"comment": "Said after."})
    assert refused.refusal is not None
    assert refused.refusal["code"] == "stopped"
    assert kinds(await reconcile(engine, case.id)) == ["ahead"]
    await catches_up(case)

    async def goes_on() -> bool:
        return not await case.handle.query(QUERY_STOPPED)

    # Its head was the record's from the moment when that was mended: it still has to look.
    await until(goes_on)
    await until(lambda: _status(engine, case.id) == "running")
    # An act that is sent once more has the same answer, and one entry.
    assert (await engine.send(case.sent[0])).seq == 2
    assert sum(again in text for text in entries(engine, case.id)) == 1
    await comment(case, "It goes on.")


async def test_cases_opened_in_the_lost_time(engine: Engine, patch: Definition) -> None:
    copy = Copy.take(engine)
    first = await open_case(engine, patch, "bo", PACKAGES)
    second = await open_case(engine, patch, "cy", PACKAGES)
    await comment(second, "New.")
    lost = [entries(engine, first.id), entries(engine, second.id)]
    copy.put_back()
    assert load_case(engine.database, second.id)[1] is None
    # The later one first: its number must be remembered, and the earlier one's stay free.
    assert kinds(await reconcile(engine, second.id)) == ["ahead"]
    third = await open_case(engine, patch, "bo", PACKAGES)
    assert kinds(await reconcile(engine, first.id)) == ["ahead"]
    assert [entries(engine, first.id), entries(engine, second.id)] == lost
    assert len({first.state.number, second.state.number, third.state.number}) == 3
    is_whole(engine, second.id)


async def test_a_number_that_was_given_again_is_not_given_to_two(
    engine: Engine, patch: Definition
) -> None:
    copy = Copy.take(engine)
    lost = await open_case(engine, patch, "bo", PACKAGES)
    number = lost.state.number
    copy.put_back()
    other = await open_case(engine, patch, "cy", PACKAGES)
    assert other.state.number == number
    (finding,) = await reconcile(engine, lost.id)
    assert f"Its number {number} was given to another case" in finding.why
    assert load_case(engine.database, lost.id)[1] is None
    assert kinds(await reconcile(engine, other.id)) == []


async def test_a_case_that_ended_in_the_lost_time_just_ends(engine: Engine, case: Case) -> None:
    copy = Copy.take(engine)
    await case.sign("ada", "approval", "lead", "reject", comment="Not now.")
    await case.handle.result()
    lost = dump(engine.database)
    copy.put_back()
    assert kinds(await reconcile(engine, case.id)) == ["ahead"]
    now = dump(engine.database)
    for table in ("entries", "openings", "cases", "signatures", "waiting", "outbox"):
        assert _rows(now[table], case.id) == _rows(lost[table], case.id), table
    assert await reconcile(engine, case.id) == []
    assert (await case.handle.describe()).status is WorkflowExecutionStatus.COMPLETED
    is_whole(engine, case.id)


async def test_what_the_clock_did_with_its_mail(engine: Engine, case: Case) -> None:
    copy = Copy.take(engine)
    engine.clock.move_to_offset(engine.clock.offset() + _TWO_DAYS.total_seconds())
    await TimeSkipper(engine.client).fast_forward(case.handle, _TWO_DAYS)
    await until(lambda: len(entries(engine, case.id)) == 3)
    await until(lambda: _unsent(engine, case.id) == 0)
    await catches_up(case)
    lost = entries(engine, case.id)
    copy.put_back()
    assert kinds(await reconcile(engine, case.id)) == ["ahead"]
    assert entries(engine, case.id) == lost
    assert _unsent(engine, case.id) == 0, "what was delivered isn't delivered again"
    is_whole(engine, case.id)


async def test_over_continue_as_new(engine: Engine, case: Case) -> None:
    copy = Copy.take(engine)
    for nth in range(12):
        await comment(case, f"The {nth}th.")
    lost = entries(engine, case.id)
    copy.put_back()
    runs = [run async for run in engine.client.list_workflows(f'WorkflowId="{case.id}"')]
    assert len(runs) > 1
    assert kinds(await reconcile(engine, case.id)) == ["ahead"]
    assert entries(engine, case.id) == lost


async def test_a_terminated_case_keeps_what_only_its_history_has(
    engine: Engine, case: Case
) -> None:
    copy = Copy.take(engine)
    await comment(case, "Confirmed.")
    lost = entries(engine, case.id)
    copy.put_back()
    await engine.client.get_workflow_handle(case.id).terminate("by mistake")
    run = (await case.handle.describe()).run_id
    findings = await reconcile(engine, case.id)
    assert kinds(findings) == ["ahead", "terminated"]
    assert entries(engine, case.id) == lost
    assert f"reconcile:{run}:terminated" in said(engine)
    assert await reconcile(engine, case.id) == [], "told once"
    case.handle = engine.client.get_workflow_handle(case.id)
    await comment(case, "It goes on.")


async def test_a_case_that_temporal_has_lost(engine: Engine, case: Case) -> None:
    await comment(case, "Recorded.")
    await engine.client.workflow_service.delete_workflow_execution(
        DeleteWorkflowExecutionRequest(
            namespace=engine.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=case.id),
        )
    )
    await until(lambda: _gone(case))
    assert kinds(await reconcile(engine, case.id)) == ["missing"]
    case.handle = engine.client.get_workflow_handle(case.id)
    await comment(case, "It goes on.")
    assert len(entries(engine, case.id)) == 3


async def test_a_case_behind_its_record(engine: Engine, case: Case) -> None:
    _past_the_workflow(engine, case, "comment", values={"comment": "Unknown to it."})
    assert kinds(await reconcile(engine, case.id)) == ["behind"]
    await catches_up(case)
    assert await reconcile(engine, case.id) == []


async def test_a_case_that_ended_and_runs(engine: Engine, case: Case) -> None:
    _past_the_workflow(engine, case, "withdraw", values={"comment": "Not needed."})
    assert kinds(await reconcile(engine, case.id)) == ["ended-but-running"]
    assert await case.handle.result() == "withdrawn"
    assert await reconcile(engine, case.id) == []


async def test_a_case_that_was_reset(engine: Engine, case: Case) -> None:
    await comment(case, "Before the reset.")
    run = (await case.handle.describe()).run_id or ""
    reset = await engine.client.workflow_service.reset_workflow_execution(
        ResetWorkflowExecutionRequest(
            namespace=engine.client.namespace,
            workflow_execution=WorkflowExecution(workflow_id=case.id, run_id=run),
            reason="a test",
            workflow_task_finish_event_id=4,
            request_id=f"{case.id}-reset",
        )
    )
    case.handle = engine.client.get_workflow_handle(case.id)
    findings = await reconcile(engine, case.id)
    assert kinds(findings)[0] == "reset"
    assert findings[0].about == {"run": run, "new_run": reset.run_id}
    await catches_up(case)
    assert await reconcile(engine, case.id) == []
    await comment(case, "After it.")
    assert len(entries(engine, case.id)) == 3


async def test_two_pasts_are_never_made_one(engine: Engine, case: Case) -> None:
    copy = Copy.take(engine)
    await comment(case, "One past.")
    copy.put_back()
    _past_the_workflow(engine, case, "comment", values={"comment": "Another past."})
    held = entries(engine, case.id)
    (finding,) = await reconcile(engine, case.id)
    assert str(finding.kind) == "parted"
    assert "neither is the other's past" in finding.why
    await until(lambda: _status(engine, case.id) == "stopped")
    recorded = said(engine)
    assert kinds(await reconcile(engine, case.id)) == ["parted"]
    assert (said(engine), entries(engine, case.id)) == (recorded, held)


def _past_the_workflow(engine: Engine, case: Case, kind: str, **given: object) -> None:
    """Commit an act that the workflow never hears of."""
    head, _ = load_case(engine.database, case.id)
    signed = case.act("bo", kind, **given)
    reply = engine.committer.commit(
        CommitRequest(signed, head), process="system-patch", workflow=case.id
    )
    assert reply.result == "committed", reply


def _status(engine: Engine, case: str) -> str | None:
    with engine.database.reading() as connection:
        return connection.scalar(select(tables.cases.c.status).where(tables.cases.c.case == case))


def _unsent(engine: Engine, case: str) -> int:
    outbox = tables.outbox.c
    query = select(outbox.key).where(outbox.case == case, outbox.sent_at.is_(None))
    with engine.database.reading() as connection:
        return len(connection.scalars(query).all())


def _rows(rows: list[tuple[object, ...]], case: str) -> list[object]:
    """Return a case's rows, without when a mail went out: that only Temporal's clock says."""
    return [row[:7] for row in rows if case in str(row) and "reconcile:" not in str(row)]


async def _gone(case: Case) -> bool:
    try:
        await case.handle.describe()
    except RPCError:
        return True
    return False
