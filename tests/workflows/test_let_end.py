"""A worker that stops, or whose time is up, doesn't break into what writes to the record."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from temporalio import activity

from definitions.definition import Definition
from tests.support.cases import PACKAGES, acts_of, open_case
from tests.support.engine import Engine
from tests.support.eventually import until


async def test_a_commit_under_way_is_whole_when_the_worker_stops(
    idle: Engine, system_patch: Definition
) -> None:
    begun, ended = threading.Event(), threading.Event()

    def wait_until_given_up(place: str) -> None:
        if place == "commit.after":
            ended.set()
        if place == "commit.before" and not activity.info().is_local:
            begun.set()
            activity.wait_for_cancelled_sync()

    idle = replace(idle, committer=replace(idle.committer, failpoint=wait_until_given_up))
    worker = idle.worker()
    async with worker:
        case = await open_case(idle, system_patch, "bo", PACKAGES)
        comment = case.act("cy", "comment", values={"comment": "Is it well tested?"})
        sent = asyncio.create_task(idle.send(comment))
        await until(begun.is_set)
    assert ended.is_set()
    assert comment.act["id"] in acts_of(idle.database, case.id)
    idle.committer = replace(idle.committer, failpoint=lambda _place: None)
    async with idle.worker():
        assert (await sent).accepted
    await case.handle.terminate()


async def test_a_worker_whose_library_never_finishes_is_left_in_time(
    idle: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    worker = idle.worker()
    worker.finish = timedelta(milliseconds=200)
    finished = asyncio.Event()
    monkeypatch.setattr(worker._bridge_worker, "finalize_shutdown", finished.wait)
    async with worker:
        pass
    assert not worker.is_shutdown
    assert "was cut off" in caplog.text
    finished.set()
    await until(lambda: worker.is_shutdown)
