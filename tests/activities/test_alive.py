"""A delivery that takes long says that it is alive, and nothing says so once it has ended."""

from __future__ import annotations

import threading

import pytest
from temporalio.testing import ActivityEnvironment

from activities.alive import heartbeats
from tests.support.eventually import LIMIT_SECONDS


class Beats:
    """Counts heartbeats, and waits for them."""

    def __init__(self) -> None:
        self.number = 0
        self._changed = threading.Condition()

    def beat(self, *_details: object) -> None:
        with self._changed:
            self.number += 1
            self._changed.notify_all()

    def reach(self, number: int) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self.number >= number, LIMIT_SECONDS)


@pytest.fixture
def beats() -> Beats:
    return Beats()


@pytest.fixture
def environment(beats: Beats) -> ActivityEnvironment:
    environment = ActivityEnvironment()
    environment.on_heartbeat = beats.beat
    return environment


def test_it_beats_while_the_work_goes_on_and_not_after(
    environment: ActivityEnvironment, beats: Beats
) -> None:
    def work() -> bool:
        with heartbeats(0.001):
            return beats.reach(3)

    assert environment.run(work)
    assert not any(one.name == "heartbeats" for one in threading.enumerate())


def test_it_ends_with_work_that_fails(environment: ActivityEnvironment, beats: Beats) -> None:
    def work() -> None:
        with heartbeats(0.001):
            assert beats.reach(1)
            raise ValueError("The mail server is on fire.")

    with pytest.raises(ValueError, match="on fire"):
        environment.run(work)
    assert not any(one.name == "heartbeats" for one in threading.enumerate())
