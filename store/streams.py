"""Streams: append entries, each chained to the one before, in the caller's transaction.

Rules held here: an entry's `seq` follows its predecessor's, its `prev` is that entry's SHA-256,
and the stream's row always says what its last entry is. Who appends has locked the stream's row
first (`head_of(…, lock=True)`), so two writers can't both follow the same entry.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sqlalchemy import Connection, func, insert, select, update

from definitions.acts import ENTRY_FORMAT, Entry, Head, SignedAct
from definitions.canonical import Json, canonical, digest, sha256
from store import tables
from store.errors import StoreError

StreamKind: TypeAlias = Literal["case", "directory", "system"]

DIRECTORY = "directory"
SYSTEM_STREAM = "system"
"""The names of the two shared streams; a case's stream has the case's id."""

NO_STATE = digest(None)
"""The digest of a rolling state before the first entry."""


class MovedOnError(StoreError):
    """The stream has another head than its writer thought."""


@dataclass(frozen=True)
class Addition:
    """What becomes an entry: the signed act, the facts, and the digest of the state after it."""

    signed: SignedAct
    facts: Mapping[str, Json]
    state: str


def head_of(connection: Connection, stream: str, *, lock: bool = False) -> Head:
    """Return where the stream ends; `Head()` if there is no such stream.

    Args:
        connection: of a writing transaction if `lock` is asked for.
        stream: its name.
        lock: keep others from appending until the transaction ends.
    """
    streams = tables.streams.c
    query = select(streams.seq, streams.sha256).where(streams.stream == stream)
    row = connection.execute(query.with_for_update() if lock else query).one_or_none()
    return Head(row.seq, row.sha256) if row else Head()


def append(
    connection: Connection,
    stream: str,
    kind: StreamKind,
    head: Head,
    additions: Sequence[Addition],
) -> Head:
    """Append entries after `head`, and return the new head.

    Args:
        connection: of a writing transaction that has locked the stream.
        stream: its name; it is made if `head` is `Head()`.
        kind: what the stream is about.
        head: where the caller saw it end.
        additions: what to append, in order.

    Raises:
        MovedOnError: the stream doesn't end at `head`.
        sqlalchemy.exc.IntegrityError: an act's id is in the record already, or the stream was
            made by somebody else in the meantime.
    """
    placed = _placed(stream, head, additions)
    last = Head(placed[-1].entry.seq, placed[-1].sha256) if placed else head
    _move(connection, stream, kind, head, last)
    for one, addition in zip(placed, additions, strict=True):
        _insert(connection, one, addition.signed)
    return last


def append_rolling(
    connection: Connection,
    stream: str,
    kind: StreamKind,
    signed: Sequence[tuple[SignedAct, Mapping[str, Json]]],
) -> Head:
    """Append acts with their facts to a shared stream, which this locks.

    What such a stream is about lives in tables of its own; the state that its entries carry is
    `rolling_state`, so that they too commit to everything before them.
    """
    head = head_of(connection, stream, lock=True)
    state = state_of_last(connection, stream, head)
    additions = []
    for act, facts in signed:
        state = rolling_state(state, act.act)
        additions.append(Addition(act, facts, state))
    return append(connection, stream, kind, head, additions)


def never_before(connection: Connection, stream: str, at: str) -> str:
    """Return `at`, or the time of the stream's last entry if that is later.

    Writers of a shared stream have clocks of their own, and its times never go back. Who asks
    has locked the stream.
    """
    entries = tables.entries.c
    last = connection.scalar(select(func.max(entries.at)).where(entries.stream == stream))
    return max(at, last or at)


def rolling_state(before: str, act: Mapping[str, Json]) -> str:
    """Return the state's digest after `act` in a shared stream: over the one before, and it."""
    return digest({"before": before, "act": digest(act)})


def state_of_last(connection: Connection, stream: str, head: Head) -> str:
    """Return the state's digest in the stream's last entry, NO_STATE if it has none."""
    entries = tables.entries.c
    text = connection.scalar(
        select(entries.text).where(entries.stream == stream, entries.seq == head.seq)
    )
    return read_entry(text).state if text is not None else NO_STATE


class MalformedEntryError(StoreError):
    """The text is not an entry in canonical form."""


def read_entry(text: str) -> Entry:
    """Return the entry that `text` holds, strictly: canonical, with exactly its keys.

    Raises:
        MalformedEntryError: it isn't one.
    """
    try:
        data = json.loads(text)
        entry = Entry(**{**data, "signatures": tuple(data["signatures"])})
        if entry.canonical() != text.encode():
            raise MalformedEntryError("its text is not canonical JSON")
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise MalformedEntryError(f"its text is not an entry ({error})") from error
    if entry.format != ENTRY_FORMAT:
        raise MalformedEntryError(f"its format {entry.format!r} is unknown")
    return entry


@dataclass(frozen=True)
class _Placed:
    """An entry with its text and digest, so that each is made once."""

    entry: Entry
    text: str
    sha256: str


def _placed(stream: str, head: Head, additions: Sequence[Addition]) -> list[_Placed]:
    placed: list[_Placed] = []
    for addition in additions:
        entry = Entry(
            stream=stream,
            seq=head.seq + 1,
            prev=head.sha256,
            act=addition.signed.act,
            signatures=tuple(addition.signed.signatures),
            facts=addition.facts,
            state=addition.state,
        )
        text = entry.canonical()
        placed.append(_Placed(entry, text.decode(), sha256(text)))
        head = Head(entry.seq, placed[-1].sha256)
    return placed


def _move(connection: Connection, stream: str, kind: StreamKind, before: Head, after: Head) -> None:
    if before == Head():
        values = {"stream": stream, "kind": kind, "seq": after.seq, "sha256": after.sha256}
        connection.execute(insert(tables.streams).values(values))
        return
    streams = tables.streams.c
    moved = connection.execute(
        update(tables.streams)
        .where(streams.stream == stream, streams.seq == before.seq, streams.sha256 == before.sha256)
        .values(seq=after.seq, sha256=after.sha256)
    )
    if moved.rowcount != 1:
        raise MovedOnError(f"The stream {stream} no longer ends at entry {before.seq}.")


def _insert(connection: Connection, placed: _Placed, signed: SignedAct) -> None:
    entry = placed.entry
    connection.execute(
        insert(tables.entries).values(
            stream=entry.stream,
            seq=entry.seq,
            sha256=placed.sha256,
            act_id=entry.act["id"],
            kind=entry.act["kind"],
            actor=entry.act["actor"],
            at=entry.facts["time"],
            step=entry.act["step"],
            text=placed.text,
        )
    )
    rows = [
        {
            "act_id": entry.act["id"],
            "name": name,
            "salt": opening.salt,
            "value": canonical(opening.value).decode(),
        }
        for name, opening in signed.openings.items()
    ]
    if rows:
        connection.execute(insert(tables.openings), rows)
