"""A part: one process of the program, started, watched and stopped.

It is used by `countersign up` and by tests, so that both run the same thing. A part runs in a
session of its own, so that a Ctrl-C in the terminal reaches the supervisor only, which stops
the parts in order; and it dies with whoever started it (`tethered`). Waiting means asking again
whether it is ready, until it is, has ended, or the time is over.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from worker import tethered
from worker.errors import PartFailed

_ASK_AGAIN_SECONDS: Final = 0.02
_LAST_WORDS: Final = 2000


@dataclass
class Part:
    """One process.

    Attributes:
        name: what people call it: `temporal`, `worker` or `web`.
        command: the program's full path and its arguments.
        environment: its whole environment.
        log: the file that what it writes is added to.
        ready: says whether the process with this id is ready to serve.
        stop_seconds: how long it may take to end when it is told to.
        pass_fds: open files that it inherits.
        folder: where it runs.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    ready: Callable[[int], bool]
    stop_seconds: float = 10.0
    pass_fds: tuple[int, ...] = ()
    folder: Path | None = None
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False)

    @property
    def pid(self) -> int | None:
        """The process's id while it runs."""
        return self._process.pid if self._process and self.running else None

    @property
    def running(self) -> bool:
        """Whether its process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def exit_status(self) -> int | None:
        """How its process ended: an exit status, or a signal's number, negative."""
        return self._process.poll() if self._process else None

    def start(self) -> None:
        """Start the process; returns before it is ready."""
        if self.running:
            return
        self.log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        command = [sys.executable, "-I", "-S", tethered.__file__, str(os.getpid()), *self.command]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own command, without a shell
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(self.environment),
                cwd=self.folder,
                pass_fds=self.pass_fds,
                start_new_session=True,
            )

    def wait_ready(self, seconds: float, *, given_up: Callable[[], bool] = bool) -> bool:
        """Wait until it is ready.

        Args:
            seconds: for how long at most.
            given_up: asked in between; true ends the waiting.

        Returns:
            Whether it is ready; False only if `given_up` said so.

        Raises:
            PartFailed: it ended, or wasn't ready in time.
        """
        until = time.monotonic() + seconds
        while not given_up():
            if self.pid is None:
                raise PartFailed(
                    f"The {self.name} process ended ({self.how_it_ended()}) before it was ready. "
                    f"Its last words ({self.log}):\n{self.last_words()}"
                )
            if self.ready(self.pid):
                return True
            if time.monotonic() > until:
                raise PartFailed(
                    f"The {self.name} process wasn't ready within {seconds:g} seconds. "
                    f"Its last words ({self.log}):\n{self.last_words()}"
                )
            time.sleep(_ASK_AGAIN_SECONDS)
        return False

    def stop(self) -> None:
        """Tell it to end; kill it and all that it started if it takes too long."""
        if self._process is None:
            return
        if self.running:
            with contextlib.suppress(ProcessLookupError):
                self._process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(self.stop_seconds)
        self.kill()

    def kill(self) -> None:
        """Kill it and all that it started, at once, and wait until it is gone."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def how_it_ended(self) -> str:
        """Say how its process ended."""
        status = self.exit_status
        if status is None:
            return "it runs"
        if status < 0:
            return f"killed by {signal.Signals(-status).name}"
        return f"exit status {status}"

    def last_words(self) -> str:
        """Return the end of its log."""
        try:
            with self.log.open("rb") as log:
                log.seek(max(0, log.seek(0, os.SEEK_END) - _LAST_WORDS))
                return log.read().decode("utf-8", "replace").strip()
        except OSError:
            return ""
