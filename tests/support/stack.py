"""The whole program for a test: the processes of `countersign up`, in a folder of their own.

`Stack.start_all()` runs what `countersign up` runs (the same code, `worker.stack`), on free
ports. Parts can be killed and started again, time can be moved, and failpoints armed. Every
waiting has a deadline and asks for a condition.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper

from definitions.clock import FileClock
from store.cases import running_cases
from store.database import Database
from tests.support.eventually import LIMIT_SECONDS
from worker.failpoints import arm, was_hit
from worker.folders import make_folders
from worker.keys import Keys, load_keys
from worker.lock import changing
from worker.prepare import link_for, prepare
from worker.rooms import open_database
from worker.settings import Settings, load_settings
from worker.stack import Stack as Parts
from worker.temporal_client import connect

BUSY_MACHINE: Mapping[str, str] = {
    "COUNTERSIGN_WEB_ANSWER_SECONDS": "60",
    "COUNTERSIGN_WORKER_TASK_SECONDS": "30",
    "COUNTERSIGN_WORKER_COMMIT_SECONDS": "60",
    "COUNTERSIGN_WORKER_STICKY_SECONDS": "30",
    "COUNTERSIGN_STORE_BUSY_TIMEOUT_SECONDS": "30",
    "COUNTERSIGN_MAIL_TIMEOUT_SECONDS": "20",
}
"""Settings with which nothing is held to be dead that is only slow."""


class Stack:
    """A stack of one's own.

    Use it as a context manager; leaving it stops everything that it started.
    """

    def __init__(
        self,
        folder: Path,
        more: Mapping[str, str] | None = None,
        *,
        sandbox: bool = False,
        database: str = "",
        parts_die: bool = False,
    ) -> None:
        """Prepare the folder and the sample community; nothing runs yet.

        Args:
            folder: for all data; made if it doesn't exist.
            more: further settings, as environment variables.
            sandbox: whether cases run in Temporal's sandbox.
            database: the address of an empty database (`Databases.new`); empty for SQLite in
                the folder.
            parts_die: whether parts are killed or held up while it runs: then what waits for
                them waits as long as in production, and else so long that no load matters.
        """
        environment = {
            "COUNTERSIGN_DATA_FOLDER": str(folder),
            "COUNTERSIGN_WEB_PORT": "0",
            "COUNTERSIGN_WEB_PASSWORD_MEMORY_KIB": "8",
            "COUNTERSIGN_WEB_TRIES_BY_CLIENT": "100000",
            "COUNTERSIGN_WEB_ACTS_BY_PERSON": "100000",
            "COUNTERSIGN_CLOCK_FILE": str(folder / "clock"),
            "COUNTERSIGN_TEMPORAL_TIME_SKIPPING": "true",
            "COUNTERSIGN_WORKER_SANDBOX": "true" if sandbox else "false",
            "COUNTERSIGN_WORKER_SWEEP_SECONDS": "1",
            "COUNTERSIGN_WORKER_FAILPOINTS": "true",
            "COUNTERSIGN_SAMPLE_WALKS": "false",
            "COUNTERSIGN_STORE_DATABASE_URL": database,
        }
        patient = {} if parts_die else BUSY_MACHINE
        wanted = load_settings(None, environment | dict(patient) | dict(more or {}))
        make_folders(wanted)
        self._parts = Parts(wanted)
        self.clock = FileClock(folder / "clock")
        self._database: Database | None = None
        self._clients: dict[asyncio.AbstractEventLoop, Client] = {}

    def __enter__(self) -> Self:
        try:
            self.start_all()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def settings(self) -> Settings:
        """The settings with the ports that were chosen."""
        return self._parts.settings

    @property
    def url(self) -> str:
        """Where the web is."""
        return self._parts.url

    @property
    def keys(self) -> Keys:
        """The keys that the stack works with."""
        return load_keys(self.settings.keys_folder)

    def start_all(self) -> None:
        """Start everything that doesn't run, as `countersign up` does, until it is ready."""
        with changing(self.settings):
            for name in self._parts.parts:
                self._parts.start(name)
            prepare(self.settings)
        for part in self._parts.parts.values():
            part.wait_ready(LIMIT_SECONDS)

    def start(self, name: str) -> None:
        """Start one part that doesn't run, and wait until it is ready."""
        self._parts.start(name)
        self._parts.parts[name].wait_ready(LIMIT_SECONDS)

    def kill(self, *names: str) -> None:
        """Kill parts (`web`, `worker`, `temporal`) with SIGKILL, with all that they started."""
        for name in names:
            self._parts.kill(name)

    @contextmanager
    def halted(self, name: str) -> Iterator[None]:
        """Halt a part, with all that it started, while the block runs (SIGSTOP, SIGCONT)."""
        pid = self._parts.parts[name].pid
        assert pid is not None, f"{name} doesn't run"
        os.killpg(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            # Killed meanwhile, there is nobody to wake.
            with suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGCONT)

    def running(self, name: str) -> bool:
        """Say whether a part runs."""
        return self._parts.parts[name].running

    def stop(self) -> None:
        """Stop everything."""
        if self._database is not None:
            self._database.close()
            self._database = None
        self._parts.stop()

    def log(self, name: str) -> str:
        """Return what a part has written so far."""
        path = self._parts.parts[name].log
        return path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""

    def database(self) -> Database:
        """Return the store, opened once for this test process."""
        if self._database is None:
            self._database = open_database(self.settings)
        return self._database

    def sign_in_link(self, address: str) -> str:
        """Return a new link by which the person with this address signs in, once."""
        return self.linked(address)[1]

    def linked(self, address: str) -> tuple[str, str]:
        """Return the name of the person with this address, and a new link to sign in by."""
        linked = link_for(self.settings, self.database(), address)
        assert linked is not None, f"nobody has the address {address}"
        return linked.name, linked.link

    async def temporal_client(self) -> Client:
        """Return a client of the stack's server, with its codec; one for each event loop."""
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            self._clients[loop] = await connect(self.settings, self.keys.codec)
        return self._clients[loop]

    def arm(self, point: str, nth: int, victim: str) -> None:
        """Arm a failpoint (`worker.failpoints`): at its nth time, `victim` is killed there."""
        arm(self.settings.run_folder, point, nth, victim)

    def was_hit(self) -> bool:
        """Say whether the failpoint armed last was reached and its victim killed."""
        return was_hit(self.settings.run_folder)

    async def advance(self, length: timedelta) -> None:
        """Let time pass: for web, worker and store by the clock's file, for each open case too.

        The clock moves first, so that a case whose timer fires finds its deadline passed.
        """
        self.clock.move_to_offset(self.clock.offset() + length.total_seconds())
        client = await self.temporal_client()
        skipper = TimeSkipper(client)
        with self.database().reading() as connection:
            cases = list(running_cases(connection))
        skips = {
            case: asyncio.create_task(self._skip(client, skipper, case, length)) for case in cases
        }
        if not skips:
            return
        done, late = await asyncio.wait(skips.values(), timeout=LIMIT_SECONDS)
        for skip in late:
            skip.cancel()
        for skip in done:
            await skip
        if late:
            stuck = [case for case, skip in skips.items() if skip in late]
            told = [(await client.get_workflow_handle(case).describe()) for case in stuck]
            raise AssertionError("\n".join(str(one.raw_description) for one in told))

    async def _skip(
        self, client: Client, skipper: TimeSkipper, case: str, length: timedelta
    ) -> None:
        handle = client.get_workflow_handle(case)
        try:
            if (await handle.describe()).status is WorkflowExecutionStatus.RUNNING:
                await skipper.fast_forward(handle, length)
        except RPCError:
            # It ended between the two questions; anything else is a failure of the test.
            if (await handle.describe()).status is WorkflowExecutionStatus.RUNNING:
                raise

    def remove(self) -> None:
        """Stop everything and remove the data."""
        self.stop()
        shutil.rmtree(self.settings.data.folder)
