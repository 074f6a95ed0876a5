"""Schedules on a real server: made and mended by a worker, and each moment opens one case."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Coroutine, Iterator
from datetime import datetime, timedelta
from typing import TypeVar

import pytest
from sqlalchemy import select
from temporalio.client import (
    Client,
    Schedule,
    ScheduleBackfill,
    ScheduleHandle,
    ScheduleOverlapPolicy,
    ScheduleUpdate,
)
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper

from definitions.canonical import canonical
from definitions.clock import parse, stamp
from definitions.definition import Definition
from definitions.loader import load_library
from definitions.timetable import next_after, tick_id
from store import tables
from store.cases import register_definition
from store.in_force import put_in_force
from store.pausing import Pauser, pause
from store.queries.operating import unsettled_acts
from store.record.verify import verify_record
from tests.support.eventually import eventually
from tests.support.stack import Stack
from worker.temporal_client import connect
from workflows.names import SCHEDULE_ID

SUMMARY = "board-summary"
SCHEDULE = load_library().current(SUMMARY).body.start.schedule
OPERATOR = "operator@example.org"

_Found = TypeVar("_Found")


@pytest.fixture
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("stack") / "data"
    with Stack(folder, sandbox=True, parts_die=True) as running:
        yield running


def asked(stack: Stack, what: Callable[[Client], Coroutine[None, None, _Found]]) -> _Found:
    """Ask Temporal something."""

    async def ask() -> _Found:
        return await what(await connect(stack.settings, stack.keys.codec))

    return asyncio.run(ask())


def handle(client: Client) -> ScheduleHandle:
    return client.get_schedule_handle(f"{SCHEDULE_ID}{SUMMARY}")


async def described(client: Client) -> Schedule | None:
    try:
        return (await handle(client).describe()).schedule
    except RPCError:
        return None


def as_made(stack: Stack, *, paused: bool = False) -> bool:
    """Say whether Temporal's schedule is as the definition has it."""
    there = asked(stack, described)
    assert SCHEDULE is not None
    if there is None or there.state.paused != paused or len(there.spec.calendars) != 1:
        return False
    calendar = there.spec.calendars[0]
    return [one.start for one in calendar.month] == sorted(SCHEDULE.months)


def moment(stack: Stack) -> datetime:
    """Return the next moment of the schedule, by the stack's clock."""
    assert SCHEDULE is not None
    return next_after(SCHEDULE, stack.clock.now())


def pass_to(stack: Stack, at: datetime, *, tell: bool = True) -> None:
    """Let time pass until right after a moment: for the store, and if told for the schedule."""
    length = at - stack.clock.now() + timedelta(minutes=1)

    async def skip(client: Client) -> None:
        scheduler = client.get_workflow_handle(f"temporal-sys-scheduler:{SCHEDULE_ID}{SUMMARY}")
        await TimeSkipper(client).fast_forward(scheduler, length)

    stack.clock.move_to_offset(stack.clock.offset() + length.total_seconds())
    if tell:
        asked(stack, skip)


def summaries(stack: Stack) -> list[str]:
    cases = tables.cases.c
    query = select(cases.case).where(cases.process == SUMMARY).order_by(cases.opened_at)
    with stack.database().reading() as connection:
        return list(connection.scalars(query))


def told_again(stack: Stack, at: datetime) -> None:
    """Let Temporal tell a moment that it told before."""

    async def backfill(client: Client) -> None:
        start, end = at - timedelta(minutes=1), at + timedelta(minutes=1)
        overlap = ScheduleOverlapPolicy.BUFFER_ALL
        await handle(client).backfill(ScheduleBackfill(start, end, overlap))

    asked(stack, backfill)


def ticks_ended(stack: Stack) -> int:
    """Return how many moments that were told have been dealt with."""

    async def count(client: Client) -> int:
        query = 'WorkflowType="schedule:tick" AND ExecutionStatus="Completed"'
        return (await client.count_workflows(query)).count

    return asked(stack, count)


def test_it_is_made_and_put_right_whatever_is_done_to_it(stack: Stack) -> None:
    assert as_made(stack)

    async def change(client: Client) -> None:
        def never(given: object) -> ScheduleUpdate:
            schedule: Schedule = given.description.schedule  # type: ignore[attr-defined]
            schedule.spec.calendars = []
            return ScheduleUpdate(schedule)

        await handle(client).update(never)

    async def pause_by_hand(client: Client) -> None:
        await handle(client).pause()

    async def delete(client: Client) -> None:
        await handle(client).delete()

    for done in (change, pause_by_hand, delete):
        asked(stack, done)
        eventually(lambda: as_made(stack), f"the schedule is as it was, after {done.__name__}")


