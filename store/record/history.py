"""The directory's history: who held what, and was away, as its stream stood at any of its entries.

It is made once for a verification, from the entries of the directory's stream alone; what the
tables say plays no part. Each row knows by which entry it came and by which it ended, so a view of
an earlier moment costs nothing.

What somebody's erased values would have said nobody knows: such people are `unknown`, and what
follows from them isn't derived.
"""

from __future__ import annotations

import contextlib
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from sqlalchemy import Connection

from definitions.acts import Act, MalformedAct
from definitions.canonical import Json
from definitions.clock import parse, stamp
from store.absences import AWAY, BACK
from store.answers import Of, Span
from store.deeds import ENDED, GRANTED, Change
from store.founding import FOUNDED
from store.record.reading import StoredEntry, stored_entries
from store.streams import DIRECTORY, MalformedEntryError, read_entry

LEEWAY = timedelta(seconds=10)
"""How far apart a case's entry and one of the directory may lie for their order to be open.

Their times don't order them to the moment: two workers' clocks differ a little, and on PostgreSQL
one transaction reads what another, begun before it, is about to change.
"""


@dataclass
class Row:
    """Something that somebody holds: by which entry since when, and how it ended.

    Attributes:
        nth: the number of the entry that made it.
        ends: by which entry, with which act, it was given which end.
    """

    person: str
    what: str
    since: str
    until: str | None
    nth: int
    act: str
    ends: list[tuple[int, str, str]] = field(default_factory=list)

    def over(self, nth: int) -> str | None:
        """Return when it ends, as the stream stood after its first `nth` entries."""
        if not self.ends or self.ends[0][0] > nth:  # the usual way
            return self.until
        return next(until for at, _, until in reversed(self.ends) if at <= nth)

    def counts(self, nth: int, at: str) -> bool:
        """Say whether it is held at that time."""
        until = self.over(nth)
        return self.nth <= nth and self.since <= at and (until is None or until > at)


@dataclass(frozen=True)
class Done:
    """An entry that an effect of a case caused.

    Attributes:
        nth: its number, and `at` its time.
        act: the id of its act.
        seq: the number of the case's entry that caused it.
        change: what it says; None where a value was erased.
    """

    nth: int
    at: str
    act: str
    seq: int
    change: Change | None


@dataclass
class History:
    """What the directory's stream says, entry by entry.

    Attributes:
        times: of the entries, by `seq - 1`.
        caused: what effects did, by the case that caused it.
        claimed: which of these a case's replay has found to be right.
        erased: people of whom any value is missing of those with which they came.
        unknown: people of whom a value is missing that says what they hold.
    """

    times: list[str] = field(default_factory=list)
    people: dict[str, tuple[str, int]] = field(default_factory=dict)
    addresses: dict[str, str] = field(default_factory=dict)
    rows: dict[tuple[Of, str], list[Row]] = field(default_factory=lambda: defaultdict(list))
    by_role: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    absences: list[Row] = field(default_factory=list)
    caused: dict[str, list[Done]] = field(default_factory=lambda: defaultdict(list))
    claimed: set[str] = field(default_factory=set)
    erased: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    founded: int = 0

    @classmethod
    def read(cls, connection: Connection) -> History:
        """Return the history; of entries that can't be read the stream's own check tells."""
        history = cls()
        for stored in stored_entries(connection, DIRECTORY):
            # What is malformed is named where the stream itself is verified.
            with contextlib.suppress(
                MalformedEntryError, MalformedAct, ValueError, TypeError, KeyError, AttributeError
            ):
                history.take(stored)
        return history

    def take(self, stored: StoredEntry) -> None:
        """Take the next entry."""
        entry = read_entry(stored.text)
        act = Act.from_json(entry.act)
        (person,) = entry.facts["people"]["person"]
        self.times.append(max(str(entry.facts["time"]), self.times[-1] if self.times else ""))
        values = {name: one.value for name, one in stored.openings.items()}
        missing = set(act.values) - set(values)
        if act.kind == FOUNDED:
            self._founded(person, act, values)
        elif missing:
            self.unknown.add(person)
        elif act.kind == AWAY:
            row = Row(person, "", values["since"], values["until"], len(self.times), act.id)
            self.absences.append(row)
        elif act.kind == BACK:
            self._back(person, values["absence"])
        self._caused(act, person, None if missing else values)

    def _founded(self, person: str, act: Act, values: Mapping[str, Json]) -> None:
        nth, at = len(self.times), self.times[-1]
        self.founded = nth
        self.people[person] = (at, nth)
        if set(act.values) - set(values):
            self.erased.add(person)
        if "emails" in values:
            self.addresses |= dict.fromkeys(values["emails"], person)
        if "roles" not in values or ("lists" in act.values and "lists" not in values):
            self.unknown.add(person)
        if "emails" not in values:
            self.unknown.add("")  # some address may be theirs
        for role in values.get("roles", ()):
            self._add("role", Row(person, role, at, None, nth, act.id))
        for one in values.get("lists", ()):
            self._add("list", Row(person, one, at, None, nth, act.id))

    def _add(self, of: Of, row: Row) -> None:
        self.rows[of, row.person].append(row)
        if of == "role":
            self.by_role[row.what].append(row)

    def _back(self, person: str, absence: str) -> None:
        nth, at = len(self.times), self.times[-1]
        for row in self.absences:
            if (row.person, row.act) == (person, absence):
                over = row.over(nth) or ""
                # One that hadn't begun is as if it had never been said.
                row.ends.append((nth, "", row.since if row.since > at else min(over, at)))

    def _caused(self, act: Act, person: str, values: Mapping[str, Json] | None) -> None:
        if act.kind not in {GRANTED, ENDED}:
            return
        nth, at, change = len(self.times), self.times[-1], None
        if values is not None:
            of: Of = "role" if "role" in values else "list"
            change = Change(
                kind=act.kind,
                person=person,
                of=of,
                what=values[of],
                authority=values["authority"],
                since=values.get("since", at),
                until=values.get("until"),
            )
            if act.kind == GRANTED:
                self._add(of, Row(person, change.what, change.since, change.until, nth, act.id))
            else:
                self._end(change, act.id)
        cause = act.auth["cause"]
        done = Done(nth, at, act.id, int(cause["seq"]), change)
        self.caused[str(cause["case"])].append(done)

    def _end(self, change: Change, act: str) -> None:
        nth, at = len(self.times), self.times[-1]
        for row in self.rows[change.of, change.person]:
            over = row.over(nth)
            if row.what == change.what and (over is None or over > at):
                row.ends.append((nth, act, at))

    def view(self, nth: int) -> View:
        """Return the directory as it stood after its first `nth` entries."""
        return View(self, nth)

    def views(self, at: str, case: str = "", seq: int = 0) -> Iterator[View]:
        """Yield the directory as it may have stood at that time, the likeliest first.

        Args:
            case: whose entry it is that was recorded then, and `seq` its number: what earlier
                entries of that case did stands already, what this or later ones did doesn't yet.
        """
        last = bisect_right(self.times, at)
        first = bisect_left(self.times, stamp(parse(at) - LEEWAY))
        first = min(max(first, self.founded), last)  # the founding is one transaction
        for nth in range(last, first - 1, -1):
            if first == last or self._fits(nth, case, seq):
                yield View(self, nth)

    def _fits(self, nth: int, case: str, seq: int) -> bool:
        return all((done.nth <= nth) == (done.seq < seq) for done in self.caused.get(case, ()))


