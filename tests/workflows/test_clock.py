"""What the clock does in a case: reminders, deadlines and escalation, over days that are skipped.

The store's clock moves first and Temporal's follows, as in a walk; the commit alone says what is
due. Timers outlive the worker.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select
from temporalio.testing import TimeSkipper

from definitions.acts import CommitRequest, Head
from definitions.clock import parse, stamp
from definitions.definition import Definition
from store import tables
from store.streams import read_entry
from tests.support.cases import PACKAGES, Case, acts_of, mails_of, open_case
from tests.support.engine import Engine
from tests.support.eventually import until
from workflows.pieces import lag_of

DAY = timedelta(days=1)


async def _pass_time(case: Case, length: timedelta, *, store_too: bool = True) -> None:
    clock = case.engine.clock
    if store_too:
        clock.move_to_offset(clock.offset() + length.total_seconds())
    await TimeSkipper(case.engine.client).fast_forward(case.handle, length)


def _happened(case: Case) -> list[tuple[str, str]]:
    """Kind and day (after the opening) of each entry, mails left out."""
    entries = tables.entries.c
    query = select(entries.kind, entries.at).where(entries.stream == case.id)
    opened = parse(case.state.opened_at)
    with case.engine.database.reading() as connection:
        rows = list(connection.execute(query.order_by(entries.seq)))
    return [(r.kind, f"{(parse(r.at) - opened) / DAY:.1f}") for r in rows if r.kind != "mail"]


async def test_reminder_deadline_and_escalation_come_once_and_in_order(
    engine: Engine, system_patch: Definition
) -> None:
    case = await open_case(engine, system_patch, "bo", PACKAGES)
    await _pass_time(case, 2 * DAY + timedelta(hours=1))
    await until(lambda: len(acts_of(engine.database, case.id)) == 3)
    number = case.opened.number
    assert mails_of(engine.database, case.id) == [f"{number}: “Approve the patch” waits for you"]
    await _pass_time(case, DAY)
    await until(lambda: case.state.configuration == ("escalated",))
    assert [kind for kind, _ in _happened(case)] == ["open", "remind", "deadline"]
    escalation = f"{number}: a patch waits for approval beyond its time"
    mails = mails_of(engine.database, case.id)
    assert mails[1:] == [escalation] * len(mails[1:])
    assert len(mails[1:]) == 3  # the Board member, the team leader and the opener
    assert case.state.steps["approval"].overdue
    await until(lambda: len(list((engine.folder / "mail").glob("*.eml"))) == len(mails))
    refused = await case.refused("ada", "approval", "lead", "approve")
    assert refused == ("not-open", "3.2.3")
    await case.sign("ada", "escalated", "lead", "approve")


async def test_what_the_clock_does_has_the_time_of_the_store(
    engine: Engine, system_patch: Definition
) -> None:
    case = await open_case(engine, system_patch, "bo", PACKAGES)
    await _pass_time(case, 2 * DAY + timedelta(hours=1))
    await until(lambda: len(acts_of(engine.database, case.id)) == 3)
    entries = tables.entries.c
    query = select(entries.text).where(entries.stream == case.id, entries.kind == "remind")
    with engine.database.reading() as connection:
        entry = read_entry(connection.scalars(query).one())
    now = stamp(engine.clock.now())
    assert stamp(parse(case.state.opened_at) + 2 * DAY) <= entry.facts["time"] <= now
    assert entry.act["actor"] == "system"
    assert entry.act["auth"]["cause"]["due"] == stamp(parse(case.state.opened_at) + 2 * DAY)
    assert len(entry.signatures) == 1


async def test_timers_outlive_the_worker(idle: Engine, system_patch: Definition) -> None:
    async with idle.worker():
        case = await open_case(idle, system_patch, "bo", PACKAGES)
        await case.sign("ada", "approval", "lead", "approve")
    idle.clock.move_to_offset((8 * DAY).total_seconds())  # nobody works meanwhile
    skipper = TimeSkipper(idle.client)
    async with idle.worker():
        await skipper.fast_forward(case.handle, 8 * DAY)
        await until(lambda: case.state.steps["applying"].overdue)
    kinds = [kind for kind, _ in _happened(case)]
    assert kinds in (
        ["open", "sign_off", "remind", "deadline"],
        ["open", "sign_off", "deadline"],  # whichever of two that are due comes first
    )


async def test_nothing_is_due_before_the_store_says_so(
    engine: Engine, system_patch: Definition
) -> None:
    """Temporal's clock runs ahead of the store's: the case asks again until both agree."""
    case = await open_case(engine, system_patch, "bo", PACKAGES)
    await _pass_time(case, 2 * DAY + timedelta(minutes=1), store_too=False)
    await until(lambda: any(line["code"] == "not-due" for line in engine.security_log))
    assert acts_of(engine.database, case.id) == [case.id]
    engine.clock.move_to_offset((2 * DAY + timedelta(minutes=2)).total_seconds())
    # It asks after longer and longer pauses, a minute at most: nobody waits through them.
    await _pass_time(case, timedelta(minutes=2), store_too=False)
    await until(lambda: len(acts_of(engine.database, case.id)) == 3)
    assert [kind for kind, _ in _happened(case)] == ["open", "remind"]


async def test_a_case_whose_opening_was_known_already_has_the_time_of_the_store(
    engine: Engine, system_patch: Definition
) -> None:
    """Whoever committed it first died before they could answer: the next is told when it was."""
    ahead = 40 * DAY
    engine.clock.move_to_offset(ahead.total_seconds())
    opening = engine.act(system_patch, "bo", "open", values=dict(PACKAGES))
    request = CommitRequest(opening, Head(), system_patch.text)
    reply = engine.committer.commit(
        request, process=system_patch.process, workflow=opening.act["id"]
    )
    assert reply.result == "committed"
    opened, handle = await engine.open(system_patch, opening)
    assert opened.accepted
    case = Case(engine, system_patch, opening, opened, handle)
    await _pass_time(case, 2 * DAY + timedelta(minutes=1))
    await until(lambda: [kind for kind, _ in _happened(case)] == ["open", "remind"])


def test_only_what_lies_outside_of_question_and_answer_is_lag() -> None:
    """An answer that is read days later, since nobody worked, moves no deadline."""
    asked = parse("2026-10-18T09:30:00.000Z")
    hour = timedelta(hours=1)
    assert lag_of(asked, asked + hour, asked + 48 * hour) == timedelta()
    assert lag_of(asked, asked - hour, asked + hour) == -hour
    assert lag_of(asked, asked + 3 * hour, asked + hour) == 2 * hour
