"""A definition that goes round by the clock alone, past its check: the case stops by itself."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from definitions.definition import Definition
from definitions.loader import load_file
from definitions.rules import MOST_IN_NO_TIME
from tests.support.cases import Case, acts_of, open_case
from tests.support.engine import Engine, make_engine, temporal_server
from tests.support.eventually import until
from worker.temporal_server import DYNAMIC
from workflows import names

LOOP = Path(__file__).parents[1] / "definitions" / "data" / "fooled" / "zero-deadline-loop.yaml"
EVENTS = 200


@pytest.fixture(scope="module")
def loop() -> Definition:
    return load_file(LOOP).definition


@pytest.fixture
async def short(tmp_path: Path, loop: Definition) -> AsyncIterator[Engine]:
    """An engine whose server suggests to continue as new long before the limit is reached."""
    suggest = f"limit.historyCount.suggestContinueAsNew={EVENTS}"
    async with temporal_server(tmp_path, *DYNAMIC, suggest) as environment:
        engine = make_engine(environment.client, tmp_path, [loop])
        async with engine.worker():
            yield engine
        engine.database.close()


async def _why_stopped(case: Case) -> str:
    handle = case.engine.client.get_workflow_handle(case.id)
    return str(await handle.query(names.QUERY_STOPPED, result_type=str))


@pytest.mark.soak
async def test_it_stops_in_whichever_run_and_says_why(short: Engine, loop: Definition) -> None:
    case = await open_case(short, loop, "bo", {"what": "A", "risk": "low"})

    async def has_stopped() -> bool:
        return bool(await _why_stopped(case))

    await until(has_stopped)
    assert "goes round by the clock alone" in await _why_stopped(case)
    runs = [r async for r in short.client.list_workflows(f'WorkflowId = "{case.id}"')]
    assert len(runs) > 1
    # The opening, as many as are let through, and the one that is too many.
    assert len(acts_of(short.database, case.id)) == MOST_IN_NO_TIME + 2
    handle = short.client.get_workflow_handle(case.id)
    await handle.signal(names.SIGNAL_RECONCILE)

    async def has_stopped_again() -> bool:
        return len(acts_of(short.database, case.id)) > MOST_IN_NO_TIME + 2 and await has_stopped()

    await until(has_stopped_again)
    assert len(acts_of(short.database, case.id)) == MOST_IN_NO_TIME + 3
    await handle.terminate()
