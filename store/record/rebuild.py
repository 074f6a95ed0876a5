"""Makes everything that follows from the record anew from it, and says what differed.

That is: the keys' table, the directory (people, addresses, roles, access lists, absences), cases,
the inbox, who signed what, the numbers given, which schedules opened what, which are
paused, and which versions of definitions are in force.
Rows that are as they should be are not touched.

Left alone, because the record doesn't hold it: sessions, links and passwords; acts that aren't
settled; moments of schedules that have no case yet; uploads; mail (its text and whether it went
out); definitions; why a case has stopped.
Left alone as well, and reported, is whatever stands on a stream that doesn't verify; and where a
value was erased that the rules need, the state that is stored, if it is the recorded one. A
number that was given is never given again, so counts of numbers only go up.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, CompoundSelect, Connection, delete, select, text

from definitions.acts import RULED
from definitions.canonical import Json
from store import tables
from store.database import Database
from store.keys import load_ring
from store.notices import CHILD_ENDED
from store.record.between import Ends, Queues, Rulings
from store.record.chain import BadRecord
from store.record.differing import Differing
from store.record.reading import stream_names
from store.record.rows import (
    CaseRows,
    case_rows,
    directory_rows,
    key_rows,
    ring_of,
    system_rows,
)
from store.restoring import REBUILT, record_operation
from store.signatures import KeyRing, SigningKey
from store.streams import DIRECTORY, SYSTEM_STREAM

PARENTS_FIRST = (
    tables.keys,
    tables.people,
    tables.addresses,
    tables.grants,
    tables.list_entries,
    tables.absences,
    tables.numbers,
    tables.cases,
    tables.waiting,
    tables.waiting_barred,
    tables.signatures,
    tables.children,
    tables.electors,
    tables.named_cases,
    tables.notices,
    tables.queued,
    tables.ticks,
    tables.pauses,
    tables.in_force,
)
"""The tables that follow from the record."""
_OF_CASE = {
    tables.waiting: tables.waiting.c.case,
    tables.waiting_barred: tables.waiting_barred.c.case,
    tables.signatures: tables.signatures.c.case,
    tables.children: tables.children.c.parent,
    tables.electors: tables.electors.c.case,
    tables.named_cases: tables.named_cases.c.case,
}
"""The tables of rows of a case, each with the column that says whose they are."""
_OF_PERSON = (
    tables.sessions,
    tables.sign_in_links,
    tables.credentials,
    tables.outbox_readers,
)
"""What somebody who isn't in the directory's stream can't have."""


@dataclass(frozen=True)
class RebuildReport:
    """What was found, and mended unless it was only to be looked at.

    Attributes:
        changed: by table, how many rows were `missing`, `altered` or `extra`.
        left: what could not be made anew and was left as it stood: stream, and why.
        dry_run: whether nothing was changed.
    """

    changed: dict[str, dict[str, int]]
    left: tuple[tuple[str, str], ...] = ()
    dry_run: bool = False

    def to_json(self) -> dict[str, Json]:
        """Return the report for programs; `ok` if everything follows from the record now."""
        return {
            "ok": not self.left,
            "dry_run": self.dry_run,
            "changed": {table: dict(counts) for table, counts in self.changed.items()},
            "left": [{"stream": stream, "why": why} for stream, why in self.left],
        }


def rebuild(
    database: Database, *, at: str, worker_key: SigningKey, dry_run: bool = False
) -> RebuildReport:
    """Make the projections anew, in one transaction.

    Commits wait meanwhile. If anything differed, that is recorded.

    Args:
        at: the time, as a stamp.
        worker_key: signs what is recorded; must be registered.
        dry_run: only say what differs.
    """
    if dry_run:
        with database.reading() as connection:
            return _Rebuild(connection).look().report(dry_run=True)
    with database.writing() as connection:
        if connection.dialect.name == "postgresql":
            # Every commit locks a row of it first; SQLite's writers are alone anyway.
            connection.execute(text("LOCK TABLE streams IN EXCLUSIVE MODE"))
        work = _Rebuild(connection).look()
        work.mend()
        report = work.report(dry_run=False)
        if report.changed:
            record_operation(connection, REBUILT, {"changed": dict(report.changed)}, at, worker_key)
    return report


