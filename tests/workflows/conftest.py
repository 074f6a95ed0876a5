"""One server for all tests of workflows; a database, a queue and a worker for each."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from definitions.definition import Definition
from definitions.loader import load_library
from tests.support.engine import Engine, make_engine, temporal_server
from worker.temporal_server import DYNAMIC


@pytest.fixture(scope="session")
async def server(
    tmp_path_factory: pytest.TempPathFactory,
) -> AsyncIterator[tuple[WorkflowEnvironment, Path]]:
    folder = tmp_path_factory.mktemp("server")
    async with temporal_server(folder, *DYNAMIC, time_skipping=True) as environment:
        yield environment, folder


@pytest.fixture(scope="session")
def system_patch() -> Definition:
    return load_library().current("system-patch")


@pytest.fixture(scope="session")
def application_patch() -> Definition:
    return load_library().current("application-patch")


@pytest.fixture
async def idle(
    server: tuple[WorkflowEnvironment, Path],
    tmp_path: Path,
    system_patch: Definition,
    application_patch: Definition,
) -> AsyncIterator[Engine]:
    """An engine without a worker: the test starts and stops its own."""
    engine = _engine(server, tmp_path, [system_patch, application_patch])
    yield engine
    engine.database.close()


@pytest.fixture
async def engine(idle: Engine) -> AsyncIterator[Engine]:
    """An engine of the test's own, with a worker."""
    async with idle.worker():
        yield idle
    await idle.replay_all()


@pytest.fixture(scope="module")
async def shared(
    server: tuple[WorkflowEnvironment, Path],
    tmp_path_factory: pytest.TempPathFactory,
    system_patch: Definition,
    application_patch: Definition,
) -> AsyncIterator[Engine]:
    """An engine with a worker for all tests of a file, for those that only need own cases."""
    folder = tmp_path_factory.mktemp("shared")
    engine = _engine(server, folder, [system_patch, application_patch])
    async with engine.worker():
        yield engine
    await engine.replay_all()
    engine.database.close()


def _engine(
    server: tuple[WorkflowEnvironment, Path], folder: Path, definitions: list[Definition]
) -> Engine:
    environment, keys = server
    (folder / "keys").symlink_to(keys / "keys")
    return make_engine(environment.client, folder, definitions)
