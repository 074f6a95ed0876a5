"""Failpoints: named points at which a test lets a process be killed, to the instruction.

Off unless the setting `worker.failpoints` is on; then a file in the run folder arms one point:
`NAME NTH VICTIM`, for instance `commit.after 2 temporal`. At the second time that the point is
reached, whoever reached it renames the file to `failpoint.hit`, which proves that it was, and
kills the victim with SIGKILL there and then, itself included if it is the victim. Each point is
reached in the process and at the moment that its name says:

| point | where | when |
| --- | --- | --- |
| `send.before` | web | the act is stored, and not sent yet |
| `commit.before` | worker | the commit activity was called, and has done nothing |
| `commit.after` | worker | the transaction is done, the activity hasn't ended |
| `reply.before` | worker | the activity has ended, the case hasn't answered |
| `tick.after` | worker | a schedule's moment and its opening are kept, and nothing is sent |
| `answer.before` | web | the case has answered, the person hasn't been told |
"""

from __future__ import annotations

import contextlib
import os
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from web.gateway import CaseGateway
from worker.ready import pid_file

if TYPE_CHECKING:
    from definitions.acts import ActResult, SignedAct
    from web.gateway import Unconfirmed

POINTS: Final = (
    "send.before",
    "commit.before",
    "commit.after",
    "reply.before",
    "answer.before",
    "tick.after",
)
ARMED: Final = "failpoint"
HIT: Final = "failpoint.hit"


@dataclass
class Failpoints:
    """The points of this process.

    Attributes:
        folder: the run folder.
    """

    folder: Path
    _seen: dict[str, int] = field(default_factory=dict)

    def reach(self, name: str) -> None:
        """Say that the point is reached; returns unless this process is the victim."""
        armed = self.folder / ARMED
        try:
            text = armed.read_text(encoding="ascii")
        except FileNotFoundError:
            return
        point, nth, victim = text.split()
        if point != name:
            return
        self._seen[text] = self._seen.get(text, 0) + 1
        if self._seen[text] < int(nth):
            return
        # Of several threads that reach it at once, one renames the file and does the deed.
        with contextlib.suppress(FileNotFoundError):
            armed.rename(self.folder / HIT)
            kill_group(self.folder, victim)
            self._seen.clear()


def arm(run_folder: Path, name: str, nth: int, victim: str) -> None:
    """Arm a point: at its `nth` time from now on, `victim` is killed.

    Raises:
        ValueError: there is no such point.
    """
    if name not in POINTS:
        raise ValueError(f"there is no failpoint {name!r}; there are {', '.join(POINTS)}")
    (run_folder / HIT).unlink(missing_ok=True)
    new = run_folder / f"{ARMED}.new"
    new.write_text(f"{name} {nth} {victim}\n", encoding="ascii")
    new.replace(run_folder / ARMED)


def was_hit(run_folder: Path) -> bool:
    """Say whether the point that was armed last was reached, and its victim killed."""
    return (run_folder / HIT).exists()


def kill_group(run_folder: Path, part: str) -> None:
    """Kill a part with SIGKILL, with everything that it started."""
    pid = int(pid_file(run_folder, part).read_text(encoding="ascii"))
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, signal.SIGKILL)


@dataclass(frozen=True)
class FailpointGateway:
    """Places the web's points around what is sent to cases."""

    inner: CaseGateway
    failpoints: Failpoints

    def open(
        self, signed: SignedAct, definition_text: str, process: str
    ) -> ActResult | Unconfirmed:
        """Open a case, as the gateway inside does."""
        self.failpoints.reach("send.before")
        answer = self.inner.open(signed, definition_text, process)
        self.failpoints.reach("answer.before")
        return answer

    def act(self, signed: SignedAct) -> ActResult | Unconfirmed:
        """Send an act, as the gateway inside does."""
        self.failpoints.reach("send.before")
        answer = self.inner.act(signed)
        self.failpoints.reach("answer.before")
        return answer
