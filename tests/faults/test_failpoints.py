"""Each part is killed at each point where an act could be lost or doubled, five times.

That the point was reached and its victim killed is proved by what the failpoint leaves behind,
and, where the worker died, by the act's being in the record already or not yet.
Of five acts in flight three are sign-offs, one opens a case and one comments. The parts are
started again, the client asks again, and the ledger decides.
On PostgreSQL: `test_failpoints_postgresql.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from random import Random

import pytest

from tests.faults.agreement import agree, caught_up, finish_all
from tests.faults.ledger import Answer, Attempt, Ledger, acts_of_people
from tests.faults.people import Crew
from tests.support.databases import Databases
from tests.support.eventually import LIMIT_SECONDS, eventually
from tests.support.stack import Stack

pytestmark = pytest.mark.soak

BEFORE = "commit.before"
POINTS = (BEFORE, "commit.after", "reply.before")
VICTIMS = ("worker", "web", "temporal")
IN_THE_WEB = ("send.before", "answer.before")
TIMES = 5
DATABASE = "sqlite"


@dataclass(frozen=True)
class Field:
    """A stack, its people and their ledger, for all tests of this file."""

    stack: Stack
    crew: Crew
    rng: Random

    @property
    def ledger(self) -> Ledger:
        return self.crew.ledger

    def in_flight(self, nth: int) -> Callable[[], Attempt | None]:
        """Return what somebody does while the victim is killed."""
        opener = self.rng.choice(self.crew.holding("systems-administrator"))
        if nth == 1:
            return lambda: self.crew.open(opener)
        case = self.case()
        if nth == 2:
            return lambda: self.crew.comment(self.crew.state(case).number, opener)
        return lambda: self.crew.move(case, self.rng)

    def case(self) -> str:
        """Return an open case; opens one if there is none."""
        cases = sorted(self.crew.states())
        if cases:
            return self.rng.choice(cases)
        attempt = self.crew.open(self.crew.holding("systems-administrator")[0])
        assert self.ledger.ask_again(attempt) is Answer.ACCEPTED
        return attempt.nonce


@pytest.fixture(scope="module")
def field(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    folder = tmp_path_factory.mktemp("failpoints")
    with (
        Stack(folder / "data", database=databases.new(folder), parts_die=True) as stack,
        Crew(stack, Ledger()) as crew,
    ):
        crew.sign_in("systems-administrator")
        yield Field(stack, crew, Random(7))  # noqa: S311 - to be repeated


def kill_at(field: Field, point: str, victim: str, nth: int) -> None:
    """Let the victim die while one act is at the point; that act must still get its answer."""
    stack, act = field.stack, field.in_flight(nth)
    stack.arm(point, 1, victim)
    with ThreadPoolExecutor(1) as pool:
        acting = pool.submit(act)
        eventually(lambda: stack.was_hit() or acting.done())
        assert stack.was_hit(), f"{point} was not reached: {acting.result()}"
        eventually(lambda: not stack.running(victim))
        if victim == "worker":
            recorded, _ = acts_of_people(stack.database())
            nonce = field.ledger.attempts[-1].nonce
            assert (nonce in {entry.act["id"] for entry in recorded}) == (point != BEFORE)
        stack.start(victim)
        attempt = acting.result(LIMIT_SECONDS)
    assert attempt is not None, "the page did not let them"
    assert field.ledger.ask_again(attempt) is Answer.ACCEPTED, attempt.sentence
    caught_up(stack)  # else its case would come to the next one's point in that one's stead


@pytest.mark.parametrize("victim", VICTIMS)
@pytest.mark.parametrize("point", POINTS)
def test_killed_in_the_worker(field: Field, point: str, victim: str) -> None:
    for nth in range(TIMES):
        kill_at(field, point, victim, nth)
    field.ledger.judge(field.stack.database())
    agree(field.stack)


@pytest.mark.parametrize("point", IN_THE_WEB)
def test_killed_in_the_web(field: Field, point: str) -> None:
    for nth in range(TIMES):
        kill_at(field, point, "web", nth)
    field.ledger.judge(field.stack.database())
    agree(field.stack)


def test_afterwards_every_case_can_be_finished(field: Field) -> None:
    finished = finish_all(field.crew)
    field.ledger.judge(field.stack.database())
    agree(field.stack)
    print(f"{finished} cases finished; answers: {field.ledger.count()}")  # noqa: T201
