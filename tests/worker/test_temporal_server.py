"""The embedded server, really started."""

import asyncio
import json
import socket
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Self

import pytest
from temporalio import workflow
from temporalio.client import Client, WorkflowUpdateFailedError
from temporalio.testing import TimeSkipper
from temporalio.worker import Worker

from tests.support.eventually import LIMIT_SECONDS
from worker.errors import PartFailed, SettingsError
from worker.keys import Keys, load_keys
from worker.parts import Part
from worker.settings import Settings, load_settings
from worker.temporal_client import connect, keep_ended_cases
from worker.temporal_server import reserve_port, temporal_binary, temporal_part
from worker.worker_process import workflow_runner

HELD_DAYS = 3650
ENVIRONMENT = {"HOME": "/nonexistent", "PATH": "/usr/bin:/bin"}


@workflow.defn(name="waits")
class Waits:
    """Waits until it is told to end, or for a month."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.told = False

    @workflow.run
    async def run(self, until: str) -> str:
        if until == "month":
            await workflow.sleep(timedelta(days=30))
        else:
            await workflow.wait_condition(lambda: self.told)
        return " ".join(self.words)

    @workflow.update
    async def say(self, word: str) -> int:
        self.words.append(word)
        return len(self.words)

    @workflow.signal
    async def end(self, word: str) -> None:
        self.words.append(word)
        self.told = True


class Server:
    def __init__(self, folder: Path) -> None:
        self.reserved = reserve_port()
        port = self.reserved.getsockname()[1]
        self.settings: Settings = load_settings(
            None,
            {
                "COUNTERSIGN_DATA_FOLDER": str(folder),
                "COUNTERSIGN_TEMPORAL_ADDRESS": f"127.0.0.1:{port}",
                "COUNTERSIGN_TEMPORAL_TIME_SKIPPING": "true",
            },
        )
        folder.mkdir(parents=True, exist_ok=True)
        self.keys: Keys = load_keys(self.settings.keys_folder)
        self.part: Part = temporal_part(self.settings, port, ENVIRONMENT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.part.stop()
        self.reserved.close()

    async def client(self) -> Client:
        return await connect(self.settings, self.keys.codec)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("server") / "data") as server:
        server.part.start()
        server.part.wait_ready(LIMIT_SECONDS)
        yield server


def test_a_reserved_port_is_given_to_nobody_else_but_the_server_may_listen(server: Server) -> None:
    port = server.reserved.getsockname()[1]
    with socket.create_connection(("127.0.0.1", port)):
        others = [reserve_port() for _ in range(200)]
    assert port not in {other.getsockname()[1] for other in others}
    for other in others:
        other.close()


def running(client: Client) -> Worker:
    return Worker(
        client,
        task_queue="waits",
        workflows=[Waits],
        workflow_runner=workflow_runner(sandbox=False),
        max_cached_workflows=1,
    )


async def test_ended_cases_are_kept_for_long_also_after_a_restart(tmp_path: Path) -> None:
    with Server(tmp_path) as server:
        server.part.start()
        client = await server.client()
        assert await keep_ended_cases(client, HELD_DAYS) == timedelta(days=1)
        await client.start_workflow("waits", args=["told"], id="kept", task_queue="waits")
        server.part.kill()

        server.part.start()
        client = await server.client()
        assert await keep_ended_cases(client, HELD_DAYS) == timedelta(days=HELD_DAYS)
        async with running(client):
            await client.get_workflow_handle("kept").signal("end", "done")
            assert await client.get_workflow_handle("kept").result() == "done"
    assert server.part.exit_status == 0


def test_it_listens_on_this_machine_only(server: Server) -> None:
    assert server.part.pid
    listening = subprocess.run(["ss", "-ltnpH"], capture_output=True, text=True, check=True)
    own = [line for line in listening.stdout.splitlines() if f"pid={server.part.pid}," in line]
    assert own
    assert {line.split()[3].rpartition(":")[0] for line in own} == {"127.0.0.1"}


async def test_nothing_is_in_the_clear(server: Server, tmp_path: Path) -> None:
    client = await server.client()
    async with running(client):
        handle = await client.start_workflow("waits", "told", id="sealed", task_queue="waits")
        assert await handle.execute_update("say", "a-secret-word") == 1
        await handle.signal("end", "another-secret")
        assert await handle.result() == "a-secret-word another-secret"
    history = (await handle.fetch_history()).to_json()
    assert "secret" not in history
    assert json.loads(history)["events"]
    for file in server.settings.data.folder.glob("temporal.sqlite*"):
        assert b"a-secret-word" not in file.read_bytes()


async def test_what_is_not_sealed_by_us_is_refused_and_stops_no_case(server: Server) -> None:
    ours = await server.client()
    plain = await Client.connect(server.settings.temporal.address, namespace="countersign")
    other = await connect(server.settings, load_keys(server.settings.data.folder / "x").codec)
    async with running(ours):
        handle = await ours.start_workflow("waits", "told", id="poisoned", task_queue="waits")
        for stranger in (plain, other):
            with pytest.raises(WorkflowUpdateFailedError):
                await stranger.get_workflow_handle("poisoned").execute_update("say", "false")
            await stranger.get_workflow_handle("poisoned").signal("end", "false")
        assert await handle.execute_update("say", "true") == 1
        await handle.signal("end", "ours")
        assert await handle.result() == "true ours"


async def test_time_can_be_skipped_for_a_case_that_runs(server: Server) -> None:
    client = await server.client()
    async with running(client), asyncio.timeout(LIMIT_SECONDS):
        handle = await client.start_workflow("waits", "month", id="month", task_queue="waits")
        skipper = TimeSkipper(client)
        assert await skipper.fast_forward(handle, timedelta(days=29))
        assert (await handle.describe()).close_time is None
        assert await skipper.get_current_time(handle) > datetime.now(UTC) + timedelta(days=28)
        assert await handle.execute_update("say", "still here") == 1
        await skipper.fast_forward(handle, timedelta(days=2))
        assert await handle.result() == "still here"


async def test_a_server_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    server = Server(tmp_path)
    with (
        server.reserved,
        pytest.raises(PartFailed, match=r"The Temporal server at .* can't be used"),
    ):
        await connect(server.settings, server.keys.codec, seconds=0.1)


async def test_no_address_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"temporal\.address isn't set"):
        await connect(Settings(), load_keys(tmp_path / "k").codec)


def test_the_program_comes_with_the_environment() -> None:
    assert temporal_binary().is_file()
