"""The inbox: what waits for somebody, what they opened, what they signed."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Self

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    union,
    union_all,
)

from store import tables
from store.queries.paging import after


@dataclass(frozen=True)
class WaitingStep:
    """A step that waits for the person, in at least one of its seats.

    Attributes:
        seats: the seats that they can fill, sorted by id.
    """

    case: str
    step: str
    instance: str
    since: str
    due: str | None
    overdue: bool
    seats: tuple[str, ...]

    @property
    def key(self) -> tuple[object, ...]:
        """Where a page that ends with it goes on."""
        return (int(self.overdue), self.since, self.case, self.step)


@dataclass(frozen=True)
class ListedCase:
    """A case in a list of somebody's, with the time by which the list is sorted."""

    case: str
    at: str


def waiting_for(
    connection: Connection,
    person: str,
    roles: Collection[str],
    *,
    at: str,
    after_key: Sequence[object] | None = None,
    limit: int = 25,
) -> tuple[WaitingStep, ...]:
    """Return the steps that wait for this person: overdue on top, the newest next.

    A step is there if one of its open seats takes the person or one of their roles, and doesn't
    bar them: authors, signers of this or an excluded step, and whoever declined are barred.

    Args:
        roles: what they hold now.
        at: the time of the request: what is due before it is overdue.
        after_key: `key` of the last step of the page before.
    """
    begin = _Begin.of(after_key)
    parts = [_part(who, at, begin, late=False) for who in _whose(person, roles)]
    if begin.late:
        parts += [_part(who, at, begin, late=True) for who in _whose(person, roles)]
        parts.append(_due_by_now(person, roles, at, begin))
    let_in = (_let_in(part, person, roles).limit(limit) for part in parts)
    found = union_all(*(select(part.subquery()) for part in let_in)).subquery()
    order = (found.c.late, found.c.since, found.c.case, found.c.step)
    query = select(found).distinct().order_by(*(column.desc() for column in order)).limit(limit)
    rows = connection.execute(query).all()
    seats = _seats(connection, person, roles, {row.case for row in rows})
    return tuple(
        WaitingStep(
            case=row.case,
            step=row.step,
            instance=row.instance,
            since=row.since,
            due=row.due,
            overdue=bool(row.late),
            seats=tuple(sorted(seats[row.case, row.step])),
        )
        for row in rows
    )


def count_waiting(
    connection: Connection, person: str, roles: Collection[str], *, limit: int = 101
) -> int:
    """Return how many steps wait for this person, counted no further than `limit`."""
    parts = (select(_waiting.case, _waiting.step).where(who) for who in _whose(person, roles))
    let_in = (_let_in(part.distinct(), person, roles).limit(limit) for part in parts)
    some = union(*(select(part.subquery()) for part in let_in)).limit(limit).subquery()
    return connection.scalar(select(func.count()).select_from(some)) or 0


def opened_by(
    connection: Connection,
    person: str,
    *,
    before: Sequence[object] | None = None,
    limit: int = 10,
) -> tuple[ListedCase, ...]:
    """Return the cases that this person opened, the newest first.

    Args:
        before: `(at, case)` of the last one of the page before.
    """
    cases = tables.cases.c
    query = select(cases.case, cases.opened_at.label("at")).where(cases.opener == person)
    return _listed(connection, query, cases.opened_at, cases.case, before, limit)


def signed_by(
    connection: Connection,
    person: str,
    *,
    before: Sequence[object] | None = None,
    limit: int = 10,
) -> tuple[ListedCase, ...]:
    """Return the cases in which this person signed, that of their latest signature first.

    Args:
        before: `(at, case)` of the last one of the page before.
    """
    latest = _signed(person).subquery()
    query = select(latest.c.case, latest.c.at)
    return _listed(connection, query, latest.c.at, latest.c.case, before, limit)


def count_cases(connection: Connection, person: str, *, limit: int = 101) -> tuple[int, int]:
    """Return in how many cases this person is the opener, and a signer; no further than `limit`."""
    opened = select(tables.cases.c.case).where(tables.cases.c.opener == person).limit(limit)
    signed = _signed(person).limit(limit)
    row = connection.execute(
        select(
            select(func.count()).select_from(opened.subquery()).scalar_subquery(),
            select(func.count()).select_from(signed.subquery()).scalar_subquery(),
        )
    ).one()
    return row[0], row[1]


_waiting = tables.waiting.c
_END = "\U0010ffff"
"""Sorts after every text that there is."""


