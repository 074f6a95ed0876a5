"""The stories of patches: both processes to each of their ends, and what happens between.

Cases of these two run and have run: add to what is here, and leave what is.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from functools import partial
from typing import TypeAlias

from temporalio.testing import TimeSkipper

from definitions.canonical import Json
from definitions.loader import load_library
from tests.replay.telling import (
    adopt,
    directly,
    pass_time,
    refused_by_the_directory,
    stop_and_mend,
)
from tests.support.cases import PACKAGES, Case, copy_database, open_case, patch_value
from tests.support.engine import Engine
from tests.support.eventually import until
from workflows import names

PatchStory: TypeAlias = Callable[[Engine], Awaitable[Case]]


async def _system(engine: Engine) -> Case:
    return await open_case(engine, load_library().current("system-patch"), "bo", PACKAGES)


async def _application(engine: Engine) -> Case:
    values = {
        "patch": patch_value(engine, "Jo Member <jo@example.org>"),
        "risk": "low",
        "purpose": "Be polite.",
    }
    definition = load_library().current("application-patch")
    case = await open_case(engine, definition, "jo", values)
    await case.sign("dana", "review", "lead", "approve", not_author=True)
    await case.sign("gus", "test", "tester", "pass", build="clean", test_log="It runs.")
    return case


async def _reviewed(engine: Engine) -> Case:
    case = await _application(engine)
    await case.sign("hal", "test", "tester", "pass", build="clean", test_log="It runs.")
    await case.sign("emil", "review", "reviewer", "approve", not_author=True)
    return case


async def system_good(engine: Engine) -> Case:
    case = await _system(engine)
    await case.sign("ada", "approval", "lead", "approve")
    await case.sign("bo", "applying", "executor", "applied")
    await case.do("bo", "retract", step="applying")
    await case.do("bo", "decline", step="applying", seat="executor", values={"comment": "Away."})
    await case.sign("ada", "applying", "executor", "applied")
    await case.sign("cy", "applying", "observer", "applied")
    await case.sign("bo", "documenting", "scribe", "document", log_entry="Done on webdb.")
    return case


async def system_rejected(engine: Engine) -> Case:
    case = await _system(engine)
    await case.sign("ada", "approval", "lead", "reject", comment="Not now.")
    return case


async def system_withdrawn(engine: Engine) -> Case:
    case = await _system(engine)
    await case.do("bo", "amend", values={"reason": "Another reason."})
    await case.do("bo", "withdraw", values={"comment": "Not needed."})
    return case


async def system_late(engine: Engine) -> Case:
    """A reminder, then the deadline, then the Board is told; approved at last and given up."""
    case = await _system(engine)
    skipper = TimeSkipper(engine.client)
    for hours in (49, 24):
        await pass_time(case, skipper, timedelta(hours=hours))
        await until(lambda: case.state.steps["approval"].reminders == ())
    await until(lambda: case.state.configuration == ("escalated",))
    await case.sign("ada", "escalated", "lead", "reject", comment="Too late.")
    return case


async def system_carried(engine: Engine) -> Case:
    case = await _system(engine)
    for n in range(6):
        await case.do("cy", "comment", values={"comment": f"Number {n}."})
    await case.do("bo", "withdraw", values={"comment": "Not needed."})
    return case


async def system_pressed_carried(engine: Engine) -> Case:
    """It is asked to compare itself so often that it leaves that to its next run."""
    case = await _system(engine)
    await asyncio.gather(*(case.handle.signal(names.SIGNAL_RECONCILE) for _ in range(50)))
    await case.do("bo", "withdraw", values={"comment": "Not needed."})
    return case


async def application_good(engine: Engine) -> Case:
    case = await _reviewed(engine)
    await case.do("jo", "amend", values={"purpose": "Be very polite."})
    await case.sign("dana", "review", "lead", "approve", not_author=True)
    await case.sign("emil", "review", "reviewer", "approve", not_author=True)
    if case.state.is_open("test"):
        for who in ("gus", "hal"):
            await case.sign(who, "test", "tester", "pass", build="clean", test_log="It runs.")
    await case.sign("ada", "applying", "executor", "applied")
    await case.sign("bo", "applying", "observer", "applied")
    return case


async def application_rejected(engine: Engine) -> Case:
    case = await _application(engine)
    await case.sign("fay", "review", "reviewer", "reject", not_author=True, comment="No.")
    return case


async def application_backed_out(engine: Engine) -> Case:
    case = await _reviewed(engine)
    await case.sign("ada", "applying", "executor", "applied")
    await case.sign("bo", "applying", "observer", "failed", comment="It doesn't start.")
    for who, seat in (("ada", "executor"), ("bo", "observer")):
        await case.sign(who, "backing_out", seat, "backed-out")
    await case.sign("bo", "failure_report", "scribe", "report", report="It didn't start.")
    return case


async def system_backed_out(engine: Engine) -> Case:
    case = await _system(engine)
    await case.sign("ada", "approval", "lead", "approve")
    await case.sign("bo", "applying", "executor", "applied")
    await case.sign("cy", "applying", "observer", "failed", comment="It doesn't start.")
    for who, seat in (("bo", "executor"), ("cy", "observer")):
        await case.sign(who, "backing_out", seat, "backed-out")
    await case.sign("bo", "failure_report", "scribe", "report", report="It didn't start.")
    return case


async def application_withdrawn(engine: Engine) -> Case:
    """One takes a test back, one declines, a role that somebody hasn't is refused."""
    case = await _application(engine)
    await case.do("gus", "retract", step="test")
    away: dict[str, Json] = {"comment": "Away."}
    await case.do("fay", "decline", step="review", seat="reviewer", values=away)
    await refused_by_the_directory(case, "ida", "tester", "test")
    await case.do("jo", "withdraw", values={"comment": "Not needed."})
    return case


