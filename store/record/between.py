"""What follows from the record between cases: who opened whom, who may vote where, what ended.

A notice that a child case has ended follows from the child's record, and whether it was taken in
from the parent's; one of a ruling likewise, from the record of the case in which it was made.
Notices of electors who left a body are left as they stand: which votes were open at that moment
isn't in the record of any one case. So are those of links that were asked for: until the case takes
one in, no record has it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from definitions.acts import RULED
from definitions.canonical import canonical
from definitions.rules.effects import child_id
from definitions.rules.queueing import kept, key_of
from definitions.rules.repeating import MOST, is_within
from definitions.state import CaseState, Repeat
from store import rulings, tables
from store.notices import CHILD_ENDED, about_end, key_of_end
from store.queueing import queued_rows
from store.record.differing import Row


def child_rows(state: CaseState) -> list[Row]:
    """Return the rows of `children` of the cases that this one has opened, ever."""
    return [
        {"child": child_id(state.case, name, n), "parent": state.case, "name": name}
        for name, child in state.children.items()
        for n in range(1, child.n + 1)
    ]


@dataclass
class Queues:
    """What cases have queued for others, and which case has it."""

    states: list[CaseState] = field(default_factory=list)

    def take(self, state: CaseState) -> None:
        """Take a case as it stands after its last act."""
        if state.queued or state.taken:
            self.states.append(state)

    def rows(self) -> list[Row]:
        """Return the rows of `queued` that follow."""
        return queued_rows(self.states)

    def doubled(self) -> Iterator[tuple[str, str]]:
        """Yield cases that have on a list what isn't theirs alone, or what nobody queued."""
        known = {
            key_of(state.case, place): (state.case, state.number, one)
            for state in self.states
            for place, one in enumerate(state.queued, 1)
        }
        takers: dict[str, str] = {}
        for state in sorted(self.states, key=lambda one: one.opened_at):
            for one in state.taken.values():
                case, number, queued = known.get(one.key, ("", "", None))
                if queued is None or (case, number, queued.text) != (
                    one.case,
                    one.number,
                    one.text,
                ):
                    yield state.case, f"it has on a list what no case has queued: {one.number}"
                elif queued.process != state.process:
                    yield state.case, f"it has on a list what {one.number} queued for another"
            for key in kept(state):
                if key in takers:
                    yield state.case, f"it has on a list what another case has: {takers[key]}"
                takers[key] = state.case


@dataclass
class Repeats:
    """Which cases came to counted states, and which earlier ones each of them names."""

    states: list[CaseState] = field(default_factory=list)

    def take(self, state: CaseState) -> None:
        """Take a case as it stands after its last act."""
        if state.repeats:
            self.states.append(state)

    def strange(self) -> Iterator[tuple[str, str]]:
        """Yield cases that name as earlier what isn't, or leave out what is.

        Of two that came there at nearly the same time, whichever was written later names the other.
        """
        by_number = {state.number: state for state in self.states}
        for state in self.states:
            for one in state.repeats.values():
                for number in one.earlier:
                    other = by_number.get(number)
                    if other is None or not _counts(state, one, other):
                        yield state.case, f"it counts {number} as an earlier case, which isn't one"
                    elif _is_named(other, one.state, state.number):
                        yield state.case, f"it and {number} count each other as the earlier case"
                yield from self._left_out(state, one)

    def _left_out(self, state: CaseState, one: Repeat) -> Iterator[tuple[str, str]]:
        if len(one.earlier) == MOST:
            return
        for other in self.states:
            came = _first(other, one.state)
            if (
                came is not None
                and came <= one.at
                and _counts(state, one, other)
                and other.number not in one.earlier
                and not _is_named(other, one.state, state.number)
            ):
                yield state.case, f"it doesn't count {other.number}, which came there before it"


def _counts(state: CaseState, one: Repeat, other: CaseState) -> bool:
    """Say whether another case is one that counts, as far as the time decides it."""
    came = _first(other, one.state)
    return (
        (other.process, other.case != state.case) == (state.process, True)
        and came is not None
        and is_within(one, came)
    )


