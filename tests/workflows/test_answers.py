"""The commit's answers beside `committed` and `refused`: what a case makes of each.

`known` after a lost answer, `behind` after Temporal lost something, `ahead` after the database
did. An act ends in the record once, and a case never goes on with another past in silence.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from threading import Event
from typing import Any, TypeVar

from definitions.acts import ActResult, CommitReply, CommitRequest, SignedAct
from definitions.definition import Definition
from store.cases import stopped_reason
from store.commit import Committer
from store.streams import head_of
from tests.support.cases import (
    PACKAGES,
    Case,
    acts_of,
    copy_database,
    dump,
    mails_of,
    open_case,
    put_back,
    send_patiently,
)
from tests.support.engine import Engine
from tests.support.eventually import LIMIT_SECONDS, until
from workflows import names
from workflows.messages import Patience


@dataclass(frozen=True)
class Lossy(Committer):
    """A commit whose answers get lost on the way, as when the worker dies right after it."""

    lose: frozenset[str] = frozenset()

    def commit(self, request: CommitRequest, *, process: str, workflow: str) -> CommitReply:
        reply = super().commit(request, process=process, workflow=workflow)
        if reply.result == "committed" and request.signed.act["kind"] in self.lose:
            raise ConnectionError("the answer was lost")
        return reply


@dataclass(frozen=True)
class Confused(Committer):
    """A commit that says another digest than the one it stored, as a faulty release might."""

    def commit(self, request: CommitRequest, *, process: str, workflow: str) -> CommitReply:
        reply = super().commit(request, process=process, workflow=workflow)
        if request.signed.act["kind"] == "comment":
            return replace(reply, state="0" * 64)
        return reply


@dataclass(frozen=True)
class Held(Committer):
    """A commit whose answer to a sign-off waits until it is let go; the record has it already."""

    recorded: Event = field(default_factory=Event)
    go: Event = field(default_factory=Event)

    def commit(self, request: CommitRequest, *, process: str, workflow: str) -> CommitReply:
        reply = super().commit(request, process=process, workflow=workflow)
        if request.signed.act["kind"] == "sign_off":
            self.recorded.set()
            assert self.go.wait(LIMIT_SECONDS)
        return reply


@dataclass(frozen=True)
class Counted(Committer):
    """A commit that notes the ids of the acts for which it is tried."""

    tries: list[str] = field(default_factory=list)

    def commit(self, request: CommitRequest, *, process: str, workflow: str) -> CommitReply:
        self.tries.append(request.signed.act["id"])
        return super().commit(request, process=process, workflow=workflow)


C = TypeVar("C", bound=Committer)


def _like(own: Committer, kind: type[C], **given: Any) -> C:
    """Return a commit of another kind with the same parts."""
    return kind(own.database, own.clock, own.worker_key, own.refused, **given)


def _losing(engine: Engine, *kinds: str) -> Engine:
    return replace(engine, committer=_like(engine.committer, Lossy, lose=frozenset(kinds)))


def _directly(case: Case, who: str, step: str, seat: str, outcome: str) -> CommitReply:
    """Commit a sign-off behind the workflow's back: what Temporal lost, the record has."""
    engine = case.engine
    with engine.database.reading() as connection:
        head = head_of(connection, case.id)
    reply = engine.committer.commit(
        CommitRequest(case.sign_off(who, step, seat, outcome), head),
        process=case.definition.process,
        workflow=case.id,
    )
    assert reply.result == "committed", reply
    return reply


async def test_a_lost_answer_is_given_again(idle: Engine, system_patch: Definition) -> None:
    """Opening and sign-offs: the activity is tried again, and the record knows the act."""
    engine = _losing(idle, "open", "sign_off")
    async with engine.worker():
        case = await open_case(engine, system_patch, "bo", PACKAGES)
        result = await case.sign("ada", "approval", "lead", "approve")
        assert (case.opened.seq, result.seq) == (1, 2)
        assert case.state.steps["approval"].signatures[0].at == result.time
        await until(lambda: _agree(case))
        await case.sign("bo", "applying", "executor", "applied")
        await case.sign("cy", "applying", "observer", "applied")
        await case.sign("bo", "documenting", "scribe", "document", log_entry="Done.")
        assert await case.handle.result() == "done"
    assert len(acts_of(engine.database, case.id)) == len(set(acts_of(engine.database, case.id)))


async def test_mail_is_delivered_though_the_answer_was_lost(
    idle: Engine, system_patch: Definition
) -> None:
    engine = _losing(idle, "sign_off")
    async with engine.worker():
        case = await open_case(engine, system_patch, "bo", PACKAGES)
        await case.sign("ada", "approval", "lead", "reject", comment="Not now.")
        assert await case.handle.result() == "rejected"
    assert mails_of(engine.database, case.id) == [f"{case.opened.number}: patch rejected"]
    (mail,) = (engine.folder / "mail").glob("*.eml")
    assert "bo@example.org" in mail.read_text()


