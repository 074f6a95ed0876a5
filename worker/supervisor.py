"""Keeps the parts running: starts them, starts a crashed one again, and stops all in order.

One SIGINT or SIGTERM stops everything, also while it is still starting. A part that ends by
itself is started again after a pause that grows with each time, and every such event is a
sentence. It must run in the main thread, because signals arrive there.
"""

from __future__ import annotations

import contextlib
import select
import signal
import socket
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from worker.stack import START_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from worker.stack import Stack

_PAUSES: Final = (0.2, 1.0, 2.0, 5.0, 15.0, 30.0)
_WELL_AFTER_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 1.0


@dataclass
class _Watch:
    """How often a part crashed lately, and when it may start again."""

    crashes: int = 0
    started: float = 0.0
    again: float | None = None


class Supervisor:
    """Runs a stack.

    Attributes:
        stack: what runs.
        say: takes one sentence for the operator.
    """

    def __init__(self, stack: Stack, say: Callable[[str], None]) -> None:
        self.stack = stack
        self.say = say
        self._stopping = False
        self._watches = {name: _Watch() for name in stack.parts}
        self._woken, self._wake = socket.socketpair()

    @contextlib.contextmanager
    def signals(self) -> Iterator[None]:
        """Take SIGINT, SIGTERM and SIGCHLD for as long as the block runs."""
        for end in (self._woken, self._wake):
            end.settimeout(0)
        wake_before = signal.set_wakeup_fd(self._wake.fileno())
        handlers = {signal.SIGINT: self._stop, signal.SIGTERM: self._stop, signal.SIGCHLD: _look}
        before = {number: signal.signal(number, act) for number, act in handlers.items()}
        try:
            yield
        finally:
            for number, act in before.items():
                signal.signal(number, act)
            signal.set_wakeup_fd(wake_before)
            self._woken.close()
            self._wake.close()

    @property
    def stopping(self) -> bool:
        """Whether it was told to stop."""
        return self._stopping

    def start(self, name: str) -> None:
        """Start a part."""
        self._watches[name].started = time.monotonic()
        self._watches[name].again = None
        self.stack.start(name)

    def wait_ready(self) -> bool:
        """Wait until every part is ready; False if it was told to stop meanwhile.

        Raises:
            PartFailed: one isn't in time, or ended.
        """
        return all(
            part.wait_ready(START_SECONDS, given_up=lambda: self._stopping)
            for part in self.stack.parts.values()
        )

    def watch(self) -> None:
        """Keep the parts running until told to stop."""
        while not self._stopping:
            for name in self.stack.parts:
                self._look_after(name)
            select.select([self._woken], [], [], self._pause())
            with contextlib.suppress(BlockingIOError):
                self._woken.recv(64)

    def _look_after(self, name: str) -> None:
        part, watch, now = self.stack.parts[name], self._watches[name], time.monotonic()
        if part.running:
            return
        if watch.again is None:
            if now - watch.started > _WELL_AFTER_SECONDS:
                watch.crashes = 0
            pause = _PAUSES[min(watch.crashes, len(_PAUSES) - 1)]
            watch.crashes += 1
            watch.again = now + pause
            self.say(
                f"The {name} process ended ({part.how_it_ended()}); "
                f"it starts again in {pause:g} seconds. What it said is in {part.log}."
            )
            part.kill()  # whatever it started and left behind
        if now >= watch.again:
            self.start(name)

    def _pause(self) -> float:
        """Return for how many seconds there is nothing to do."""
        due = [watch.again for watch in self._watches.values() if watch.again is not None]
        return max(0.0, min([_LOOK_SECONDS, *(at - time.monotonic() for at in due)]))

    def _stop(self, _number: int, _frame: Any) -> None:
        self._stopping = True


def _look(_number: int, _frame: Any) -> None:
    """A child ended: the wake-up is enough."""
