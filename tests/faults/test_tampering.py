"""Somebody with the database in their hands alters the record while everything runs.

`countersign record verify --json` is run as the command that it is, and must name the stream,
the entry and what is wrong with it. Each time the database is put back as it was.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from definitions.canonical import canonical, sha256
from tests.faults.files import Copy, copy_database, put_back, set_back
from tests.faults.ledger import Answer, Attempt, Ledger
from tests.faults.people import Crew
from tests.support.by_hand import Hand, by_hand
from tests.support.databases import Databases
from tests.support.eventually import LIMIT_SECONDS
from tests.support.stack import Stack

pytestmark = pytest.mark.soak

CUT = 3


@dataclass(frozen=True)
class Scene:
    """An open case with a history, and the database's address.

    Attributes:
        before: A copy of the database of three entries ago.
        whole: A copy of the database as it should be.
        seq: How many entries the case has.
    """

    stack: Stack
    case: str
    url: str
    before: Copy
    whole: Copy
    seq: int

    def verify(self, *more: str) -> tuple[int, dict[str, Any]]:
        """Run `countersign record verify --json`."""
        ran = subprocess.run(
            [sys.executable, "-m", "worker", "record", "verify", "--json", *more],
            env={**os.environ, **self.stack.settings.environment()},
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )
        assert ran.stdout, ran.stderr
        return ran.returncode, json.loads(ran.stdout)


@pytest.fixture(scope="module")
def scene(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("tampering")
    # The sweep would notice some of it by itself and stop the case: here the command must.
    own = {"COUNTERSIGN_WORKER_SWEEP_SECONDS": "3600"}
    with (
        Stack(folder / "data", own, database=databases.new(folder)) as stack,
        Crew(stack, Ledger()) as crew,
    ):
        opener, other = crew.holding("systems-administrator")[:2]
        for _ in range(2):
            case = done(crew, crew.open(opener)).nonce
        number = crew.state(case).number
        done(crew, crew.comment(number, other))
        url = stack.settings.database_url()
        before = copy_database(url)
        done(crew, crew.sign(next(crew.seats(case))))
        done(crew, crew.comment(number, opener))
        done(crew, crew.sign(next(crew.seats(case))))
        yield Scene(stack, case, url, before, copy_database(url), len(rows(url, case)))


@pytest.fixture(autouse=True)
def as_it_was(scene: Scene) -> Iterator[None]:
    """Put the database back after each test; then the record must be good again."""
    yield
    put_back(scene.url, scene.whole)
    status, found = scene.verify()
    assert (status, found["ok"], found["first_bad"]) == (0, True, None)


def done(crew: Crew, attempt: Attempt | None) -> Attempt:
    assert attempt is not None
    assert crew.ledger.ask_again(attempt) is Answer.ACCEPTED, attempt.sentence
    return attempt


def rows(url: str, case: str) -> list[int]:
    with by_hand(url) as connection:
        found = connection.execute("SELECT seq FROM entries WHERE stream=? ORDER BY seq", [case])
        return [seq for (seq,) in found]


def alter(connection: Hand, case: str) -> None:
    connection.execute(
        "UPDATE entries SET text=replace(text, 'approve', 'reject') WHERE stream=? AND seq=3",
        [case],
    )


def delete(connection: Hand, case: str) -> None:
    connection.execute("DELETE FROM entries WHERE stream=? AND seq=2", [case])


def move_up(connection: Hand, case: str, first: int) -> None:
    """Make room at a place in the stream."""
    far = 1000
    for by in (far, 1 - far):
        connection.execute(
            "UPDATE entries SET seq=seq+? WHERE stream=? AND seq>=?", [by, case, first]
        )


def insert(connection: Hand, case: str) -> None:
    """Put in a second copy of a comment, under an id and a place of its own."""
    copied = connection.execute(
        "SELECT sha256, text FROM entries WHERE stream=? AND seq=2", [case]
    ).one()
    entry = json.loads(copied.text)
    entry |= {"seq": 3, "prev": copied.sha256, "act": entry["act"] | {"id": "forged"}}
    forged = canonical(entry).decode()
    move_up(connection, case, 3)
    connection.execute(
        "INSERT INTO entries SELECT stream, 3, ?, 'forged', kind, actor, at, step, ? "
        "FROM entries WHERE stream=? AND seq=2",
        [sha256(forged.encode()), forged, case],
    )


def swap(connection: Hand, case: str) -> None:
    for old, new in ((2, 1000), (3, 2), (1000, 3)):
        connection.execute("UPDATE entries SET seq=? WHERE stream=? AND seq=?", [new, case, old])


TAMPERING: dict[str, tuple[Callable[[Hand, str], None], int, str]] = {
    "altered": (alter, 3, "was altered"),
    "deleted": (delete, 2, "entry 2 is missing"),
    "inserted": (insert, 3, "signature"),
    "swapped": (swap, 2, "stands where entry 2 belongs"),
}


@pytest.mark.parametrize("what", TAMPERING)
def test_what_was_done_to_an_entry_is_named(scene: Scene, what: str) -> None:
    forge, seq, why = TAMPERING[what]
    assert scene.verify()[0] == 0
    with by_hand(scene.url) as connection:
        forge(connection, scene.case)
    status, found = scene.verify()
    assert (status, found["ok"]) == (1, False)
    bad = found["first_bad"]
    assert (bad["stream"], bad["seq"]) == (scene.case, seq), bad
    assert why in bad["why"], bad


def test_the_last_three_cut_off_an_open_case_are_named(scene: Scene) -> None:
    """Everything in the database is as it was three entries ago: only the running case knows."""
    set_back(scene.url, scene.before, scene.case)
    assert rows(scene.url, scene.case) == list(range(1, scene.seq - CUT + 1))
    assert scene.verify("--without-temporal")[0] == 0, "the forger left a trace in the database"
    status, found = scene.verify()
    assert (status, found["ok"]) == (1, False)
    bad = found["first_bad"]
    assert (bad["stream"], bad["seq"]) == (scene.case, scene.seq - CUT + 1), bad
    assert f"the last {CUT} of its entries are missing" in bad["why"]