async def test_what_was_made_on_the_newest_record_is_not_refused_by_an_older_memory(
    idle: Engine, system_patch: Definition
) -> None:
    """A page shows the record; a case that waits for its commit's answer is behind it."""
    held = _like(idle.committer, Held)
    engine = replace(idle, committer=held)
    async with engine.worker():
        case = await open_case(engine, system_patch, "bo", PACKAGES)
        first = asyncio.create_task(
            engine.send(case.sign_off("ada", "approval", "lead", "approve"))
        )
        await until(held.recorded.is_set)
        assert case.state.configuration == ("applying",)
        applied = case.sign_off("bo", "applying", "executor", "applied")
        next_one = asyncio.create_task(engine.send(applied))
        await _waits_for_its_turn(case, applied, next_one)
        held.go.set()
        assert (await first).accepted
        assert (await next_one).accepted


async def test_what_loses_the_race_to_a_commit_is_refused_and_logged(
    idle: Engine, system_patch: Definition
) -> None:
    """The validator lets it through while something is committed; the handler refuses it."""
    held = _like(idle.committer, Held)
    engine = replace(idle, committer=held)
    async with engine.worker():
        case = await open_case(engine, system_patch, "bo", PACKAGES)
        two = [case.sign_off("ada", "approval", "lead", "approve") for _ in range(2)]
        first = asyncio.create_task(engine.send(two[0]))
        await until(held.recorded.is_set)
        second = asyncio.create_task(engine.send(two[1]))
        await _waits_for_its_turn(case, two[1], second)
        held.go.set()
        assert (await first).accepted
        refused = await second
        assert refused.refusal is not None
        logged = [line for line in engine.security_log if line["act"] == two[1].act["id"]]
        assert [line["code"] for line in logged] == [refused.refusal["code"]]


async def test_a_case_behind_its_record_fills_no_seat_twice(
    engine: Engine, system_patch: Definition
) -> None:
    case = await open_case(engine, system_patch, "bo", PACKAGES)
    second = case.sign_off("ada", "approval", "lead", "reject", comment="No.")
    _directly(case, "ada", "approval", "lead", "approve")
    result = await engine.send(second)
    assert result.refusal is not None
    assert result.refusal["code"] == "not-open"
    assert case.state.configuration == ("applying",)
    assert await _agree(case)
    await case.sign("bo", "applying", "executor", "applied")


async def test_a_case_behind_its_record_takes_what_still_fits(
    engine: Engine, system_patch: Definition
) -> None:
    case = await open_case(engine, system_patch, "bo", PACKAGES)
    _directly(case, "ada", "approval", "lead", "approve")
    comment = case.act("cy", "comment", values={"comment": "I can apply it."})
    assert (await engine.send(comment)).seq == 3
    await case.sign("cy", "applying", "executor", "applied")


async def test_a_case_that_missed_its_end_ends_and_sends_its_mail(
    engine: Engine, system_patch: Definition
) -> None:
    case = await open_case(engine, system_patch, "bo", PACKAGES)
    withdrawn = case.act("bo", "withdraw", values={"comment": "Not needed."})
    reply = engine.committer.commit(
        CommitRequest(withdrawn, await case.head()), process="system-patch", workflow=case.id
    )
    assert reply.result == "committed"
    await case.handle.signal(names.SIGNAL_RECONCILE)
    assert await case.handle.result() == "withdrawn"
    assert len(list((engine.folder / "mail").glob("*.eml"))) == len(
        mails_of(engine.database, case.id)
    )


async def test_a_case_ahead_of_a_restored_record_stops_until_it_is_mended(
    engine: Engine, system_patch: Definition
) -> None:
    case = await open_case(engine, system_patch, "bo", PACKAGES)
    older = copy_database(engine)
    await case.sign("ada", "approval", "lead", "approve")
    newer = copy_database(engine)
    next_ = case.sign_off("bo", "applying", "executor", "applied")

    put_back(engine, older)
    before = dump(engine.database)
    for signed in (next_, case.act("cy", "comment", values={"comment": "What happened?"})):
        result = await engine.send(signed)
        assert result.refusal is not None
        assert result.refusal["code"] == "stopped"
    await until(lambda: _reason(case) is not None)
    assert "1 entries" in (_reason(case) or "")
    assert _without(dump(engine.database), "cases") == _without(before, "cases")

    await case.handle.signal(names.SIGNAL_RECONCILE)  # nothing was mended: it stays so
    assert (await engine.send(case.act("cy", "comment", values={"comment": "Now?"}))).refusal

    put_back(engine, newer)
    await case.handle.signal(names.SIGNAL_RECONCILE)
    await until(lambda: _takes_comments(case))
    await case.sign("bo", "applying", "executor", "applied")
    assert await _agree(case)


