"""Which version of each process is in force, and since when: entries of the system's stream.

The start of a program (`worker.prepare`) records what its library brings where that differs from
what is in force. Cases are opened under that alone: a definition that is only registered here
rules nothing new, whoever brings it. Where no such entry was ever made, nothing is known, and
whatever is registered can be opened.

`in_force` holds what the last entries say; it follows from the record.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, select, update

from definitions.acts import SYSTEM, SignedAct
from definitions.canonical import Json
from definitions.definition import Definition
from definitions.refusals import NOT_IN_FORCE, Refusal
from store import tables
from store.cases import UnknownDefinitionError, load_definition
from store.children import Current, sign_opening
from store.inserting import put_row
from store.restoring import IN_FORCE, record_operation
from store.signatures import SigningKey
from store.signed import signed_from_text, signed_to_text
from store.streams import SYSTEM_STREAM, head_of

VERSIONS: Final = "versions"
"""The value of such an entry: by process the version from now on; None for no new cases of it."""


def put_in_force(
    connection: Connection, definitions: Iterable[Definition], at: str, worker_key: SigningKey
) -> dict[str, str | None]:
    """Let new cases begin under these definitions and no others; return what that changes.

    What changes is one entry; where nothing does, none is made.

    Args:
        connection: of a writing transaction.
        definitions: registered, one of each process.
        at: the time, as a stamp.
        worker_key: signs the entry.
    """
    # Two programs that start at once come one after the other: the later one rules.
    head_of(connection, SYSTEM_STREAM, lock=True)
    before = versions_in_force(connection)
    wanted: dict[str, str | None] = dict.fromkeys(before)
    wanted |= {one.process: one.version for one in definitions}
    changed = {
        process: version
        for process, version in sorted(wanted.items())
        if process not in before or before[process] != version
    }
    if not changed:
        return {}
    act = f"{SYSTEM_STREAM}:{head_of(connection, SYSTEM_STREAM).seq + 1}:{IN_FORCE}"
    about: dict[str, Json] = {VERSIONS: dict(changed)}
    record_operation(connection, IN_FORCE, about, at, worker_key, act)
    entries = tables.entries.c
    since = connection.scalar(select(entries.at).where(entries.act_id == act))
    for row in in_force_rows(about, str(since), act):
        put_row(connection, tables.in_force, row)
    return changed


def in_force_rows(values: Mapping[str, Json], since: str, act_id: str) -> list[dict[str, Json]]:
    """Return the rows that follow from one entry: each takes the place of that of its process."""
    versions = values[VERSIONS]
    return [
        {"process": process, "version": version, "since": since, "act_id": act_id}
        for process, version in (versions.items() if isinstance(versions, dict) else ())
    ]


def versions_in_force(connection: Connection) -> dict[str, str | None]:
    """Return by process which version is in force; None where no new cases can be opened."""
    rows = tables.in_force.c
    return dict(connection.execute(select(rows.process, rows.version)).all())


def why_not_in_force(connection: Connection, definition: Definition) -> Refusal | None:
    """Return why no case can be opened under a definition now; None if one can."""
    versions = versions_in_force(connection)
    if not versions or versions.get(definition.process) == definition.version:
        return None
    title = definition.title()
    if versions.get(definition.process) is None:
        return Refusal(
            NOT_IN_FORCE,
            f"No new cases of “{title}” can be opened: its definition isn't in force any more.",
            remedy="If you think that it should be, ask an operator.",
        )
    return Refusal(
        NOT_IN_FORCE,
        f"The definition of “{title}” that this was signed under isn't the one in force now.",
        remedy="Open the form again and send it anew.",
    )


def current_in(connection: Connection, process: str, own: Current) -> Definition:
    """Return the definition that a new case of the process begins under.

    In an upgrade step by step it may be another one than the program brings itself.

    Args:
        own: which one the program brings: it counts where none was ever put in force.

    Raises:
        LookupError: no case of it can be opened.
        ValueError: it can't be read by this version of the program.
    """
    versions = versions_in_force(connection)
    if not versions:
        return own(process)
    version = versions.get(process)
    if version is None:
        raise LookupError(f"No new cases of {process} can be opened.")
    try:
        brought = own(process)
    except LookupError:
        return load_definition(connection, version)
    return brought if brought.version == version else load_definition(connection, version)


def now_in_force(connection: Connection, definition: Definition) -> Definition | None:
    """Return what is in force of a definition's process: itself, or another version of it.

    None if no case can be opened. Where nothing was ever put in force, it is as it was given.
    """
    versions = versions_in_force(connection)
    version = versions.get(definition.process) if versions else definition.version
    if version is None or version == definition.version:
        return definition if version else None
    return load_definition(connection, version)


@dataclass(frozen=True)
class Superseded:
    """An opening that no person made and that waits, and the definition that is in force now."""

    signed: SignedAct
    definition: Definition


def superseded_openings(connection: Connection) -> tuple[Superseded, ...]:
    """Return openings that wait under a version that isn't in force any more.

    Only those of which the record has nothing yet, and of whose process another version is.
    """
    versions = versions_in_force(connection)
    if not versions:
        return ()
    acts, cases = tables.pending_acts.c, tables.cases.c
    query = select(acts.signed).where(
        acts.settled_at.is_(None),
        acts.nonce == acts.case,
        ~select(cases.case).where(cases.case == acts.case).exists(),
    )
    found = []
    for text in connection.scalars(query.order_by(acts.case)).all():
        signed = signed_from_text(text)
        if signed.act["actor"] != SYSTEM or signed.act["kind"] != "open":
            continue
        try:
            definition = load_definition(connection, str(signed.act["definition"]))
        except UnknownDefinitionError:
            continue
        now = now_in_force(connection, definition)
        if now is not None and now.version != definition.version:
            found.append(Superseded(signed, now))
    return tuple(found)


def renew_openings(connection: Connection, worker_key: SigningKey) -> list[str]:
    """Sign such openings anew; what they say stays. Return their cases.

    Args:
        connection: of a writing transaction.
    """
    acts, ticks = tables.pending_acts.c, tables.ticks.c
    renewed = []
    for one in superseded_openings(connection):
        case, signed = (
            str(one.signed.act["case"]),
            sign_opening(one.signed, one.definition, worker_key),
        )
        waits = update(tables.pending_acts).where(acts.nonce == case, acts.settled_at.is_(None))
        connection.execute(waits.values(signed=signed_to_text(signed)))
        moment = update(tables.ticks).where(ticks.case == case)
        connection.execute(moment.values(version=one.definition.version))
        renewed.append(case)
    return renewed