def test_each_moment_opens_one_case_however_often_it_is_told(stack: Stack) -> None:
    first = moment(stack)
    pass_to(stack, first)
    eventually(lambda: len(summaries(stack)) == 1, "the first summary is open")
    told_again(stack, first)
    eventually(lambda: ticks_ended(stack) == 2, "the moment was told twice")
    pass_to(stack, moment(stack))
    eventually(lambda: len(summaries(stack)) == 2, "the second summary is open")
    assert summaries(stack)[0] == tick_id(SUMMARY, stamp(first))
    with stack.database().reading() as connection:
        assert unsettled_acts(connection, stamp(stack.clock.now())) == ()
    assert verify_record(stack.database()).ok


def test_a_worker_killed_between_moment_and_opening_loses_nothing(stack: Stack) -> None:
    at = moment(stack)
    stack.arm("tick.after", 1, "worker")
    pass_to(stack, at)
    eventually(stack.was_hit, "the moment was kept")
    # The point is marked as hit right before the victim dies.
    eventually(lambda: not stack.running("worker"), "the worker was killed")
    assert summaries(stack) == []
    stack.start("worker")
    eventually(lambda: len(summaries(stack)) == 1, "the summary is open")
    eventually(lambda: ticks_ended(stack) == 1, "the moment was dealt with")
    assert summaries(stack) == [tick_id(SUMMARY, stamp(at))]
    assert verify_record(stack.database()).ok


@pytest.mark.soak
def test_what_passed_while_it_was_gone_is_made_up_for(stack: Stack) -> None:
    pass_to(stack, moment(stack))
    eventually(lambda: len(summaries(stack)) == 1, "the first summary is open")

    async def delete(client: Client) -> None:
        await handle(client).delete()

    stack.kill("worker")
    asked(stack, delete)
    for _ in range(2):
        pass_to(stack, moment(stack), tell=False)
    stack.start("worker")
    eventually(lambda: len(summaries(stack)) == 3, "the two that were missed are open")
    assert verify_record(stack.database()).ok


@pytest.mark.soak
def test_while_it_is_paused_its_moments_pass_by(stack: Stack) -> None:
    pauses(stack, paused=True)
    eventually(lambda: as_made(stack, paused=True), "Temporal's schedule is paused too")
    at = moment(stack)
    pass_to(stack, at)
    told_again(stack, at)
    eventually(lambda: ticks_ended(stack) == 1, "the moment was told all the same")
    assert summaries(stack) == []
    asked(stack, unpause)
    eventually(lambda: as_made(stack, paused=True), "it is paused again")
    pauses(stack, paused=False)
    eventually(lambda: as_made(stack), "it goes on")
    pass_to(stack, moment(stack))
    eventually(lambda: len(summaries(stack)) == 1, "the next one is open")
    assert parse(stamp(at)) < stack.clock.now()


async def unpause(client: Client) -> None:
    await handle(client).unpause()


def pauses(stack: Stack, *, paused: bool) -> None:
    """Let the operator pause the schedule, or let it go on."""
    people, grants = tables.people.c, tables.grants.c
    with stack.database().writing() as connection:
        query = select(people.person).join(tables.grants, grants.person == people.person)
        person = connection.scalar(query.where(grants.role == "operator"))
        at = stamp(stack.clock.now())
        key = stack.keys.web_signing
        pauser = Pauser(str(person), f"form-{paused}-of-the-operator", {"kind": "link"}, at, key)
        assert pause(connection, pauser, SUMMARY, paused=paused) is None


def newer_in_force(stack: Stack) -> str:
    """Do what the start of a newer program on this database does; return its version."""
    library = {one.process: one for one in load_library().definitions()}
    data = json.loads(library[SUMMARY].text)
    data["definition"]["summary"] = {"en": "As before."}
    newer = Definition.from_text(canonical(data).decode())
    with stack.database().writing() as connection:
        register_definition(connection, newer)
        in_force = (library | {SUMMARY: newer}).values()
        put_in_force(connection, in_force, stamp(stack.clock.now()), stack.keys.worker_signing)
    return newer.version


def versions(stack: Stack) -> list[str]:
    cases = tables.cases.c
    query = select(cases.version).where(cases.process == SUMMARY).order_by(cases.opened_at)
    with stack.database().reading() as connection:
        return list(connection.scalars(query))


def test_a_worker_of_an_older_version_opens_under_what_is_in_force(stack: Stack) -> None:
    version = newer_in_force(stack)
    pass_to(stack, moment(stack))
    eventually(lambda: versions(stack) == [version], "the summary is open, as it is in force")
    assert verify_record(stack.database()).ok


def test_what_waits_during_an_upgrade_opens_under_what_is_in_force(stack: Stack) -> None:
    at = moment(stack)
    stack.arm("tick.after", 1, "worker")
    pass_to(stack, at)
    eventually(stack.was_hit, "the moment was kept")
    eventually(lambda: not stack.running("worker"), "the worker was killed")
    version = newer_in_force(stack)
    stack.start("worker")
    eventually(lambda: versions(stack) == [version], "the summary is open, as it is in force")
    assert verify_record(stack.database()).ok
