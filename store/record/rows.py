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
from definitions.state import CaseState
from store.cases import case_row, load_state
from store.keys import KEY, KEY_ENDED
from store.mail_entries import MAIL
from store.projections import counting, elector_rows, inbox_rows, named_rows, signature_row
from store.record.between import child_rows
from store.record.chain import BadRecord, Chain
from store.record.differing import Row
from store.record.directory import DirectoryRows
from store.record.reading import StoredEntry, stored_entries
from store.record.replay import CaseReplay
from store.record.shared import SharedReplay
from store.signatures import KeyRing, PublicKey
from store.streams import DIRECTORY, SYSTEM_STREAM, MalformedEntryError, head_of, read_entry


@dataclass
class CaseRows:
    """A case's rows.

    Attributes:
        case: its row; None where its state can't be computed, and the stored one stands.
        state: its state.
        seq: the number of the entry of its last act.
    """

    case: Row | None
    state: CaseState
    seq: int
    waiting: list[Row]
    barred: list[Row]
    signatures: list[Row]
    children: list[Row]
    electors: list[Row]
    named: list[Row]
    ticks: list[Row]


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


def system_rows(connection: Connection, ring: KeyRing) -> dict[str, list[Row]]:
    """Return the rows of schedules that are paused, and of versions in force.

    Raises:
        BadRecord: the stream doesn't hold.
    """
    replay = SharedReplay(connection, SYSTEM_STREAM)
    for _ in _checked(connection, SYSTEM_STREAM, ring, replay):
        pass
    return {"pauses": list(replay.pauses.values()), "in_force": list(replay.in_force.values())}


def ring_of(rows: list[Row]) -> KeyRing:
    """Return rows of `keys` as what verifies signatures."""
    return {row["kid"]: PublicKey(**row) for row in rows}


def directory_rows(connection: Connection, ring: KeyRing) -> DirectoryRows:
    """Return the rows of people, addresses, roles, access lists and absences.

    Raises:
        BadRecord: the stream doesn't hold.
    """
    replay = SharedReplay(connection, DIRECTORY)
    for _ in _checked(connection, DIRECTORY, ring, replay):
        pass
    return replay.directory


def case_rows(connection: Connection, case: str, ring: KeyRing) -> CaseRows:
    """Return the rows of a case.

    Raises:
        BadRecord: its stream doesn't hold, or its state can't be computed and isn't stored.
    """
    collected = Collected(CaseReplay(connection, case))
    for last, entry, act in _checked(connection, case, ring, collected.replay):
        collected.take(last, entry, act)
    return collected.rows(connection)


@dataclass
class Collected:
    """What of a case's rows isn't in its last state, taken while it is replayed.

    Attributes:
        seq: the number of the entry of its last act.
        last: its last entry.
    """

    replay: CaseReplay
    signatures: dict[str, Row] = field(default_factory=dict)
    seq: int = 0
    last: StoredEntry | None = None

    def take(self, stored: StoredEntry, entry: Entry, act: Act) -> None:
        """Take an entry that was checked and replayed."""
        self.last = stored
        if act.kind != MAIL:
            self.seq = entry.seq
            row = signature_row(act, stored.at)
            if row is not None:
                self.signatures[act.id] = row
        if self.replay.whole and self.replay.state is not None:
            _count(self.signatures, self.replay.state)

    def rows(self, connection: Connection) -> CaseRows:
        """Return the case's rows, now that all entries were taken.

        Raises:
            BadRecord: its state can't be computed and isn't stored.
        """
        replay, last = self.replay, self.last
        if last is None or replay.definition is None:
            raise BadRecord(1, "it has no entries")
        state = replay.state if replay.whole else _stored(connection, replay, last.seq)
        if state is None:
            raise BadRecord(last.seq, "values were erased, and the state isn't stored")
        _count(self.signatures, state)
        waiting, barred = inbox_rows(replay.definition, state)
        return CaseRows(
            case=case_row(state, last.at) if replay.whole else None,
            state=state,
            seq=self.seq,
            waiting=waiting,
            barred=barred,
            signatures=list(self.signatures.values()),
            children=child_rows(state),
            electors=elector_rows(state),
            named=named_rows(state),
            ticks=[replay.tick] if replay.tick is not None else [],
        )


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
