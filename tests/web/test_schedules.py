"""The operator sees what opens by itself, and pauses it and lets it go on: an act of their own."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape

import pytest
from sqlalchemy import insert, select

from definitions.clock import exactly, stamp
from definitions.loader import load_library
from definitions.timetable import next_after, tick_id
from store import tables
from store.pausing import is_paused
from tests.support.web import Stack, Visitor

SUMMARY = "board-summary"


@pytest.fixture
def operator(stack: Stack) -> Visitor:
    return stack.signed_in(stack.add_person("Otto", ("operator",)))


def shown(operator: Visitor) -> str:
    return unescape(operator.get("/operator").text)


def press(visitor: Visitor, do: str, nonce: str = "", process: str = SUMMARY) -> int:
    given = {"process": process, "do": do, "nonce": nonce or do.ljust(22, "x")}
    return visitor.post("/operator/schedules", given).status_code


def paused(stack: Stack) -> bool:
    with stack.database.reading() as connection:
        return is_paused(connection, SUMMARY)


def told(stack: Stack) -> None:
    """Let the moment of 1 October have been told."""
    at = "2026-10-01T06:00:00.000Z"
    version = load_library().current(SUMMARY).version
    row = {"case": tick_id(SUMMARY, at), "process": SUMMARY, "at": at, "version": version}
    with stack.database.writing() as connection:
        connection.execute(insert(tables.ticks).values(row))
        known = tables.definitions.c.version
        if connection.scalar(select(known).where(known == version)) is None:
            text = load_library().current(SUMMARY).text
            values = {"version": version, "process": SUMMARY, "text": text}
            connection.execute(insert(tables.definitions).values(values))


def test_what_opens_by_itself_is_shown_with_when(stack: Stack, operator: Visitor) -> None:
    page = operator.get("/operator").text
    assert "Summary to the Board" in page
    assert re.search(r"The next one opens on 1 \w+ 20\d\d, 06:00 UTC\. None was due here yet", page)
    told(stack)
    page = operator.get("/operator").text
    assert "The last one was due on 1 October 2026, 06:00 UTC." in page
    assert "nobody is that now" in page


def test_a_moment_that_nobody_told_is_shown(stack: Stack, operator: Visitor) -> None:
    told(stack)
    assert "Temporal hasn't told it" not in shown(operator)
    schedule = load_library().current(SUMMARY).body.start.schedule
    assert schedule is not None
    due = next_after(schedule, stack.clock.now())
    stack.clock.pass_time(due + timedelta(minutes=6) - stack.clock.now())
    operator = stack.signed_in(stack.add_person("Ola", ("operator",)))
    page = shown(operator)
    assert f"It was due to open on {exactly(stamp(due))}, and Temporal hasn't told it." in page
    assert press(operator, "pause") == 303
    assert "hasn't told it" not in shown(operator), "it isn't made up for"
    assert press(operator, "resume") == 303
    assert "hasn't told it" not in shown(operator)


def test_it_is_paused_and_goes_on(stack: Stack, operator: Visitor) -> None:
    assert "Pause it" in operator.get("/operator").text
    assert press(operator, "pause") == 303
    assert paused(stack)
    page = operator.get("/operator").text
    assert "Paused since" in page
    assert "Let it go on" in page
    assert press(operator, "pause") == 303
    assert press(operator, "resume") == 303
    assert not paused(stack)
    entries = tables.entries.c
    with stack.database.reading() as connection:
        query = select(entries.kind).where(entries.stream == "system").order_by(entries.seq)
        kinds = [kind for kind in connection.scalars(query) if kind.startswith("schedule-")]
    assert kinds == ["schedule-paused", "schedule-resumed"]


@pytest.mark.parametrize(("do", "process"), [("pause", "system-patch"), ("delete", SUMMARY)])
def test_there_is_nothing_else_to_do(operator: Visitor, do: str, process: str) -> None:
    assert press(operator, do, process=process) == 422


def test_nobody_else_may(stack: Stack) -> None:
    member = stack.signed_in(stack.add_person("Mia", ("member", "board-member")))
    assert press(member, "pause") in {403, 404}
    assert not paused(stack)