def _has_left(case: Case, reminders: int) -> bool:
    """Say whether so many reminders are still to come."""
    return len(case.state.steps["revision"].reminders) == reminders


async def application_late(engine: Engine) -> Case:
    """Changes are asked for, and nobody makes them: two reminders, then it lapses."""
    case = await _application(engine)
    asked: dict[str, Json] = {"not_author": True, "comment": "Shorter, please."}
    await case.sign("fay", "review", "reviewer", "changes", **asked)
    skipper = TimeSkipper(engine.client)
    for days, left in ((7, 1), (5, 0)):
        await pass_time(case, skipper, timedelta(days=days, hours=1))
        await until(partial(_has_left, case, left))
    await pass_time(case, skipper, timedelta(days=2))
    await until(lambda: case.state.ended is not None)
    return case


async def application_carried(engine: Engine) -> Case:
    case = await _application(engine)
    for n in range(6):
        await case.do("fay", "comment", values={"comment": f"Number {n}."})
    await case.do("jo", "withdraw", values={"comment": "Not needed."})
    return case


async def system_stopped(engine: Engine) -> Case:
    """The record was put back, and the case stops; it goes on when the record is whole again."""
    case = await _system(engine)
    older = copy_database(engine)
    await case.sign("ada", "approval", "lead", "approve")
    await stop_and_mend(case, older, case.sign_off("bo", "applying", "executor", "applied"))
    await case.sign("bo", "applying", "executor", "applied")
    await case.sign("cy", "applying", "observer", "applied")
    await case.sign("bo", "documenting", "scribe", "document", log_entry="Done on webdb.")
    return case


async def application_stopped(engine: Engine) -> Case:
    case = await _application(engine)
    older = copy_database(engine)
    tested: dict[str, Json] = {"build": "clean", "test_log": "It runs."}
    await case.sign("hal", "test", "tester", "pass", **tested)
    reviewed = case.sign_off("emil", "review", "reviewer", "approve", not_author=True)
    await stop_and_mend(case, older, reviewed)
    await case.do("jo", "withdraw", values={"comment": "Not needed."})
    return case


async def system_behind(engine: Engine) -> Case:
    """The record has a sign-off that Temporal lost: the case adopts it, and fills no seat twice."""
    case = await _system(engine)
    second = case.sign_off("ada", "approval", "lead", "reject", comment="No.")
    directly(case, case.sign_off("ada", "approval", "lead", "approve"))
    assert (await engine.send(second)).refusal
    await refused_by_the_directory(case, "ida", "systems-administrator", "applying", "executor")
    directly(case, case.sign_off("bo", "applying", "executor", "applied"))
    await adopt(case)
    await case.sign("cy", "applying", "observer", "applied")
    await case.sign("bo", "documenting", "scribe", "document", log_entry="Done on webdb.")
    return case


async def application_behind(engine: Engine) -> Case:
    case = await _application(engine)
    tested: dict[str, Json] = {"build": "clean", "test_log": "It runs."}
    directly(case, case.sign_off("hal", "test", "tester", "pass", **tested))
    await case.do("fay", "comment", values={"comment": "I have read it."})
    directly(case, case.sign_off("emil", "review", "reviewer", "approve", not_author=True))
    await adopt(case)
    await case.sign("ada", "applying", "executor", "applied")
    await case.sign("bo", "applying", "observer", "applied")
    return case


PATCHES: tuple[PatchStory, ...] = (
    system_good,
    system_rejected,
    system_withdrawn,
    system_late,
    system_carried,
    system_pressed_carried,
    application_good,
    application_rejected,
    application_backed_out,
    system_backed_out,
    system_stopped,
    system_behind,
    application_withdrawn,
    application_late,
    application_carried,
    application_stopped,
    application_behind,
)
