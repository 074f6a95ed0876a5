"""Sign-offs over HTTP beside a bare Temporal workflow, on the same server, in the same run.

python bench/signoff.py [--json] [--cases N] [--at 1,25,100] [--rounds N] [--set NAME=VALUE]

Ours: the processes of `countersign up` with default settings, definition two-signatures. A case
is three posts of forms by three people: open, first signature, second signature; between the
first two the client reads from the store what the form of the sign page would bring. A sign-off
is one post, until its answer. Bare: `bench/bare.py`: start, two updates, result; a sign-off is
one update, until its answer. `--bare-sandbox` runs the bare workflow as the SDK does unless told
otherwise; without it, it has no sandbox, as ours has none.

Both sides are called by this one process (asyncio, a kept connection for each of those who act at
once), take turns in short rounds, the one that begins changing, and the clock of a round
stops only when all that was signed was counted in the database. Rates are all cases by
all seconds, percentiles are of all sign-offs of all rounds, the ratio is of these; `rounds` lists
the ratio of each round's rates, to see how steady it is.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

if not __package__:  # run as a file: `bench` is found from the folder above
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from sqlalchemy import func, select
from temporalio.client import Client

from bench.bare import TASK_QUEUE, BareCase, Signature, open_bare, written
from bench.bare_worker import READY
from bench.browser import Connection
from bench.cpu import CpuTimes
from bench.figures import percentile, print_figures
from bench.installation import PROCESS, Installation, temporary_installation
from store import tables
from store.database import Database
from web.acting.nonces import new_nonce
from web.field_names import input_name

STEPS = ("first", "second")
_OPENED_AND_SIGNED = 1 + len(STEPS)
_SEE_OTHER = 303
_ASK_AGAIN_SECONDS = 0.005
_PATIENCE_SECONDS = 60.0
PEOPLE_OF_EACH = 60
"""More than the default of 120 acts a minute for each would hold up, even on a fast machine."""

Case: TypeAlias = Callable[[int, int], Awaitable[list[float]]]
"""Carries out the nth case over the connection of a number; returns its sign-offs' seconds."""


@dataclass
class Side:
    """What one side did over all rounds."""

    cases: int = 0
    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    cpu: dict[str, float] = field(default_factory=dict)

    def rate(self) -> float:
        """Return cases per second."""
        return self.cases / self.seconds

    def ms(self, share: float) -> float:
        """Return a percentile of the sign-offs, in milliseconds."""
        return percentile(self.latencies, share) * 1000


class Ours:
    """Cases over HTTP."""

    def __init__(self, here: Installation) -> None:
        self._here = here
        self._connections: list[Connection] = []
        self._done = 0

    async def round(self, cases: int, at_once: int) -> tuple[float, list[float]]:
        """Carry out so many cases, so many at once; return seconds and sign-offs' seconds."""
        before = self._recorded()
        self._connections = [Connection(self._here.settings.public_url) for _ in range(at_once)]
        for connection in self._connections:
            await connection.__aenter__()
        begun = time.perf_counter()
        found = await _all(self._case, cases, at_once, self._done)
        _wait(lambda: self._recorded() >= before + cases * _OPENED_AND_SIGNED)
        seconds = time.perf_counter() - begun
        for connection in self._connections:
            await connection.__aexit__()
        self._done += cases
        return seconds, found

    def _recorded(self) -> int:
        with self._here.database.reading() as connection:
            query = select(func.count()).select_from(tables.entries)
            of_cases = tables.entries.c.kind.in_(("open", "sign_off"))
            return connection.scalar(query.where(of_cases)) or 0

    async def _case(self, number: int, connection: int) -> list[float]:
        web, people = self._connections[connection], self._here.people
        opener, *signers = (group[number % len(group)] for group in people)
        case = new_nonce()
        form = {"csrf_token": opener.token, "nonce": case, "step": "open",
                "version": self._here.definition.version,
                input_name("topic"): f"Case {number}"}  # fmt: skip
        _check(await web.post(f"/open/{PROCESS}", opener.cookie, form))
        name, shown = self._here.sign_form(case, STEPS[0])
        latencies = []
        for step, signer in zip(STEPS, signers, strict=True):
            form = {"csrf_token": signer.token, "nonce": new_nonce(), "shown": shown,
                    "instance": "1", "outcome": "agree", "comment": ""}  # fmt: skip
            begun = time.perf_counter()
            _check(await web.post(f"/cases/{name}/sign/{step}/one", signer.cookie, form))
            latencies.append(time.perf_counter() - begun)
        return latencies


def _check(answer: Any) -> None:
    if answer.status != _SEE_OTHER:
        raise SystemExit(f"A form was answered {answer.status}: {answer.body[-2000:].decode()}")


class Bare:
    """Cases of the bare workflow."""

    def __init__(self, client: Client, database: Database) -> None:
        self._client = client
        self._database = database
        self._done = 0

    async def round(self, cases: int, at_once: int) -> tuple[float, list[float]]:
        """Carry out so many cases, so many at once; return seconds and sign-offs' seconds."""
        before = written(self._database)
        begun = time.perf_counter()
        found = await _all(self._case, cases, at_once, self._done)
        _wait(lambda: written(self._database) >= before + cases * len(STEPS))
        seconds = time.perf_counter() - begun
        self._done += cases
        return seconds, found

    async def _case(self, number: int, _connection: int) -> list[float]:
        case = f"bare-{uuid.uuid4()}"
        handle = await self._client.start_workflow(
            BareCase.run, f"Case {number}", id=case, task_queue=TASK_QUEUE
        )
        latencies = []
        for seq, step in enumerate(STEPS, 1):
            signature = Signature(case, seq, f"person-{number}", step)
            begun = time.perf_counter()
            await handle.execute_update(BareCase.sign, signature)
            latencies.append(time.perf_counter() - begun)
        await handle.result()
        return latencies


