"""Where walks play: a stack of one's own in a temporary folder, or one that runs already."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy import inspect
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper

from definitions.clock import Clock, FileClock, stamp
from definitions.rules import next_due
from definitions.state import CaseState
from store.cases import load_case, running_cases
from store.database import Database
from worker.errors import CommandRefused
from worker.folders import make_folders
from worker.keys import load_keys
from worker.prepare import link_for, prepare
from worker.rooms import make_clock, open_database
from worker.settings import Settings, load_settings
from worker.stack import Stack
from worker.temporal_client import connect

WAIT_SECONDS: Final = 60.0
_ASK_AGAIN_SECONDS: Final = 0.02


class Site:
    """A running stack, as walks see it."""

    def __init__(self, settings: Settings, database: Database, parts: Stack | None = None) -> None:
        """Take what runs; `parts` only if the walk may stop them and move the clock."""
        self.settings = settings
        self.database = database
        self.clock: Clock = make_clock(settings)
        self._parts = parts

    @property
    def url(self) -> str:
        """Where the web is."""
        return self.settings.public_url

    def sign_in_link(self, address: str) -> str:
        """Return a new link to sign in by.

        Raises:
            CommandRefused: nobody has the address.
        """
        linked = link_for(self.settings, self.database, address)
        if linked is None:
            raise CommandRefused(f"Nobody in the directory has the address {address}.")
        return linked.link

    def state(self, case: str) -> CaseState:
        """Return a case's stored state.

        Raises:
            CommandRefused: there is no such case.
        """
        _, state = load_case(self.database, case)
        if state is None:
            raise CommandRefused(f"The store has no case {case}.")
        return CaseState.model_validate(state)

    def fail(self, name: str) -> None:
        """Kill a part with SIGKILL and start it again."""
        parts = self._own("kill a part")
        parts.kill(name)
        parts.start(name)
        parts.parts[name].wait_ready(WAIT_SECONDS)

    def pass_time(self, length: timedelta) -> None:
        """Let time pass for all parts, and wait until the clock has done what came due."""
        self._own("move the clock")
        asyncio.run(self._advance(length))
        eventually(self._nothing_due, "the clock did what was due")

    def _own(self, what: str) -> Stack:
        if self._parts is None:
            raise CommandRefused(f"A walk may {what} only in a stack of its own.")
        return self._parts

    def _nothing_due(self) -> bool:
        now = stamp(self.clock.now())
        with self.database.reading() as connection:
            cases = list(running_cases(connection))
        due = (next_due(self.state(case)) for case in cases)
        return all(d is None or d.at > now for d in due)

    async def _advance(self, length: timedelta) -> None:
        """Move the clock's file first, so that a timer that fires finds its deadline passed."""
        clock = self.clock
        if not isinstance(clock, FileClock):
            raise CommandRefused("The clock can be moved only where a file moves it.")
        clock.move_to_offset(clock.offset() + length.total_seconds())
        ring = load_keys(self.settings.keys_folder).codec
        client = await connect(self.settings, ring)
        skipper = TimeSkipper(client)
        with self.database.reading() as connection:
            cases = list(running_cases(connection))
        for case in cases:
            handle = client.get_workflow_handle(case)
            try:
                await skipper.fast_forward(handle, length)
            except RPCError:
                # A case that ended in between needs no time any more.
                if (await handle.describe()).status is WorkflowExecutionStatus.RUNNING:
                    raise


def eventually(condition: Callable[[], bool], what: str) -> None:
    """Wait until a condition holds.

    Raises:
        CommandRefused: it doesn't in time.
    """
    until = time.monotonic() + WAIT_SECONDS
    while not condition():
        if time.monotonic() > until:
            raise CommandRefused(f"It didn't happen within {WAIT_SECONDS:g} seconds: {what}.")
        time.sleep(_ASK_AGAIN_SECONDS)


@contextmanager
def own_site(definitions: Path | None = None, database: str = "") -> Iterator[Site]:
    """Run a whole stack in a temporary folder for some walks, on free ports.

    Args:
        definitions: a folder with more definitions.
        database: the address of an empty database; empty for SQLite in the folder.

    Raises:
        CommandRefused: the database isn't empty.
    """
    with TemporaryDirectory(prefix="countersign-walk-") as folder:
        environment = _environment(Path(folder))
        if definitions is not None:
            environment["COUNTERSIGN_DEFINITIONS_FOLDERS"] = str(definitions.resolve())
        environment["COUNTERSIGN_STORE_DATABASE_URL"] = database
        settings = load_settings(None, environment)
        if database:
            _must_be_empty(settings)
        make_folders(settings)
        parts = Stack(settings)
        try:
            parts.start("temporal")
            # A counterexample is played on the very definition that it speaks against.
            prepare(parts.settings, proved=definitions is None)
            for name in ("worker", "web"):
                parts.start(name)
            for part in parts.parts.values():
                part.wait_ready(WAIT_SECONDS)
            store = open_database(parts.settings)
            try:
                yield Site(parts.settings, store, parts)
            finally:
                store.close()
        finally:
            parts.stop()


def _must_be_empty(settings: Settings) -> None:
    database = open_database(settings)
    try:
        with database.reading() as connection:
            used = inspect(connection).get_table_names()
    finally:
        database.close()
    if used:
        raise CommandRefused(
            "Walks bring invented people and cases, and this database has tables already: "
            "make an empty one for them, and throw it away afterwards."
        )


def _environment(folder: Path) -> dict[str, str]:
    return {
        "COUNTERSIGN_DATA_FOLDER": str(folder),
        "COUNTERSIGN_WEB_PORT": "0",
        "COUNTERSIGN_WEB_PASSWORD_MEMORY_KIB": "8",
        "COUNTERSIGN_WEB_TRIES_BY_CLIENT": "100000",
        "COUNTERSIGN_WEB_ACTS_BY_PERSON": "100000",
        "COUNTERSIGN_CLOCK_FILE": str(folder / "clock"),
        "COUNTERSIGN_TEMPORAL_TIME_SKIPPING": "true",
        "COUNTERSIGN_SAMPLE_WALKS": "false",
        # People of walks stay signed in while days pass.
        "COUNTERSIGN_WEB_SESSION_HOURS": "8760",
        "COUNTERSIGN_WEB_SESSION_IDLE_MINUTES": "525600",
    }
