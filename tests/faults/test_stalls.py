"""A worker that halts for longer than a workflow task may take, with commits under way.

It can make a case get stuck; not every halt does. Nothing can be recorded
while commits wait; as soon as it can, and new acts arrive, the worker halts for longer than the
three seconds of a workflow task. So the next task brings a commit's answer together with a new
act, which Temporal's SDK carries out in one order and repeats in another. The case goes on for as
long as the worker remembers it; its tasks fail as soon as they are repeated from its history. So
the worker is killed as well: at times while it halts, at times after a round, and at the end.

Nobody may notice: no case is stuck at the end, every act is answered, and the ledger decides.
STALLS sets how many rounds there are, FAULTS_SEED another seed.
On PostgreSQL: `test_stalls_postgresql.py`.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import func, select, text

from store import tables
from store.directory import Person
from tests.faults.agreement import agree, finish_all
from tests.faults.ledger import Answer, Attempt, Ledger
from tests.faults.people import Crew
from tests.faults.watch import Round, Watch, has_an_answer
from tests.support.databases import Databases
from tests.support.stack import Stack

pytestmark = pytest.mark.soak

SEED = int(os.environ.get("FAULTS_SEED", "20261123"))
ROUNDS = int(os.environ.get("STALLS", "10"))
CASES = 6
HELD_SECONDS = (0.5, 2.0)
BEFORE_HALT_SECONDS = (0.0, 0.03)
HALTS = (1, 3)
BLINKS = 40
HALTED_SECONDS = (3.1, 4.6)
KILLS = 0.25
KILLS_AFTERWARDS = 0.5
SIGNATURES = 0.3
ANSWER_SECONDS = 30.0
HEAL_SECONDS = 60.0
DATABASE = "sqlite"


@dataclass
class Stalls:
    """Rounds in which a worker stalls, and those who act meanwhile.

    Attributes:
        cases: Those in which people act.
        halts: The least and the most halts of a round.
        hits: How often a commit's answer waited for its case as the worker halted.
    """

    crew: Crew
    watch: Watch
    rng: Random
    loop: asyncio.Runner
    cases: list[str] = field(default_factory=list)
    halts: tuple[int, int] = HALTS
    hits: int = 0

    @property
    def stack(self) -> Stack:
        return self.crew.stack

    def round(self) -> Round:
        """Stall once or several times, and wait for the answers, for a while."""
        self._open_cases()
        halts = self.rng.randint(*self.halts)
        waves = iter([self._forms() for _ in range(2 + halts)])
        sent: list[Future[Attempt]] = []
        with ThreadPoolExecutor((2 + halts) * CASES) as pool:

            def send(forms: list[Form]) -> None:
                sent.extend(pool.submit(self._send, form) for form in forms)

            first = next(waves)
            send(first)
            self._until(self.rng.randint(CASES // 2, CASES), lambda: self._kept(first))
            with nothing_recorded(self.stack):
                recorded = self._recorded()
                time.sleep(self.rng.uniform(*HELD_SECONDS))  # the random moment, not a hope
                send(next(waves))
                time.sleep(self.rng.uniform(*BEFORE_HALT_SECONDS))  # the random moment
            for forms in waves:
                self._until(recorded + 1, self._recorded)
                self._halt(partial(send, forms))
                recorded = self._recorded()
            attempts = [one.result() for one in sent]
        if self.rng.random() < KILLS_AFTERWARDS:
            attempts += self.look_back()
        return self.watch.end_round(attempts)

    def _halt(self, send: Callable[[], None]) -> None:
        """Halt the worker for longer than a task may take, and let acts arrive meanwhile.

        It is halted for a blink, until an answer waits that no task has brought to its case yet:
        no other long halt is known to do harm. If none is met, it halts whenever that is.
        """
        for left in reversed(range(BLINKS)):
            with self.stack.halted("worker"):
                hits = self._answered()
                if hits or not left:
                    self.hits += hits
                    send()
                    time.sleep(self.rng.uniform(*HALTED_SECONDS))  # the fault's own time
                    killed = self.rng.random() < KILLS
                    if killed:
                        self.stack.kill("worker")
                    break
            time.sleep(self.rng.uniform(*BEFORE_HALT_SECONDS))  # the random moment, not a hope
        if killed:
            self.stack.start("worker")

    def look_back(self) -> list[Attempt]:
        """Let every case be repeated from its history: kill the worker, then act in each."""
        self.stack.kill("worker")
        self.stack.start("worker")
        open_now = self.crew.states()
        self.cases = [case for case in self.cases if case in open_now]
        with ThreadPoolExecutor(CASES) as pool:
            return list(pool.map(self._send, self._forms()))

    def _until(self, number: int, count: Callable[[], int]) -> None:
        """Wait until there are so many, or for as long as it makes sense."""
        until = time.monotonic() + HELD_SECONDS[1]  # the fault's own time
        while count() < number and time.monotonic() < until:  # the fault's own time
            pass

    def _kept(self, forms: list[Form]) -> int:
        """Return how many of these acts were stored, and are on their way or settled."""
        nonces = [form.data["nonce"] for form in forms]
        acts = tables.pending_acts.c
        with self.stack.database().reading() as connection:
            wanted = select(func.count()).where(acts.nonce.in_(nonces))
            return connection.scalar(wanted) or 0

    def _recorded(self) -> int:
        """Return how many entries the record has."""
        with self.stack.database().reading() as connection:
            return connection.scalar(select(func.count()).select_from(tables.entries)) or 0

    def _answered(self) -> int:
        """Return how many cases have a commit's answer waiting that their next task brings."""

        async def count() -> int:
            client = await self.stack.temporal_client()
            return sum(await asyncio.gather(*(has_an_answer(client, one) for one in self.cases)))

        return self.loop.run(count())

    def _open_cases(self) -> None:
        """See that so many cases are open that go on, and no act of theirs is under way."""
        open_now = self.crew.states().keys() - self.watch.stuck_now
        self.cases = [case for case in self.cases if case in open_now]
        people = self.crew.holding("systems-administrator")
        while len(self.cases) < CASES:
            attempt = self.crew.open(self.rng.choice(people))
            answer = self.crew.ledger.ask_again(attempt)
            assert answer is Answer.ACCEPTED, attempt.sentence
            self.cases.append(attempt.nonce)

    def _forms(self) -> list[Form]:
        """Fill a form for each case: a comment, or a signature."""
        people = self.crew.holding("systems-administrator")
        return [form for case in self.cases if (form := self._form(case, self.rng.choice(people)))]

    def _form(self, case: str, person: Person) -> Form | None:
        seats = list(self.crew.seats(case))
        if seats and self.rng.random() < SIGNATURES:
            seat = self.rng.choice(seats)
            data = self.crew.decision(seat)
            return Form(seat.person, seat.path, data) if data else None
        path = f"/cases/{self.crew.state(case).number}/comment"
        form = self.crew.browser(person).form(path, path)
        if form is None:
            return None
        return Form(person, path, form.values | {"comment": self.crew.mark()})

    def _send(self, form: Form) -> Attempt:
        """Send a form, and again for a while if there is no answer."""
        ledger = self.crew.ledger
        attempt = ledger.attempt(self.crew.browser(form.person), form.path, form.data)
        while attempt.answer is Answer.NONE and attempt.waited < ANSWER_SECONDS:
            time.sleep(0.1)  # the fault's own time
            ledger.send(attempt)
        return attempt


