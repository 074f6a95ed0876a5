"""One short pass of each kind of fault, one after the other on one stack; the ledger decides.

The long ones are in the files beside this one, and run in the soak: hundreds of kills, a hundred
stalls, crowds, stores put back, and all of that on PostgreSQL.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from random import Random

import pytest

from tests.faults.agreement import agree, finish_all
from tests.faults.files import copy_database, set_back
from tests.faults.ledger import Answer, Ledger
from tests.faults.load import Load
from tests.faults.people import Crew
from tests.faults.restored import run
from tests.faults.test_all_at_once import EVERYTHING, kept_answers
from tests.faults.test_failpoints import Field, kill_at
from tests.faults.test_stalls import Stalls
from tests.faults.test_stopped import Trouble, refusing_to_write
from tests.faults.test_tampering import alter
from tests.faults.watch import Watch
from tests.support.by_hand import by_hand
from tests.support.eventually import LIMIT_SECONDS, eventually
from tests.support.stack import Stack

SEED = int(os.environ.get("FAULTS_SEED", "20261123"))
CROWD = 24


@pytest.fixture(scope="module")
def field(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    folder = tmp_path_factory.mktemp("short")
    own = {"COUNTERSIGN_WEB_ANSWER_SECONDS": "3"}  # what can't come isn't waited for
    with Stack(folder / "data", own, parts_die=True) as stack, Crew(stack, Ledger()) as crew:
        crew.sign_in("systems-administrator", "systems-administration-leader", "operator")
        yield Field(stack, crew, Random(SEED))  # noqa: S311 - to be repeated, not to be secret


@pytest.fixture(autouse=True)
def nothing_lost_or_doubled(field: Field) -> Iterator[None]:
    yield
    field.ledger.settle()
    field.ledger.judge(field.stack.database())
    agree(field.stack)


@pytest.mark.parametrize(
    ("point", "victim"),
    [("commit.before", "worker"), ("commit.after", "worker"), ("answer.before", "web")],
)
def test_killed_at_a_point(field: Field, point: str, victim: str) -> None:
    kill_at(field, point, victim, 2)


def test_each_part_killed_under_load(field: Field) -> None:
    with Load(field.crew, SEED).running():
        for victim in EVERYTHING:
            before = len(field.ledger.attempts)
            eventually(partial(more_than, field.ledger, before + 3))
            field.stack.kill(victim)
            field.stack.start(victim)


def test_everything_killed_at_once(field: Field) -> None:
    load = Load(field.crew, SEED, patient=False)
    with load.running():
        eventually(lambda: None in kept_answers(field.stack).values(), "an act is under way")
        load.stop.set()
        field.stack.kill(*EVERYTHING)
        field.stack.start_all()
    eventually(lambda: None not in kept_answers(field.stack).values())


def test_a_worker_that_stalls(field: Field) -> None:
    with asyncio.Runner() as loop, Watch(field.stack, "short", SEED) as watch:
        stalls = Stalls(field.crew, watch, field.rng, loop, halts=(1, 1))
        stalls.round()
        watch.end_round(stalls.look_back())
        watch.until_well(LIMIT_SECONDS)


def test_a_crowd_on_one_case(field: Field) -> None:
    number = field.crew.state(field.case()).number
    people = field.crew.holding("systems-administrator")

    def comment(nth: int) -> None:
        field.crew.comment(number, people[nth % len(people)])

    with ThreadPoolExecutor(CROWD) as pool:
        list(pool.map(comment, range(CROWD)))
    field.ledger.settle()


def test_a_database_that_refuses_to_write(field: Field) -> None:
    trouble = in_trouble(field)
    with refusing_to_write(field.stack, trouble.case):
        assert trouble.sign().answer is Answer.NONE
        trouble.is_shown("The last failure says: the disk is full")
    trouble.goes_on()


def test_a_record_that_was_set_back(field: Field) -> None:
    trouble, url = in_trouble(field), field.stack.settings.database_url()
    before = copy_database(url)
    assert field.ledger.ask_again(trouble.sign()) is Answer.ACCEPTED
    after = texts(url, trouble.case)
    field.stack.kill("worker")  # it sweeps every second
    set_back(url, before, trouble.case)
    field.stack.start("worker")
    eventually(lambda: texts(url, trouble.case) == after)
    trouble.goes_on()


def test_an_entry_that_was_altered(field: Field) -> None:
    trouble, url = in_trouble(field), field.stack.settings.database_url()
    said = field.crew.comment(trouble.number, trouble.opener)
    assert said is not None
    for attempt in (said, trouble.sign()):
        assert field.ledger.ask_again(attempt) is Answer.ACCEPTED
    kept = texts(url, trouble.case)
    with by_hand(url) as connection:
        alter(connection, trouble.case)
    found = json.loads(run(field.stack, "record", "verify", "--json", status=1))
    assert (found["first_bad"]["stream"], found["first_bad"]["seq"]) == (trouble.case, 3)
    with by_hand(url) as connection:
        connection.execute(
            "UPDATE entries SET text=? WHERE stream=? AND seq=3", [kept[3], trouble.case]
        )


def test_afterwards_every_case_can_be_finished(field: Field) -> None:
    assert finish_all(field.crew) > 0
    print(field.ledger.count())  # noqa: T201 - for who reads a test's output


def more_than(ledger: Ledger, number: int) -> bool:
    return len(ledger.attempts) > number


def in_trouble(field: Field) -> Trouble:
    opener = field.crew.holding("systems-administrator")[0]
    opening = field.crew.open(opener)
    assert field.ledger.ask_again(opening) is Answer.ACCEPTED, opening.sentence
    return Trouble(field.stack, field.crew, opening.nonce, opener)


def texts(url: str, case: str) -> dict[int, str]:
    with by_hand(url) as connection:
        found = connection.execute("SELECT seq, text FROM entries WHERE stream=?", [case])
        return {row.seq: row.text for row in found}
