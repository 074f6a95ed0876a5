"""A hundred and fifty sign-offs and comments at once on one case: none lost, none doubled.

Temporal lets ten updates of a case be in flight, and the seats are few: most sign-offs must be
refused, every comment must be recorded, and whoever isn't told at once asks again.
On PostgreSQL: `test_crowd_postgresql.py`.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from store.directory import Person
from tests.faults.agreement import agree
from tests.faults.ledger import Answer, Attempt, Ledger
from tests.faults.people import Crew, Seat
from tests.support.databases import Databases
from tests.support.eventually import LIMIT_SECONDS
from tests.support.stack import Stack
from worker.prepare import found, prepared
from worker.walks.forms import Page

pytestmark = pytest.mark.soak

PROCESS = "application-patch"
ASSESSORS, TESTERS, COMMENTS = 50, 40, 60
SEATS = {"reviewer": 3, "tester": 2}
PATCH = {
    "patch": "escrow.patch",
    "risk": "high",
    "purpose": "An envelope without a name was taken for a sealed one.",
}
_HANDS = 4
DATABASE = "sqlite"


def community() -> str:
    """Return a community with far more reviewers and testers than seats."""
    rows = ["name,emails,roles,leads,language", "Fenna Achterveld,fenna@code.example.org,member,,"]
    for role, many in (("software-assessor", ASSESSORS), ("tester", TESTERS)):
        rows += [f"{role} {n},{role}-{n}@example.org,{role} member,," for n in range(many)]
    return "\n".join(rows) + "\n"


@pytest.fixture
def crew(databases: Databases, tmp_path: Path) -> Iterator[Crew]:
    url = databases.new(tmp_path)
    own = {"COUNTERSIGN_SAMPLE_COMMUNITY": "false"}
    stack = Stack(tmp_path / "data", own, database=url)
    with prepared(stack.settings) as (keys, database):
        found(stack.settings, keys, database, community())
    with stack, Crew(stack, Ledger()) as crew:
        with ThreadPoolExecutor(_HANDS) as pool:
            list(pool.map(crew.browser, crew.people))
        yield crew


def open_patch(crew: Crew) -> Attempt:
    """Open the case by uploading the patch, and going through “check your answers”."""
    author = next(person for person in crew.people if person.roles == ("member",))
    browser, path = crew.browser(author), f"/open/{PROCESS}"
    page = browser.fill(path, path, PATCH)
    assert isinstance(page, Page), page.sentence
    form = page.form(path)
    assert form is not None
    return crew.ledger.attempt(browser, path, form.values | {"step": "open"})


def forms(crew: Crew, case: str) -> list[tuple[Person, str, dict[str, str]]]:
    """Return everybody's form, filled and not sent yet."""
    number = crew.state(case).number
    seats = [seat for seat in crew.seats(case) if seat.open_seat.seat in SEATS]
    comments = f"/cases/{number}/comment"

    def sign_off(seat: Seat) -> tuple[Person, str, dict[str, str]]:
        data = crew.decision(seat)
        assert data is not None, f"{seat.path} lets nobody sign"
        return seat.person, seat.path, data

    def comment(person: Person) -> tuple[Person, str, dict[str, str]]:
        form = crew.browser(person).form(comments, comments)
        assert form is not None
        return person, comments, form.values | {"comment": crew.mark()}

    with ThreadPoolExecutor(_HANDS) as pool:
        signing = list(pool.map(sign_off, seats))
        return signing + list(pool.map(comment, crew.people[:COMMENTS]))


def test_a_hundred_and_fifty_at_once(crew: Crew) -> None:
    opening = open_patch(crew)
    assert crew.ledger.ask_again(opening) is Answer.ACCEPTED, opening.sentence
    case = opening.nonce
    ready = forms(crew, case)
    assert len(ready) == ASSESSORS + TESTERS + COMMENTS == 150
    together = threading.Barrier(len(ready))

    def act(one: tuple[Person, str, dict[str, str]]) -> Attempt:
        person, path, data = one
        browser = crew.browser(person)
        together.wait(LIMIT_SECONDS)
        return crew.ledger.attempt(browser, path, data)

    with ThreadPoolExecutor(len(ready)) as pool:
        attempts = list(pool.map(act, ready))
    crew.ledger.settle()
    crew.ledger.judge(crew.stack.database())
    agree(crew.stack)
    accepted = Counter(
        attempt.path.rsplit("/", 1)[-1] for attempt in attempts if attempt.answer is Answer.ACCEPTED
    )
    assert accepted == {**SEATS, "comment": COMMENTS}
    print(crew.ledger.count())  # noqa: T201
