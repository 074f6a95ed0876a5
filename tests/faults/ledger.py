"""What clients did and were told, kept by the clients: the judge of every test that kills.

A ledger knows nothing of how the program works. It keeps each act that was attempted, with the
form exactly as it was sent, and every answer to it; a lost reply is asked for again with that
same form. `judge` then compares with the record: what was answered "accepted" is there exactly
once and as it was sent, what was answered "refused" is nowhere, and nothing is there that nobody
sent.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

import httpx
from sqlalchemy import select

from definitions.acts import SYSTEM, Entry
from store import tables
from store.database import Database
from store.streams import read_entry
from tests.faults.browser import Browser
from tests.support.eventually import eventually
from web.field_names import input_name

_TYPED = ("comment", input_name("reason"), input_name("purpose"))
"""Fields of forms whose text is the recorded value, to the character."""


class Answer(Enum):
    """What a client was told."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    NONE = "no answer"


@dataclass
class Attempt:
    """One act that somebody attempted.

    Attributes:
        nonce: The form's.
        path: Where the form was sent.
        data: The form, as it was sent.
        answers: Everything that was answered, in order, with what the page said.
        begun: When it was first sent, in seconds (`time.monotonic`).
        answered: When it was first answered; None while it wasn't.
    """

    nonce: str
    browser: Browser
    path: str
    data: Mapping[str, str]
    answers: list[tuple[Answer, str]] = field(default_factory=list)
    begun: float = field(default_factory=time.monotonic)
    answered: float | None = None

    @property
    def waited(self) -> float:
        """How many seconds passed until there was an answer, or until now if there is none."""
        return (self.answered or time.monotonic()) - self.begun  # measured

    @property
    def answer(self) -> Answer:
        """The answer; none while all replies were lost."""
        told = [answer for answer, _ in self.answers if answer is not Answer.NONE]
        return told[0] if told else Answer.NONE

    @property
    def sentence(self) -> str:
        """What the last page said."""
        return self.answers[-1][1] if self.answers else ""

    def is_in(self, entry: Entry, values: Mapping[str, str]) -> bool:
        """Say whether an entry with these opened values is what was sent."""
        act = entry.act
        same = all((act[name] or "") == self.data.get(name, "") for name in ("outcome", "instance"))
        typed = {self.data[name] for name in _TYPED if self.data.get(name)}
        return same and act["id"] == self.nonce and typed <= set(values.values())


class Ledger:
    """All attempts of one test; threads may use it together."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._attempts: dict[str, Attempt] = {}

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        """Every attempt so far."""
        with self._lock:
            return tuple(self._attempts.values())

    def attempt(self, browser: Browser, path: str, data: Mapping[str, str]) -> Attempt:
        """Write down what is about to be sent, then send it once."""
        attempt = Attempt(data["nonce"], browser, path, dict(data))
        with self._lock:
            assert attempt.nonce not in self._attempts, "two forms had one nonce"
            self._attempts[attempt.nonce] = attempt
        self.send(attempt)
        return attempt

    def send(self, attempt: Attempt) -> None:
        """Send the same form again, once, and write down the answer."""
        answer = _read(attempt, attempt.browser.post(attempt.path, attempt.data))
        with self._lock:
            attempt.answers.append(answer)
            if attempt.answered is None and attempt.answer is not Answer.NONE:
                attempt.answered = time.monotonic()  # measured

    def ask_again(self, attempt: Attempt) -> Answer:
        """Send the same form until there is an answer."""

        def is_answered() -> bool:
            if attempt.answer is Answer.NONE:
                self.send(attempt)
            return attempt.answer is not Answer.NONE

        eventually(
            is_answered,
            lambda: (
                f"{attempt.path} is answered; it was sent {len(attempt.answers)} times, the last: "
                f"{attempt.answers[-1:]}"
            ),
        )
        return attempt.answer

    def settle(self) -> None:
        """Ask for every reply that was lost."""
        for attempt in self.attempts:
            self.ask_again(attempt)

    def count(self) -> dict[str, int]:
        """Return how many were answered how, for people who read a test's output."""
        counted = {answer.value: 0 for answer in Answer}
        for attempt in self.attempts:
            counted[attempt.answer.value] += 1
        lost = sum(Answer.NONE in dict(attempt.answers) for attempt in self.attempts)
        return counted | {"lost replies": lost}

    def judge(self, database: Database) -> None:
        """Compare with the record; every attempt has its answer by now."""
        attempts = self.attempts
        for attempt in attempts:
            told = {answer for answer, _ in attempt.answers} - {Answer.NONE}
            assert len(told) == 1, f"{attempt.path} was answered in two ways: {attempt.answers}"
        check_record(
            database,
            accepted=[a for a in attempts if a.answer is Answer.ACCEPTED],
            refused=[a for a in attempts if a.answer is Answer.REFUSED],
        )


def check_record(
    database: Database, *, accepted: Iterable[Attempt], refused: Iterable[Attempt]
) -> None:
    """Hold the record to what was answered: each accepted once, each refused nowhere."""
    entries, opened = acts_of_people(database)
    by_id: dict[str, list[Entry]] = {}
    for entry in entries:
        by_id.setdefault(entry.act["id"], []).append(entry)
    for attempt in refused:
        assert attempt.nonce not in by_id, f"refused, but recorded: {attempt.answers}"
    for attempt in accepted:
        found = by_id.pop(attempt.nonce, [])
        assert len(found) == 1, f"accepted, and {len(found)} times in the record: {attempt.answers}"
        assert attempt.is_in(found[0], opened.get(attempt.nonce, {})), "recorded with other content"
    assert not by_id, f"in the record, but nobody was told so: {sorted(by_id)}"


def acts_of_people(database: Database) -> tuple[list[Entry], dict[str, dict[str, str]]]:
    """Return all entries of cases that people caused, and the values of each act."""
    entries, openings = tables.entries.c, tables.openings.c
    with database.reading() as connection:
        texts = connection.scalars(
            select(entries.text)
            .join(tables.cases, tables.cases.c.case == entries.stream)
            .where(entries.actor != SYSTEM)
        ).all()
        values = connection.execute(select(openings.act_id, openings.name, openings.value)).all()
    opened: dict[str, dict[str, str]] = {}
    for act, name, value in values:
        opened.setdefault(act, {})[name] = _plain(value)
    return [read_entry(text) for text in texts], opened


def _plain(value: str) -> str:
    plain = json.loads(value)
    return plain if isinstance(plain, str) else value


def _read(attempt: Attempt, response: httpx.Response | None) -> tuple[Answer, str]:
    """Return what a response says about an act.

    Only a receipt accepts; a server's error, like silence, says nothing.
    """
    if response is None or response.is_server_error:
        return Answer.NONE, "" if response is None else f"status {response.status_code}"
    said = attempt.browser.words(response)
    if response.status_code == httpx.codes.ACCEPTED:
        return Answer.NONE, said
    if response.url.path == f"/receipts/{attempt.nonce}" and response.is_success:
        return Answer.ACCEPTED, said
    assert response.status_code in REFUSALS, f"{attempt.path}: {response.status_code}: {said}"
    assert "This form is no longer good" not in said, "a form was forgotten"
    return Answer.REFUSED, said


REFUSALS = {httpx.codes.FORBIDDEN, httpx.codes.CONFLICT, httpx.codes.UNPROCESSABLE_ENTITY}
