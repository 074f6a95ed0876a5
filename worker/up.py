"""`countersign up`: everything on one machine, from one command, until one Ctrl-C."""

from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING, Final

import click

from worker.folders import make_folders
from worker.lock import changing, only_one
from worker.settings import SampleSection
from worker.stack import Stack
from worker.supervisor import Supervisor
from worker.tables import table

if TYPE_CHECKING:
    from collections.abc import Callable

    from worker.prepare import Prepared
    from worker.settings import Settings


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
    # Everything starts at once, because loading the programs takes most of the time; those
    # that need the tables wait for the lock.
    with changing(stack.settings):
        for name in stack.parts:
            supervisor.start(name)
        from worker.prepare import prepare  # noqa: PLC0415 - slow to load: beside the others

        state = prepare(stack.settings)
    if not supervisor.wait_ready():
        return
    click.echo(_ready_json(stack, state) if as_json else _ready_words(stack, state))
    if state.cases_wanted:
        from worker.walks.sample import play_sample  # noqa: PLC0415 - only the first time

        play_sample(stack.settings)
    supervisor.watch()


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


_OPEN_TO_THIS_MACHINE: Final = (
    "Temporal listens on {} and asks nobody who they are: whoever has an account on this machine "
    "can stop cases with it, and forge nothing (SECURITY.md)."
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
    lines += [f"\nWarning: {sentence}" for sentence in state.warnings]
    if stack.settings.temporal.mode == "embedded":
        lines.append(f"\n{_OPEN_TO_THIS_MACHINE.format(stack.settings.temporal.address)}")
    lines.append(f"\nEverything is kept in {stack.settings.data.folder}. Ctrl-C stops it.\n")
    return "\n".join(lines)


def _shown(roles: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(role for role in roles if role != "member") or roles