async def test_a_case_adopts_no_other_past(engine: Engine, system_patch: Definition) -> None:
    """The database was restored, and others went on from there: longer, and not the same."""
    case = await open_case(engine, system_patch, "bo", PACKAGES)
    older = copy_database(engine)
    await case.sign("ada", "approval", "lead", "approve")
    put_back(engine, older)
    _directly(case, "ada", "approval", "lead", "approve")
    _directly(case, "cy", "applying", "executor", "applied")
    before = dump(engine.database)
    await case.handle.signal(names.SIGNAL_RECONCILE)
    await until(lambda: _reason(case) is not None)
    assert "another past" in (_reason(case) or "")
    assert _without(dump(engine.database), "cases") == _without(before, "cases")


async def test_a_case_that_reckons_otherwise_than_the_record_stops_after_its_answer(
    idle: Engine, system_patch: Definition
) -> None:
    """What is in the record is answered as accepted, whatever the case makes of it."""
    engine = replace(idle, committer=_like(idle.committer, Confused))
    async with engine.worker():
        case = await open_case(engine, system_patch, "bo", PACKAGES)
        signed = case.act("cy", "comment", values={"comment": "Hello."})
        result = await engine.send(signed)
        assert result.accepted
        assert signed.act["id"] in acts_of(engine.database, case.id)
        await until(lambda: _reason(case) is not None)
        assert "differ" in (_reason(case) or "")
        refused = await engine.send(case.sign_off("ada", "approval", "lead", "approve"))
        assert refused.refusal is not None
        assert refused.refusal["code"] == "stopped"
        await case.handle.signal(names.SIGNAL_RECONCILE)
        await until(lambda: _reason(case) is None)
        await case.sign("ada", "approval", "lead", "approve")


async def test_a_commit_that_cannot_succeed_waits_and_is_done_once(
    idle: Engine, system_patch: Definition, tmp_path: Path
) -> None:
    """Somebody holds the write lock for longer than a commit may take, retries included."""
    counted = _like(idle.committer, Counted)
    engine = replace(idle, committer=counted, patience=Patience())
    async with engine.worker():
        case = await open_case(engine, system_patch, "bo", PACKAGES)
        signed = case.sign_off("ada", "approval", "lead", "approve")
        opening = engine.act(system_patch, "bo", "open", values=PACKAGES)
        with _locked(tmp_path):
            sending = asyncio.create_task(send_patiently(engine, signed))
            opened = asyncio.create_task(engine.open(system_patch, opening))
            both = [signed.act["id"], opening.act["id"]]
            await until(lambda: min(map(counted.tries.count, both)) > 1)
            assert not sending.done()
            assert not opened.done()
        assert (await sending).accepted
        assert (await opened)[0].accepted
        await until(lambda: _agree(case))
    assert acts_of(engine.database, case.id) == [case.id, signed.act["id"]]
    assert acts_of(engine.database, opening.act["id"]) == [opening.act["id"]]


async def _waits_for_its_turn(
    case: Case, signed: SignedAct, answer: asyncio.Task[ActResult]
) -> None:
    """Wait until an act is past the validator; it must not be answered yet."""
    handle = case.engine.client.get_workflow_handle(case.id)
    done: set[str] = set()

    async def is_let_through() -> bool:
        let_through: set[str] = set()
        async for event in handle.fetch_history_events():
            accepted = event.workflow_execution_update_accepted_event_attributes
            completed = event.workflow_execution_update_completed_event_attributes
            let_through.add(accepted.accepted_request.meta.update_id)
            done.add(completed.meta.update_id)
        return signed.act["id"] in let_through or answer.done()

    await until(is_let_through)
    assert not answer.done(), answer.result()
    assert signed.act["id"] not in done


async def _takes_comments(case: Case) -> bool:
    return (await case.do("cy", "comment", values={"comment": "Now?"})).accepted


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    connection = sqlite3.connect(folder / "countersign.db", isolation_level=None)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


def _reason(case: Case) -> str | None:
    with case.engine.database.reading() as connection:
        return stopped_reason(connection, case.id)


def _without(tables: dict[str, list[tuple[object, ...]]], name: str) -> dict[str, object]:
    return {key: rows for key, rows in tables.items() if key != name}


async def _agree(case: Case) -> bool:
    with case.engine.database.reading() as connection:
        stored = head_of(connection, case.id)
    return await case.head() == stored
