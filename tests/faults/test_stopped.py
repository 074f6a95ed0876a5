"""Cases that can't go on are shown as stopped, with the reason, and go on once it is gone.

Three causes that happen: the database refuses to write, the record was set back to an older copy
(which the sweep mends by itself), and the key is missing with which Temporal's history was
sealed, so that the workflow's task fails.
On PostgreSQL: `test_stopped_postgresql.py`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select

from store import tables
from store.cases import stopped_reason
from store.directory import Person
from tests.faults.agreement import agree, finish_all, is_stopped
from tests.faults.files import copy_database, set_back
from tests.faults.ledger import Answer, Attempt, Ledger
from tests.faults.people import Crew
from tests.support.by_hand import by_hand
from tests.support.databases import Databases
from tests.support.eventually import LIMIT_SECONDS, eventually
from tests.support.stack import Stack

pytestmark = pytest.mark.soak

_REFUSING = {
    "sqlite": """\
CREATE TRIGGER refusing BEFORE INSERT ON openings
WHEN NEW.act_id IN (SELECT act_id FROM entries WHERE stream = '{}')
BEGIN SELECT RAISE(ABORT, 'the disk is full'); END""",
    "postgresql": """\
CREATE FUNCTION refusing() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
IF NEW.act_id IN (SELECT act_id FROM entries WHERE stream = '{}') THEN
RAISE EXCEPTION 'the disk is full' USING DETAIL = NEW.value; END IF; RETURN NEW; END $$;
CREATE TRIGGER refusing BEFORE INSERT ON openings FOR EACH ROW EXECUTE FUNCTION refusing()""",
}
_AGAIN = {
    "sqlite": "DROP TRIGGER refusing",
    "postgresql": "DROP FUNCTION refusing CASCADE",
}
DATABASE = "sqlite"


@dataclass
class Trouble:
    """A case that runs into trouble, with its opener and the operator."""

    stack: Stack
    crew: Crew
    case: str
    opener: Person
    kept: list[Attempt] = field(default_factory=list)

    @property
    def number(self) -> str:
        return self.crew.state(self.case).number

    def reason(self) -> str:
        with self.stack.database().reading() as connection:
            return stopped_reason(connection, self.case) or ""

    def operators_page(self) -> str:
        (operator,) = self.crew.holding("operator")
        return self.crew.browser(operator).page("/operator").text

    def case_page(self) -> str:
        return self.crew.browser(self.opener).page(f"/cases/{self.number}").text

    def sign(self) -> Attempt:
        """Sign what is to be signed next."""
        attempt = self.crew.sign(next(self.crew.seats(self.case)))
        assert attempt is not None
        self.kept.append(attempt)
        return attempt

    def is_shown(self, why: str) -> None:
        """Wait until the case has stopped; then opener and operator must be told why."""
        eventually(lambda: why in self.reason())
        reason = _uncounted(self.reason())
        assert reason in _uncounted(self.case_page())
        assert "This case is stopped" in self.case_page()
        assert self.number in self.operators_page()
        assert reason in _uncounted(self.operators_page())

    def goes_on(self) -> None:
        """Wait until it isn't stopped; whatever was asked meanwhile gets its answer."""
        eventually(lambda: not self.reason())
        eventually(lambda: not is_stopped(self.stack, self.case))
        assert "This case is stopped" not in self.case_page()
        assert "Nothing is stopped." in self.operators_page()
        for attempt in self.kept:
            assert self.crew.ledger.ask_again(attempt) is Answer.ACCEPTED, attempt.sentence
        finish_all(self.crew)
        self.crew.ledger.judge(self.stack.database())
        agree(self.stack)


def _uncounted(text: str) -> str:
    """Return a text without how often something was tried: a sweep may count on at any time."""
    return re.sub(r"\d+ times", "so many times", text)


@pytest.fixture(scope="module")
def stack(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("stopped")
    # Nobody here waits for an answer that can't come.
    own = {"COUNTERSIGN_WEB_ANSWER_SECONDS": "2"}
    with Stack(folder / "data", own, database=databases.new(folder), parts_die=True) as running:
        yield running


@pytest.fixture(scope="module")
def crew(stack: Stack) -> Iterator[Crew]:
    with Crew(stack, Ledger()) as crew:
        yield crew


@pytest.fixture
def trouble(stack: Stack, crew: Crew) -> Trouble:
    opener = crew.holding("systems-administrator")[0]
    opening = crew.open(opener)
    assert crew.ledger.ask_again(opening) is Answer.ACCEPTED, opening.sentence
    return Trouble(stack, crew, opening.nonce, opener)


@contextmanager
def refusing_to_write(stack: Stack, case: str) -> Iterator[None]:
    """Let the database refuse what people say in a case, as a full disk would."""
    url = stack.settings.database_url()
    kind = url.partition(":")[0]
    with by_hand(url) as hand:
        hand.execute(_REFUSING[kind].format(case))
    yield
    with by_hand(url) as hand:
        hand.execute(_AGAIN[kind])


def test_a_commit_that_cannot_succeed(trouble: Trouble) -> None:
    with refusing_to_write(trouble.stack, trouble.case):
        assert trouble.sign().answer is Answer.NONE
        trouble.is_shown("The last failure says: the disk is full")
    said = trouble.kept[0].data["comment"]
    assert said not in trouble.stack.log("worker"), "what people write is not for logs"
    trouble.goes_on()


def test_a_record_that_was_set_back(trouble: Trouble) -> None:
    """No other past is written: the sweep writes again what was confirmed, and the case goes on."""
    case, url = trouble.case, trouble.stack.settings.database_url()
    before = copy_database(url)
    assert trouble.crew.ledger.ask_again(trouble.sign()) is Answer.ACCEPTED
    after = _entries(trouble)
    trouble.stack.kill("worker")  # it sweeps every second
    set_back(url, before, case)
    assert _entries(trouble) == after[:1]
    trouble.stack.start("worker")
    eventually(lambda: _entries(trouble) == after)
    trouble.goes_on()


def _entries(trouble: Trouble) -> list[str]:
    entries = tables.entries.c
    query = select(entries.text).where(entries.stream == trouble.case).order_by(entries.seq)
    with trouble.stack.database().reading() as connection:
        return list(connection.scalars(query))


def test_a_workflow_task_that_fails(trouble: Trouble) -> None:
    stack = trouble.stack
    ring = stack.settings.keys_folder / "codec-keys.json"
    stack.kill("worker")
    right = ring.rename(ring.with_suffix(".right"))
    stack.start("worker")
    with ThreadPoolExecutor(1) as pool:
        signing = pool.submit(trouble.sign)
        assert signing.result(LIMIT_SECONDS).answer is Answer.NONE
    trouble.is_shown("which isn't in our ring")
    stack.kill("worker")
    right.replace(ring)
    stack.start("worker")
    trouble.goes_on()
