"""The people of a stack, each with a browser, and what they do: open, sign, comment, finish."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Self

from definitions.clock import stamp
from definitions.definition import Definition
from definitions.rules import OpenSeat, open_seats, why_not
from definitions.state import CaseState
from store.cases import load_definition, load_state, running_cases
from store.directory import Person, people
from tests.faults.browser import Browser
from tests.faults.ledger import Answer, Attempt, Ledger
from tests.support.stack import Stack
from web.field_names import input_name

PROCESS = "system-patch"
PACKAGES = """\
Listing...
jq/oldstable-security 1.6-2.1+deb12u3 amd64 [upgradable from: 1.6-2.1+deb12u1]
"""
_PUT_IN = {"text": "Done, and looked at.", "string": "webdb"}


@dataclass(frozen=True)
class Seat:
    """A seat that somebody may fill now.

    Attributes:
        number: The case's.
        outcome: The one that goes on well.
    """

    number: str
    open_seat: OpenSeat
    person: Person
    outcome: str
    definition: Definition

    @property
    def path(self) -> str:
        """Where it is signed."""
        return f"/cases/{self.number}/sign/{self.open_seat.step}/{self.open_seat.seat}"


class Crew:
    """The people of a community; they sign in when they first act.

    Use it as a context manager; leaving it closes all browsers, also when a test fails.
    """

    def __init__(self, stack: Stack, ledger: Ledger) -> None:
        self.stack = stack
        self.ledger = ledger
        self._browsers: dict[str, Browser] = {}
        self._tokens: dict[str, str] = {}
        self._lock = threading.Lock()
        self._signing_in: dict[str, threading.Lock] = {}
        self._words = itertools.count(1)
        with stack.database().reading() as connection:
            self.people = people(connection, stamp(stack.clock.now()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for browser in self._browsers.values():
            browser.close()

    def holding(self, *roles: str) -> list[Person]:
        """Return who holds one of these roles."""
        return [person for person in self.people if set(roles) & set(person.roles)]

    def browser(self, person: Person) -> Browser:
        """Return somebody's browser."""
        with self._lock:
            lock = self._signing_in.setdefault(person.id, threading.Lock())
        with lock:
            if person.id not in self._browsers:
                link = self.stack.sign_in_link(person.addresses[0])
                self._browsers[person.id] = Browser(self.stack.url, link)
            return self._browsers[person.id]

    @property
    def browsers(self) -> dict[str, Browser]:
        """Return the browsers of those who have signed in, by the person's id."""
        return dict(self._browsers)

    def browser_of(self, person: str) -> Browser:
        """Return the browser of the person with this id."""
        return self.browser(next(one for one in self.people if one.id == person))

    def token_of(self, person: str) -> str:
        """Return what a form of this person's session proves that it is ours with."""
        if person not in self._tokens:
            path = f"/open/{PROCESS}"
            browser = self.browser_of(person)
            forms = browser.page(path).forms
            self._tokens[person] = forms[0].values["csrf_token"]
        return self._tokens[person]

    def sign_in(self, *roles: str) -> None:
        """Sign in whoever holds one of these roles, before anything is killed."""
        for person in self.holding(*roles):
            self.browser(person)

    def mark(self) -> str:
        """Return a text that stands in one act only."""
        return f"Said for the {next(self._words)}th time."

    def open(self, person: Person) -> Attempt:
        """Open a case."""
        browser, path = self.browser(person), f"/open/{PROCESS}"
        form = browser.form(path, path)
        assert form is not None, f"{person.name} can't open a case"
        typed = {"packages": PACKAGES, "servers": "webdb", "reason": self.mark(), "step": "open"}
        return self.ledger.attempt(browser, path, form.values | form.named(typed))

    def comment(self, number: str, person: Person) -> Attempt | None:
        """Comment on a case; None if the page doesn't let them."""
        browser, path = self.browser(person), f"/cases/{number}/comment"
        form = browser.form(path, path)
        if form is None:
            return None
        return self.ledger.attempt(browser, path, form.values | {"comment": self.mark()})

    def sign(self, seat: Seat) -> Attempt | None:
        """Fill a seat; None if the page doesn't let them."""
        data = self.decision(seat)
        if data is None:
            return None
        return self.ledger.attempt(self.browser(seat.person), seat.path, data)

    def decision(self, seat: Seat) -> dict[str, str] | None:
        """Return the form that fills a seat, filled; None if the page doesn't let them."""
        form = self.browser(seat.person).form(seat.path, seat.path)
        if form is None:
            return None
        evidence = seat.definition.step(seat.open_seat.step).evidence
        typed = {
            posted: form.choices[posted][-1] if posted in form.choices else _PUT_IN[field.type]
            for posted, field in ((input_name(name), field) for name, field in evidence.items())
        }
        return form.values | typed | {"outcome": seat.outcome, "comment": self.mark()}

    def numbers(self) -> list[str]:
        """Return the numbers of all open cases."""
        return [state.number for state in self.states().values()]

    def states(self) -> dict[str, CaseState]:
        """Return the open cases by their ids."""
        with self.stack.database().reading() as connection:
            found = ((case, load_state(connection, case)) for case in running_cases(connection))
            return {case: state for case, state in found if state is not None}

    def state(self, case: str) -> CaseState:
        """Return a case's stored state."""
        with self.stack.database().reading() as connection:
            state = load_state(connection, case)
        assert state is not None, f"the store has no case {case}"
        return state

    def seats(self, case: str) -> Iterator[Seat]:
        """Yield whoever may sign in a case now, for each seat."""
        state = self.state(case)
        with self.stack.database().reading() as connection:
            definition = load_definition(connection, state.definition)
        for seat in open_seats(definition, state):
            outcome = next(iter(definition.step(seat.step).outcomes))
            for person in self.people:
                no = why_not(definition, state, seat.step, seat.seat, person.id, person.roles)
                if no is None:
                    yield Seat(state.number, seat, person, outcome, definition)

    def move(self, case: str, rng: Random) -> Attempt | None:
        """Let anybody who may sign something in a case; None if nobody could."""
        seats = list(self.seats(case))
        return self.sign(rng.choice(seats)) if seats else None

    def finish(self, case: str) -> None:
        """Sign a case to its good end; it must let itself be finished."""
        for _ in range(_STEPS_AT_MOST):
            if self.state(case).ended:
                return
            seat = next(self.seats(case), None)
            assert seat is not None, f"nobody can sign in {case}: {self.state(case).configuration}"
            attempt = self.sign(seat)
            assert attempt is not None, f"{seat.path} lets nobody sign"
            answer = self.ledger.ask_again(attempt)
            assert answer is Answer.ACCEPTED, f"{seat.path}: {attempt.sentence}"
        raise AssertionError(f"{case} does not end")


_STEPS_AT_MOST = 30
