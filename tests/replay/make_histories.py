"""Makes the kept histories: each process to its ends, as a real server recorded them.

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
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from temporalio.client import Client

from definitions.loader import load_library
from tests.replay.admission_stories import ADMISSIONS
from tests.replay.appeal_stories import APPEALS
from tests.replay.appeal_stories import COMMUNITY as OF_TWO_MANAGERS
from tests.replay.backup_stories import BACKUPS
from tests.replay.change_stories import CHANGES
from tests.replay.check_stories import CHECKS
from tests.replay.dispute_stories import DISPUTES
from tests.replay.incident_stories import INCIDENTS
from tests.replay.kept import FOLDER, RING, ring_text
from tests.replay.motion_stories import MOTIONS
from tests.replay.patch_stories import PATCHES, PatchStory
from tests.replay.people import COMMUNITY as PEOPLE
from tests.replay.people import OWN, Told
from tests.replay.ruling_stories import RULINGS
from tests.support.admitting import LIBRARY as SMALL
from tests.support.engine import COMMUNITY, make_engine, temporal_server
from tests.support.eventually import until
from tests.support.house import House, housed
from worker.codec import data_converter
from worker.temporal_server import DYNAMIC
from workflows import names

Tell: TypeAlias = Callable[[House], Awaitable[Told]]
SHORT = "limit.historyCount.suggestContinueAsNew=40"
"""Makes the server suggest continue-as-new early, for the histories of stories named so:"""
CONTINUED = ("-carried", "-continued")


@dataclass(frozen=True)
class Story:
    """What happens, and among whom."""

    tell: Tell
    community: str


def _of_one(story: PatchStory) -> Tell:
    async def tell(house: House) -> Told:
        case = await story(house.engine)
        return {OWN: case.id}

    return tell


def _named(story: PatchStory | Tell) -> str:
    return story.__name__.replace("_", "-")


OF_PEOPLE = (*MOTIONS, *CHECKS, *ADMISSIONS, *CHANGES, *DISPUTES, *INCIDENTS, *BACKUPS, *RULINGS)
STORIES: Mapping[str, Story] = {
    **{_named(story): Story(_of_one(story), COMMUNITY) for story in PATCHES},
    **{_named(story): Story(story, PEOPLE) for story in OF_PEOPLE},
    **{_named(story): Story(story, OF_TWO_MANAGERS) for story in APPEALS},
}


async def make(name: str) -> None:
    """Play one story and keep the history of each run of the cases that it is about."""
    story = STORIES[name]
    more = [SHORT] if name.endswith(CONTINUED) else []
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
            loaded = {one.process: one for one in load_library().definitions()}
            loaded["retiring"] = SMALL["retiring"]  # how one leaves a body is no process of ours
            engine = make_engine(client, folder, list(loaded.values()), community=story.community)
            async with housed(engine, loaded, sandboxed=True, max_cached_workflows=100) as house:
                for suffix, case in (await story.tell(house)).items():
                    await client.get_workflow_handle(case).result()
                    await _keep(client, f"{name}{suffix}", case)


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
