"""Cases: one by its number, many for a list, their values, definitions and signatures."""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, Row, Select, select, tuple_

from definitions.acts import Act, Head
from definitions.canonical import Json
from definitions.definition import Definition
from definitions.state import CaseState
from store import tables


@dataclass(frozen=True)
class CaseRow:
    """A case as it is stored.

    Attributes:
        status: `running`, `ended` or `stopped`; `stopped_reason` says why.
        updated_at: when its state last changed, or it was commented.
        head: where its stream ends.
    """

    case: str
    number: str
    process: str
    version: str
    opener: str
    status: str
    stopped_reason: str | None
    opened_at: str
    ended_at: str | None
    updated_at: str
    state: CaseState
    head: Head


@dataclass(frozen=True)
class SignatureRow:
    """A sign-off that was ever given.

    Attributes:
        counts: false if it was taken back or is outdated.
        roles: what the signer held when it was recorded.
        seq: its entry's place in the case's stream.
        act: what was signed.
    """

    act_id: str
    step: str
    instance: str
    seat: str
    actor: str
    outcome: str
    at: str
    counts: bool
    roles: tuple[str, ...]
    seq: int
    act: Act


FieldKey = tuple[str, str]
"""A field's value: the act that gave it, and the field's name."""
ITEM_TITLE = "item"
"""The value of an act that adds a thing to a list."""


def find_case(connection: Connection, number: str) -> CaseRow | None:
    """Return the case of this number; None if there is none."""
    row = connection.execute(cases_query().where(tables.cases.c.number == number)).one_or_none()
    return case_of(row) if row else None


def cases_by_id(connection: Connection, ids: Collection[str]) -> dict[str, CaseRow]:
    """Return the cases of these ids."""
    if not ids:
        return {}
    rows = connection.execute(cases_query().where(tables.cases.c.case.in_(sorted(ids))))
    return {row.case: case_of(row) for row in rows}


def numbers_of(connection: Connection, ids: Collection[str]) -> dict[str, str]:
    """Return the number of each of these cases."""
    if not ids:
        return {}
    cases = tables.cases.c
    query = select(cases.case, cases.number).where(cases.case.in_(sorted(set(ids))))
    return dict(connection.execute(query).all())


def definitions_by_version(
    connection: Connection, versions: Collection[str]
) -> dict[str, Definition]:
    """Return the registered definitions of these versions; unknown ones are left out."""
    if not versions:
        return {}
    definitions = tables.definitions.c
    query = select(definitions.version, definitions.text).where(
        definitions.version.in_(sorted(versions))
    )
    return {version: Definition.from_text(text) for version, text in connection.execute(query)}


def values_of(connection: Connection, keys: Iterable[FieldKey]) -> dict[FieldKey, Json]:
    """Return the values whose openings are there; those that were erased are left out.

    Args:
        keys: only what the reader may see.
    """
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    openings = tables.openings.c
    query = select(openings.act_id, openings.name, openings.value).where(
        # For pairs alone SQLite uses no index: it would read the openings of all cases.
        openings.act_id.in_(sorted({act for act, _ in wanted})),
        tuple_(openings.act_id, openings.name).in_(wanted),
    )
    return {(row.act_id, row.name): json.loads(row.value) for row in connection.execute(query)}


def signatures_of(connection: Connection, case: str) -> tuple[SignatureRow, ...]:
    """Return every sign-off of a case, in the order in which they were given."""
    columns, entries = tables.signatures.c, tables.entries.c
    query = (
        select(
            columns.act_id,
            columns.step,
            columns.instance,
            columns.seat,
            columns.actor,
            columns.outcome,
            columns.at,
            columns.counts,
            entries.text,
            entries.seq,
        )
        .join(tables.entries, entries.act_id == columns.act_id)
        .where(columns.case == case)
        .order_by(entries.seq)
    )
    return tuple(
        SignatureRow(
            *row[:8],
            tuple(json.loads(row.text)["facts"]["roles"]),
            row.seq,
            Act.from_json(json.loads(row.text)["act"]),
        )
        for row in connection.execute(query).all()
    )


def field_keys(state: CaseState, names: Collection[str]) -> tuple[FieldKey, ...]:
    """Return where the values of these fields of a case are."""
    return tuple((state.fields[name].act, name) for name in names if name in state.fields)


def item_keys(state: CaseState) -> tuple[FieldKey, ...]:
    """Return where the titles are of the things that were added to a case's lists."""
    items = (item for listed in state.items.values() for item in listed)
    return tuple((item.act, ITEM_TITLE) for item in items if item.act is not None)


def cases_query() -> "Select[tuple[str, ...]]":
    """Return the query for cases, to which conditions are added; `case_of` reads its rows."""
    cases, streams = tables.cases.c, tables.streams.c
    return select(
        cases.case,
        cases.number,
        cases.process,
        cases.version,
        cases.opener,
        cases.status,
        cases.stopped_reason,
        cases.opened_at,
        cases.ended_at,
        cases.updated_at,
        cases.state,
        cases.known,
        streams.seq,
        streams.sha256,
    ).join(tables.streams, streams.stream == cases.case)


def case_of(row: "Row[tuple[str, ...]]") -> CaseRow:
    """Return the case that a row of `cases_query` is."""
    data: dict[str, Json] = dict(row._mapping)  # noqa: SLF001 - public in SQLAlchemy
    own = {
        name: data[name] for name in CaseRow.__dataclass_fields__ if name not in {"state", "head"}
    }
    known = json.loads(data["known"])
    state = CaseState.model_validate({**json.loads(data["state"]), "known": known})
    return CaseRow(**own, state=state, head=Head(int(data["seq"]), data["sha256"]))
