"""Junk under a case's id: its run is set aside, and the case goes on from its record.

Whoever reaches the server can end a case's run and begin one of their own under its id. What none
of our keys sealed is no run of the case. What is sealed with a key that we haven't may be one: that
case is shown as stopped, until the key is back or somebody says to go by the record alone.
"""

from __future__ import annotations

import gc
import os
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace

import pytest
from temporalio.api.common.v1 import ActivityType, Payload, Payloads, WorkflowType
from temporalio.api.enums.v1 import EventType
from temporalio.api.history.v1 import (
    ActivityTaskCompletedEventAttributes,
    ActivityTaskScheduledEventAttributes,
    HistoryEvent,
)
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import StartWorkflowExecutionRequest

from definitions.definition import Definition
from definitions.loader import load_library
from store.cases import stopped_reason
from tests.support.apart import engine_apart, kinds, sweep_of, tools
from tests.support.cases import PACKAGES, Case, open_case
from tests.support.engine import Engine
from tests.support.eventually import until
from worker.codec import KEY_ID, SEALED, of_workflow
from worker.reconcile.histories import Told, _Reader
from worker.reconcile.reconciler import Reconciler
from workflows.names import ACTIVITY_LOAD_CASE, TASK_QUEUE

KNOWN, LOST = "known", "lost"

# A run whose input can't be converted leaves the SDK with a coroutine that it never awaits.
pytestmark = pytest.mark.filterwarnings("ignore:coroutine '_WorkflowInstanceImpl:RuntimeWarning")


@pytest.fixture(autouse=True)
def _collected() -> Iterator[None]:
    """Let that be said while it is listened to here."""
    yield
    gc.collect()


@pytest.fixture(scope="module")
def patch() -> Definition:
    return load_library().current("system-patch")


@pytest.fixture(scope="module")
async def engine(
    tmp_path_factory: pytest.TempPathFactory, patch: Definition
) -> AsyncIterator[Engine]:
    async with engine_apart(tmp_path_factory.mktemp("junk"), patch) as engine:
        yield engine


def _payload(engine: Engine, seal: str) -> Payload:
    if seal == "none":
        return Payload(metadata={"encoding": b"json/plain"}, data=b'{"aye": 1}')
    codec = engine.client.data_converter.payload_codec
    key = codec._current if seal == KNOWN else "gone"  # type: ignore[union-attr]
    metadata = {"encoding": SEALED, KEY_ID: key.encode()}
    return Payload(metadata=metadata, data=os.urandom(200))


async def _usurp(engine: Engine, case: Case, seal: str, *, queue: str = TASK_QUEUE) -> None:
    """End a case's run and begin another under its id, as nobody of ours would."""
    await case.handle.terminate("by somebody")
    await engine.client.workflow_service.start_workflow_execution(
        StartWorkflowExecutionRequest(
            namespace=engine.client.namespace,
            workflow_id=case.id,
            workflow_type=WorkflowType(name=case.definition.process),
            task_queue=TaskQueue(name=queue),
            input=Payloads(payloads=[_payload(engine, seal)]),
            request_id=os.urandom(8).hex(),
        )
    )


def _stopped(case: Case) -> str:
    with case.engine.database.reading() as connection:
        return stopped_reason(connection, case.id) or ""


async def _goes_on(case: Case, said: str) -> None:
    case.handle = case.engine.client.get_workflow_handle(case.id)
    assert (await case.do("cy", "comment", values={"comment": said})).accepted
    assert _stopped(case) == ""


@pytest.mark.parametrize("stands", ["running", "ended"])
@pytest.mark.parametrize("seal", ["none", KNOWN])
async def test_what_no_key_of_ours_sealed_is_set_aside(
    engine: Engine, patch: Definition, seal: str, stands: str
) -> None:
    case = await open_case(engine, patch, "bo", PACKAGES)
    await _usurp(engine, case, seal)
    if stands == "ended":
        await engine.client.get_workflow_handle(case.id).terminate("and gone")
    sweep = sweep_of(engine)

    async def healed() -> bool:
        result = await sweep.once()
        return case.id in {*result.healed, *result.started}

    await until(healed)
    await _goes_on(case, "It goes on.")


@pytest.mark.parametrize("stands", ["running", "ended"])
async def test_what_a_lost_key_sealed_stops_the_case_until_somebody_says_so(
    engine: Engine, patch: Definition, stands: str
) -> None:
    case = await open_case(engine, patch, "bo", PACKAGES)
    await _usurp(engine, case, LOST)
    if stands == "ended":
        await engine.client.get_workflow_handle(case.id).terminate("and gone")
    sweep = sweep_of(engine)

    async def shown() -> bool:
        await sweep.once()
        return "which isn't in our ring" in _stopped(case)

    await until(shown)
    assert kinds(await Reconciler(tools(engine)).case(case.id, by_hand=True)) == ["unreadable"]
    by_hand = Reconciler(replace(tools(engine), leave_unread=True))
    findings = await by_hand.case(case.id, by_hand=True)
    assert [one.why for one in findings] == [""] * len(findings)
    assert any(one.started for one in findings)
    await sweep.once()
    await _goes_on(case, "Gone by the record.")


async def test_an_answer_that_nobody_of_ours_gave_keeps_no_history_from_being_read(
    engine: Engine, patch: Definition
) -> None:
    """Whoever reaches the server can answer for an activity, and so write into a history."""
    case = await open_case(engine, patch, "bo", PACKAGES)
    history = await case.handle.fetch_history()
    genuine = await _told(engine, case.id, list(history.events))
    junk = Payloads(payloads=[_payload(engine, KNOWN)])
    last = history.events[-1].event_id
    asked = HistoryEvent(
        event_id=last + 1,
        event_type=EventType.EVENT_TYPE_ACTIVITY_TASK_SCHEDULED,
        activity_task_scheduled_event_attributes=ActivityTaskScheduledEventAttributes(
            activity_type=ActivityType(name=ACTIVITY_LOAD_CASE)
        ),
    )
    answered = HistoryEvent(
        event_id=last + 2,
        event_type=EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED,
        activity_task_completed_event_attributes=ActivityTaskCompletedEventAttributes(
            scheduled_event_id=last + 1, result=junk
        ),
    )
    assert await _told(engine, case.id, [*history.events, asked, answered]) == genuine
    assert genuine.head is not None


async def _told(engine: Engine, case: str, events: list[HistoryEvent]) -> Told:
    reader = _Reader(of_workflow(engine.client, case))
    for event in events:
        await reader.take(event)
    return reader.finished()
