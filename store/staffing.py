"""Who can still sign, asked again when a role or an absence changes.

Only open cases with a seat that names such a role are asked, and only about the steps that are
open in them. What has become unfillable is kept as a mark, with what would mend it, until it is
asked again and found well, or the case has moved on; the teams' pages and the operator's show it.

What has changed is what the directory's stream says since it was last asked, and what began or
ran out by itself meanwhile. So it may be asked as often as one likes, by anybody, and nothing is
missed when a process ends in between.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Final

from sqlalchemy import ColumnElement, Connection, Table, delete, or_, select, update

from definitions.canonical import Json, canonical
from definitions.definition import Definition
from definitions.model import words
from definitions.organisation import load_organisation
from definitions.proof.staffing import Shortage, in_case, matched, remedy
from definitions.state import CaseState
from store import tables
from store.absences import AWAY, BACK
from store.cases import load_state
from store.database import Database
from store.deeds import ENDED, GRANTED
from store.directory import roles_of
from store.inserting import insert_new
from store.queries.cases import definitions_by_version
from store.queries.directory import available
from store.streams import DIRECTORY, head_of

_ASKED: Final = "staffing-asked"
_UNFILLABLE: Final = "unfillable:"


@dataclass(frozen=True)
class Unfillable:
    """An open step that the people who are there can't finish.

    Attributes:
        sentence: what it needs and how much of that can be given; names nobody.
        remedy: what would mend it.
        roles: ids of the roles that its seats name.
        since: when it was found, a stamp.
    """

    case: str
    number: str
    process: str
    step: str
    sentence: str
    remedy: str
    roles: tuple[str, ...]
    since: str


def ask_again(database: Database, at: str) -> tuple[Unfillable, ...]:
    """Ask who can still sign wherever something changed since the last time; keep what is found.

    Args:
        at: the time, as a stamp.

    Returns:
        What has newly become unfillable.
    """
    with database.reading() as connection:
        seq = head_of(connection, DIRECTORY).seq
        last = _last_asked(connection)
        roles = _changed(connection, *last, at) if last else set()
        if last and last[0] == seq and not roles:
            return ()
        cases = _naming(connection, roles)
        found = {one.case: one for one in _unfillable(connection, cases, at)}
        before = {one.case for one in unfillable(connection)}
    with database.writing() as connection:
        _keep(connection, cases, found, at)
        _put(connection, _ASKED, {"seq": seq, "at": at}, at)
    return tuple(one for case, one in found.items() if case not in before)


def unfillable(connection: Connection) -> tuple[Unfillable, ...]:
    """Return what is known to be unfillable and still waits, the oldest first."""
    marks, waiting = tables.marks.c, tables.waiting.c
    query = select(marks.about, marks.since).where(marks.name.startswith(_UNFILLABLE))
    rows = connection.execute(query.order_by(marks.since, marks.name)).all()
    told = [(json.loads(about), since) for about, since in rows]
    cases = sorted({about["case"] for about, _ in told})
    waits = set(
        connection.execute(
            select(waiting.case, waiting.step).where(waiting.case.in_(cases)).distinct()
        )
    )
    return tuple(
        Unfillable(**{**about, "roles": tuple(about["roles"]), "since": since})
        for about, since in told
        if (about["case"], about["step"]) in waits
    )


def _last_asked(connection: Connection) -> tuple[int, str] | None:
    marks = tables.marks.c
    about = connection.scalar(select(marks.about).where(marks.name == _ASKED))
    if about is None:
        return None
    data = json.loads(about)
    return data["seq"], data["at"]


def _changed(connection: Connection, seq: int, last: str, at: str) -> set[str]:
    """Return the roles whose holders, or who of them is there, changed since the last time."""
    entries, openings = tables.entries.c, tables.openings.c
    since = (entries.stream == DIRECTORY) & (entries.seq > seq)
    said = (
        select(openings.name, openings.value)
        .join(tables.entries, entries.act_id == openings.act_id)
        .where(since, entries.kind.in_((GRANTED, ENDED)), openings.name.in_(("role", "list")))
    )
    roles = {_role(name, json.loads(value)) for name, value in connection.execute(said)}
    gone = select(entries.actor).where(since, entries.kind.in_((AWAY, BACK))).distinct()
    turned = select(tables.absences.c.person).where(_turned(tables.absences, last, at))
    people = {*connection.scalars(gone), *connection.scalars(turned)}
    for person in people:
        roles |= {*roles_of(connection, person, at)}
    grants = tables.grants.c
    lapsed = select(grants.role).where(_turned(tables.grants, last, at)).distinct()
    return roles | set(connection.scalars(lapsed))


def _role(name: str, what: str) -> str:
    return what if name == "role" else load_organisation().access_list(what).who


def _turned(table: Table, last: str, at: str) -> ColumnElement[bool]:
    """Say of a row whether it began or ran out since the last time."""
    begun = (table.c.since > last) & (table.c.since <= at)
    return or_(begun, (table.c.until > last) & (table.c.until <= at))


def _naming(connection: Connection, roles: Collection[str]) -> tuple[str, ...]:
    """Return the open cases with an open seat that names one of the roles.

    Or that names somebody who holds or held one of them: whom a lot fell on counts by it.
    """
    waiting, grants = tables.waiting.c, tables.grants.c
    persons = select(grants.person).where(grants.role.in_(sorted(roles)))
    named = waiting.role.in_(sorted(roles)) | waiting.person.in_(persons)
    query = select(waiting.case).where(named).distinct()
    return tuple(sorted(connection.scalars(query)))


def _unfillable(connection: Connection, cases: Collection[str], at: str) -> Iterator[Unfillable]:
    """Yield for each case the first of its open steps that can't be finished."""
    holders = available(connection, at)
    known: dict[str, Definition] = {}
    for case in cases:
        state = load_state(connection, case)
        if state is None or state.ended:
            continue
        if state.definition not in known:
            known |= definitions_by_version(connection, {state.definition})
        definition = known[state.definition]
        found = next(_shortages(definition, state, holders), None)
        if found is not None:
            yield _told(definition, state, found, at)


