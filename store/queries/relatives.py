"""The cases that a case opened, and the one that opened it: one query, however many they are."""

from dataclasses import dataclass

from sqlalchemy import Connection, literal, select, union_all

from store import tables
from store.queries.cases import CaseRow, case_of, cases_query


@dataclass(frozen=True)
class Relatives:
    """The cases beside one.

    Attributes:
        parent: the case that opened it; None if a person did.
        children: those that it opened, in the order in which they were.
    """

    parent: CaseRow | None
    children: tuple[CaseRow, ...]


def relatives_of(connection: Connection, case: str) -> Relatives:
    """Return the cases that this one opened, and that opened it; not those on their way still."""
    children = tables.children.c
    up, down = literal("up"), literal("down")
    beside = union_all(
        select(children.parent.label("case"), up.label("way")).where(children.child == case),
        select(children.child.label("case"), down.label("way")).where(children.parent == case),
    ).subquery()
    cases = tables.cases.c
    query = (
        cases_query()
        .add_columns(beside.c.way)
        .join(beside, beside.c.case == cases.case)
        .order_by(cases.opened_at, cases.number)
    )
    rows = connection.execute(query).all()
    parents = [case_of(row) for row in rows if row.way == "up"]
    return Relatives(
        parents[0] if parents else None, tuple(case_of(row) for row in rows if row.way == "down")
    )
