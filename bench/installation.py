"""A stack of one's own for a benchmark: what `countersign up` runs, with people who are signed in.

Default settings but for the data folder, free ports, the definition that is measured, and no
sample. Sign-ins and the forms' tokens are made before any clock starts, so no password is hashed
in what is measured. There are many people of each role, so that the default limit of acts for
each person isn't reached.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
from sqlalchemy import select

from definitions.clock import SystemClock, stamp
from definitions.definition import Definition
from definitions.rules import shown
from store import tables
from store.access.sessions import begin_session
from store.cases import load_definition, load_state
from store.database import Database
from worker.folders import make_folders
from worker.lock import changing
from worker.prepare import found, unlocked
from worker.rooms import make_library, open_database
from worker.settings import Settings, load_settings
from worker.stack import Stack

DEFINITIONS = Path(__file__).resolve().parent / "processes"
PROCESS = "two-signatures"
ROLES = ("", "systems-administrator", "software-assessor")
"""Who opens, who signs first, who signs second."""
_READY_SECONDS = 60.0
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass(frozen=True)
class Person:
    """Somebody's browser: the cookie of their session, and a token that their forms carry."""

    id: str
    cookie: str
    token: str


@dataclass(frozen=True)
class Installation:
    """What runs.

    Attributes:
        people: those who open, those who sign first, those who sign second.
        definition: of the process that is measured.
        processes: the ids of the processes, by the names of the parts.
    """

    settings: Settings
    database: Database
    people: tuple[tuple[Person, ...], ...]
    definition: Definition
    processes: Mapping[str, int]

    def sign_form(self, case: str, step: str) -> tuple[str, str]:
        """Return a case's number, and the digest of what its page shows to who signs the step.

        It is what the form of the page brings, read from the store: the page itself is measured
        by bench/pages.py.
        """
        with self.database.reading() as connection:
            state = load_state(connection, case)
        if state is None:
            raise LookupError(case)
        return state.number, shown(self.definition, state, step)


@contextmanager
def installation(
    folder: Path, people_of_each: int, more: Mapping[str, str] | None = None
) -> Iterator[Installation]:
    """Run a whole stack in a folder, with so many people of each of `ROLES`."""
    environment = {
        "COUNTERSIGN_DATA_FOLDER": str(folder),
        "COUNTERSIGN_WEB_PORT": "0",
        "COUNTERSIGN_SAMPLE_COMMUNITY": "false",
        "COUNTERSIGN_SAMPLE_WALKS": "false",
        "COUNTERSIGN_DEFINITIONS_FOLDERS": str(DEFINITIONS),
    }
    settings = load_settings(None, environment | dict(more or {}))
    make_folders(settings)
    stack = Stack(settings)
    try:
        with changing(stack.settings):
            for name in stack.parts:
                stack.start(name)
            with unlocked(stack.settings) as (keys, database):
                found(stack.settings, keys, database, community(people_of_each))
        for part in stack.parts.values():
            part.wait_ready(_READY_SECONDS)
        database = open_database(stack.settings)
        try:
            yield _installed(stack, database)
        finally:
            database.close()
    finally:
        stack.stop()


@contextmanager
def temporary_installation(
    people_of_each: int, more: Mapping[str, str] | None = None
) -> Iterator[Installation]:
    """Run a whole stack in a temporary folder."""
    with (
        TemporaryDirectory(prefix="countersign-bench-") as folder,
        installation(Path(folder), people_of_each, more) as made,
    ):
        yield made


def community(people_of_each: int) -> str:
    """Return the CSV text of an invented community."""
    lines = ["name,emails,roles,leads,language"]
    for group, role in enumerate(ROLES):
        lines += [f"Person {group} {n},p{group}.{n}@example.org,{role},,en"
                  for n in range(people_of_each)]  # fmt: skip
    return "\n".join(lines)


def _installed(stack: Stack, database: Database) -> Installation:
    settings = stack.settings
    version = make_library(settings).current(PROCESS).version
    with database.reading() as connection:
        definition = load_definition(connection, version)
        addresses = tables.addresses.c
        rows = connection.execute(select(addresses.address, addresses.person)).all()
    groups: list[list[Person]] = [[] for _ in ROLES]
    with httpx.Client(base_url=settings.public_url, timeout=30) as client:
        for address, person in sorted(rows):
            groups[int(address[1])].append(_signed_in(database, client, person))
    people = tuple(tuple(group) for group in groups)
    processes = {name: part.pid for name, part in stack.parts.items() if part.pid}
    return Installation(settings, database, people, definition, processes)


def _signed_in(database: Database, client: httpx.Client, person: str) -> Person:
    at = stamp(SystemClock().now())
    with database.writing() as connection:
        session = begin_session(connection, person, {"kind": "link", "at": at}, at, 24)
    page = client.get("/me", headers={"Cookie": f"session={session}"})
    token = _TOKEN.search(page.raise_for_status().text)
    if token is None:
        raise LookupError("the page has no form")
    return Person(person, f"session={session}", unescape(token[1]))
