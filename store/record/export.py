"""Gives the record to others, as JSON Lines that a short program can verify.

First a line for each public key, `{"key": {kid, use, jwk, since, until}}`, then one for each
entry, ordered by stream and `seq`: `{"entry": …, "sha256": …, "openings": {name: {salt,
value}}, "withheld": [names]}`. The SHA-256 of the canonical JSON (RFC 8785) of `entry` is
`sha256` and the `prev` of the next; its signature is over the canonical JSON of `entry.act`;
SHA-256 over a salt's bytes and the canonical value is the commitment in `entry.act.values`.

Confidential values, and what the directory knows of people, are withheld unless asked for; that
something is withheld (or was erased) is said, and everything verifies without it.
"""

import json
from collections.abc import Iterator

from sqlalchemy import Connection, select

from definitions.canonical import Json, canonical
from definitions.rules import confidential_fields, confidential_steps
from store import tables
from store.absences import AWAY, BACK
from store.cases import UnknownDefinitionError, load_definition
from store.database import Database
from store.record.reading import StoredEntry, stored_entries, stream_names
from store.streams import DIRECTORY

_OF_PEOPLE = frozenset({"name", "emails"})


def export_record(database: Database, *, confidential: bool = False) -> Iterator[str]:
    """Yield the record line by line, each ending in a newline, as it stands at one moment.

    Args:
        confidential: give confidential values and names of people as well.
    """
    with database.reading() as connection:
        yield from _keys(connection)
        for stream in stream_names(connection):
            for row in stored_entries(connection, stream):
                hidden = frozenset() if confidential else _hidden(connection, row)
                yield _line(row, hidden)


def _keys(connection: Connection) -> Iterator[str]:
    keys = tables.keys.c
    query = select(keys.kid, keys.use, keys.jwk, keys.since, keys.until)
    for row in connection.execute(query.order_by(keys.since, keys.kid)).mappings():
        yield _text({"key": {**row, "jwk": json.loads(row["jwk"])}})


def _line(row: StoredEntry, hidden: frozenset[str]) -> str:
    entry = json.loads(row.text)
    openings = {
        name: {"salt": opening.salt, "value": opening.value}
        for name, opening in row.openings.items()
        if name not in hidden
    }
    withheld = sorted(set(entry["act"]["values"]) - set(openings))
    return _text({"entry": entry, "sha256": row.sha256, "openings": openings, "withheld": withheld})


def _hidden(connection: Connection, row: StoredEntry) -> frozenset[str]:
    """Return the names of values that aren't for everybody."""
    if row.stream == DIRECTORY:
        return frozenset(row.openings) if row.kind in {AWAY, BACK} else _OF_PEOPLE
    version = json.loads(row.text)["act"]["definition"]
    if not version or not row.openings:
        return frozenset()
    try:
        definition = load_definition(connection, version)
    except (UnknownDefinitionError, ValueError):
        return frozenset(row.openings)  # nobody can say what is confidential: all of it, then
    if definition.body.privacy.case is not None:
        return frozenset(row.openings)
    if json.loads(row.text)["act"]["step"] in confidential_steps(definition):
        return frozenset(row.openings)
    return frozenset(confidential_fields(definition))


def _text(line: dict[str, Json]) -> str:
    return canonical(line).decode() + "\n"
