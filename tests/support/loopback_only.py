"""Tests speak to this machine only: a connection to any other address fails at once.

This guards the Python sockets of the test's own process, for as long as it runs. What a test
starts as a process of its own (Temporal, Chromium, `countersign up`) is not guarded here.
"""

import ipaddress
import socket
from collections.abc import Iterator
from typing import Any

import pytest


class NotLoopbackError(OSError):
    """A test tried to reach another machine."""


def refuse_other_machines(sock: socket.socket, address: Any) -> None:
    """Raise unless `address` (as given to `connect`) is on this machine."""
    if sock.family not in {socket.AF_INET, socket.AF_INET6} or not isinstance(address, tuple):
        return
    host = str(address[0])
    if host in {"", "localhost"}:
        return
    try:
        on_this_machine = ipaddress.ip_address(host).is_loopback
    except ValueError:
        on_this_machine = False
    if not on_this_machine:
        raise NotLoopbackError(
            f"A test tried to connect to {host}. Tests reach 127.0.0.1 and ::1 only: "
            "start what you need on this machine."
        )


@pytest.fixture(scope="session", autouse=True)
def loopback_only() -> Iterator[None]:
    """Shut sockets to other machines before any other fixture starts."""
    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex

    def guarded_connect(self: socket.socket, address: Any) -> None:
        refuse_other_machines(self, address)
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        refuse_other_machines(self, address)
        return connect_ex(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        yield
