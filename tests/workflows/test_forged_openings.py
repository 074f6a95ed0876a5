"""Openings that can't be cases, and commits that no case of theirs asked for.

Each is refused, logged by the commit, and leaves neither a number, an entry nor a workflow.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import timedelta

import pytest
from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import Worker

from definitions.acts import CommitReply, CommitRequest, Head, SignedAct
from definitions.definition import Definition
from store.cases import stopped_reason
from tests.support.cases import PACKAGES, dump, open_case
from tests.support.engine import Engine
from tests.support.eventually import until
from worker.worker_process import workflow_runner
from workflows import names
from workflows.messages import Carried, CaseInput


@workflow.defn(name="intruder")
class Intruder:
    """A workflow of another kind that asks for a commit."""

    @workflow.run
    async def run(self, request: CommitRequest, queue: str) -> CommitReply:
        reply: CommitReply = await workflow.execute_activity(
            names.ACTIVITY_COMMIT,
            request,
            result_type=CommitReply,
            task_queue=queue,
            start_to_close_timeout=timedelta(seconds=5),
        )
        return reply


@workflow.defn(name="system-patch")
class FalseCase(Intruder):
    """A workflow that has the type of a case, but not its code."""

    @workflow.run
    async def run(self, request: CommitRequest, queue: str) -> CommitReply:
        return await super().run(request, queue)


async def _intrude(
    engine: Engine, type_: type[Intruder], request: CommitRequest, *, id_: str
) -> CommitReply:
    queue = f"intruder-{secrets.token_hex(4)}"
    client: Client = engine.client
    worker = Worker(
        client,
        task_queue=queue,
        workflows=[type_],
        workflow_runner=workflow_runner(sandbox=False),
    )
    async with worker:
        return await client.execute_workflow(
            type_.run, args=[request, engine.queue], id=id_, task_queue=queue
        )


@pytest.mark.parametrize("type_", [Intruder, FalseCase])
async def test_a_commit_for_somebody_else_is_refused(
    shared: Engine, system_patch: Definition, type_: type[Intruder]
) -> None:
    """By a workflow of another kind; by a case's kind under another id than the act's."""
    case = await open_case(shared, system_patch, "bo", PACKAGES)
    true = case.sign_off("ada", "approval", "lead", "approve")
    before = dump(shared.database)
    request = CommitRequest(true, await case.head())
    reply = await _intrude(shared, type_, request, id_=f"w-{secrets.token_hex(8)}")
    assert reply.result == "ahead"  # it has no such stream
    opening = shared.act(system_patch, "bo", "open", values=PACKAGES)
    request = CommitRequest(opening, Head(), system_patch.text)
    for asked in (CommitRequest(true, Head()), request):
        reply = await _intrude(shared, type_, asked, id_=f"w-{secrets.token_hex(8)}")
        assert reply.refusal is not None
        assert reply.refusal["code"] == "other-case"
        assert shared.security_log[-1]["act"] == asked.signed.act["id"]
    if type_ is Intruder:
        reply = await _intrude(shared, type_, request, id_=opening.act["id"])
        assert reply.refusal is not None
        assert reply.refusal["code"] == "other-process"
        assert shared.security_log[-1]["process"] == "intruder"
    assert dump(shared.database) == before
    assert (await shared.send(true)).accepted


async def _refused_opening(
    engine: Engine,
    signed: SignedAct,
    given: CaseInput,
    code: str,
    *,
    process: str = "system-patch",
    id_: str | None = None,
) -> None:
    before, logged = dump(engine.database), len(engine.security_log)
    handle = await engine.client.start_workflow(
        process, given, id=id_ or signed.act["id"], task_queue=engine.queue
    )
    assert await handle.result() == "refused"
    assert dump(engine.database) == before
    lines = engine.security_log[logged:]
    assert [line["code"] for line in lines] == [code]


async def test_a_case_needs_the_very_definition_that_was_signed(
    shared: Engine, system_patch: Definition, application_patch: Definition
) -> None:
    text = system_patch.text
    for code, given in (
        ("other-definition", text.replace("Why it is needed", "Why it is wanted")),
        ("other-definition", application_patch.text),
        ("other-definition", text + " "),
        ("other-definition", "{}"),
        ("other-definition", ""),
    ):
        opening = shared.act(system_patch, "bo", "open", values=PACKAGES)
        await _refused_opening(shared, opening, CaseInput(opening, given), code)


async def test_a_case_needs_a_definition_that_is_registered(
    shared: Engine, system_patch: Definition
) -> None:
    """One that lets everybody approve, for instance, signed by a web that was deceived."""
    text = system_patch.text.replace('"role":"systems-administration-leader"', '"role":"member"')
    assert text != system_patch.text
    own = Definition.from_text(text)
    opening = shared.act(own, "bo", "open", values=PACKAGES)
    await _refused_opening(shared, opening, CaseInput(opening, own.text), "unknown-definition")


async def test_a_case_has_the_type_of_its_process_and_the_id_of_its_opening(
    shared: Engine, system_patch: Definition
) -> None:
    for code, process, id_ in (
        ("other-process", "application-patch", None),
        ("other-process", "something-else", None),
        ("other-case", "system-patch", f"c-{secrets.token_hex(8)}"),
    ):
        opening = shared.act(system_patch, "bo", "open", values=PACKAGES)
        given = CaseInput(opening, system_patch.text)
        await _refused_opening(shared, opening, given, code, process=process, id_=id_)


async def test_a_forged_opening_is_refused(shared: Engine, system_patch: Definition) -> None:
    def opening() -> SignedAct:
        return shared.act(system_patch, "bo", "open", values=PACKAGES)

    def false(signed: SignedAct) -> SignedAct:
        wrong = replace(signed.openings["reason"], value="Another reason.")
        return replace(signed, openings={**signed.openings, "reason": wrong})

    not_bo = shared.act(system_patch, "jo", "open", values=PACKAGES)
    for code, signed in (
        ("bad-signature", replace(opening(), signatures=[])),
        ("bad-signature", replace(opening(), signatures=opening().signatures)),
        ("bad-opening", false(opening())),
        ("not-yours-to-open", not_bo),
        ("no-such-case", shared.act(system_patch, "bo", "comment")),
    ):
        await _refused_opening(shared, signed, CaseInput(signed, system_patch.text), code)


async def test_a_case_that_was_given_another_past_stops_and_changes_nothing(
    shared: Engine, system_patch: Definition
) -> None:
    """Started with a state and a head that were never recorded, beside the true case."""
    case = await open_case(shared, system_patch, "bo", PACKAGES)
    await case.sign("ada", "approval", "lead", "approve")
    state = {**case.state.to_json(), "configuration": ["documenting"]}
    await case.handle.terminate()
    before = dump(shared.database)
    forged = Carried(state=state, head=Head(9, "f" * 64))
    handle = await shared.client.start_workflow(
        "system-patch",
        CaseInput(case.opening, system_patch.text, forged),
        id=case.id,
        task_queue=shared.queue,
    )
    act = case.act("bo", "comment", values={"comment": "Hello."})
    result = await shared.send(act)
    assert result.refusal is not None
    assert result.refusal["code"] == "stopped"
    after = dump(shared.database)
    assert {k: v for k, v in after.items() if k != "cases"} == {
        k: v for k, v in before.items() if k != "cases"
    }
    await until(lambda: _stopped(shared, case.id))
    await handle.terminate()


def _stopped(engine: Engine, case: str) -> bool:
    with engine.database.reading() as connection:
        return stopped_reason(connection, case) is not None


async def test_an_opening_that_is_no_act_ends_at_once(
    shared: Engine, system_patch: Definition
) -> None:
    signed = SignedAct({})
    given = CaseInput(signed, system_patch.text)
    await _refused_opening(shared, signed, given, "malformed", id_=f"c-{secrets.token_hex(8)}")
