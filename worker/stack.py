"""The parts of the program and what each needs: the Temporal server, the worker, the web.

Used by `countersign up` and by the tests, so that both run the same processes. The web's
listening socket is opened here and inherited, so that requests wait, instead of being refused,
while the web is started again. Each part's process id is in the run folder.
"""

from __future__ import annotations

import dataclasses
import http.client
import os
import socket
import sys
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from worker.errors import CommandRefused
from worker.parts import Part
from worker.ready import address_file, pid_file, worker_is_ready
from worker.settings_reading import PREFIX
from worker.temporal_server import LOOPBACK, reserve_port, temporal_part

if TYPE_CHECKING:
    from worker.settings import Settings

START_SECONDS: Final = 60.0
ORDER: Final = ("temporal", "worker", "web")
BACKLOG: Final = 512
FINISH_SECONDS: Final = 5
"""How long a part has to finish what it does when it is told to stop."""


class Stack:
    """The parts, by name, in the order in which they start."""

    def __init__(self, settings: Settings) -> None:
        """Open the web's socket and choose ports; starts nothing.

        Raises:
            CommandRefused: the web's port is taken.
        """
        self._socket = _listen(settings)
        self._reserved = reserve_port()
        self.settings = _with_ports(
            settings, self._socket.getsockname()[1], self._reserved.getsockname()[1]
        )
        self.parts: dict[str, Part] = {part.name: part for part in self._make_parts()}

    @property
    def url(self) -> str:
        """Where the web is."""
        return self.settings.public_url

    def start(self, name: str) -> None:
        """Start a part; returns before it is ready."""
        part = self.parts[name]
        part.start()
        run = self.settings.run_folder
        pid_file(run, name).write_text(str(part.pid), encoding="ascii")
        if name == "temporal":
            address_file(run).write_text(self.settings.temporal.address, encoding="ascii")

    def kill(self, name: str) -> None:
        """Kill a part and all that it started, with SIGKILL."""
        self.parts[name].kill()

    def stop(self) -> None:
        """Stop all parts in order, the web first, so that each can finish what it does."""
        for name in reversed(self.parts):
            self.parts[name].stop()
        self._socket.close()
        self._reserved.close()

    def _make_parts(self) -> list[Part]:
        embedded = self.settings.temporal.mode == "embedded"
        port = int(self.settings.temporal.address.rpartition(":")[2]) if embedded else 0
        own = {"PATH": os.environ.get("PATH", ""), "HOME": str(self.settings.data.folder)}
        first = [temporal_part(self.settings, port, own)] if embedded else []
        return [*first, self._worker(), self._web()]

    def _worker(self) -> Part:
        return Part(
            name="worker",
            command=[sys.executable, "-P", "-m", "worker", "worker"],
            environment=self._environment(),
            log=self.settings.log_folder / "worker.log",
            ready=lambda pid: worker_is_ready(self.settings.run_folder, pid),
            stop_seconds=self.settings.worker.stop_seconds + FINISH_SECONDS,
            folder=self.settings.data.folder,
        )

    def _web(self) -> Part:
        return Part(
            name="web",
            command=web_command(f"fd://{self._socket.fileno()}"),
            environment=self._environment(),
            log=self.settings.log_folder / "web.log",
            ready=lambda _pid: answers(self.settings),
            stop_seconds=FINISH_SECONDS * 2,
            pass_fds=(self._socket.fileno(),),
            folder=self.settings.data.folder,
        )

    def _environment(self) -> dict[str, str]:
        inherited = {name: text for name, text in os.environ.items() if not name.startswith(PREFIX)}
        return inherited | self.settings.environment() | {"PYTHONUNBUFFERED": "1"}


def web_command(bind: str) -> list[str]:
    """Return the command line of the web: one process, many threads.

    Args:
        bind: where it listens: `fd://` with a number, or an address with a port.
    """
    return [sys.executable, "-P", "-m", "worker.web_server", bind]


def answers(settings: Settings) -> bool:
    """Say whether the web answers that it is well."""
    connection = http.client.HTTPConnection(settings.web.address, settings.web.port, timeout=2)
    try:
        connection.request("GET", "/health", headers={"Host": urlsplit(settings.public_url).netloc})
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _listen(settings: Settings) -> socket.socket:
    web = settings.web
    family = socket.AF_INET6 if ":" in web.address else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((web.address, web.port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise CommandRefused(
            f"The web can't listen on {web.address}:{web.port}: {error.strerror}. "
            "Stop what does, or set web.port (COUNTERSIGN_WEB_PORT) to another port."
        ) from error
    return listening


def _with_ports(settings: Settings, web_port: int, temporal_port: int) -> Settings:
    temporal = settings.temporal
    if temporal.mode == "embedded":
        address = f"{LOOPBACK}:{temporal.port or temporal_port}"
        temporal = dataclasses.replace(temporal, address=address)
    web = dataclasses.replace(settings.web, port=web_port)
    return dataclasses.replace(settings, web=web, temporal=temporal)