def _first(state: CaseState, where: str) -> str | None:
    """Return when a case first came to a counted state."""
    return min((one.at for one in state.repeats.values() if one.state == where), default=None)


def _is_named(state: CaseState, where: str, number: str) -> bool:
    return any(one.state == where and number in one.earlier for one in state.repeats.values())


@dataclass
class Ends:
    """Which cases were opened by which, and which have ended by which of their entries."""

    opened: dict[str, Row] = field(default_factory=dict)
    ended: dict[str, tuple[CaseState, int]] = field(default_factory=dict)

    def take(self, state: CaseState, seq: int) -> None:
        """Take a case as it stands after its last act, whose entry has that number."""
        self.opened |= {str(row["child"]): row for row in child_rows(state)}
        if state.ended is not None:
            self.ended[state.case] = (state, seq)

    def rows(self, connection: Connection) -> list[Row]:
        """Return the rows of `notices` that follow."""
        return [
            self._row(connection, opened, *self.ended[child])
            for child, opened in self.opened.items()
            if child in self.ended
        ]

    @staticmethod
    def _row(connection: Connection, opened: Row, child: CaseState, seq: int) -> Row:
        parent, name = str(opened["parent"]), str(opened["name"])
        key, entries = key_of_end(parent, name, child.case), tables.entries.c
        taken = select(entries.at).where(entries.act_id == key, entries.stream == parent)
        return {
            "key": key,
            "case": parent,
            "kind": CHILD_ENDED,
            "about": canonical(about_end(name, child, seq)).decode(),
            "at": child.ended_at,
            "taken_at": connection.scalar(taken),
        }


@dataclass
class Rulings:
    """Which rulings were made, in which cases."""

    given: dict[str, CaseState] = field(default_factory=dict)

    def take(self, state: CaseState) -> None:
        """Take a case as it stands after its last act."""
        if state.given:
            self.given[state.case] = state

    def strange(self, states: Iterable[CaseState]) -> Iterator[tuple[str, str]]:
        """Yield cases on which something was done as by a ruling that nobody made.

        Args:
            states: cases on which rulings were made.
        """
        for state in states:
            for one in state.rulings:
                made = self.given.get(one.case)
                same = [
                    each
                    for each in (made.given if made else ())
                    if (each.case, each.number, each.ruling, each.waived)
                    == (state.case, one.number, one.ruling, one.waived)
                ]
                if not same:
                    yield state.case, f"no case has made the ruling {one.number} on it"

    def undone(
        self, states: Iterable[CaseState], waiting: Collection[str]
    ) -> Iterator[tuple[str, str]]:
        """Yield cases in which a ruling was made of which the case that it is about knows nothing.

        Args:
            states: cases on which rulings were made.
            waiting: keys of notices of rulings that are still to be taken in.
        """
        done = {(state.case, one.number) for state in states for one in state.rulings}
        for state in self.given.values():
            for one in state.given:
                known = (one.case, one.number) in done or rulings.key_of(state.case, one) in waiting
                if one.case != state.case and not known:
                    yield state.case, f"its ruling {one.number} was never carried out in {one.of}"

    def rows(self, connection: Connection) -> list[Row]:
        """Return the rows of `notices` that follow."""
        return [
            self._row(connection, state, place)
            for state in self.given.values()
            for place, made in enumerate(state.given)
            if made.case != state.case  # somebody was bound in that case itself
        ]

    @staticmethod
    def _row(connection: Connection, state: CaseState, place: int) -> Row:
        made, entries = state.given[place], tables.entries.c
        key = rulings.key_of(state.case, made)
        seq = connection.scalar(
            select(entries.seq).where(entries.act_id == made.act, entries.stream == state.case)
        )
        taken = select(entries.at).where(entries.act_id == key, entries.stream == made.case)
        return {
            "key": key,
            "case": made.case,
            "kind": RULED,
            "about": canonical(rulings.about(state, made, seq or 0)).decode(),
            "at": made.at,
            "taken_at": connection.scalar(taken),
        }
