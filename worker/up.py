"""`countersign up`: everything on one machine, from one command, until one Ctrl-C."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from worker.lock import only_one
from worker.prepare import LinkedPerson, found, has_community, make_folders, prepared, sample_links
from worker.sample import sample_community
from worker.settings import SampleSection
from worker.stack import Stack
from worker.supervisor import Supervisor
from worker.tables import table

if TYPE_CHECKING:
    from collections.abc import Callable

    from worker.settings import Settings


@dataclass(frozen=True)
class Prepared:
    """What was found or made before the parts were ready."""

    people: list[LinkedPerson]
    founded: bool
    community: bool


def up(settings: Settings, *, as_json: bool, say: Callable[[str], None]) -> None:
    """Run everything until told to stop.

    Args:
        settings: as they were read.
        as_json: print one JSON object when ready, instead of words.
        say: takes sentences for the operator (not standard output, with `as_json`).

    Raises:
        WorkerError: something can't be started.
        store.errors.StoreError: the database can't be used.
        definitions.errors.DefinitionsError: a definition is not in order.
    """
    make_folders(settings)
    with only_one(settings):
        supervisor = Supervisor(Stack(settings), say)
        with supervisor.signals():
            try:
                _run(supervisor, as_json=as_json)
            finally:
                if supervisor.stopping:
                    say("Stopping …")
                supervisor.stack.stop()


def _run(supervisor: Supervisor, *, as_json: bool) -> None:
    stack = supervisor.stack
    if "temporal" in stack.parts:
        supervisor.start("temporal")
    state = prepare(stack.settings)
    supervisor.start("worker")
    supervisor.start("web")
    if not supervisor.wait_ready():
        return
    click.echo(_ready_json(stack, state) if as_json else _ready_words(stack, state))
    supervisor.watch()


def prepare(settings: Settings) -> Prepared:
    """Bring the database up to date; found the sample community where there is none.

    Raises:
        As `up`.
    """
    with prepared(settings) as (keys, database):
        founded = settings.sample.community and not has_community(database)
        if founded:
            found(settings, keys, database, sample_community())
        return Prepared(sample_links(settings, database), founded, has_community(database))


def with_sample(settings: Settings, sample: bool | None) -> Settings:  # noqa: FBT001 - an option
    """Return the settings with the sample as the command line says, if it says anything."""
    if sample is None:
        return settings
    return dataclasses.replace(settings, sample=SampleSection(community=sample, walks=sample))


def _ready_json(stack: Stack, state: Prepared) -> str:
    return json.dumps(
        {
            "ok": True,
            "url": stack.url,
            "temporal": stack.settings.temporal.address,
            "people": [person.to_json() for person in state.people],
            "pids": {name: part.pid for name, part in stack.parts.items()},
        },
        ensure_ascii=False,
    )


def _ready_words(stack: Stack, state: Prepared) -> str:
    lines = [f"\nCountersign is at {stack.url}\n"]
    if state.people:
        lines.append("Sign in as one of these invented people; each link works once:\n")
        rows = [(p.name, ", ".join(_shown(p.roles)), p.link) for p in state.people]
        lines.append(table(("who", "roles", "link"), rows))
    elif state.community:
        lines.append("For a link to sign in by: countersign link ADDRESS")
    else:
        lines.append("There is no community yet. To set one up: countersign init FILE.csv")
    lines.append(f"\nEverything is kept in {stack.settings.data.folder}. Ctrl-C stops it.\n")
    return "\n".join(lines)


def _shown(roles: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(role for role in roles if role != "member") or roles
