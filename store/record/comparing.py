"""Compares the tables of cases with what follows from the record, as it is verified case by case.

`countersign rebuild` mends what differs, and `countersign record verify` names it.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from sqlalchemy import ColumnElement, CompoundSelect, Connection, select

from definitions.acts import RULED
from definitions.canonical import Json
from store import tables
from store.notices import CHILD_ENDED
from store.record.between import Ends, Queues, Rulings
from store.record.chain import BadRecord
from store.record.differing import Differing
from store.record.rows import CaseRows

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


@dataclass
class Comparison:
    """How the tables of cases differ from what follows from the record.

    Attributes:
        tables: by name, what was found to differ.
        left: what can't be compared: stream, and why.
        unread: streams that don't verify.
        numbers: how many numbers the record has, by letter and day.
    """

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

    def take(self, case: str, found: CaseRows) -> None:
        """Compare a case's rows with those that follow from its record."""
        self._look_at_row(case, found)
        wanted = (
            *(found.waiting, found.barred, found.signatures),
            *(found.children, found.electors, found.named),
        )
        for (table, of), rows in zip(_OF_CASE.items(), wanted, strict=True):
            self.compare(table.name, rows, of == case)
        self.compare("ticks", found.ticks, tables.ticks.c.case == case)
        self.ends.take(found.state, found.seq)
        self.queues.take(found.state)
        self.rulings.take(found.state)

    def count_number_of(self, case: str) -> None:
        """Take note of the number of a case whose record doesn't say it any more."""
        number = tables.cases.c.number
        query = select(number).where(tables.cases.c.case == case)
        self._count(self.connection.scalar(query) or "")

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
        self.compare("cases", [row], cases.case == case)
        self._count(str(row["number"]))

    def look_beside(self) -> None:
        """Find rows of cases that aren't in the record at all."""
        recorded = select(tables.streams.c.stream).union(select(tables.entries.c.stream))
        all_of = {**_OF_CASE, tables.cases: tables.cases.c.case}
        for table, of in all_of.items():
            self.compare(table.name, [], of.not_in(recorded))
        self._look_at_notices(recorded)
        left = [stream for stream, _ in self.left]
        queued = tables.queued.c
        rows = [row for row in self.queues.rows() if row["case"] not in left]
        self.compare("queued", rows, queued.case.not_in(left))

    def _look_at_notices(self, recorded: CompoundSelect[str]) -> None:
        """Compare the notices of child cases that ended and of rulings, so far as they follow.

        Those to cases that aren't there are dropped.
        """
        notices = tables.notices.c
        self.compare("notices", [], notices.case.not_in(recorded))
        # Of a case of which values were erased the state is known; of these nothing is.
        left = self.unread
        follow = [*self.ends.rows(self.connection), *self.rulings.rows(self.connection)]
        rows = [row for row in follow if row["case"] not in left]
        known = [notices.key.not_like(f"%:{stream}") for stream in left]
        of_children = notices.kind.in_((CHILD_ENDED, RULED)) & notices.case.in_(recorded)
        self.compare("notices", rows, of_children, notices.case.not_in(left), *known)

    def look_at_numbers(self) -> None:
        """Compare how many numbers were given with those that cases have."""
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
        self.compare("numbers", rows)

    def _count(self, number: str) -> None:
        """Take note of a number that was given (`LYYYYMMDD.n`)."""
        start, _, n = number.partition(".")
        if n.isdecimal():
            self.numbers[start[:-8], start[-8:]] = max(self.numbers[start[:-8], start[-8:]], int(n))

    def compare(self, name: str, rows: list[dict[str, Json]], *where: ColumnElement[bool]) -> None:
        """Compare the rows of a table that fulfil `where` with those that should be there."""
        self.tables[name].compare(self.connection, rows, *where)

    def leave(self, stream: str, found: BadRecord) -> None:
        """Leave what stands on a stream that doesn't verify as it is."""
        self.unread.append(stream)
        self.left.append((stream, f"entry {found.seq}: {found.why}"))
