"""Cases as they are stored: load one, register definitions, note that one has stopped."""

import json

from sqlalchemy import Connection, insert, select, update

from definitions.acts import Head
from definitions.canonical import Json, canonical
from definitions.definition import Definition
from definitions.state import CaseState
from store import tables
from store.database import Database
from store.errors import StoreError
from store.inserting import insert_new
from store.streams import head_of, read_entry


class UnknownDefinitionError(StoreError):
    """The version isn't registered in this database."""


def register_definition(connection: Connection, definition: Definition) -> bool:
    """Keep a definition's whole text for as long as there are cases; say whether it is new.

    Cases can begin only under definitions that are registered.
    """
    versions = tables.definitions.c.version
    if connection.scalar(select(versions).where(versions == definition.version)):
        return False
    values = {
        "version": definition.version,
        "process": definition.process,
        "text": definition.text,
    }
    return insert_new(connection, tables.definitions, values)


def registered_versions(connection: Connection) -> frozenset[str]:
    """Return the versions of all definitions that are kept here."""
    return frozenset(connection.scalars(select(tables.definitions.c.version)))


def load_definition(connection: Connection, version: str) -> Definition:
    """Return a registered definition.

    Raises:
        UnknownDefinitionError: there is none of this version.
    """
    definitions = tables.definitions.c
    text = connection.scalar(select(definitions.text).where(definitions.version == version))
    definition = Definition.from_text(text) if text is not None else None
    if definition is None or definition.version != version:
        raise UnknownDefinitionError(f"No definition of version {version} is registered here.")
    return definition


def load_state(connection: Connection, case: str) -> CaseState | None:
    """Return a case's stored state; None if there is no such case."""
    cases = tables.cases.c
    row = connection.execute(
        select(cases.state, cases.known).where(cases.case == case)
    ).one_or_none()
    if row is None:
        return None
    return CaseState.model_validate({**json.loads(row.state), "known": json.loads(row.known)})


def load_case(database: Database, case: str) -> tuple[Head, dict[str, Json] | None]:
    """Return a case's head and state as stored; `(Head(), None)` if there is no such case."""
    with database.reading() as connection:
        state = load_state(connection, case)
        return head_of(connection, case), state.to_json() if state else None


def load_opening(connection: Connection, case: str) -> dict[str, Json]:
    """Return the act that opened the case, as JSON.

    Raises:
        LookupError: there is no such case.
    """
    entries = tables.entries.c
    text = connection.scalar(select(entries.text).where(entries.stream == case, entries.seq == 1))
    if text is None:
        raise LookupError(f"There is no case {case}.")
    return dict(read_entry(text).act)


def process_of(connection: Connection, case: str) -> str | None:
    """Return which process a case is of; None if there is no such case."""
    cases = tables.cases.c
    return connection.scalar(select(cases.process).where(cases.case == case))


def stopped_reason(connection: Connection, case: str) -> str | None:
    """Return why the case has stopped; None if it hasn't, or if there is no such case."""
    cases = tables.cases.c
    return connection.scalar(
        select(cases.stopped_reason).where(cases.case == case, cases.status == "stopped")
    )


def report_stopped(database: Database, case: str, reason: str) -> None:
    """Note why a case has stopped, so that its opener and the operator see it; "" clears it."""
    cases = tables.cases.c
    if reason:
        change = update(tables.cases).where(cases.status != "ended")
        change = change.values(status="stopped", stopped_reason=reason)
    else:
        change = update(tables.cases).where(cases.status == "stopped")
        change = change.values(status="running", stopped_reason=None)
    with database.writing() as connection:
        connection.execute(change.where(cases.case == case))


def open_numbers(connection: Connection) -> dict[str, str]:
    """Return the number of each case that hasn't ended, the oldest first."""
    cases = tables.cases.c
    query = select(cases.case, cases.number).where(cases.status != "ended")
    rows = connection.execute(query.order_by(cases.opened_at, cases.case))
    return {row.case: row.number for row in rows}


def running_cases(connection: Connection) -> dict[str, tuple[str, str, Head]]:
    """Return of each case that hasn't ended: its process, its version and its head."""
    cases, streams = tables.cases.c, tables.streams.c
    query = (
        select(cases.case, cases.process, cases.version, streams.seq, streams.sha256)
        .join(tables.streams, streams.stream == cases.case)
        .where(cases.status != "ended")
        .order_by(cases.opened_at, cases.case)
    )
    return {
        row.case: (row.process, row.version, Head(row.seq, row.sha256))
        for row in connection.execute(query)
    }


def save_state(connection: Connection, state: CaseState, at: str, *, new: bool) -> None:
    """Write the case's row; `new` with its opening. A case that was stopped goes on."""
    row = case_row(state, at)
    if new:
        connection.execute(insert(tables.cases).values(row))
        return
    case = tables.cases.c.case
    change = {name: value for name, value in row.items() if name not in _FROM_OPENING}
    connection.execute(update(tables.cases).where(case == state.case).values(change))


_FROM_OPENING = frozenset({"case", "number", "process", "version", "opener", "opened_at"})
"""Columns that stay what the opening made them."""


def case_row(state: CaseState, at: str) -> dict[str, Json]:
    """Return the row of a case that hasn't stopped, whose last act was at that time."""
    return {
        "case": state.case,
        "number": state.number,
        "process": state.process,
        "version": state.definition,
        "opener": state.people["opener"][0],
        "state": canonical(state.digestible()).decode(),
        "known": canonical(dict(state.known)).decode(),
        "status": "ended" if state.ended else "running",
        "stopped_reason": None,
        "outcome": state.ended,
        "opened_at": state.opened_at,
        "ended_at": state.ended_at,
        "updated_at": at,
    }
