"""Pausing a schedule: an operator's own act, in the system's stream, signed by the web's key.

What is paused opens nothing, whatever Temporal says; its schedule there is made to agree by the
worker. The act, its entry and the row are written in one transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, delete, func, insert, select

from definitions.acts import Act, Facts, SignedAct, shown_digest
from definitions.canonical import Json, canonical
from definitions.refusals import Refusal
from store import tables
from store.commitments import committed
from store.directory import roles_of
from store.founding_file import OPERATOR
from store.signatures import SigningKey, sign
from store.streams import SYSTEM_STREAM, append_rolling, head_of, never_before

PAUSED: Final = "schedule-paused"
"""The kind of an entry by which an operator pauses the schedule of a process."""
RESUMED: Final = "schedule-resumed"
"""The kind of an entry by which they let it go on."""
PAUSINGS: Final = frozenset({PAUSED, RESUMED})


@dataclass(frozen=True)
class Pauser:
    """Who does it, and how: the form's nonce, the sign-in, the time, and the web's key."""

    person: str
    nonce: str
    auth: dict[str, Json]
    at: str
    web_key: SigningKey


def is_paused(connection: Connection, process: str) -> bool:
    """Say whether the schedule of a process is paused."""
    pauses = tables.pauses.c
    found = select(pauses.process).where(pauses.process == process)
    return connection.scalar(found) is not None


def paused_since(connection: Connection) -> dict[str, str]:
    """Return which processes' schedules are paused, and since when."""
    pauses = tables.pauses.c
    return dict(connection.execute(select(pauses.process, pauses.since)).all())


def pause(connection: Connection, pauser: Pauser, process: str, *, paused: bool) -> Refusal | None:
    """Record that the schedule of a process is paused, or goes on.

    What is so already stays so, without an entry; so does what the same form said before.

    Args:
        connection: of a writing transaction.
    """
    head_of(connection, SYSTEM_STREAM, lock=True)
    at = never_before(connection, SYSTEM_STREAM, pauser.at)
    roles = roles_of(connection, pauser.person, at)
    if OPERATOR not in roles:
        return Refusal("not-operator", "Only an operator pauses a schedule; you aren't one now.")
    entries = tables.entries.c
    used = connection.scalar(select(entries.seq).where(entries.act_id == pauser.nonce))
    if used is not None or is_paused(connection, process) == paused:
        return None
    values: dict[str, Json] = {"process": process}
    commitments, openings = committed(values)
    act = Act(
        id=pauser.nonce,
        case=SYSTEM_STREAM,
        kind=PAUSED if paused else RESUMED,
        actor=pauser.person,
        definition="",
        shown=shown_digest("", commitments),
        auth=pauser.auth,
        at=pauser.at,
        roles=roles,
        values=commitments,
    )
    signed = SignedAct(act.to_json(), [sign(act, pauser.web_key)], openings)
    append_rolling(connection, SYSTEM_STREAM, "system", [(signed, Facts(at, roles).to_json())])
    row = pause_row(act, at, values)
    if row is None:
        connection.execute(delete(tables.pauses).where(tables.pauses.c.process == process))
    else:
        connection.execute(insert(tables.pauses).values(row))
    return None


def pause_row(act: Act, at: str, values: dict[str, Json]) -> dict[str, Json] | None:
    """Return the row of `pauses` that follows from an entry; None where the schedule goes on."""
    if act.kind != PAUSED:
        return None
    return {"process": values["process"], "since": at, "person": act.actor, "act_id": act.id}


def resumed_at(connection: Connection, process: str) -> str:
    """Return when the schedule of a process was last let go on; "" if it never was."""
    entries, openings = tables.entries.c, tables.openings.c
    query = (
        select(func.max(entries.at))
        .join(tables.openings, openings.act_id == entries.act_id)
        .where(
            entries.stream == SYSTEM_STREAM,
            entries.kind == RESUMED,
            openings.name == "process",
            openings.value == canonical(process).decode(),
        )
    )
    return connection.scalar(query) or ""
