"""Checks the shared streams against the tables that they account for: keys and directory.

Who could write a role into a table without an entry could sign anything; so every key, person,
address and role must stand in the record as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from definitions.acts import Act, Entry, Opening
from store import tables
from store.in_force import in_force_rows
from store.keys import KEY, KEY_ENDED
from store.pausing import PAUSINGS, pause_row
from store.record.chain import BadRecord
from store.record.deriving import Deriving
from store.record.differing import Differing, Row
from store.record.directory import KINDS as DIRECTORY_KINDS
from store.record.directory import DirectoryRows
from store.restoring import IN_FORCE, OPERATIONS
from store.streams import DIRECTORY, NO_STATE, SYSTEM_STREAM, rolling_state

_KINDS = {
    SYSTEM_STREAM: frozenset({KEY, KEY_ENDED}) | OPERATIONS | PAUSINGS,
    DIRECTORY: DIRECTORY_KINDS,
}
"""What can happen in each shared stream; what operators do changes tables only where schedules are
paused, and where versions come into force."""


@dataclass
class SharedReplay:
    """What a shared stream says so far.

    Attributes:
        deriving: derives facts again; None where they are taken as given.
        state: the rolling state's digest.
        keys: `(kid, use, jwk, since)` of each key; `ended` when some of them ended.
        pauses: the rows of schedules that are paused, by process.
        in_force: the rows of versions in force, by process.
        directory: the directory's rows as recorded.
        whole: false once an opening is missing, so that tables can't be compared.
    """

    connection: Connection
    stream: str
    deriving: Deriving | None = None
    state: str = NO_STATE
    whole: bool = True
    keys: set[tuple[str, str, str, str]] = field(default_factory=set)
    ended: dict[str, str] = field(default_factory=dict)
    pauses: dict[str, Row] = field(default_factory=dict)
    in_force: dict[str, Row] = field(default_factory=dict)
    directory: DirectoryRows = field(default_factory=DirectoryRows)

    def check(self, entry: Entry, act: Act, openings: Mapping[str, Opening]) -> None:
        """Take the next entry, whose chain and signature hold.

        Raises:
            BadRecord: its state isn't the rolling one, or it is of a kind that has no place here.
        """
        self.state = rolling_state(self.state, entry.act)
        if self.state != entry.state:
            raise BadRecord(entry.seq, "its state doesn't follow from the one before it")
        if act.kind not in _KINDS[self.stream]:
            raise BadRecord(
                entry.seq, f"nothing of the kind “{act.kind}” happens in the stream {self.stream}"
            )
        values = {name: opening.value for name, opening in openings.items()}
        if self.deriving is not None:
            self.deriving.check_shared(entry, act, values)
        if self.stream == DIRECTORY:
            self.directory.take(entry, act, values)
        self._take(entry, act, openings)

    def _take(self, entry: Entry, act: Act, openings: Mapping[str, Opening]) -> None:
        values = {name: opening.value for name, opening in openings.items()}
        if set(openings) != set(act.values):
            if act.kind == IN_FORCE:
                raise BadRecord(entry.seq, "which definitions came into force was erased")
            self.whole = False
            return
        if act.kind == KEY:
            self.keys.add((values["kid"], values["use"], values["jwk"], values["since"]))
        elif act.kind == KEY_ENDED:
            self.ended[values["kid"]] = values["until"]
        elif act.kind in PAUSINGS:
            self.pauses.pop(str(values["process"]), None)
            row = pause_row(act, str(entry.facts["time"]), values)
            self.pauses |= {str(values["process"]): row} if row is not None else {}
        elif act.kind == IN_FORCE:
            rows = in_force_rows(values, str(entry.facts["time"]), act.id)
            self.in_force |= {str(row["process"]): row for row in rows}

    def finish(self, seq: int) -> None:
        """Compare the tables with what the stream's `seq` entries say.

        Raises:
            BadRecord: they differ.
        """
        if not self.whole:
            return
        if self.stream == SYSTEM_STREAM:
            self._compare_keys(seq)
            self._compare_pauses(seq)
            self._compare_in_force(seq)
        elif self.stream == DIRECTORY:
            self._compare_directory(seq)

    def _compare_keys(self, seq: int) -> None:
        keys = tables.keys.c
        rows = self.connection.execute(
            select(keys.kid, keys.use, keys.jwk, keys.since, keys.until)
        ).all()
        ended = {row.kid: row.until for row in rows if row.until is not None}
        if {tuple(row)[:4] for row in rows} != self.keys or ended != self.ended:
            raise BadRecord(seq, "the keys in use aren't those that were recorded")

    def _compare_pauses(self, seq: int) -> None:
        differing = Differing(tables.pauses)
        differing.compare(self.connection, list(self.pauses.values()))
        if differing.counts():
            raise BadRecord(seq, "which schedules are paused isn't as it was recorded")

    def _compare_in_force(self, seq: int) -> None:
        differing = Differing(tables.in_force)
        differing.compare(self.connection, list(self.in_force.values()))
        for row in (*differing.extra, *differing.altered, *differing.missing):
            why = f"which version of {row['process']} is in force isn't as it was recorded"
            raise BadRecord(seq, why)

    def _compare_directory(self, seq: int) -> None:
        rows = self.directory
        for name, wanted, says in (
            ("people", rows.people, _of_person),
            ("grants", rows.grants, _of_grant),
            ("list_entries", rows.list_entries, _of_list),
            ("absences", rows.absences, _of_absence),
            ("addresses", rows.addresses, _of_address),
        ):
            differing = Differing(tables.metadata.tables[name])
            differing.compare(self.connection, wanted)
            for row in (*differing.extra, *differing.altered, *differing.missing):
                raise BadRecord(seq, says(row))


def _of_person(row: Row) -> str:
    return f"what is said of {row['person']} isn't as it was recorded"


def _of_grant(row: Row) -> str:
    return f"that {row['person']} holds {row['role']} isn't as it was recorded"


def _of_list(row: Row) -> str:
    return f"that {row['person']} is on {row['list']} isn't as it was recorded"


def _of_absence(row: Row) -> str:
    return f"when {row['person']} is away isn't as it was recorded"


def _of_address(row: Row) -> str:
    return f"whose address {row['address']} is ({row['person']}) isn't as recorded"
