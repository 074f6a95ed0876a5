"""The cases that a case opened, and the one that opened it: one query, however many they are."""

from dataclasses import dataclass

from sqlalchemy import Connection, literal, or_, select, union_all

from store import tables
from store.queries.cases import CaseRow, case_of, cases_by_id, cases_query, field_keys, values_of


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


@dataclass(frozen=True)
class Naming:
    """That one case names another in a field of its form.

    Attributes:
        field: which field of the naming case.
        value: what was typed there: the number of a case, or of a ruling; "" where it was erased.
        by: the case that names; `named` the one that it names.
    """

    field: str
    value: str
    by: CaseRow
    named: CaseRow


def naming_of(connection: Connection, case: str) -> tuple[Naming, ...]:
    """Return which cases this one names, and which name it; in the order in which they opened."""
    named = tables.named_cases.c
    query = select(named.case, named.field, named.named)
    rows = connection.execute(query.where(or_(named.case == case, named.named == case))).all()
    cases = cases_by_id(connection, {one for row in rows for one in (row.case, row.named)})
    keys = {
        (row.case, row.field): key
        for row in rows
        for key in field_keys(cases[row.case].state, (row.field,))
    }
    values = values_of(connection, list(keys.values())) if keys else {}
    found = [
        Naming(
            row.field,
            str(values.get(keys[row.case, row.field], "")),
            cases[row.case],
            cases[row.named],
        )
        for row in rows
        if row.named in cases
    ]
    return tuple(sorted(found, key=lambda one: (one.by.opened_at, one.by.number, one.field)))
