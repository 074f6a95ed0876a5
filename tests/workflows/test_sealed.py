"""What Temporal keeps holds nothing personal in the clear, and its own pages read well."""

from __future__ import annotations

import base64
import json

import pytest
from google.protobuf.json_format import MessageToJson
from temporalio.api.common.v1 import Payload, WorkflowExecution
from temporalio.api.query.v1 import WorkflowQuery
from temporalio.api.workflowservice.v1 import (
    DescribeWorkflowExecutionRequest,
    GetWorkflowExecutionHistoryRequest,
    QueryWorkflowRequest,
)
from temporalio.client import WorkflowFailureError

from definitions.definition import Definition
from tests.support.cases import PACKAGES, Case, open_case, patch_value
from tests.support.engine import Engine
from worker.codec import BOUND
from workflows import names

SECRETS = (
    "Jo Member",
    "jo@example.org",
    "dana@example.org",
    "Dana",
    "Greet more politely",
    "greet.py",
    "The old greeting was short",
    "Because Kim asked for it.",
    "I leave it to Fay.",
    "I have read it all.",
    "Not like this, Jo.",
    "Software Assessor",
    "software-assessor",
)

NOTED = {
    "seq",
    "attempt",
    "activity_id",
    "activation_index",
    "activity_type",
    "complete_time",
    "backoff",
    "original_schedule_time",
}


@pytest.fixture
async def case(shared: Engine, application_patch: Definition) -> Case:
    values = {
        "patch": patch_value(shared, "Jo Member <jo@example.org>"),
        "risk": "low",
        "purpose": "Because Kim asked for it.",
    }
    case = await open_case(shared, application_patch, "jo", values)
    why = {"comment": "I leave it to Fay."}
    await case.do("emil", "decline", step="review", seat="reviewer", values=why)
    await case.sign("fay", "review", "reviewer", "approve", not_author=True, findings=SECRETS[9])
    refused = await case.do("gus", "withdraw", values={"comment": SECRETS[10]})
    assert refused.refusal is not None
    await case.sign("dana", "review", "lead", "reject", not_author=True, comment=SECRETS[10])
    assert await case.handle.result() == "rejected"
    return case


async def test_nothing_personal_is_in_the_clear(shared: Engine, case: Case) -> None:
    service = shared.client.workflow_service
    execution = WorkflowExecution(workflow_id=case.id)
    history = await service.get_workflow_execution_history(
        GetWorkflowExecutionHistoryRequest(namespace=names.NAMESPACE, execution=execution)
    )
    description = await service.describe_workflow_execution(
        DescribeWorkflowExecutionRequest(namespace=names.NAMESPACE, execution=execution)
    )
    shown = await service.query_workflow(
        QueryWorkflowRequest(
            namespace=names.NAMESPACE,
            execution=execution,
            query=WorkflowQuery(query_type="__temporal_workflow_metadata"),
        )
    )
    for message in (history, description, shown):
        raw = message.SerializeToString() + _unwrapped(json.loads(MessageToJson(message)))
        for secret in SECRETS:
            assert secret.encode() not in raw, secret
    assert not description.workflow_execution_info.memo.fields
    assert set(description.workflow_execution_info.search_attributes.indexed_fields) <= {"BuildIds"}


def _unwrapped(value: object) -> bytes:
    """Return all that is base64 in a message, decoded: payloads of payloads, too."""
    if isinstance(value, dict):
        return b"".join(_unwrapped(item) for item in value.values())
    if isinstance(value, list):
        return b"".join(_unwrapped(item) for item in value)
    if not isinstance(value, str):
        return b""
    try:
        return b"\0" + base64.b64decode(value, validate=True)
    except ValueError:
        return b""


async def test_every_payload_is_sealed(case: Case) -> None:
    """For its case alone; but what the library notes of a local activity: its type, its times."""
    found: list[Payload] = []

    def collect(message: object) -> None:
        if isinstance(message, Payload):
            found.append(message)
            return
        for _, value in message.ListFields():  # type: ignore[attr-defined]
            parts = value.values() if hasattr(value, "values") else value
            for part in [value] if hasattr(value, "ListFields") else _messages(parts):
                collect(part)

    for event in (await case.handle.fetch_history()).events:
        collect(event)
    plain = [payload for payload in found if payload.metadata["encoding"] != BOUND]
    assert len(found) > 20
    (noted,) = [json.loads(payload.data) for payload in plain]
    assert set(noted) <= NOTED


def _messages(value: object) -> list[object]:
    try:
        return [item for item in value if hasattr(item, "ListFields")]  # type: ignore[attr-defined]
    except TypeError:
        return []


async def test_a_failure_says_nothing_in_the_clear(
    shared: Engine, application_patch: Definition, case: Case
) -> None:
    """A validator's refusal travels as a failure, whose text is sealed too."""
    before = len((await case.handle.fetch_history()).events)
    other = await open_case(
        shared,
        application_patch,
        "jo",
        {"patch": patch_value(shared, "Jo <jo@example.org>"), "risk": "low", "purpose": "P."},
    )
    await other.refused("gus", "review", "lead", "approve")
    history = (await other.handle.fetch_history()).to_json()
    assert "Software" not in history
    await other.handle.terminate("a test ends it")
    with pytest.raises(WorkflowFailureError):
        await other.handle.result()
    assert len((await case.handle.fetch_history()).events) == before


async def test_the_servers_own_pages_say_where_a_case_stands(
    shared: Engine, system_patch: Definition
) -> None:
    case = await open_case(shared, system_patch, "bo", PACKAGES)
    details = await case.handle.query("__temporal_workflow_metadata")
    text = str(details)
    assert case.opened.number is not None
    assert case.opened.number in text
    assert "Approve the patch" in text
