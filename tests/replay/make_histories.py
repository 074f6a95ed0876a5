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
from datetime import timedelta
from pathlib import Path
from typing import TypeAlias

from temporalio.client import Client
from temporalio.testing import TimeSkipper

from definitions.loader import load_library
from tests.replay.kept import FOLDER, RING, ring_text
from tests.support.cases import PACKAGES, Case, open_case, patch_value, until
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
