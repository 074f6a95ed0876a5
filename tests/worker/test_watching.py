"""The watch while Temporal or a case can't be asked: nothing that was closed is passed over."""

from __future__ import annotations

import logging
import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from temporalio.service import RPCError, RPCStatusCode

from definitions.clock import SystemClock
from store.database import Database
from tests.support.databases import patient
from worker.sweep import Sweep, SweepResult
from worker.watching import Watch

CASE = "case"


@dataclass(frozen=True)
class Listed:
    id: str
    run_id: str


@dataclass
class Parts:
    """Temporal's list and the sweep in one, as far as the watch asks them."""

    database: Database
    away: bool = False
    unknown: bool = False
    unread: bool = False
    asked: list[str] = field(default_factory=list)
    looked_into: list[str] = field(default_factory=list)

    @property
    def client(self) -> Parts:
        return self

    async def list_workflows(self, query: str) -> AsyncIterator[Listed]:
        if self.away:
            raise RPCError("Temporal is away", RPCStatusCode.UNAVAILABLE, b"")
        if "TemporalReportedProblems" in query:
            if self.unknown:
                raise RPCError("no such attribute", RPCStatusCode.INVALID_ARGUMENT, b"")
            return
        self.asked.append(query)
        yield Listed(CASE, "run")

    async def look_after(self, cases: Iterable[str], result: SweepResult) -> None:
        pass

    async def look_into(self, cases: Iterable[str], result: SweepResult) -> set[str]:
        self.looked_into += cases
        return set() if self.unread else set(cases)


@pytest.fixture
def parts(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Parts:
    database = Database(patient(f"sqlite:///{tmp_path_factory.mktemp('watch') / 'db'}"))
    database.migrate()
    monkeypatch.setattr("worker.watching.known_cases", lambda _connection, ids: tuple(ids))
    return Parts(database)


@pytest.fixture
def watch(parts: Parts) -> Watch:
    return Watch(cast("Sweep", parts), SystemClock())


async def test_what_was_closed_is_looked_into_once(parts: Parts, watch: Watch) -> None:
    for _ in range(3):
        await watch.once()
    assert parts.looked_into == [CASE]


async def test_while_temporal_is_away_the_first_look_back_stays_as_long(
    parts: Parts, watch: Watch
) -> None:
    parts.away = True
    await watch.once()
    parts.away = False
    await watch.once()
    (since,) = re.findall(r'CloseTime > "(.*?)"', parts.asked[0])
    back = datetime.now(UTC) - datetime.fromisoformat(since)
    assert back > timedelta(hours=23)


async def test_what_could_not_be_looked_into_is_looked_into_again(
    parts: Parts, watch: Watch
) -> None:
    parts.unread = True
    await watch.once()
    parts.unread = False
    for _ in range(2):
        await watch.once()
    assert parts.looked_into == [CASE, CASE]


async def test_a_cluster_without_such_a_list_is_logged_once(
    parts: Parts, watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    parts.unknown = True
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            await watch.once()
    assert [one.getMessage() for one in caplog.records] == [
        "what fails could not be listed: no such attribute"
    ]
    assert parts.looked_into == [CASE]
