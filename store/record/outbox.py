"""Holds the outbox against the entries of mails: to whom, what it said, and who could read it.

A mail's words aren't in its entry: they follow from the definition, the state and the directory.
Whether it went out, and what went wrong, is nobody's to verify.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from definitions.acts import Entry
from definitions.canonical import Json
from definitions.definition import Definition
from definitions.rules import MailDue
from definitions.state import CaseState
from store import directory, tables
from store.answers import Answers
from store.mail import entry_of, outbox_rows
from store.mail_entries import links_of
from store.record.chain import BadRecord

_NOTHING: Mapping[str, dict[str, Mapping[str, Json]]] = {}


@dataclass
class Outbox:
    """The outbox as it is kept, and what of it entries have accounted for.

    Attributes:
        erased: people of whom values were erased: what was written to them, or says their name as
            that of the case's opener, isn't compared.
        people: whom the directory knows, as far as somebody asked.
        unsure: cases with mails that weren't compared.
        reading: the case that is replayed, and its letters by mail and key.
    """

    connection: Connection
    erased: set[str]
    people: dict[str, directory.Person | None] = field(default_factory=dict)
    claimed: defaultdict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    unsure: set[str] = field(default_factory=set)
    reading: tuple[str, Mapping[str, dict[str, Mapping[str, Json]]]] = ("", _NOTHING)

    def check(
        self, answers: Answers, definition: Definition, state: CaseState, due: MailDue, entry: Entry
    ) -> None:
        """Compare what is kept of a mail with what its entry leads to.

        Raises:
            BadRecord: it is altered, was taken out, or goes to somebody else as well.
        """
        key, at = str(entry.act["id"]), str(entry.facts["time"])
        kept = self._kept(state.case, key)
        opener = state.people["opener"][0]
        for row, readers in outbox_rows(answers, self._who, definition, state, due, key, at):
            found = kept.pop(str(row["key"]), None)
            self.claimed[state.case].add(str(row["key"]))
            if {str(row["person"]), opener} & self.erased:
                continue
            if found is None:
                raise BadRecord(entry.seq, f"the mail to {row['to_address']} was taken out")
            for name, value in row.items():
                if found[name] != value and not _from_before(name, found, entry):
                    raise BadRecord(entry.seq, f"the mail {row['key']} isn't as it was queued")
            if self._readers(str(row["key"])) != set(readers):
                raise BadRecord(entry.seq, f"others can read the mail {row['key']}")
        for other in sorted(kept):
            if other.rpartition(":")[2] not in self.erased:
                raise BadRecord(entry.seq, f"the mail {other} was never due")

    def finish(self, case: str) -> None:
        """Look for mails of a case that none of its entries made due.

        Raises:
            BadRecord: there is one.
        """
        if case in self.unsure:
            return
        outbox = tables.outbox.c
        keys = self.connection.scalars(select(outbox.key).where(outbox.case == case)).all()
        entries = {entry_of(key) for key in self.claimed.pop(case, ())}
        entries |= {entry_of(key) for key in keys if key.rpartition(":")[2] in self.erased}
        for key in sorted(keys):
            if entry_of(key) not in entries:
                raise BadRecord(1, f"the mail {key} was never due")

    def of_no_case(self) -> Iterator[tuple[str, str]]:
        """Yield mails of cases that the record doesn't have: case, and what is wrong."""
        outbox, streams = tables.outbox.c, tables.streams.c
        recorded = select(streams.stream).where(streams.stream == outbox.case).exists()
        query = select(outbox.case, outbox.key).where(~recorded).order_by(outbox.key)
        for row in self.connection.execute(query):
            yield row.case, f"the mail {row.key} was never due"

    def _kept(self, case: str, key: str) -> dict[str, Mapping[str, Json]]:
        """Return what is kept of a mail's letters; a case is read once, while it is replayed."""
        if self.reading[0] != case:
            query = select(tables.outbox).where(tables.outbox.c.case == case)
            found: defaultdict[str, dict[str, Mapping[str, Json]]] = defaultdict(dict)
            for row in self.connection.execute(query).mappings():
                found[entry_of(row["key"])][row["key"]] = dict(row)
            self.reading = (case, found)
        return dict(self.reading[1].get(key, {}))

    def _readers(self, key: str) -> set[str]:
        readers = tables.outbox_readers.c
        return set(self.connection.scalars(select(readers.person).where(readers.key == key)))

    def _who(self, person: str) -> directory.Person | None:
        """Return who somebody is: name, language and addresses never change."""
        if person not in self.people:
            self.people[person] = directory.person(self.connection, person, "")
        return self.people[person]


def _from_before(name: str, found: Mapping[str, Json], entry: Entry) -> bool:
    """Say whether a column is empty since the row is from before there was one."""
    if name not in {"person", "link"} or found[name] is not None:
        return False
    return not links_of(entry.facts)
