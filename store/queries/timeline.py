"""A case's entries: for its timeline with values, and as they are recorded."""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from definitions.acts import Act, Facts
from definitions.canonical import Json
from store import tables
from store.mail import entry_of
from store.mail_entries import MAIL
from store.streams import read_entry


@dataclass(frozen=True)
class EntryRow:
    """An entry with its act and facts.

    Attributes:
        values: what its openings hold; a name that the act has and this lacks was erased.
    """

    seq: int
    sha256: str
    act: Act
    facts: Facts
    values: dict[str, Json] = field(default_factory=dict)


@dataclass(frozen=True)
class MailTold:
    """To whom mail of an entry went, and whether it has gone out."""

    name: str
    sent: bool


def entries_of(
    connection: Connection, case: str, *, before: int | None = None, limit: int = 100
) -> tuple[EntryRow, ...]:
    """Return a case's latest entries in their order, with their values.

    Args:
        before: the `seq` at which the page after this one begins.
    """
    entries = tables.entries.c
    query = select(entries.sha256, entries.text).where(entries.stream == case)
    if before is not None:
        query = query.where(entries.seq < before)
    rows = connection.execute(query.order_by(entries.seq.desc()).limit(limit)).all()
    found = [_entry(row.sha256, row.text) for row in reversed(rows)]
    values = _values(connection, [entry.act.id for entry in found])
    return tuple(EntryRow(e.seq, e.sha256, e.act, e.facts, values.get(e.act.id, {})) for e in found)


_BEHIND = ("amend", "retract", "vote", "recuse", "left_body", "draw")


def acts_behind(connection: Connection, case: str) -> tuple[EntryRow, ...]:
    """Return the entries behind what pages say of a case, of all pages, without their values.

    Those that can make signatures count no longer, the votes and who left them, and the draws.
    """
    entries = tables.entries.c
    query = (
        select(entries.sha256, entries.text)
        .where(entries.stream == case, entries.kind.in_(_BEHIND))
        .order_by(entries.seq)
    )
    return tuple(_entry(row.sha256, row.text) for row in connection.execute(query))


def mail_of(connection: Connection, case: str) -> dict[str, tuple[MailTold, ...]]:
    """Return to whom the mails of a case went, by the id of the entry that records each."""
    outbox, entries = tables.outbox.c, tables.entries.c
    acts = set(
        connection.scalars(
            select(entries.act_id).where(entries.stream == case, entries.kind == MAIL)
        )
    )
    query = select(outbox.key, outbox.to_name, outbox.sent_at).where(outbox.case == case)
    told: dict[str, list[MailTold]] = {}
    for row in connection.execute(query.order_by(outbox.key)):
        act = entry_of(row.key)
        if act in acts:
            told.setdefault(act, []).append(MailTold(row.to_name, row.sent_at is not None))
    return {act: tuple(people) for act, people in told.items()}


def record_lines(connection: Connection, case: str) -> Iterator[str]:
    """Yield a case's entries as they are recorded, the oldest first: canonical JSON each."""
    entries = tables.entries.c
    query = select(entries.text).where(entries.stream == case).order_by(entries.seq)
    yield from connection.scalars(query)


def _entry(sha256: str, text: str) -> EntryRow:
    entry = read_entry(text)
    return EntryRow(entry.seq, sha256, Act.from_json(entry.act), Facts.from_json(entry.facts))


def _values(connection: Connection, acts: Collection[str]) -> dict[str, dict[str, Json]]:
    if not acts:
        return {}
    openings = tables.openings.c
    query = select(openings.act_id, openings.name, openings.value).where(
        openings.act_id.in_(sorted(acts))
    )
    found: dict[str, dict[str, Json]] = {}
    for row in connection.execute(query):
        found.setdefault(row.act_id, {})[row.name] = json.loads(row.value)
    return found