@dataclass(frozen=True)
class _Begin:
    """Where a page begins: after a step, or at the very beginning."""

    late: bool
    since: str
    case: str
    step: str

    @classmethod
    def of(cls, key: Sequence[object] | None) -> Self:
        if key is None:
            return cls(late=True, since=_END, case=_END, step=_END)
        return cls(bool(key[0]), str(key[1]), str(key[2]), str(key[3]))

    def holds(self, *, late: bool) -> ColumnElement[bool]:
        """Return the condition for what comes from here on; all late steps come first."""
        if late != self.late:
            return true()
        order = ((_waiting.since, True), (_waiting.case, True), (_waiting.step, True))
        # The first of the two lets an index lead to where the page begins.
        return and_(_waiting.since <= self.since, after(order, (self.since, self.case, self.step)))


def _whose(person: str, roles: Collection[str]) -> list[ColumnElement[bool]]:
    """Return a condition for each role and for the person: each is one walk along an index."""
    return [_waiting.person == person, *(_waiting.role == role for role in sorted(roles))]


def _mine(person: str, roles: Collection[str]) -> ColumnElement[bool]:
    """Return the condition for all of these at once, where another index than theirs leads there.

    Joined with nothing, the columns no longer tempt SQLite to walk along all that waits for a
    role.
    """
    whose, role = _waiting.person.concat(""), _waiting.role.concat("")
    return or_(whose == person, and_(role != "", role.in_(sorted(roles))))


def _part(who: ColumnElement[bool], at: str, begin: _Begin, *, late: bool) -> "Select[Any]":
    """Return, in order, what waits for one role or person: what is marked as overdue, or isn't."""
    if late:
        when = _waiting.overdue == true()
    else:
        in_time = or_(_waiting.due.is_(None), _waiting.due > at)
        when = and_(_waiting.overdue == false(), in_time)
    order = (_waiting.since, _waiting.case, _waiting.step)
    found = _steps(late=late).where(who, when, begin.holds(late=late))
    return found.order_by(*(column.desc() for column in order))


def _due_by_now(person: str, roles: Collection[str], at: str, begin: _Begin) -> "Select[Any]":
    """Return what is due and not marked as overdue yet: never much, the clock marks it soon."""
    when = and_(_waiting.overdue == false(), _waiting.due <= at)
    found = _steps(late=True).where(_mine(person, roles), when, begin.holds(late=True))
    return found.order_by(_waiting.since.desc(), _waiting.case.desc(), _waiting.step.desc())


def _steps(*, late: bool) -> "Select[Any]":
    return select(
        literal_column("1" if late else "0").label("late"),
        _waiting.case,
        _waiting.step,
        _waiting.instance,
        _waiting.since,
        _waiting.due,
    ).distinct()


def _let_in(found: "Select[Any]", person: str, roles: Collection[str]) -> "Select[Any]":
    """Leave out the seats that the person is kept out of."""
    barred = tables.waiting_barred.c
    kept_out = exists().where(
        barred.case == _waiting.case,
        barred.step == _waiting.step,
        barred.seat == _waiting.seat,
        or_(barred.person == person, and_(barred.role != "", barred.role.in_(sorted(roles)))),
    )
    return found.where(~kept_out)


def _seats(
    connection: Connection, person: str, roles: Collection[str], cases: Collection[str]
) -> dict[tuple[str, str], set[str]]:
    """Return the seats that the person can fill, by case and step."""
    part = select(_waiting.case, _waiting.step, _waiting.seat)
    found = part.where(_waiting.case.in_(sorted(cases)), _mine(person, roles))
    seats: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for row in connection.execute(_let_in(found, person, roles)):
        seats[row.case, row.step].add(row.seat)
    return seats


def _signed(person: str) -> "Select[tuple[str, str]]":
    signatures = tables.signatures.c
    return (
        select(signatures.case, func.max(signatures.at).label("at"))
        .where(signatures.actor == person)
        .group_by(signatures.case)
    )


def _listed(
    connection: Connection,
    query: "Select[tuple[str, str]]",
    at: ColumnElement[str],
    id_: ColumnElement[str],
    before: Sequence[object] | None,
    limit: int,
) -> tuple[ListedCase, ...]:
    if before is not None:
        query = query.where(after(((at, True), (id_, True)), before))
    rows = connection.execute(query.order_by(at.desc(), id_.desc()).limit(limit))
    return tuple(ListedCase(row.case, row.at) for row in rows)
