"""Makes the kept histories: both processes to their ends, as a real server recorded them.

Run it by `python -m tests.replay.make_histories` when a new way through the workflow deserves
one, and name what exists already only if no release has run it: a history that no longer
replays is a running case that no longer goes on. `NAME …` makes only those.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

from temporalio.client import Client
from temporalio.testing import TimeSkipper

from definitions.acts import CommitRequest, SignedAct
from definitions.canonical import Json
from definitions.loader import load_library
from store.streams import head_of
from tests.replay.kept import FOLDER, RING, ring_text
from tests.support.cases import (
    PACKAGES,
    Case,
    copy_database,
    open_case,
    patch_value,
    put_back,
    until,
)
from tests.support.engine import Engine, make_engine, temporal_server
from worker.codec import data_converter
from worker.temporal_server import DYNAMIC
from workflows import names

Story: TypeAlias = Callable[[Engine], Awaitable[Case]]
SHORT = "limit.historyCount.suggestContinueAsNew=40"
"""Makes the server suggest continue-as-new early, for the histories named `…-carried`."""


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
        engine.clock.move_to_offset(engine.clock.offset() + hours * 3600)
        await skipper.fast_forward(case.handle, timedelta(hours=hours))
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
    await _refused_by_the_directory(case, "ida", "tester", "test")
    await case.do("jo", "withdraw", values={"comment": "Not needed."})
    return case


async def application_late(engine: Engine) -> Case:
    """Changes are asked for, and nobody makes them: two reminders, then it lapses."""
    case = await _application(engine)
    asked: dict[str, Json] = {"not_author": True, "comment": "Shorter, please."}
    await case.sign("fay", "review", "reviewer", "changes", **asked)
    skipper = TimeSkipper(engine.client)
    for days, left in ((7, 1), (5, 0)):
        await _pass(case, skipper, timedelta(days=days, hours=1))
        await until(lambda left=left: len(case.state.steps["revision"].reminders) == left)
    await _pass(case, skipper, timedelta(days=2))
    await until(lambda: case.state.ended is not None)
    return case


async def _pass(case: Case, skipper: TimeSkipper, length: timedelta) -> None:
    clock = case.engine.clock
    clock.move_to_offset(clock.offset() + length.total_seconds())
    await skipper.fast_forward(case.handle, length)


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
    await _stop_and_mend(case, older, case.sign_off("bo", "applying", "executor", "applied"))
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
    await _stop_and_mend(case, older, reviewed)
    await case.do("jo", "withdraw", values={"comment": "Not needed."})
    return case


async def _stop_and_mend(case: Case, older: Path, next_: SignedAct) -> None:
    newer = copy_database(case.engine)
    put_back(case.engine, older)
    refused = (await case.engine.send(next_)).refusal
    assert refused, "it was taken"
    assert refused["code"] == "stopped"

    async def reason() -> str:
        told: str = await case.handle.query(names.QUERY_STOPPED, result_type=str)
        return told

    assert await reason()
    put_back(case.engine, newer)
    await case.handle.signal(names.SIGNAL_RECONCILE)

    async def goes_on() -> bool:
        return not await reason()

    await until(goes_on)


async def system_behind(engine: Engine) -> Case:
    """The record has a sign-off that Temporal lost: the case adopts it, and fills no seat twice."""
    case = await _system(engine)
    second = case.sign_off("ada", "approval", "lead", "reject", comment="No.")
    _directly(case, case.sign_off("ada", "approval", "lead", "approve"))
    assert (await engine.send(second)).refusal
    await _refused_by_the_directory(case, "ida", "systems-administrator", "applying", "executor")
    _directly(case, case.sign_off("bo", "applying", "executor", "applied"))
    await _adopt(case)
    await case.sign("cy", "applying", "observer", "applied")
    await case.sign("bo", "documenting", "scribe", "document", log_entry="Done on webdb.")
    return case


async def application_behind(engine: Engine) -> Case:
    case = await _application(engine)
    tested: dict[str, Json] = {"build": "clean", "test_log": "It runs."}
    _directly(case, case.sign_off("hal", "test", "tester", "pass", **tested))
    await case.do("fay", "comment", values={"comment": "I have read it."})
    _directly(case, case.sign_off("emil", "review", "reviewer", "approve", not_author=True))
    await _adopt(case)
    await case.sign("ada", "applying", "executor", "applied")
    await case.sign("bo", "applying", "observer", "applied")
    return case


async def _adopt(case: Case) -> None:
    await case.handle.signal(names.SIGNAL_RECONCILE)

    async def agrees() -> bool:
        with case.engine.database.reading() as connection:
            return await case.head() == head_of(connection, case.id)

    await until(agrees)


def _directly(case: Case, signed: SignedAct) -> None:
    """Commit behind the workflow's back: what Temporal lost, the record has."""
    with case.engine.database.reading() as connection:
        head = head_of(connection, case.id)
    reply = case.engine.committer.commit(
        CommitRequest(signed, head), process=case.definition.process, workflow=case.id
    )
    assert reply.result == "committed", reply


