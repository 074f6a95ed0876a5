"""Checks a stream's entries one by one: chain, digests, form, signatures and openings.

What an entry says is believed only after all of this holds. A missing opening is fine: it may
have been erased, and everything verifies without it.
"""

from dataclasses import dataclass, field

from definitions.acts import NO_ENTRY, PERSON_KINDS, SYSTEM, Act, Entry, Head, MalformedAct
from definitions.canonical import sha256
from store.absences import AWAY, BACK
from store.pausing import PAUSINGS
from store.record.reading import StoredEntry
from store.signatures import BadSignatureError, KeyRing, Use, verify
from store.streams import MalformedEntryError, read_entry

_BY_PEOPLE = PERSON_KINDS | {AWAY, BACK} | PAUSINGS


class BadRecord(Exception):  # noqa: N818 - what a check found, not a fault of ours
    """Something in a stream is wrong: at which entry, and what, in words."""

    def __init__(self, seq: int, why: str) -> None:
        super().__init__(why)
        self.seq = seq
        self.why = why


@dataclass
class Chain:
    """How far a stream has been checked.

    Attributes:
        stream: its name.
        ring: the keys that are known.
        head: the last entry that was found good.
        time: its time.
        digests: SHA-256 of each good entry, by `seq - 1`.
    """

    stream: str
    ring: KeyRing
    head: Head = field(default_factory=Head)
    time: str = ""
    digests: list[str] = field(default_factory=list)

    def check(self, row: StoredEntry) -> tuple[Entry, Act]:
        """Return the entry and its act, if it rightly follows what came before.

        Raises:
            BadRecord: it doesn't.
        """
        seq = self.head.seq + 1
        if row.seq != seq:
            raise BadRecord(seq, f"entry {seq} is missing: entry {row.seq} comes next")
        try:
            entry = read_entry(row.text)
        except MalformedEntryError as error:
            raise BadRecord(seq, f"it was altered: {error}") from error
        digest = sha256(row.text.encode())
        self._check_place(row, entry, digest)
        act = self._act(seq, entry)
        self._check_columns(row, entry, act)
        self._check_signature(seq, entry, act)
        _check_openings(seq, row, act)
        self.head, self.time = Head(seq, digest), row.at
        self.digests.append(digest)
        return entry, act

    def _check_place(self, row: StoredEntry, entry: Entry, digest: str) -> None:
        seq = row.seq
        if (entry.stream, entry.seq) != (self.stream, seq):
            raise BadRecord(
                seq, f"entry {entry.seq} of {entry.stream} stands where entry {seq} belongs"
            )
        if digest != row.sha256:
            raise BadRecord(seq, "it was altered: its text doesn't have the digest kept for it")
        if entry.prev != self.head.sha256:
            before = "the beginning" if self.head.sha256 == NO_ENTRY else f"entry {seq - 1}"
            raise BadRecord(
                seq,
                f"it isn't chained to {before}: one of the two was altered, inserted or moved, or "
                "one between them was taken out",
            )

    def _act(self, seq: int, entry: Entry) -> Act:
        try:
            act = Act.from_json(entry.act)
        except MalformedAct as error:
            raise BadRecord(seq, f"it holds no act: {error}") from error
        if act.case != self.stream:
            raise BadRecord(seq, f"its act was made for {act.case}")
        return act

    def _check_columns(self, row: StoredEntry, entry: Entry, act: Act) -> None:
        said = (row.act_id, row.kind, row.actor, row.at, row.step)
        if said != (act.id, act.kind, act.actor, entry.facts.get("time"), act.step):
            raise BadRecord(row.seq, "what stands beside its text isn't what its text says")
        if row.at < self.time:
            raise BadRecord(row.seq, "its time lies before that of the entry before it")

    def _check_signature(self, seq: int, entry: Entry, act: Act) -> None:
        by_system = act.kind == "open" and act.actor == SYSTEM
        by_person = act.kind in _BY_PEOPLE and not by_system
        if by_person == (act.actor == SYSTEM):
            raise BadRecord(seq, f"“{act.kind}” isn't done by {act.actor}")
        if len(entry.signatures) != 1:
            raise BadRecord(seq, "an act has exactly one signature here")
        use: Use = "web" if by_person else "worker"
        try:
            verify(act, entry.signatures[0], self.ring, use=use, at=str(entry.facts.get("time")))
        except BadSignatureError as error:
            raise BadRecord(seq, f"its signature doesn't hold: {error}") from error


def _check_openings(seq: int, row: StoredEntry, act: Act) -> None:
    for name, opening in row.openings.items():
        if name not in act.values:
            raise BadRecord(seq, f"there is a value “{name}” that nobody signed")
        if not opening.opens(act.values[name]):
            raise BadRecord(seq, f"the value “{name}” isn't the one that was signed")