def _wait(counted: Callable[[], bool]) -> None:
    """Wait until all was counted; nothing else is under way here then."""
    until = time.monotonic() + _PATIENCE_SECONDS
    while not counted():
        if time.monotonic() > until:
            raise SystemExit("What was answered isn't all in the database.")
        time.sleep(_ASK_AGAIN_SECONDS)


async def _all(case: Case, cases: int, at_once: int, first: int) -> list[float]:
    """Carry out cases, so many at once, each next one as soon as one is done."""
    waiting = iter(range(first, first + cases))
    found: list[float] = []

    async def one_after_the_other(connection: int) -> None:
        for number in waiting:
            found.extend(await case(number, connection))

    await asyncio.gather(*(one_after_the_other(number) for number in range(at_once)))
    return found


async def compare(
    ours: Ours, bare: Bare, cpu: CpuTimes, at_once: int, cases: int, rounds: int
) -> list[dict[str, Any]]:
    """Let both take turns; return the figures."""
    sides: dict[str, tuple[Ours | Bare, Side]] = {"ours": (ours, Side()), "bare": (bare, Side())}
    ratios = []
    for number in range(rounds):
        rates = {}
        for name in (list(sides), list(reversed(sides)))[number % 2]:
            who, side = sides[name]
            before = cpu.read()
            seconds, latencies = await who.round(cases, at_once)
            side.cpu = cpu.since(before, side.cpu)
            side.cases, side.seconds = side.cases + cases, side.seconds + seconds
            side.latencies += latencies
            rates[name] = cases / seconds
        ratios.append(round(rates["ours"] / rates["bare"], 3))
    own, other = sides["ours"][1], sides["bare"][1]
    return [
        _figure(f"cases_per_second_{at_once}", own.rate(), other.rate(), rounds=ratios),
        _figure(f"p50_ms_{at_once}", own.ms(0.5), other.ms(0.5)),
        _figure(f"p95_ms_{at_once}", own.ms(0.95), other.ms(0.95)),
        *_cpu_figures(at_once, own, other),
    ]


def _cpu_figures(at_once: int, own: Side, other: Side) -> Iterator[dict[str, Any]]:
    """Yield what a case cost each process: steadier than time where others use the machine."""
    for name in sorted({*own.cpu, *other.cpu}):
        ours, bare = (side.cpu.get(name, 0.0) * 1000 / side.cases for side in (own, other))
        figure = {"name": f"cpu_ms_per_case_{name}_{at_once}", "ours": round(ours, 1)}
        yield {**figure, "bare": round(bare, 1)}


def _figure(name: str, ours: float, bare: float, **more: Any) -> dict[str, Any]:
    return {"name": name, "ours": round(ours, 2), "bare": round(bare, 2),
            "ratio": round(ours / bare, 3), **more}  # fmt: skip


@contextmanager
def bare_worker(here: Installation, *, sandbox: bool) -> Iterator[tuple[Database, int]]:
    """Run the bare side's worker as a process of its own."""
    file = here.settings.data.folder / "bare.sqlite"
    temporal = here.settings.temporal
    command = [
        sys.executable,
        "-m",
        "bench.bare_worker",
        temporal.address,
        temporal.namespace,
        str(file),
    ]
    command += ["sandbox"] if sandbox else []
    root = Path(__file__).resolve().parent.parent
    with subprocess.Popen(command, cwd=root, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own program
        try:
            if process.stdout is None or process.stdout.readline().strip() != READY:
                raise SystemExit("The bare side's worker didn't start.")
            database = open_bare(file)
            yield database, process.pid
            database.close()
        finally:
            process.terminate()


def cases_for(at_once: int, cases: int) -> int:
    """Return how many cases a round has: `cases` at 25, fewer by one user, more by a hundred."""
    return max(cases // 3, 1) if at_once == 1 else max(cases, at_once)


async def measure(
    here: Installation, bare: Bare, cpu: CpuTimes, at: Sequence[int], cases: int, rounds: int
) -> list[dict[str, Any]]:
    """Warm both sides up, then measure at each number of users."""
    ours = Ours(here)
    for side in (ours, bare):
        await side.round(max(cases // 2, 1), min(max(at), 25))
    figures = []
    for at_once in at:
        figures += await compare(ours, bare, cpu, at_once, cases_for(at_once, cases), rounds)
    return figures


async def _run(
    here: Installation,
    worker: tuple[Database, int],
    at: Sequence[int],
    options: argparse.Namespace,
) -> list[dict[str, Any]]:
    database, process = worker
    temporal = here.settings.temporal
    client = await Client.connect(temporal.address, namespace=temporal.namespace)
    cpu = CpuTimes({**here.processes, "client": os.getpid(), "bare_worker": process})
    return await measure(here, Bare(client, database), cpu, at, options.cases, options.rounds)


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--cases", type=int, default=60, help="cases of a round at 25 at once")
    parser.add_argument("--rounds", type=int, default=6, help="rounds of each side")
    parser.add_argument("--at", default="1,25,100", help="how many act at once")
    parser.add_argument("--bare-sandbox", action="store_true")
    parser.add_argument("--set", action="append", default=[], help="a setting, for experiments")
    options = parser.parse_args()
    at = [int(text) for text in options.at.split(",")]
    more = dict(text.split("=", 1) for text in options.set)
    with (
        temporary_installation(PEOPLE_OF_EACH, more) as here,
        bare_worker(here, sandbox=options.bare_sandbox) as worker,
    ):
        figures = asyncio.run(_run(here, worker, at, options))
    print_figures(figures, as_json=options.json)


if __name__ == "__main__":
    main()