async def _refused_by_the_directory(
    case: Case, who: str, role: str, step: str, seat: str = "tester"
) -> None:
    """Claim a role that the directory doesn't know of: the case believes it, the commit not."""
    person = case.engine.people[who]
    case.engine.people[who] = replace(person, roles=(*person.roles, role))
    outcome = next(iter(case.definition.step(step).outcomes))
    values: dict[str, Json] = {"build": "clean", "test_log": "It runs."} if step == "test" else {}
    result = await case.engine.send(case.sign_off(who, step, seat, outcome, **values))
    case.engine.people[who] = person
    assert result.refusal, "the commit took it"


STORIES: Mapping[str, Story] = {
    story.__name__.replace("_", "-"): story
    for story in (
        system_good,
        system_rejected,
        system_withdrawn,
        system_late,
        system_carried,
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
}


async def make(name: str) -> None:
    """Play one story and keep the history of each of its runs."""
    story = STORIES[name]
    more = [SHORT] if name.endswith("-carried") else []
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        (folder / "keys").mkdir(mode=0o700)
        keys = folder / "keys" / "codec-keys.json"
        keys.touch(mode=0o600)
        keys.write_text(ring_text(), encoding="ascii")
        async with temporal_server(folder, *DYNAMIC, *more, time_skipping=True) as environment:
            # An identity of its own: by default it names the machine.
            client = await Client.connect(
                environment.client.service_client.config.target_host,
                namespace=names.NAMESPACE,
                data_converter=data_converter(RING),
                identity="tests",
            )
            engine = make_engine(client, folder, load_library().definitions())
            async with engine.worker(max_cached_workflows=100):
                case = await story(engine)
                await client.get_workflow_handle(case.id).result()
                await _keep(client, name, case.id)
            engine.database.close()


async def _keep(client: Client, name: str, case: str) -> None:
    query = f'WorkflowId = "{case}"'
    await until(lambda: _ended(client, query))
    runs = [run async for run in client.list_workflows(query)]
    runs.sort(key=lambda run: run.start_time)
    for number, run in enumerate(runs, 1):
        handle = client.get_workflow_handle(case, run_id=run.run_id)
        history = await handle.fetch_history()
        suffix = f"-{number}" if len(runs) > 1 else ""
        text = json.dumps(history.to_json_dict(), separators=(",", ":"))
        (FOLDER / f"{name}{suffix}.json").write_text(text + "\n", encoding="utf-8")


async def _ended(client: Client, query: str) -> bool:
    """Say whether the server's list has the case, in all its runs, as ended."""
    runs = [run async for run in client.list_workflows(query)]
    return bool(runs) and all(run.close_time for run in runs)


async def main(wanted: list[str]) -> None:
    """Make those wanted, or all."""
    for name in wanted or STORIES:
        for old in FOLDER.glob(f"{name}*.json"):
            old.unlink()
        await make(name)
        print(name, "made")  # noqa: T201 - a program for people


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
