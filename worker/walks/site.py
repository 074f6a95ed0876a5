"""Where walks play: a stack of one's own in a temporary folder, or one that runs already."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy import inspect
from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError
from temporalio.testing import TimeSkipper

from activities.message import name_of
from definitions.acts import Head
from definitions.clock import Clock, FileClock, parse, stamp
from definitions.rules import Due, next_due
from definitions.state import CaseState
from store.cases import load_case, running_cases
from store.children import children_to_start
from store.database import Database
from store.directory import person as person_in
from store.directory import person_by_address
from store.founding import MEMBER
from store.mail import outbox_of
from store.notices import cases_to_nudge
from store.queries.directory import holdings_of
from worker.errors import CommandRefused
from worker.folders import make_folders
from worker.keys import load_keys
from worker.prepare import link_for, prepare
from worker.rooms import make_clock, open_database
from worker.settings import Settings, load_settings
from worker.stack import Stack
from worker.temporal_client import connect
from worker.walks.person import Someone

WAIT_SECONDS: Final = 60.0
_ASK_AGAIN_SECONDS: Final = 0.03
_AFTER_DUE: Final = timedelta(seconds=1)
_SIGNED_IN: Final = timedelta(days=365)
"""How long a session may last at most; walks together tell of more than that."""
"""How far the clock is moved beyond what comes due: a timer of Temporal's fires a moment later."""


class Site:
    """A running stack, as walks see it."""

    def __init__(self, settings: Settings, database: Database, parts: Stack | None = None) -> None:
        """Take what runs; `parts` only if the walk may stop them and move the clock."""
        self.settings = settings
        self.database = database
        self.clock: Clock = make_clock(settings)
        self._parts = parts
        self._browsers: dict[str, tuple[Someone, datetime]] = {}

    def close(self) -> None:
        """Close everybody's browser."""
        for browser, _ in self._browsers.values():
            browser.close()

    def browser(self, address: str) -> Someone:
        """Return somebody's browser: they sign in when they first act, in whichever walk.

        Shortly before the longest time that a session may last they sign in again.
        """
        now = self.clock.now()
        browser, since = self._browsers.get(address, (None, now))
        if browser is not None and now - since < _SIGNED_IN - timedelta(days=1):
            return browser
        if browser is not None:
            browser.close()
        browser = Someone(self.url, self.sign_in_link(address))
        self._browsers[address] = browser, now
        return browser

    @property
    def url(self) -> str:
        """Where the web is."""
        return self.settings.public_url

    def sign_in_link(self, address: str) -> str:
        """Return a new link to sign in by.

        Raises:
            CommandRefused: nobody has the address.
        """
        linked = link_for(self.settings, self.database, address)
        if linked is None:
            raise CommandRefused(f"Nobody in the directory has the address {address}.")
        return linked.link

    def state(self, case: str) -> CaseState:
        """Return a case's stored state.

        Raises:
            CommandRefused: there is no such case.
        """
        _, state = load_case(self.database, case)
        if state is None:
            raise CommandRefused(f"The store has no case {case}.")
        return CaseState.model_validate(state)

    def has_case(self, case: str) -> bool:
        """Say whether the store has a case."""
        return load_case(self.database, case)[1] is not None

    def person_of(self, address: str) -> str:
        """Return the id of who has an address; empty if nobody has."""
        with self.database.reading() as connection:
            return person_by_address(connection, address) or ""

    def address_of(self, person: str) -> str:
        """Return the address of somebody, by id.

        Raises:
            CommandRefused: there is no such person.
        """
        with self.database.reading() as connection:
            found = person_in(connection, person, stamp(self.clock.now()))
        if found is None:
            raise CommandRefused(f"Nobody in the directory has the id {person}.")
        return found.addresses[0]

    def holdings(self, address: str) -> set[str]:
        """Return all roles and places on lists of somebody now, but being a Member."""
        now = stamp(self.clock.now())
        with self.database.reading() as connection:
            found = holdings_of(connection, self.person_of(address))
        return {one.what for one in found if one.counts(now)} - {MEMBER}

    def link_in_mail(self, address: str, case: str) -> str:
        """Return the path of the signed link in the newest mail about a case to an address."""
        found: list[str] = []

        def came() -> bool:
            found[:] = self._links(address, case)
            return bool(found)

        eventually(came, f"a mail with a link came to {address}")
        return found[0]

    def _links(self, address: str, case: str) -> list[str]:
        """Return the paths of links in mails, the newest mail's first."""
        with self.database.reading() as connection:
            mails = outbox_of(connection, self.person_of(address))
        keys = [m.key for m in mails if m.case == case and m.link and m.sent_at]
        prefix = f"{self.url}/link/"
        texts = [self._mail(name_of(key)) for key in keys]
        return [
            word.removeprefix(self.url)
            for text in texts
            for word in text.split()
            if word.startswith(prefix)
        ]

    def _mail(self, name: str) -> str:
        file = self.settings.mail_folder / f"{name}.eml"
        message = message_from_bytes(file.read_bytes(), policy=policy.default)
        plain = message.get_body(("plain",))
        return plain.get_content() if plain else ""

    def settle(self) -> None:
        """Wait until nothing is under way by itself: lots, child cases, and their ends."""
        eventually(self._still, "what follows by itself was done")

    def _still(self) -> bool:
        # What is asked one after the other holds together only if nothing moved meanwhile.
        before = self._running()
        nothing = self._all_opened() and not cases_to_nudge(self.database) and self._nothing_due()
        return nothing and self._running() == before

    def _running(self) -> dict[str, tuple[str, str, Head]]:
        with self.database.reading() as connection:
            return running_cases(connection)

    def _all_opened(self) -> bool:
        with self.database.reading() as connection:
            return not any(
                children_to_start(connection, case) for case in running_cases(connection)
            )

    def fail(self, name: str) -> None:
        """Kill a part with SIGKILL and start it again."""
        parts = self._own("kill a part")
        parts.kill(name)
        parts.start(name)
        parts.parts[name].wait_ready(WAIT_SECONDS)

    def pass_time(self, length: timedelta) -> None:
        """Let time pass for all parts, and wait until the clock has done what came due.

        From one thing that comes due to the next: what is recorded by a clock that is days ahead
        has a case think its own clock behind, and ask again and again for what comes after.
        """
        self._own("move the clock")
        self.settle()
        until = self.clock.now() + length
        while (left := until - self.clock.now()) > timedelta():
            dues = [parse(due.at) - self.clock.now() for due in self._dues()]
            asyncio.run(self._advance(min([left, *(one + _AFTER_DUE for one in dues)])))
            eventually(self._still, "the clock did what was due")

    def _own(self, what: str) -> Stack:
        if self._parts is None:
            raise CommandRefused(f"A walk may {what} only in a stack of its own.")
        return self._parts

    def _nothing_due(self) -> bool:
        now = stamp(self.clock.now())
        return all(due.at > now for due in self._dues())

    def _dues(self) -> list[Due]:
        """Return what comes next by the clock in each case that goes on."""
        dues = (next_due(self.state(case)) for case in self._running())
        return [due for due in dues if due is not None]

    async def _advance(self, length: timedelta) -> None:
        """Move the clock's file first, so that a timer that fires finds its deadline passed."""
        clock = self.clock
        if not isinstance(clock, FileClock):
            raise CommandRefused("The clock can be moved only where a file moves it.")
        clock.move_to_offset(clock.offset() + length.total_seconds())
        ring = load_keys(self.settings.keys_folder).codec
        client = await connect(self.settings, ring)
        skipper = TimeSkipper(client)
        for case in self._running():
            handle = client.get_workflow_handle(case)
            try:
                await skipper.fast_forward(handle, length)
            except RPCError:
                # A case that ended in between needs no time any more.
                if (await handle.describe()).status is WorkflowExecutionStatus.RUNNING:
                    raise