@dataclass(frozen=True)
class Form:
    """A form that was filled, and by whom."""

    person: Person
    path: str
    data: dict[str, str]


@contextmanager
def nothing_recorded(stack: Stack) -> Iterator[None]:
    """Let nobody record anything while the block runs; reading goes on."""
    with stack.database().writing() as connection:
        # On SQLite the transaction itself has the one write lock.
        if connection.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE entries IN SHARE ROW EXCLUSIVE MODE"))
        yield


def stall(stack: Stack, name: str, rounds: int) -> None:
    """Stall so many times; then hold everything to the ledger, and finish every case."""
    print(f"seed {SEED}, {rounds} rounds")  # noqa: T201 - who sees it fail needs it
    rng = Random(SEED)  # noqa: S311 - to be repeated, not to be secret
    with Crew(stack, Ledger()) as crew:
        crew.sign_in("systems-administrator", "systems-administration-leader")
        with asyncio.Runner() as loop, Watch(stack, name, SEED) as watch:
            stalls = Stalls(crew, watch, rng, loop)
            for nth in range(rounds):
                print(f"round {nth + 1}: {stalls.round()}, {stalls.hits} hits so far")  # noqa: T201
            print(f"at the end: {watch.end_round(stalls.look_back())}")  # noqa: T201
            watch.until_well(HEAL_SECONDS)
            crew.ledger.settle()
            crew.ledger.judge(stack.database())
            agree(stack)
            finished = finish_all(crew)
            crew.ledger.judge(stack.database())
            agree(stack)
        print(f"{finished} cases finished; answers: {crew.ledger.count()}")  # noqa: T201


@pytest.mark.timeout(5400)
def test_no_case_stays_stuck(databases: Databases, tmp_path: Path) -> None:
    with Stack(tmp_path / "data", database=databases.new(tmp_path), parts_die=True) as stack:
        stall(stack, f"stalls-{databases.kind}", ROUNDS)