def _shortages(
    definition: Definition, state: CaseState, holders: Mapping[str, Collection[str]]
) -> Iterator[Shortage]:
    """Yield what open steps lack; a vote counts its own electorate and is left to the rules."""
    for found in in_case(definition, state, holders, ()):
        if state.is_open(found.step) and definition.body.steps[found.step].vote is None:
            yield found


def _told(definition: Definition, state: CaseState, found: Shortage, at: str) -> Unfillable:
    given, asked = matched([one.able for one in found.wanted]), len(found.wanted)
    title = words(definition.step(found.step).title)
    them = "it" if asked == 1 else "them"
    can = f"those who are there can give {given} of" if given else "nobody who is there can give"
    needs = f"{asked} signature{'' if asked == 1 else 's'}"
    return Unfillable(
        case=state.case,
        number=state.number or "",
        process=state.process,
        step=found.step,
        sentence=f"“{title}” still needs {needs}; {can} {them}.",
        remedy=remedy(definition, found),
        roles=tuple(sorted({role for one in found.wanted for role in one.roles})),
        since=at,
    )


def _keep(
    connection: Connection, asked: Collection[str], found: Mapping[str, Unfillable], at: str
) -> None:
    """Let the marks of the cases that were asked say what was found, and no more."""
    for case in asked:
        name = f"{_UNFILLABLE}{case}"
        if case in found:
            one = found[case]
            about = {key: value for key, value in asdict(one).items() if key != "since"}
            _put(connection, name, about | {"roles": list(one.roles)}, at)
        else:
            connection.execute(delete(tables.marks).where(tables.marks.c.name == name))


def _put(connection: Connection, name: str, about: Mapping[str, Json], at: str) -> None:
    """Set a mark; one that stands already keeps its time."""
    marks, text = tables.marks, canonical(dict(about)).decode()
    row = {"name": name, "since": at, "about": text}
    if not insert_new(connection, marks, row):
        connection.execute(update(marks).where(marks.c.name == name).values(about=text))