@dataclass
class _Rebuild:
    connection: Connection
    tables: dict[str, Differing] = field(
        default_factory=lambda: {table.name: Differing(table) for table in PARENTS_FIRST}
    )
    left: list[tuple[str, str]] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    numbers: defaultdict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    ends: Ends = field(default_factory=Ends)
    queues: Queues = field(default_factory=Queues)
    rulings: Rulings = field(default_factory=Rulings)

    def look(self) -> _Rebuild:
        """Compare everything with the record."""
        ring = self._look_at_keys()
        self._look_at_directory(ring)
        for case in stream_names(self.connection):
            if case not in {DIRECTORY, SYSTEM_STREAM}:
                self._look_at_case(case, ring)
        self._look_beside()
        self._look_at_numbers()
        return self

    def mend(self) -> None:
        """Make everything as it should be."""
        for person in self.tables["people"].extra:
            for table in _OF_PERSON:
                self.connection.execute(delete(table).where(table.c.person == person["person"]))
        for case in self.tables["cases"].extra:
            self._remove_mail(str(case["case"]))
        for table in reversed(PARENTS_FIRST):
            self.tables[table.name].remove(self.connection)
        for table in PARENTS_FIRST:
            self.tables[table.name].write(self.connection)

    def report(self, *, dry_run: bool) -> RebuildReport:
        """Return what was found."""
        changed = {name: table.counts() for name, table in self.tables.items() if table.counts()}
        return RebuildReport(changed, tuple(self.left), dry_run)

    def _look_at_keys(self) -> KeyRing:
        """Compare the keys; return those by which the record verifies."""
        try:
            rows = key_rows(self.connection)
        except BadRecord as bad:
            self._leave(SYSTEM_STREAM, bad)
            return load_ring(self.connection)
        self._compare("keys", rows)
        ring = ring_of(rows)
        try:
            found = system_rows(self.connection, ring)
        except BadRecord as bad:
            self._leave(SYSTEM_STREAM, bad)
            return ring
        for name, of_system in found.items():
            self._compare(name, of_system)
        return ring

    def _look_at_directory(self, ring: KeyRing) -> None:
        try:
            found = directory_rows(self.connection, ring)
        except BadRecord as bad:
            self._leave(DIRECTORY, bad)
            return
        for person in found.erased:
            self.left.append((DIRECTORY, f"values about {person} were erased"))
        for name, wanted in found.tables().items():
            column = self.tables[name].table.c.person
            self._compare(name, wanted, column.not_in(found.erased))

    def _look_at_case(self, case: str, ring: KeyRing) -> None:
        try:
            found = case_rows(self.connection, case, ring)
        except BadRecord as bad:
            self._leave(case, bad)
            number = tables.cases.c.number
            query = select(number).where(tables.cases.c.case == case)
            self._count(self.connection.scalar(query) or "")
            return
        self._look_at_row(case, found)
        wanted = (
            *(found.waiting, found.barred, found.signatures),
            *(found.children, found.electors, found.named),
        )
        for (table, of), rows in zip(_OF_CASE.items(), wanted, strict=True):
            self._compare(table.name, rows, of == case)
        self._compare("ticks", found.ticks, tables.ticks.c.case == case)
        self.ends.take(found.state, found.seq)
        self.queues.take(found.state)
        self.rulings.take(found.state)

    def _look_at_row(self, case: str, found: CaseRows) -> None:
        """Compare a case's own row; that it has stopped, and why, isn't in the record."""
        cases = tables.cases.c
        stored = self.connection.execute(
            select(cases.number, cases.status, cases.stopped_reason).where(cases.case == case)
        ).one_or_none()
        if found.case is None:
            self.left.append((case, "values were erased; the stored state is the recorded one"))
            self._count(stored.number if stored else "")
            return
        row = found.case
        if stored is not None and stored.status == "stopped" and row["status"] == "running":
            row = row | {"status": "stopped", "stopped_reason": stored.stopped_reason}
        self._compare("cases", [row], cases.case == case)
        self._count(str(row["number"]))

    def _look_beside(self) -> None:
        """Find rows of cases that aren't in the record at all."""
        recorded = select(tables.streams.c.stream).union(select(tables.entries.c.stream))
        all_of = {**_OF_CASE, tables.cases: tables.cases.c.case}
        for table, of in all_of.items():
            self._compare(table.name, [], of.not_in(recorded))
        self._look_at_notices(recorded)
        left = [stream for stream, _ in self.left]
        queued = tables.queued.c
        rows = [row for row in self.queues.rows() if row["case"] not in left]
        self._compare("queued", rows, queued.case.not_in(left))

    def _look_at_notices(self, recorded: CompoundSelect[str]) -> None:
        """Compare the notices of child cases that ended and of rulings, so far as they follow.

        Those to cases that aren't there are dropped.
        """
        notices = tables.notices.c
        self._compare("notices", [], notices.case.not_in(recorded))
        # Of a case of which values were erased the state is known; of these nothing is.
        left = self.unread
        follow = [*self.ends.rows(self.connection), *self.rulings.rows(self.connection)]
        rows = [row for row in follow if row["case"] not in left]
        known = [notices.key.not_like(f"%:{stream}") for stream in left]
        of_children = notices.kind.in_((CHILD_ENDED, RULED)) & notices.case.in_(recorded)
        self._compare("notices", rows, of_children, notices.case.not_in(left), *known)

    def _look_at_numbers(self) -> None:
        numbers = tables.numbers.c
        query = select(numbers.letter, numbers.day, numbers.n)
        for letter, day, given in self.connection.execute(query):
            recorded = self.numbers[letter, day]
            if given > recorded:
                self.numbers[letter, day] = given
                self.left.append(
                    (
                        f"{letter}{day}.{given}",
                        f"{given} numbers were given, but the record has none after {recorded}",
                    )
                )
        rows = [{"letter": letter, "day": day, "n": n} for (letter, day), n in self.numbers.items()]
        self._compare("numbers", rows)

    def _count(self, number: str) -> None:
        """Take note of a number that was given (`LYYYYMMDD.n`)."""
        start, _, n = number.partition(".")
        if n.isdecimal():
            self.numbers[start[:-8], start[-8:]] = max(self.numbers[start[:-8], start[-8:]], int(n))

    def _compare(self, name: str, rows: list[dict[str, Json]], *where: ColumnElement[bool]) -> None:
        self.tables[name].compare(self.connection, rows, *where)

    def _leave(self, stream: str, found: BadRecord) -> None:
        self.unread.append(stream)
        self.left.append((stream, f"entry {found.seq}: {found.why}"))

    def _remove_mail(self, case: str) -> None:
        """Remove the mail of a case that isn't in the record, since it can't stand without it."""
        keys = select(tables.outbox.c.key).where(tables.outbox.c.case == case)
        readers, outbox, links = tables.outbox_readers, tables.outbox, tables.case_links
        self.connection.execute(delete(links).where(links.c.case == case))
        self.connection.execute(delete(readers).where(readers.c.key.in_(keys)))
        self.connection.execute(delete(outbox).where(outbox.c.case == case))
