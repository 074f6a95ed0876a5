"""Fifty cases under load, a backup in the middle, and one of the two stores put back to it.

What tests of both directions share: the life before, the restore by the real command, forms
that were open all the while, and the judgement over everything that was ever answered.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

import worker
from store import tables
from store.restoring import awaits_reconcile
from tests.faults.agreement import agree, finish_all
from tests.faults.ledger import Attempt, Ledger
from tests.faults.load import Load
from tests.faults.people import Crew
from tests.support.eventually import LIMIT_SECONDS, eventually
from tests.support.stack import Stack

CASES = 50
FORMS = 8
_HANDS = 4
_MORE_ENTRIES = 60


@dataclass
class OpenForm:
    """A filled form that somebody has before them, and has not sent."""

    person: str
    path: str
    data: Mapping[str, str]


@dataclass
class Story:
    """A stack, what was done on it, and what was told to whom.

    Attributes:
        people: whose browser each attempt was made with, by the attempt's nonce.
        forms: forms that were fetched before the restore.
    """

    folder: Path
    database: str
    ledger: Ledger = field(default_factory=Ledger)
    people: dict[str, str] = field(default_factory=dict)
    forms: list[OpenForm] = field(default_factory=list)

    def stack(self) -> Stack:
        """Return a stack in the story's folder; nobody waits there for what can't come."""
        more = {"COUNTERSIGN_WEB_ANSWER_SECONDS": "3"}
        return Stack(self.folder / "data", more, database=self.database, parts_die=True)

    def live(self) -> None:
        """Live through a load, with a backup in the middle, and stop everything."""
        with self.stack() as stack, Crew(stack, self.ledger) as crew:
            crew.sign_in("systems-administrator")
            openers = crew.holding("systems-administrator")
            with ThreadPoolExecutor(_HANDS) as pool:
                list(pool.map(lambda nth: crew.open(openers[nth % len(openers)]), range(CASES)))
            self.ledger.settle()
            self._forms(crew)
            with Load(crew, 7).running():
                _grow(stack, _MORE_ENTRIES // 2)
                run(stack, "backup", str(self.folder / "backup"))
                _grow(stack, _MORE_ENTRIES)
            for case in sorted(crew.states())[:3]:
                crew.finish(case)
            for opener in openers[:3]:
                crew.open(opener)
            self.ledger.settle()
            agree(stack)
            browsers = {browser: person for person, browser in crew.browsers.items()}
            self.people = {one.nonce: browsers[one.browser] for one in self.ledger.attempts}

    def _forms(self, crew: Crew) -> None:
        """Let people fill forms that they don't send yet: sign-offs, comments, an opening."""
        for case in sorted(crew.states())[:FORMS]:
            seat = next(crew.seats(case))
            data = crew.decision(seat)
            assert data is not None
            self.forms.append(OpenForm(seat.person.id, seat.path, data))
            path = f"/cases/{seat.number}/comment"
            form = crew.browser(seat.person).form(path, path)
            assert form is not None
            filled = form.values | {"comment": crew.mark()}
            self.forms.append(OpenForm(seat.person.id, path, filled))

    def restore(self, only: str) -> None:
        """Put one store back, by the command."""
        stack = self.stack()
        run(stack, "restore", str(self.folder / "backup"), "--only", only, "--replace")
        stack.stop()

    def send(self, crew: Crew, forms: list[OpenForm]) -> list[Attempt]:
        """Let people who have signed in again send what they had before them."""
        return [
            self.ledger.attempt(browser, form.path, with_token(crew, form.person, form.data))
            for form in forms
            for browser in [crew.browser_of(form.person)]
        ]

    def again(self, crew: Crew) -> None:
        """Let everybody send once more what they sent before the restore."""
        for attempt in self.ledger.attempts:
            person = self.people.get(attempt.nonce)
            if person is not None:
                attempt.browser = crew.browser_of(person)
                attempt.data = with_token(crew, person, attempt.data)
        for attempt in [one for one in self.ledger.attempts if one.nonce in self.people][::4]:
            self.ledger.send(attempt)

    def end(self, stack: Stack, crew: Crew) -> int:
        """Settle all, finish every case, and hold the record to everything that was told."""
        self.ledger.settle()
        agree(stack)
        finished = finish_all(crew)
        self.ledger.judge(stack.database())
        agree(stack)
        report = json.loads(run(stack, "reconcile", "--json"))
        assert report["ok"], report
        assert report["findings"] == []
        assert json.loads(run(stack, "record", "verify", "--json"))["ok"]
        print(self.ledger.count())  # noqa: T201 - for who reads a test's output
        return finished


def with_token(crew: Crew, person: str, data: Mapping[str, str]) -> dict[str, str]:
    """Return a form as the session of now may send it: all but its token is as it was."""
    return {**data, "csrf_token": crew.token_of(person)}


def run(stack: Stack, *words: str, status: int = 0) -> str:
    """Run a command of the program on a stack's data, and return what it printed."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "worker", *words],
        env=os.environ | stack.settings.environment(),
        cwd=Path(worker.__file__ or "").parent.parent,
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert done.returncode == status, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def entries(stack: Stack) -> dict[str, str]:
    """Return the text of every entry of a case, by the act's id."""
    columns = tables.entries.c
    query = select(columns.act_id, columns.text).join(
        tables.cases, tables.cases.c.case == columns.stream
    )
    with stack.database().reading() as connection:
        return {row.act_id: row.text for row in connection.execute(query)}


def waits(stack: Stack) -> bool:
    """Say whether the stores still wait to be compared."""
    with stack.database().reading() as connection:
        return awaits_reconcile(connection)


def recorded(stack: Stack) -> list[dict[str, Any]]:
    """Return what reconciling recorded."""
    columns, openings = tables.entries.c, tables.openings.c
    query = select(columns.act_id, openings.name, openings.value).where(
        columns.act_id == openings.act_id, columns.kind == "reconciled"
    )
    found: dict[str, dict[str, Any]] = {}
    with stack.database().reading() as connection:
        for row in connection.execute(query):
            found.setdefault(row.act_id, {})[row.name] = json.loads(row.value)
    return list(found.values())


def _grow(stack: Stack, by: int) -> None:
    """Wait until so many more entries were recorded."""

    def count() -> int:
        with stack.database().reading() as connection:
            return connection.scalar(select(func.count()).select_from(tables.entries)) or 0

    wanted = count() + by
    eventually(lambda: count() >= wanted)
