"""Verifies the whole record, and names the first thing that is wrong in each stream.

It believes nothing but the keys: every entry's text, place, chain, signature and values are
checked, every case is replayed by the rules, and what the tables say besides is compared. What
was cut off at the end of a stream, with everything else made to fit, shows only against the
head that somebody else remembers: for open cases, their workflow.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import Connection, func, select

from definitions.acts import RULED, Head
from definitions.canonical import Json
from definitions.state import CaseState
from store import tables
from store.database import Database
from store.keys import load_ring
from store.naming import left_out
from store.record.between import Queues, Repeats, Rulings
from store.record.chain import BadRecord, Chain
from store.record.comparing import Comparison
from store.record.deriving import Deriving
from store.record.reading import stored_entries, stream_names
from store.record.replay import CaseReplay
from store.record.rows import Collected
from store.record.shared import SharedReplay
from store.signatures import KeyRing
from store.streams import DIRECTORY, SYSTEM_STREAM, head_of


@dataclass(frozen=True)
class Bad:
    """What is wrong: in which stream, at which entry (counted from 1), and what, in words."""

    stream: str
    seq: int
    why: str


@dataclass(frozen=True)
class VerifyReport:
    """What verifying found.

    Attributes:
        entries: how many entries there are.
        streams: how many streams.
        bad: the first thing wrong in each stream that has something wrong.
        not_replayed: cases whose values were erased in part, so that their states couldn't be
            computed; all else of them was checked.
    """

    entries: int
    streams: int
    bad: tuple[Bad, ...] = ()
    not_replayed: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.bad

    @property
    def first_bad(self) -> Bad | None:
        """The first thing that is wrong."""
        return self.bad[0] if self.bad else None

    def to_json(self) -> dict[str, Json]:
        """Return the report for programs."""
        return {
            "ok": self.ok,
            "entries": self.entries,
            "first_bad": asdict(self.first_bad) if self.first_bad else None,
            "streams": self.streams,
            "bad": [asdict(bad) for bad in self.bad],
            "not_replayed": list(self.not_replayed),
        }


def verify_record(database: Database, *, heads: Mapping[str, Head] | None = None) -> VerifyReport:
    """Verify every stream, as it stands at one moment.

    Args:
        heads: what open cases carry as their head, asked for *before* this call: a case that
            goes on meanwhile is then behind the record, which is fine; ahead of it is not.
    """
    with database.reading() as connection:
        ring = load_ring(connection)
        carried = dict(heads or {})
        names = sorted({*stream_names(connection), *carried, *_case_names(connection)})
        deriving = Deriving.of(connection)
        checked = _Checked(deriving, Comparison(connection))
        bad: list[Bad] = []
        not_replayed: list[str] = []
        for stream in names:
            try:
                whole = _verify_stream(connection, stream, ring, carried.get(stream), checked)
            except BadRecord as found:
                bad.append(Bad(stream, found.seq, found.why))
                deriving.apart.add(stream)
                checked.comparison.leave(stream, found)
                checked.comparison.count_number_of(stream)
            else:
                if not whole:
                    not_replayed.append(stream)
        bad.extend(_done_by_no_case(deriving))
        bad.extend(_missing_numbers(connection))
        bad.extend(_queued_wrongly(connection))
        bad.extend(_ruled_by_nobody(connection))
        bad.extend(_counted_wrongly(connection))
        bad.extend(_named_wrongly(connection))
        bad.extend(_answered_otherwise(connection))
        bad.extend(Bad(case, 1, why) for case, why in deriving.outbox.of_no_case())
        bad.extend(_differing(checked.comparison, {one.stream for one in bad}))
        count = connection.scalar(select(func.count()).select_from(tables.entries)) or 0
    return VerifyReport(count, len(names), tuple(bad), tuple(not_replayed))


@dataclass(frozen=True)
class _Checked:
    """What all streams of one verification share."""

    deriving: Deriving
    comparison: Comparison


def _verify_stream(
    connection: Connection,
    stream: str,
    ring: KeyRing,
    carried: Head | None,
    checked: _Checked,
) -> bool:
    """Check one stream; return whether its states could be computed.

    Raises:
        BadRecord: something is wrong with it.
    """
    chain = Chain(stream, ring)
    replay: SharedReplay | CaseReplay
    collected: Collected | None = None
    if stream in {DIRECTORY, SYSTEM_STREAM}:
        replay = SharedReplay(connection, stream, checked.deriving)
    else:
        replay = CaseReplay(connection, stream, deriving=checked.deriving)
        collected = Collected(replay)
    for row in stored_entries(connection, stream):
        entry, act = chain.check(row)
        replay.check(entry, act, row.openings)
        if collected is not None:
            collected.take(row, entry, act)
    _check_head(connection, chain)
    if carried is not None:
        _check_carried(chain, carried)
    if chain.head.seq == 0:
        raise BadRecord(1, "it has no entries")
    replay.finish(chain.head.seq)
    if collected is not None:
        checked.comparison.take(stream, collected.rows(connection))
    return replay.whole


def _check_head(connection: Connection, chain: Chain) -> None:
    stored = head_of(connection, chain.stream)
    if stored.seq > chain.head.seq:
        cut = stored.seq - chain.head.seq
        raise BadRecord(
            chain.head.seq + 1,
            f"the last {cut} of its entries are missing: the stream should end at {stored.seq}",
        )
    if stored != chain.head:
        raise BadRecord(
            chain.head.seq, f"it ends at entry {chain.head.seq}, but should end at {stored.seq}"
        )


def _check_carried(chain: Chain, carried: Head) -> None:
    """Compare with what the case's workflow remembers; it may be behind, with the same past."""
    if carried.seq > chain.head.seq:
        raise BadRecord(
            chain.head.seq + 1,
            f"the last {carried.seq - chain.head.seq} of its entries are missing: the running "
            f"case has seen entry {carried.seq}",
        )
    if carried.seq and chain.digests[carried.seq - 1] != carried.sha256:
        raise BadRecord(carried.seq, "the running case has seen another entry here")


