"""A case that is stuck is named by its number, by `reconcile` and by `record verify`."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from definitions.definition import Definition
from definitions.loader import load_library
from store.cases import open_numbers
from tests.support.apart import kinds, said, tools
from tests.support.breaking import answered_wrongly
from tests.support.cases import PACKAGES, Case, open_case
from tests.support.engine import Engine, make_engine, temporal_server
from tests.support.eventually import until
from worker.reconcile.reconciler import Reconciler, Report
from worker.reconcile.words import report_words
from worker.record_commands import heads_of
from worker.temporal_server import DYNAMIC
from worker.wellness import trouble_of
from workflows.names import SIGNAL_LOOK, TASK_QUEUE


@pytest.fixture(scope="module")
def patch() -> Definition:
    return load_library().current("system-patch")


@pytest.fixture
async def engine(
    tmp_path_factory: pytest.TempPathFactory, patch: Definition
) -> AsyncIterator[Engine]:
    folder = tmp_path_factory.mktemp("stuck")
    async with temporal_server(folder, *DYNAMIC) as environment:
        engine = make_engine(environment.client, folder, [patch])
        engine.queue = TASK_QUEUE
        yield engine
        engine.database.close()


async def everything(engine: Engine, *, dry_run: bool = False) -> Report:
    return await Reconciler(tools(engine, dry_run=dry_run)).everything()


async def verified(engine: Engine) -> str:
    with engine.database.reading() as connection:
        cases = open_numbers(connection)
    _, unasked = await heads_of(engine.client, engine.database, cases)
    return unasked


async def broken(engine: Engine, case: Case) -> None:
    """Wait until Temporal says of the case that its task fails."""
    await case.handle.signal(SIGNAL_LOOK)

    async def told() -> object:
        return await trouble_of(engine.client, await case.handle.describe())

    await until(told)


async def test_it_is_named_and_mended_by_hand(engine: Engine, patch: Definition) -> None:
    async with engine.worker(sandboxed=False, max_cached_workflows=100):
        case = await open_case(engine, patch, "bo", PACKAGES)
        assert await verified(engine) == ""
    await answered_wrongly(engine.client, case.id)
    async with engine.worker(sandboxed=False, max_cached_workflows=100):
        number = case.state.number
        # Before a task of it has failed, only asking it shows that it is stuck.
        assert (await verified(engine)).startswith(f"{number} is stuck: it can't be asked.")
        await broken(engine, case)
        assert (await verified(engine)).startswith(f"{number} is stuck: ")
        would = await everything(engine, dry_run=True)
        assert (kinds(list(would.findings)), would.ok) == (["stuck"], False)
        assert f"{number}: its run can't go on" in report_words(would)
        assert said(engine) == []
        report = await everything(engine)
        assert (kinds(list(report.findings)), report.ok) == (["stuck"], True)
        assert f"{number}: its run can't go on" in report_words(report)
        assert (await everything(engine)).findings == []
        assert (await case.do("cy", "comment", values={"comment": "It goes on."})).accepted
        assert await verified(engine) == ""
