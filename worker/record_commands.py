"""`countersign record …` and `rebuild`: verify the record, export it, make the rest from it."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from temporalio.client import WorkflowExecutionStatus, WorkflowQueryFailedError
from temporalio.service import RPCError

from definitions.acts import Head
from definitions.clock import stamp
from store.cases import open_numbers
from store.record.export import export_record
from store.record.rebuild import RebuildReport, rebuild
from store.record.verify import verify_record
from worker.errors import WorkerError
from worker.prepare import opened
from worker.reconcile.unwell import unwell_of
from worker.rooms import make_clock
from worker.temporal_client import connect
from worker.wellness import cannot_replay
from workflows.names import QUERY_HEAD

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from temporalio.client import Client

    from store.database import Database
    from worker.keys import Keys
    from worker.settings import Settings

_AT_ONCE: Final = 8
_ASK_TIMEOUT: Final = timedelta(seconds=10)
_CONNECT_SECONDS: Final = 5.0
_SAMPLE: Final = 3


async def verify(settings: Settings, *, ask_cases: bool) -> dict[str, Any]:
    """Verify every stream; open cases are asked for the head that they carry.

    Args:
        settings: say where the record and the cases are.
        ask_cases: False leaves the running cases alone. What was cut off at the end of an open
            case's stream then goes unnoticed.

    Returns:
        `ok`, `entries`, `first_bad` and what else the verifier reports; `unasked` says in a
        sentence which open cases didn't answer or are stuck, and then `ok` is false.
    """
    with opened(settings) as (keys, database):
        heads: dict[str, Head] = {}
        unasked = ""
        if ask_cases:
            with database.reading() as connection:
                cases = open_numbers(connection)
            heads, unasked = await _asked(settings, keys, database, cases)
        report = verify_record(database, heads=heads).to_json()
    return report | {"ok": report["ok"] and not unasked, "unasked": unasked}


def verify_words(found: dict[str, Any]) -> str:
    """Return what was found as sentences."""
    lines = [
        f"{bad['stream']}, entry {bad['seq']}: {bad['why']}." for bad in found.get("bad") or ()
    ]
    if found["unasked"]:
        lines.append(found["unasked"])
    if found["not_replayed"]:
        lines.append(
            f"Of {len(found['not_replayed'])} cases values were erased, so their states could not "
            "be computed again; everything else of them was checked."
        )
    kept = f"{found['entries']} entries in {found['streams']} streams"
    lines.append(f"The record is whole: {kept}." if found["ok"] else f"Checked {kept}.")
    return "\n".join(lines)


def export(settings: Settings, file: Path | None) -> None:
    """Write the record as JSON Lines to a file of mode 0600, or to standard output."""
    with opened(settings) as (_keys, database), contextlib.ExitStack() as stack:
        out = sys.stdout
        if file is not None:
            descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            out = stack.enter_context(os.fdopen(descriptor, "w", encoding="utf-8"))
        out.writelines(export_record(database))


def rebuild_projections(settings: Settings, *, dry_run: bool) -> RebuildReport:
    """Make everything that follows from the record anew from it; commits wait meanwhile."""
    with opened(settings) as (keys, database):
        at = stamp(make_clock(settings).now())
        return rebuild(database, at=at, worker_key=keys.worker_signing, dry_run=dry_run)


async def _asked(
    settings: Settings, keys: Keys, database: Database, cases: Mapping[str, str]
) -> tuple[dict[str, Head], str]:
    if not cases:
        return {}, ""
    try:
        client = await connect(settings, keys.codec, seconds=_CONNECT_SECONDS)
    except WorkerError as error:
        return {}, (
            f"{len(cases)} open cases could not be asked for their heads: {error} "
            "With --without-temporal only the record itself is checked."
        )
    return await heads_of(client, database, cases)


async def heads_of(
    client: Client, database: Database, cases: Mapping[str, str]
) -> tuple[dict[str, Head], str]:
    """Return the heads that open cases carry, and sentences about those that didn't answer.

    Args:
        client: speaks to Temporal.
        database: says which process a case is of.
        cases: their numbers by their ids.
    """
    heads: dict[str, Head] = {}
    stuck: dict[str, str] = {}
    limit = asyncio.Semaphore(_AT_ONCE)

    async def ask(case: str) -> None:
        handle = client.get_workflow_handle(case)
        async with limit:
            try:
                heads[case] = await handle.query(
                    QUERY_HEAD, result_type=Head, rpc_timeout=_ASK_TIMEOUT
                )
            except WorkflowQueryFailedError as error:
                if cannot_replay(str(error)):  # no task of it need have failed yet
                    stuck[cases[case]] = f"it can't be asked. {error}"
            except RPCError:
                pass  # it counts as silent

    await asyncio.gather(*(ask(case) for case in cases))
    silent = {case: number for case, number in cases.items() if case not in heads}
    if not silent:
        return heads, ""
    return heads, await _why_silent(client, database, silent, stuck)


async def _why_silent(
    client: Client, database: Database, cases: Mapping[str, str], stuck: dict[str, str]
) -> str:
    """Return which open cases didn't answer, and of those that are stuck also why."""
    for case, number in cases.items():
        with contextlib.suppress(RPCError):
            described = await client.get_workflow_handle(case).describe()
            if described.status is WorkflowExecutionStatus.RUNNING:
                unwell = await unwell_of(client, database, described)
                if unwell is not None:
                    stuck[number] = unwell.words
    lines = [f"{number} is stuck: {words}" for number, words in stuck.items()]
    silent = [number for number in cases.values() if number not in stuck]
    if silent:
        names = ", ".join(_first(silent))
        lines.append(
            f"{len(silent)} open cases did not say where they stand ({names}); is the worker "
            "running? With --without-temporal only the record itself is checked."
        )
    return "\n".join(lines)


def _first(numbers: Sequence[str]) -> Iterator[str]:
    yield from numbers[:_SAMPLE]
    if len(numbers) > _SAMPLE:
        yield "…"