def _done_by_no_case(deriving: Deriving) -> Iterator[Bad]:
    """Yield entries of the directory that no case has caused, each of which gives or ends."""
    for done in deriving.unclaimed():
        yield Bad(DIRECTORY, done.nth, f"no case has done what it says ({done.act})")


def _queued_wrongly(connection: Connection) -> Iterator[Bad]:
    """Yield cases whose lists hold what another case has too, or what nobody queued.

    Each state was compared with its record before.
    """
    queues = Queues()
    for text in connection.scalars(select(tables.cases.c.state)):
        if '"queued"' in text or '"taken"' in text:
            queues.take(CaseState.model_validate_json(text))
    yield from (Bad(case, 1, why) for case, why in queues.doubled())


def _ruled_by_nobody(connection: Connection) -> Iterator[Bad]:
    """Yield cases on which something was done as by a ruling that isn't in the record.

    And those in which a ruling was made that was neither carried out nor waits for that.
    """
    made, ruled_on = Rulings(), []
    for text in connection.scalars(select(tables.cases.c.state)):
        if '"given"' in text or '"rulings"' in text:
            state = CaseState.model_validate_json(text)
            made.take(state)
            ruled_on.append(state)
    waiting = set(
        connection.scalars(
            select(tables.notices.c.key).where(
                tables.notices.c.kind == RULED, tables.notices.c.taken_at.is_(None)
            )
        )
    )
    found = (*made.strange(ruled_on), *made.undone(ruled_on, waiting))
    yield from (Bad(case, 1, why) for case, why in found)


def _counted_wrongly(connection: Connection) -> Iterator[Bad]:
    """Yield cases that count other earlier cases than there were, where repeats are told."""
    repeats = Repeats()
    for text in connection.scalars(select(tables.cases.c.state)):
        if '"repeats"' in text:
            repeats.take(CaseState.model_validate_json(text))
    yield from (Bad(case, 1, why) for case, why in repeats.strange())


def _named_wrongly(connection: Connection) -> Iterator[Bad]:
    """Yield cases that name one that isn't there, or let in who had part in one that they name."""
    for text in connection.scalars(select(tables.cases.c.state)).all():
        if '"named":{"' in text:
            state = CaseState.model_validate_json(text)
            yield from (Bad(state.case, 1, why) for why in left_out(connection, state))


def _differing(comparison: Comparison, named: Collection[str]) -> Iterator[Bad]:
    """Yield cases of which other rows are kept than follow: what `countersign rebuild` would mend.

    Args:
        named: streams of which something worse was said.
    """
    comparison.look_beside()
    comparison.look_at_numbers()
    told = set(named)
    for table, found in comparison.tables.items():
        kinds = {"missing": found.missing, "altered": found.altered, "added": found.extra}
        for what, rows in kinds.items():
            for row in rows:
                stream = _whose(table, row)
                if stream not in told:
                    told.add(stream)
                    yield Bad(stream, 1, f"a row of it in `{table}` was {_HOW[what]}")


_HOW = {"missing": "taken out", "altered": "altered", "added": "put there by nobody"}


def _whose(table: str, row: Mapping[str, Json]) -> str:
    """Return the case of a row, or the letter and day of a count of numbers."""
    if table == tables.numbers.name:
        return f"{row['letter']}{row['day']}"
    return str(row["parent" if table == tables.children.name else "case"])


def _answered_otherwise(connection: Connection) -> Iterator[Bad]:
    """Yield cases of which somebody was told that an act is recorded, and it isn't.

    So a case is named that was taken out whole, with its number.
    """
    acts, entries = tables.pending_acts.c, tables.entries.c
    query = select(acts.nonce, acts.case, acts.result).where(
        acts.settled_at.is_not(None),
        ~select(entries.act_id).where(entries.act_id == acts.nonce).exists(),
    )
    for row in connection.execute(query.order_by(acts.case, acts.nonce)):
        answer = json.loads(row.result or "{}")
        if answer.get("accepted"):
            number = answer.get("number") or row.case
            why = f"{number}: the answer to {row.nonce} says that it was recorded, and it isn't"
            yield Bad(row.case, 1, why)


def _case_names(connection: Connection) -> list[str]:
    return list(connection.scalars(select(tables.cases.c.case)))


def _missing_numbers(connection: Connection) -> Iterator[Bad]:
    """Yield numbers that were allotted and have no case: a case was taken out whole."""
    given = set(connection.scalars(select(tables.cases.c.number)))
    numbers = tables.numbers.c
    query = select(numbers.letter, numbers.day, numbers.n).order_by(numbers.letter, numbers.day)
    for letter, day, last in connection.execute(query):
        for n in range(1, last + 1):
            if f"{letter}{day}.{n}" not in given:
                yield Bad(f"{letter}{day}.{n}", 1, "this number was allotted, but has no case")
