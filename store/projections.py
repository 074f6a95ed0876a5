"""From a case's state to what pages ask for: the inbox, and who signed what.

All of it follows from the record, so it can be thrown away and made again: the functions here
replace a case's rows whatever was there before.
"""

from typing import TypeAlias

from sqlalchemy import Connection, delete, insert, update

from definitions.acts import Act
from definitions.canonical import Json
from definitions.definition import Definition
from definitions.rules import OpenSeat, open_seats
from definitions.state import CaseState
from store import tables

Row: TypeAlias = dict[str, Json]
"""A row of a table, by its columns' names."""


def project(connection: Connection, definition: Definition, state: CaseState) -> None:
    """Make the inbox rows of a case, and mark which signatures count."""
    for table in (tables.waiting, tables.waiting_barred):
        connection.execute(delete(table).where(table.c.case == state.case))
    waiting, barred = inbox_rows(definition, state)
    if waiting:
        connection.execute(insert(tables.waiting), waiting)
    if barred:
        connection.execute(insert(tables.waiting_barred), barred)
    _mark_signatures(connection, state)
    _electors(connection, state)
    _named(connection, state)


def _named(connection: Connection, state: CaseState) -> None:
    """Keep which cases the case names; it names the same for as long as it lives."""
    rows = named_rows(state)
    if rows:
        connection.execute(
            delete(tables.named_cases).where(tables.named_cases.c.case == state.case)
        )
        connection.execute(insert(tables.named_cases), rows)


def named_rows(state: CaseState) -> list[Row]:
    """Return the rows of `named_cases` that follow from a case's state."""
    return [
        {"case": state.case, "field": field, "named": one.case}
        for field, one in state.named.items()
    ]


def _electors(connection: Connection, state: CaseState) -> None:
    """Keep who may vote in the open votes of a case: whose leaving would matter to it."""
    if not state.votes:
        return
    connection.execute(delete(tables.electors).where(tables.electors.c.case == state.case))
    rows = elector_rows(state)
    if rows:
        connection.execute(insert(tables.electors), rows)


def elector_rows(state: CaseState) -> list[Row]:
    """Return the rows of `electors` that follow from a case's state."""
    return [
        {"case": state.case, "step": step, "person": person}
        for step, vote in state.votes.items()
        if state.is_open(step)
        for person in vote.electorate
    ]


def inbox_rows(definition: Definition, state: CaseState) -> tuple[list[Row], list[Row]]:
    """Return the rows of `waiting` and of `waiting_barred` that follow from a case's state."""
    waiting, barred = [], []
    for seat in open_seats(definition, state):
        waiting.extend(_waiting(state.case, seat))
        barred.extend(_barred(state.case, seat))
    return waiting, barred


def project_act(connection: Connection, act: Act, at: str) -> None:
    """Add an act's row to the signatures, if it is a sign-off."""
    row = signature_row(act, at)
    if row is not None:
        connection.execute(insert(tables.signatures).values(row))


def signature_row(act: Act, at: str) -> Row | None:
    """Return the row of a sign-off that counts; None for any other act."""
    if act.kind != "sign_off":
        return None
    return {
        "act_id": act.id,
        "case": act.case,
        "step": act.step,
        "instance": act.instance,
        "seat": act.seat,
        "actor": act.actor,
        "outcome": act.outcome,
        "at": at,
        "counts": True,
    }


def counting(state: CaseState) -> frozenset[str]:
    """Return the ids of the sign-offs that count in a state."""
    return frozenset(one.act for step in state.steps.values() for one in step.signatures)


def forget(connection: Connection, case: str) -> None:
    """Drop all that was projected of a case, before it is projected again from its record."""
    for table in (
        tables.waiting,
        tables.waiting_barred,
        tables.signatures,
        tables.electors,
        tables.named_cases,
    ):
        connection.execute(delete(table).where(table.c.case == case))


def _mark_signatures(connection: Connection, state: CaseState) -> None:
    signatures = tables.signatures.c
    connection.execute(
        update(tables.signatures)
        .where(
            signatures.case == state.case,
            signatures.counts,
            signatures.act_id.not_in(sorted(counting(state))),
        )
        .values(counts=False)
    )


def _waiting(case: str, seat: OpenSeat) -> list[Row]:
    who = [(role, "") for role in seat.roles] + [("", person) for person in seat.persons]
    return [
        {
            "case": case,
            "step": seat.step,
            "instance": seat.instance,
            "seat": seat.seat,
            "role": role,
            "person": person,
            "missing": seat.missing,
            "since": seat.since,
            "due": seat.due,
            "overdue": seat.overdue,
        }
        for role, person in dict.fromkeys(who)
    ]


def _barred(case: str, seat: OpenSeat) -> list[Row]:
    who = [("", person) for person in seat.barred] + [(role, "") for role in seat.barred_roles]
    return [
        {"case": case, "step": seat.step, "seat": seat.seat, "role": role, "person": person}
        for role, person in dict.fromkeys(who)
    ]
