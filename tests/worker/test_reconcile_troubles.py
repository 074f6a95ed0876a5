"""What can't be looked at for the moment is looked at again; two who mend at once don't disturb."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
from temporalio.client import Client
from temporalio.service import RetryConfig

from definitions.definition import Definition
from definitions.loader import load_library
from store.cases import stopped_reason
from store.restoring import awaits_reconcile, must_reconcile
from tests.support.apart import Copy, engine_apart, entries, reconcile, said, tools
from tests.support.cases import PACKAGES, Case, open_case
from tests.support.engine import Engine, temporal_server
from worker.errors import WorkerError
from worker.reconcile.command import reconcile_after_restore
from worker.reconcile.findings import Finding, Run, Unwell
from worker.reconcile.reconciler import Reconciler
from worker.sweep import Sweep
from worker.temporal_server import DYNAMIC


@pytest.fixture(scope="module")
def patch() -> Definition:
    return load_library().current("system-patch")


@pytest.fixture(scope="module")
async def engine(
    tmp_path_factory: pytest.TempPathFactory, patch: Definition
) -> AsyncIterator[Engine]:
    async with engine_apart(tmp_path_factory.mktemp("troubles"), patch) as engine:
        yield engine


@pytest.fixture(scope="module")
async def gone(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Client:
    """A client of a server that is away by now, and that doesn't wait long for it."""
    async with temporal_server(tmp_path_factory.mktemp("gone"), *DYNAMIC) as environment:
        return await Client.connect(
            environment.client.service_client.config.target_host,
            data_converter=engine.client.data_converter,
            retry_config=RetryConfig(max_retries=1, max_elapsed_time_millis=200),
        )


@dataclass(frozen=True)
class Listing(Reconciler):
    """Temporal answers with its list of cases, and is away when a history is asked for."""

    then: Reconciler

    async def case(
        self,
        case: str,
        listed: list[Run] | None = None,
        unwell: Unwell | None = None,
        *,
        by_hand: bool = False,
    ) -> list[Finding]:
        return await self.then.case(case, listed, unwell, by_hand=by_hand)


def away(engine: Engine, gone: Client) -> Reconciler:
    return Reconciler(replace(tools(engine), client=gone))


async def lost_comment(engine: Engine, patch: Definition) -> tuple[Case, list[str]]:
    """Return a case whose last entry the record has lost, and its entries before that."""
    case = await open_case(engine, patch, "bo", PACKAGES)
    copy = Copy.take(engine)
    assert (await case.do("cy", "comment", values={"comment": "Lost."})).accepted
    lost = entries(engine, case.id)
    copy.put_back()
    return case, lost


async def test_the_sweep_looks_again_at_what_it_could_not_read(
    engine: Engine, patch: Definition, gone: Client
) -> None:
    case, lost = await lost_comment(engine, patch)
    await case.handle.terminate("by mistake")

    async def nothing() -> list[str]:
        return []

    first = Sweep(engine.client, engine.database, nothing, away(engine, gone))
    assert case.id not in (await first.once()).started
    assert first.given_up == {}
    second = replace(first, reconciler=Reconciler(tools(engine)))
    assert case.id in (await second.once()).started
    assert entries(engine, case.id) == lost


async def test_nothing_is_served_before_every_case_could_be_looked_at(
    engine: Engine, patch: Definition, gone: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    case, lost = await lost_comment(engine, patch)
    with engine.database.writing() as connection:
        must_reconcile(connection, "2026-11-23T12:00:00.000Z", {})
    monkeypatch.setattr("worker.reconcile.command._BETWEEN_TRIES_SECONDS", 0.0)
    with pytest.raises(WorkerError, match="not every case could be compared"):
        await reconcile_after_restore(Listing(tools(engine), away(engine, gone)))
    with engine.database.reading() as connection:
        assert awaits_reconcile(connection)
    report = await reconcile_after_restore(Reconciler(tools(engine)))
    assert report is not None
    assert report.complete
    assert entries(engine, case.id) == lost
    with engine.database.reading() as connection:
        assert not awaits_reconcile(connection)


async def test_two_who_mend_the_same_case_at_once(engine: Engine, patch: Definition) -> None:
    for _ in range(5):
        case, lost = await lost_comment(engine, patch)
        found = await asyncio.gather(*(reconcile(engine, case.id) for _ in range(4)))
        assert [one.why for many in found for one in many if one.why] == []
        assert entries(engine, case.id) == lost
        assert not [act for act in said(engine) if act.endswith(":left")]
        with engine.database.reading() as connection:
            assert stopped_reason(connection, case.id) is None