def eventually(condition: Callable[[], bool], what: str) -> None:
    """Wait until a condition holds.

    Raises:
        CommandRefused: it doesn't in time.
    """
    until = time.monotonic() + WAIT_SECONDS
    while not condition():
        if time.monotonic() > until:
            raise CommandRefused(f"It didn't happen within {WAIT_SECONDS:g} seconds: {what}.")
        time.sleep(_ASK_AGAIN_SECONDS)


@contextmanager
def own_site(definitions: Path | None = None, database: str = "") -> Iterator[Site]:
    """Run a whole stack in a temporary folder for some walks, on free ports.

    Args:
        definitions: a folder with more definitions.
        database: the address of an empty database; empty for SQLite in the folder.

    Raises:
        CommandRefused: the database isn't empty.
    """
    with TemporaryDirectory(prefix="countersign-walk-") as folder:
        environment = _environment(Path(folder))
        if definitions is not None:
            environment["COUNTERSIGN_DEFINITIONS_FOLDERS"] = str(definitions.resolve())
        environment["COUNTERSIGN_STORE_DATABASE_URL"] = database
        settings = load_settings(None, environment)
        if database:
            _must_be_empty(settings)
        make_folders(settings)
        parts = Stack(settings)
        try:
            parts.start("temporal")
            # A counterexample is played on the very definition that it speaks against.
            prepare(parts.settings, proved=definitions is None)
            for name in ("worker", "web"):
                parts.start(name)
            for part in parts.parts.values():
                part.wait_ready(WAIT_SECONDS)
            store = open_database(parts.settings)
            site = Site(parts.settings, store, parts)
            try:
                yield site
            finally:
                site.close()
                store.close()
        finally:
            parts.stop()


def _must_be_empty(settings: Settings) -> None:
    database = open_database(settings)
    try:
        with database.reading() as connection:
            used = inspect(connection).get_table_names()
    finally:
        database.close()
    if used:
        raise CommandRefused(
            "Walks bring invented people and cases, and this database has tables already: "
            "make an empty one for them, and throw it away afterwards."
        )


def _environment(folder: Path) -> dict[str, str]:
    return {
        "COUNTERSIGN_DATA_FOLDER": str(folder),
        "COUNTERSIGN_WEB_PORT": "0",
        "COUNTERSIGN_WEB_PASSWORD_MEMORY_KIB": "8",
        "COUNTERSIGN_WEB_TRIES_BY_CLIENT": "100000",
        "COUNTERSIGN_WEB_ACTS_BY_PERSON": "100000",
        "COUNTERSIGN_CLOCK_FILE": str(folder / "clock"),
        "COUNTERSIGN_TEMPORAL_TIME_SKIPPING": "true",
        "COUNTERSIGN_SAMPLE_WALKS": "false",
        # People of walks stay signed in while days pass.
        "COUNTERSIGN_WEB_SESSION_HOURS": str(_SIGNED_IN // timedelta(hours=1)),
        "COUNTERSIGN_WEB_SESSION_IDLE_MINUTES": str(_SIGNED_IN // timedelta(minutes=1)),
    }
