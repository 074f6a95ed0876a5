"""What other tests rely on: parts die at failpoints and come back, and time moves for all."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from tests.support.eventually import LIMIT_SECONDS, eventually
from tests.support.stack import Stack
from tests.support.stack_desk import Office
from tests.support.tiers import first
from web.gateway import Unconfirmed
from worker.failpoints import Failpoints, arm, was_hit

POINTS = ["commit.before", "commit.after", "reply.before"]
"""The first two are passed once by `tests/faults/test_short.py` as well."""


@pytest.mark.parametrize("victim", ["worker", "temporal"])
@pytest.mark.parametrize("point", first(POINTS, {"reply.before"}))
def test_a_part_killed_at_a_point_loses_and_doubles_nothing(
    stack: Stack, office: Office, point: str, victim: str
) -> None:
    case = office.open()
    comment = office.comment(case)
    stack.arm(point, 1, victim)
    with ThreadPoolExecutor(1) as pool:
        answering = pool.submit(office.cases.act, comment)
        eventually(stack.was_hit)
        eventually(lambda: not stack.running(victim))
        stack.start(victim)
        answer = answering.result(LIMIT_SECONDS)
    told = office.answer(comment)
    assert (told.accepted, told.seq) == (True, 2)
    assert answer in {told, Unconfirmed(comment.act["id"])}
    assert office.answer(comment) == told
    assert office.entries(case) == 2


async def test_time_moves_for_cases_and_clock_together(stack: Stack, office: Office) -> None:
    case = await asyncio.to_thread(office.open)
    await stack.advance(timedelta(days=2, minutes=1))
    eventually(lambda: office.entries(case) > 1)
    before = office.desk.state(case)
    assert before.configuration == ("approval",)
    await stack.advance(timedelta(days=1))
    eventually(lambda: office.desk.state(case).configuration == ("escalated",))


def test_an_unknown_point_cannot_be_armed(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="there is no failpoint"):
        arm(tmp_path, "somewhere", 1, "web")


def test_points_that_are_not_armed_do_nothing(tmp_path: Path) -> None:
    points = Failpoints(tmp_path)
    points.reach("commit.before")
    arm(tmp_path, "commit.before", 2, "web")
    points.reach("commit.after")
    points.reach("commit.before")
    assert not was_hit(tmp_path)