@dataclass(frozen=True)
class View:
    """The directory after the first `nth` entries of its stream: `store.answers.Answers`."""

    history: History
    nth: int

    def is_current(self, person: str, at: str) -> bool:
        """See `Answers`."""
        since, nth = self.history.people.get(person, ("", self.nth + 1))
        return nth <= self.nth and since <= at

    def exists(self, person: str) -> bool:
        """See `Answers`."""
        return self.history.people.get(person, ("", self.nth + 1))[1] <= self.nth

    def owner(self, address: str) -> str | None:
        """See `Answers`."""
        return self.history.addresses.get(address.strip().lower())

    def roles_of(self, person: str, at: str) -> tuple[str, ...]:
        """See `Answers`."""
        if not self.is_current(person, at):
            return ()
        rows = self.history.rows.get(("role", person), ())
        return tuple(sorted({row.what for row in rows if row.counts(self.nth, at)}))

    def holders(self, role: str, at: str) -> tuple[str, ...]:
        """See `Answers`."""
        rows = self.history.by_role.get(role, ())
        found = {row.person for row in rows if row.counts(self.nth, at)}
        return tuple(sorted(person for person in found if self.is_current(person, at)))

    def away_at(self, at: str) -> frozenset[str]:
        """See `Answers`."""
        return frozenset(r.person for r in self.history.absences if r.counts(self.nth, at))

    def held(self, of: Of, person: str, at: str) -> tuple[str, ...]:
        """See `Answers`."""
        found = set()
        for row in self._rows(of, person):
            until = row.over(self.nth)
            if until is None or until > at:
                found.add(row.what)
        return tuple(sorted(found))

    def spans(self, of: Of, person: str, what: str) -> tuple[Span, ...]:
        """See `Answers`."""
        rows = (row for row in self._rows(of, person) if row.what == what)
        return tuple((row.since, row.over(self.nth)) for row in rows)

    def ends(self, of: Of, person: str, after: str) -> tuple[tuple[str, str], ...]:
        """See `Answers`."""
        found = []
        for row in self._rows(of, person):
            ends = [(act, until) for nth, act, until in row.ends if nth <= self.nth]
            if ends and ends[-1][1] > after:
                found.append((row.what, ends[-1][0]))
        return tuple(found)

    def _rows(self, of: Of, person: str) -> Iterator[Row]:
        rows = self.history.rows.get((of, person), ())
        return (row for row in rows if row.nth <= self.nth)
