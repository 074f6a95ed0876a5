"""What anybody may read: published cases and rulings, newest first, by few queries however many.

Of values only those are ever loaded whose names are handed in: nothing else can get onto a page.
"""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, and_, false, func, literal_column, or_, select, true

from definitions.acts import Act, Facts
from definitions.canonical import Json
from store import tables
from store.queries.cases import CaseRow, case_of, cases_by_id, cases_query, values_of
from store.queries.paging import after
from store.streams import read_entry


@dataclass(frozen=True)
class Ruled:
    """A ruling as its entry says it.

    Attributes:
        key: where a page ends that ends with it.
        made_in: the case in which it was made.
        on: the case that it is about.
        number: `aYYYYMMDD.n/k`.
        values: scope and reasons; one that is missing was erased.
    """

    key: tuple[str, str]
    act: Act
    facts: Facts
    made_in: CaseRow
    on: CaseRow
    number: str
    values: Mapping[str, Json] = field(default_factory=dict)


def versions_of(connection: Connection, process: str) -> tuple[str, ...]:
    """Return the registered versions of a process."""
    definitions = tables.definitions.c
    query = select(definitions.version).where(definitions.process == process)
    return tuple(connection.scalars(query))


def published_cases(
    connection: Connection,
    process: str,
    ends: Mapping[str, Collection[str]],
    *,
    as_opened: bool,
    before: Sequence[str] | None = None,
    limit: int,
) -> tuple[CaseRow, ...]:
    """Return cases of a process that are published, the newest first.

    Args:
        ends: by version, with which ends a case is published; without any, whatever its state.
        as_opened: whether they are ordered by their opening, not by their end.
        before: time and number of the last one of the page before.
    """
    cases = tables.cases.c
    when = cases.opened_at if as_opened else cases.ended_at
    out = [
        and_(cases.version == version, cases.outcome.in_(sorted(ended)) if ended else true())
        for version, ended in ends.items()
    ]
    query = cases_query().where(cases.process == process, when.is_not(None), or_(false(), *out))
    if before is not None:
        # The first of the two lets an index lead to where the page begins.
        query = query.where(when <= before[0], after(((when, True), (cases.number, True)), before))
    query = query.order_by(when.desc(), cases.number.desc()).limit(limit)
    return tuple(case_of(row) for row in connection.execute(query))


def open_counts(connection: Connection, processes: Iterable[str]) -> dict[str, int]:
    """Return how many cases of each of these processes haven't ended; none is left out."""
    cases = tables.cases.c
    query = select(cases.process, func.count()).where(
        cases.status != "ended", cases.process.in_(sorted(processes))
    )
    return dict(connection.execute(query.group_by(cases.process)).all())


def rulings_made(
    connection: Connection, *, before: Sequence[str] | None = None, limit: int
) -> tuple[Ruled, ...]:
    """Return rulings, the newest first.

    Args:
        before: `key` of the last one of the page before.
    """
    entries = tables.entries.c
    # As it stands in the index: SQLite uses it for no other way to say the same.
    query = select(entries.text).where(literal_column("entries.kind = 'rule'"))
    if before is not None:
        order = ((entries.at, True), (entries.act_id, True))
        query = query.where(entries.at <= before[0], after(order, before))
    query = query.order_by(entries.at.desc(), entries.act_id.desc()).limit(limit)
    return _ruled(connection, connection.scalars(query))


def ruling_made(connection: Connection, number: str, which: int) -> Ruled | None:
    """Return a ruling; None if there is none of this number.

    Args:
        number: of the case in which it was made.
        which: the how-manieth of that case, from 1.
    """
    query = cases_query().where(tables.cases.c.number == number)
    row = connection.execute(query).one_or_none()
    given = case_of(row).state.given if row else ()
    act = next((one.act for one in given if one.number == f"{number}/{which}"), None)
    if act is None:
        return None
    entries = tables.entries.c
    texts = connection.scalars(select(entries.text).where(entries.act_id == act))
    return next(iter(_ruled(connection, texts)), None)


def acts_of(connection: Connection, ids: Iterable[str]) -> dict[str, Act]:
    """Return these acts as they are recorded, by id; that a value was given shows in them."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    entries = tables.entries.c
    texts = connection.scalars(select(entries.text).where(entries.act_id.in_(wanted)))
    acts = (Act.from_json(json.loads(text)["act"]) for text in texts)
    return {act.id: act for act in acts}


def names_of(connection: Connection, ids: Iterable[str]) -> dict[str, str]:
    """Return the names of these people, and of nobody else."""
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    people = tables.people.c
    query = select(people.person, people.name).where(people.person.in_(wanted))
    return dict(connection.execute(query).all())


def _ruled(connection: Connection, texts: Iterable[str]) -> tuple[Ruled, ...]:
    entries = [read_entry(text) for text in texts]
    read = [(Act.from_json(one.act), Facts.from_json(one.facts)) for one in entries]
    about = {act.id: str((facts.ruling or {}).get("case")) for act, facts in read}
    cases = cases_by_id(connection, {act.case for act, _ in read} | set(about.values()))
    keys = [(act.id, name) for act, _ in read for name in ("scope", "reasons")]
    values = values_of(connection, keys)
    found = []
    for act, facts in read:
        made_in, on = cases.get(act.case), cases.get(about[act.id])
        given = made_in.state.given if made_in else ()
        number = next((one.number for one in given if one.act == act.id), None)
        if made_in is None or on is None or number is None:
            continue  # the record is being rebuilt
        own = {name: value for (id_, name), value in values.items() if id_ == act.id}
        found.append(Ruled((facts.time, act.id), act, facts, made_in, on, number, own))
    return tuple(found)
