"""What rows of tables follow from each stream, computed from its entries alone.

A stream is believed only after its chain and signatures were checked, as in `verify`. Where a
value was erased that a row needs, that row is left out and named.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection

from definitions.acts import Act, Entry
from definitions.canonical import Json
from definitions.definition import Definition
from definitions.state import CaseState
from store.cases import case_row, load_state
from store.founding import FOUNDED
from store.keys import KEY, KEY_ENDED
from store.mail_entries import MAIL
from store.projections import counting, inbox_rows, signature_row
from store.record.chain import BadRecord, Chain
from store.record.differing import Row
from store.record.reading import StoredEntry, stored_entries
from store.record.replay import CaseReplay
from store.record.shared import SharedReplay
from store.signatures import KeyRing, PublicKey
from store.streams import DIRECTORY, SYSTEM_STREAM, MalformedEntryError, head_of, read_entry


@dataclass
class DirectoryRows:
    """The directory's rows; `erased` are people of whom values are gone."""

    people: list[Row] = field(default_factory=list)
    addresses: list[Row] = field(default_factory=list)
    grants: list[Row] = field(default_factory=list)
    erased: list[str] = field(default_factory=list)


@dataclass
class CaseRows:
    """A case's rows.

    Attributes:
        case: its row; None where its state can't be computed, and the stored one stands.
    """

    case: Row | None
    waiting: list[Row]
    barred: list[Row]
    signatures: list[Row]


def key_rows(connection: Connection) -> list[Row]:
    """Return the rows of `keys`: what the `system` stream declares, verified by just these keys.

    Raises:
        BadRecord: the stream doesn't hold, or a key's values were erased.
    """
    rows: dict[Json, Row] = {}
    for row, entry in _read(connection, SYSTEM_STREAM):
        if entry.act["kind"] in {KEY, KEY_ENDED}:
            values = _values(row)
            if set(values) != set(entry.act["values"]):
                raise BadRecord(row.seq, "a key's values were erased")
            known = rows.get(values["kid"], {"until": None})
            rows[values["kid"]] = known | values
    try:
        ring = ring_of(list(rows.values()))
    except TypeError as error:
        raise BadRecord(1, "it ends a key that it never declared") from error
    for _ in _checked(connection, SYSTEM_STREAM, ring, SharedReplay(connection, SYSTEM_STREAM)):
        pass
    return list(rows.values())


def ring_of(rows: list[Row]) -> KeyRing:
    """Return rows of `keys` as what verifies signatures."""
    return {row["kid"]: PublicKey(**row) for row in rows}


def directory_rows(connection: Connection, ring: KeyRing) -> DirectoryRows:
    """Return the rows of people, addresses and roles.

    Raises:
        BadRecord: the stream doesn't hold.
    """
    found = DirectoryRows()
    replay = SharedReplay(connection, DIRECTORY)
    for row, entry, act in _checked(connection, DIRECTORY, ring, replay):
        if act.kind == FOUNDED:
            _found(found, row, entry, act)
    return found


def _found(found: DirectoryRows, row: StoredEntry, entry: Entry, act: Act) -> None:
    (person,) = entry.facts["people"]["person"]
    values = _values(row)
    if set(values) != set(act.values):
        found.erased.append(person)
        return
    own: Row = {"person": person, "since": row.at}
    found.people.append(own | {"name": values["name"], "language": values["language"]})
    found.addresses += [
        {"address": address, "person": person, "place": place}
        for place, address in enumerate(values["emails"])
    ]
    found.grants += [own | {"role": role, "act_id": act.id} for role in values["roles"]]


def case_rows(connection: Connection, case: str, ring: KeyRing) -> CaseRows:
    """Return the rows of a case.

    Raises:
        BadRecord: its stream doesn't hold, or its state can't be computed and isn't stored.
    """
    replay = CaseReplay(connection, case)
    signatures: dict[str, Row] = {}
    last = None
    for last, _entry, act in _checked(connection, case, ring, replay):
        row = None if act.kind == MAIL else signature_row(act, last.at)
        if row is not None:
            signatures[act.id] = row
        if replay.whole and replay.state is not None:
            _count(signatures, replay.state)
    if last is None or replay.definition is None:
        raise BadRecord(1, "it has no entries")
    state = replay.state if replay.whole else _stored(connection, replay, last.seq)
    if state is None:
        raise BadRecord(last.seq, "values were erased, and the state isn't stored")
    _count(signatures, state)
    row = case_row(state, last.at) if replay.whole else None
    return _case_rows(replay.definition, state, row, list(signatures.values()))


def _case_rows(
    definition: Definition, state: CaseState, row: Row | None, signatures: list[Row]
) -> CaseRows:
    waiting, barred = inbox_rows(definition, state)
    return CaseRows(row, waiting, barred, signatures)


def _count(signatures: dict[str, Row], state: CaseState) -> None:
    """Let those that no longer count never count again."""
    good = counting(state)
    for act, row in signatures.items():
        row["counts"] = row["counts"] and act in good


def _stored(connection: Connection, replay: CaseReplay, seq: int) -> CaseState | None:
    """Return the stored state, if it is the one after the last entry."""
    try:
        state = load_state(connection, replay.case)
    except ValueError as error:
        raise BadRecord(seq, "values were erased, and the stored state can't be read") from error
    if state is not None and state.digest() != replay.digest:
        raise BadRecord(seq, "values were erased, and the stored state isn't the recorded one")
    return state


def _checked(
    connection: Connection, stream: str, ring: KeyRing, replay: CaseReplay | SharedReplay
) -> Iterator[tuple[StoredEntry, Entry, Act]]:
    """Yield a stream's entries, each after it was checked; at the end, that all are there."""
    chain = Chain(stream, ring)
    for row in stored_entries(connection, stream):
        entry, act = chain.check(row)
        replay.check(entry, act, row.openings)
        yield row, entry, act
    head = head_of(connection, stream)
    if head != chain.head:
        raise BadRecord(
            chain.head.seq,
            f"it ends at entry {chain.head.seq}, but should end at {head.seq}",
        )


def _read(connection: Connection, stream: str) -> Iterator[tuple[StoredEntry, Entry]]:
    """Yield a stream's entries before they are checked."""
    for row in stored_entries(connection, stream):
        try:
            yield row, read_entry(row.text)
        except MalformedEntryError as error:
            raise BadRecord(row.seq, f"it was altered: {error}") from error


def _values(row: StoredEntry) -> Row:
    return {name: opening.value for name, opening in row.openings.items()}
