"""Checks the shared streams against the tables that they account for: keys and directory.

Who could write a role into a table without an entry could sign anything; so every key, person,
address and role must stand in the record as well.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from definitions.acts import Act, Entry, Opening
from definitions.canonical import Json
from store import tables
from store.deeds import ENDED, GRANTED
from store.founding import FOUNDED
from store.keys import KEY, KEY_ENDED
from store.record.chain import BadRecord
from store.restoring import OPERATIONS
from store.streams import DIRECTORY, NO_STATE, SYSTEM_STREAM, rolling_state

_KINDS = {
    SYSTEM_STREAM: frozenset({KEY, KEY_ENDED}) | OPERATIONS,
    DIRECTORY: frozenset({FOUNDED, GRANTED, ENDED}),
}
"""What can happen in each shared stream; operators' acts change no table of the record."""


@dataclass
class SharedReplay:
    """What a shared stream says so far.

    Attributes:
        state: the rolling state's digest.
        keys: `(kid, use, jwk, since)` of each key; `ended` when some of them ended.
        grants: `(person, role, act)` as recorded; `addresses` likewise.
        whole: false once an opening is missing, so that tables can't be compared.
    """

    connection: Connection
    stream: str
    state: str = NO_STATE
    whole: bool = True
    keys: set[tuple[str, str, str, str]] = field(default_factory=set)
    ended: dict[str, str] = field(default_factory=dict)
    grants: set[tuple[str, str, str]] = field(default_factory=set)
    on_lists: set[tuple[str, str, str]] = field(default_factory=set)
    ends: dict[tuple[str, str, str], str] = field(default_factory=dict)
    addresses: set[tuple[str, str]] = field(default_factory=set)

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
        if set(openings) != set(act.values):
            self.whole = False
            return
        values = {name: opening.value for name, opening in openings.items()}
        if act.kind == KEY:
            self.keys.add((values["kid"], values["use"], values["jwk"], values["since"]))
        elif act.kind == KEY_ENDED:
            self.ended[values["kid"]] = values["until"]
        elif act.kind == FOUNDED:
            (person,) = entry.facts["people"]["person"]
            self.grants |= {(person, role, act.id) for role in values["roles"]}
            self.addresses |= {(address, person) for address in values["emails"]}
            self.on_lists |= {(person, one, act.id) for one in values.get("lists", ())}
        elif act.kind == GRANTED:
            self._granted(act.id, entry.facts["people"]["person"][0], values)
        elif act.kind == ENDED:
            self._ended(act.id, entry.facts["people"]["person"][0], values)

    def _granted(self, act: str, person: str, values: Mapping[str, Json]) -> None:
        if "role" in values:
            self.grants.add((person, values["role"], act))
        else:
            self.on_lists.add((person, values["list"], act))

    def _ended(self, act: str, person: str, values: Mapping[str, Json]) -> None:
        """Note by which entry everything of that name ended that hadn't ended before."""
        standing = self.grants if "role" in values else self.on_lists
        what = values.get("role", values.get("list"))
        for one in standing:
            if one[:2] == (person, what):
                self.ends.setdefault(one, act)

    def finish(self, seq: int) -> None:
        """Compare the tables with what the stream's `seq` entries say.

        Raises:
            BadRecord: they differ.
        """
        if not self.whole:
            return
        if self.stream == SYSTEM_STREAM:
            self._compare_keys(seq)
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

    def _compare_directory(self, seq: int) -> None:
        grants, addresses = tables.grants.c, tables.addresses.c
        held = set(self.connection.execute(select(grants.person, grants.role, grants.act_id)))
        for person, role, _ in sorted(held ^ self.grants):
            raise BadRecord(seq, f"that {person} holds {role} isn't as it was recorded")
        lists = tables.list_entries.c
        listed = set(self.connection.execute(select(lists.person, lists.list, lists.act_id)))
        for person, list_, _ in sorted(listed ^ self.on_lists):
            raise BadRecord(seq, f"that {person} is on {list_} isn't as it was recorded")
        ends = {
            (person, what, act): end
            for columns in (
                (grants.person, grants.role, grants.act_id, grants.end_act_id),
                (lists.person, lists.list, lists.act_id, lists.end_act_id),
            )
            for person, what, act, end in self.connection.execute(select(*columns))
            if end is not None
        }
        for person, what, _ in sorted({key for key, _ in ends.items() ^ self.ends.items()}):
            raise BadRecord(seq, f"when {what} ended for {person} isn't as it was recorded")
        owned = set(self.connection.execute(select(addresses.address, addresses.person)))
        for address, person in sorted(owned ^ self.addresses):
            raise BadRecord(seq, f"whose address {address} is ({person}) isn't as recorded")
