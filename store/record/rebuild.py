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

from dataclasses import dataclass

from sqlalchemy import delete, select, text

from definitions.canonical import Json
from store import tables
from store.database import Database
from store.keys import load_ring
from store.record.chain import BadRecord
from store.record.comparing import PARENTS_FIRST, Comparison
from store.record.reading import stream_names
from store.record.rows import (
    case_rows,
    directory_rows,
    key_rows,
    ring_of,
    system_rows,
)
from store.restoring import REBUILT, record_operation
from store.signatures import KeyRing, SigningKey
from store.streams import DIRECTORY, SYSTEM_STREAM

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
class _Rebuild(Comparison):
    def look(self) -> _Rebuild:
        """Compare everything with the record."""
        ring = self._look_at_keys()
        self._look_at_directory(ring)
        for case in stream_names(self.connection):
            if case not in {DIRECTORY, SYSTEM_STREAM}:
                self._look_at_case(case, ring)
        self.look_beside()
        self.look_at_numbers()
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
            self.leave(SYSTEM_STREAM, bad)
            return load_ring(self.connection)
        self.compare("keys", rows)
        ring = ring_of(rows)
        try:
            found = system_rows(self.connection, ring)
        except BadRecord as bad:
            self.leave(SYSTEM_STREAM, bad)
            return ring
        for name, of_system in found.items():
            self.compare(name, of_system)
        return ring

    def _look_at_directory(self, ring: KeyRing) -> None:
        try:
            found = directory_rows(self.connection, ring)
        except BadRecord as bad:
            self.leave(DIRECTORY, bad)
            return
        for person in found.erased:
            self.left.append((DIRECTORY, f"values about {person} were erased"))
        for name, wanted in found.tables().items():
            column = self.tables[name].table.c.person
            self.compare(name, wanted, column.not_in(found.erased))

    def _look_at_case(self, case: str, ring: KeyRing) -> None:
        try:
            found = case_rows(self.connection, case, ring)
        except BadRecord as bad:
            self.leave(case, bad)
            self.count_number_of(case)
            return
        self.take(case, found)

    def _remove_mail(self, case: str) -> None:
        """Remove the mail of a case that isn't in the record, since it can't stand without it."""
        keys = select(tables.outbox.c.key).where(tables.outbox.c.case == case)
        readers, outbox, links = tables.outbox_readers, tables.outbox, tables.case_links
        self.connection.execute(delete(links).where(links.c.case == case))
        self.connection.execute(delete(readers).where(readers.c.key.in_(keys)))
        self.connection.execute(delete(outbox).where(outbox.c.case == case))
