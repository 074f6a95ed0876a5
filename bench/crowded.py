"""How the web answers while others hold it up: idle and slow connections, and acts that wait.

python bench/crowded.py [--json] [--many 100]

A whole stack, and in one run: health and the inbox of somebody who is signed in, quiet, beside so
many connections of each kind (nothing sent, half a head, half of a large body), and beside so many
acts that wait for a worker that has stopped. `ratio` is to quiet. Before (threads of gunicorn's, 32
of them), 33 idle connections let `/health` hang for 75 seconds.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import statistics
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

if not __package__:  # run as a file: `bench` is found from the folder above
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

import httpx

from bench.browser import Connection
from bench.figures import print_figures
from bench.installation import PROCESS, Installation, Person, temporary_installation
from web.acting.nonces import new_nonce
from web.field_names import input_name

_ROUNDS = 20
_SETTLE_SECONDS = 2.0
"""So long the waiting acts have to reach the threads that they hold."""


def ms_of(client: httpx.Client, path: str, person: Person | None = None) -> float:
    """Return how long a page takes at most of a few times, in milliseconds."""
    taken = []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        answer = client.get(path, headers={"Cookie": person.cookie} if person else {})
        taken.append(time.perf_counter() - begun)
        answer.raise_for_status()
    return max(taken) * 1000 if path == "/health" else statistics.median(taken) * 1000


def begun(url: str, many: int) -> Iterator[socket.socket]:
    """Open so many connections of each kind, and leave each where it is."""
    parts = urlsplit(url)
    host = parts.netloc.encode()
    for text in (
        b"",
        b"GET /inbox HTTP/1.1\r\nHost: " + host + b"\r\nX-Slow: ",
        b"POST /sign-in HTTP/1.1\r\nHost: " + host + b"\r\nContent-Length: 900000\r\n\r\nhalf",
    ):
        for _ in range(many):
            connection = socket.create_connection((parts.hostname or "", parts.port or 80))
            connection.sendall(text)
            yield connection


async def _open(here: Installation, person: Person) -> None:
    """Send the form that opens a case, and wait for what comes of it."""
    form = {
        "csrf_token": person.token,
        "nonce": new_nonce(),
        "step": "open",
        "version": here.definition.version,
        input_name("topic"): "A crowd",
    }
    async with Connection(here.settings.public_url) as web:
        answer = await web.post(f"/open/{PROCESS}", person.cookie, form)
    if answer.status != HTTPStatus.SEE_OTHER:
        raise SystemExit(f"an opening was answered {answer.status}")


def _send(here: Installation, people: list[Person]) -> None:
    async def all_of_them() -> None:
        await asyncio.gather(*(_open(here, person) for person in people))

    asyncio.run(all_of_them())


def measure(many: int) -> list[dict[str, Any]]:
    """Return the figures: how long each page takes, quiet and beside each crowd."""
    with temporary_installation(many) as here:
        url, reader = here.settings.public_url, here.people[1][0]
        with httpx.Client(base_url=url, timeout=120) as client:

            def both(kind: str) -> dict[str, float]:
                return {
                    f"health_ms_{kind}": ms_of(client, "/health"),
                    f"inbox_ms_{kind}": ms_of(client, "/inbox", reader),
                }

            quiet = both("quiet")
            with ExitStack() as stack:
                for connection in begun(url, many):
                    stack.enter_context(closing(connection))
                slow = both("slow")
            waiting = _beside_waiting_acts(here, many, lambda: both("waiting"))
    return list(_figures(quiet, slow, waiting))


def _beside_waiting_acts(here: Installation, many: int, measured: Any) -> dict[str, float]:
    worker = here.processes["worker"]
    os.kill(worker, signal.SIGSTOP)
    try:
        people = list(here.people[0][:many])
        sending = threading.Thread(target=_send, args=(here, people))
        sending.start()
        time.sleep(_SETTLE_SECONDS)
        found: dict[str, float] = measured()
    finally:
        os.kill(worker, signal.SIGCONT)
    sending.join()
    return found


def _figures(quiet: dict[str, float], *others: dict[str, float]) -> Iterator[dict[str, Any]]:
    for name, ms in quiet.items():
        yield {"name": name, "ours": round(ms, 2)}
    for other in others:
        for name, ms in other.items():
            before = quiet[name.rpartition("_")[0] + "_quiet"]
            yield {"name": name, "ours": round(ms, 2), "ratio": round(ms / before, 2)}


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--many", type=int, default=100, help="connections of each kind, and acts")
    options = parser.parse_args()
    print_figures(measure(options.many), as_json=options.json)


if __name__ == "__main__":
    main()
