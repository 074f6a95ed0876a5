"""The inbox: what waits for somebody, what they opened, what they signed."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Select, and_, case, exists, func, or_, select

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
    steps = _steps(person, roles, at).subquery()
    query = select(steps)
    order = ((steps.c.late, True), (steps.c.since, True), (steps.c.case, False),
             (steps.c.step, False))  # fmt: skip
    if after_key is not None:
        query = query.where(after(order, after_key))
    query = query.order_by(*(c.desc() if down else c for c, down in order)).limit(limit)
    return tuple(
        WaitingStep(
            case=row.case,
            step=row.step,
            instance=row.instance,
            since=row.since,
            due=row.due,
            overdue=bool(row.late),
            seats=tuple(sorted(set(row.seats.split(" ")))),
        )
        for row in connection.execute(query)
    )


def count_waiting(
    connection: Connection, person: str, roles: Collection[str], *, limit: int = 101
) -> int:
    """Return how many steps wait for this person, counted no further than `limit`."""
    some = _steps(person, roles, "").limit(limit).subquery()
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


def _steps(person: str, roles: Collection[str], at: str) -> "Select[tuple[str, ...]]":
    waiting, barred = tables.waiting.c, tables.waiting_barred.c
    mine = sorted(roles)
    kept_out = exists().where(
        barred.case == waiting.case,
        barred.step == waiting.step,
        barred.seat == waiting.seat,
        or_(barred.person == person, and_(barred.role != "", barred.role.in_(mine))),
    )
    return (
        select(
            waiting.case,
            waiting.step,
            func.min(waiting.instance).label("instance"),
            waiting.since,
            waiting.due,
            waiting.overdue,
            case((waiting.overdue, 1), (waiting.due <= at, 1), else_=0).label("late"),
            func.aggregate_strings(waiting.seat, " ").label("seats"),
        )
        .where(
            or_(waiting.person == person, and_(waiting.role != "", waiting.role.in_(mine))),
            ~kept_out,
        )
        .group_by(waiting.case, waiting.step, waiting.since, waiting.due, waiting.overdue)
    )


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
