"""Reads streams entry by entry with their openings, a batch at a time, in order."""

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import Connection, select, union

from definitions.acts import Opening
from store import tables

_BATCH = 200


@dataclass(frozen=True)
class StoredEntry:
    """A row of the record as it stands there, believed in nothing.

    Attributes:
        openings: what is there of them; a value that isn't JSON is kept as None under a salt
            that opens nothing.
    """

    stream: str
    seq: int
    sha256: str
    act_id: str
    kind: str
    actor: str
    at: str
    step: str | None
    text: str
    openings: dict[str, Opening]


def stream_names(connection: Connection) -> list[str]:
    """Return the names of all streams, also of those that only have entries, sorted."""
    query = union(select(tables.streams.c.stream), select(tables.entries.c.stream))
    return sorted(connection.scalars(query))


def stored_entries(connection: Connection, stream: str) -> Iterator[StoredEntry]:
    """Yield a stream's entries by `seq`."""
    entries = tables.entries.c
    last = None
    while True:
        query = select(tables.entries).where(entries.stream == stream)
        if last is not None:
            query = query.where(entries.seq > last)
        rows = connection.execute(query.order_by(entries.seq).limit(_BATCH)).mappings().all()
        if not rows:
            return
        openings = _openings(connection, [row["act_id"] for row in rows])
        for row in rows:
            yield StoredEntry(**row, openings=openings.get(row["act_id"], {}))
        last = rows[-1]["seq"]


def _openings(connection: Connection, acts: list[str]) -> dict[str, dict[str, Opening]]:
    openings = tables.openings.c
    query = (
        select(openings.act_id, openings.name, openings.salt, openings.value)
        .where(openings.act_id.in_(acts))
        .order_by(openings.act_id, openings.name)
    )
    found: defaultdict[str, dict[str, Opening]] = defaultdict(dict)
    for act_id, name, salt, value in connection.execute(query):
        try:
            found[act_id][name] = Opening(salt, json.loads(value))
        except ValueError:
            found[act_id][name] = Opening("", None)
    return found
