"""Rulings as pages show them, and the cases on the Arbitrator's desk: few queries, however many."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, select

from definitions.canonical import Json
from definitions.rules.arbitrating import DOCUMENT
from definitions.state import CaseState
from store import tables
from store.queries.cases import CaseRow, case_of, cases_by_id, cases_query, values_of


@dataclass(frozen=True)
class MadeRuling:
    """What the case in which a ruling was made says of it; texts are "" where they were erased.

    Attributes:
        person: who ruled.
        case: which case it is about.
        document: the value of its document's field; None without one.
    """

    person: str
    case: str
    scope: str
    reasons: str
    document: Json = None


def made_rulings(connection: Connection, state: CaseState) -> Mapping[str, MadeRuling]:
    """Return by number the rulings on a case and those that were made in it."""
    if not state.rulings and not state.given:
        return {}
    others = cases_by_id(connection, {one.case for one in state.rulings})
    wanted = {one.number for one in state.rulings}
    given = [*state.given]
    given += [g for row in others.values() for g in row.state.given if g.number in wanted]
    acts = [one.act for one in given]
    said = ("scope", "reasons", DOCUMENT)
    texts = values_of(connection, [(act, name) for act in acts for name in said])
    entries = tables.entries.c
    rows = connection.execute(select(entries.act_id, entries.actor).where(entries.act_id.in_(acts)))
    people = {row.act_id: row.actor for row in rows}
    return {
        one.number: MadeRuling(
            people[one.act],
            one.case,
            str(texts.get((one.act, "scope"), "")),
            str(texts.get((one.act, "reasons"), "")),
            texts.get((one.act, DOCUMENT)),
        )
        for one in given
        if one.act in people
    }


def open_cases(connection: Connection, *, limit: int) -> tuple[CaseRow, ...]:
    """Return cases that haven't ended, the newest first."""
    cases = tables.cases.c
    query = cases_query().where(cases.status != "ended")
    query = query.order_by(cases.opened_at.desc(), cases.number.desc()).limit(limit)
    return tuple(case_of(row) for row in connection.execute(query))


def cases_of_processes(connection: Connection, processes: Collection[str]) -> tuple[CaseRow, ...]:
    """Return the cases of these processes that haven't ended, the oldest first."""
    cases = tables.cases.c
    query = cases_query().where(cases.status != "ended", cases.process.in_(sorted(processes)))
    query = query.order_by(cases.opened_at, cases.number)
    return tuple(case_of(row) for row in connection.execute(query))
