"""Who holds what, since when and by what: people, teams and access lists, at any time.

A role or a place on a list counts from `since` on and no longer from `until` on; one may begin in
the future. Each change has an entry behind it, and that names the case that caused it and the
motion or ruling that stands behind it (Policy 3.4.2, 9.1.5); what came with the first file may
name a past motion.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sqlalchemy import ColumnElement, Connection, Table, select

from definitions.canonical import Json
from definitions.exclusivity import Finding, staffing
from definitions.organisation import load_organisation
from store import tables
from store.directory import all_holders, away_at
from store.founding_file import OPERATOR

Of: TypeAlias = Literal["role", "list"]


@dataclass(frozen=True)
class Behind:
    """What made something begin or end.

    Attributes:
        act: the id of the entry's act.
        authority: the number of the motion or ruling; "" where nothing is said.
        case: the number of the case that did it; "" where none did, as with the first file.
        known: those of the two numbers that are cases here.
    """

    act: str
    authority: str
    case: str
    known: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Holding:
    """A role, or a place on an access list, that somebody has, had, or will have.

    Attributes:
        of: `role` or `list`.
        what: its id.
        since: from when on it counts, a stamp; maybe in the future.
        until: from when on it no longer does; None without end.
        ended: what ended it; None if nothing did, though it may have run out by itself.
    """

    person: str
    of: Of
    what: str
    since: str
    until: str | None
    began: Behind
    ended: Behind | None = None

    def counts(self, at: str) -> bool:
        """Say whether it counts at that time."""
        return self.since <= at and (self.until is None or self.until > at)


def holdings_of(connection: Connection, person: str) -> tuple[Holding, ...]:
    """Return every role and list place that somebody ever had, the newest first."""
    grants, lists = tables.grants.c, tables.list_entries.c
    return _holdings(connection, grants.person == person, lists.person == person)


def holdings_of_roles(connection: Connection, roles: Collection[str]) -> tuple[Holding, ...]:
    """Return whoever ever held one of these roles, the newest first."""
    return _holdings(connection, tables.grants.c.role.in_(sorted(roles)), None)


def holdings_of_list(connection: Connection, list_: str) -> tuple[Holding, ...]:
    """Return whoever was ever on this access list, the newest first."""
    return _holdings(connection, None, tables.list_entries.c.list == list_)


def on_lists(connection: Connection, at: str) -> dict[str, tuple[str, ...]]:
    """Return for each access list who is on it at that time, by id."""
    lists = tables.list_entries.c
    counts = (lists.since <= at) & (lists.until.is_(None) | (lists.until > at))
    found: dict[str, set[str]] = {one.id: set() for one in load_organisation().access_lists}
    for list_, person in connection.execute(select(lists.list, lists.person).where(counts)):
        found.setdefault(list_, set()).add(person)
    return {list_: tuple(sorted(people)) for list_, people in found.items()}


def available(connection: Connection, at: str) -> dict[str, tuple[str, ...]]:
    """Return who holds each role of the policy at that time and isn't away."""
    away = away_at(connection, at)
    return {
        role: tuple(person for person in people if person not in away)
        for role, people in all_holders(connection, at).items()
        if role != OPERATOR and load_organisation().has_role(role)
    }


def staffed(connection: Connection, at: str) -> tuple[Finding, ...]:
    """Return how teams aren't made up as they should be (Policy 9.1.2), counting who is there.

    Where a team has enough people and only some of them are away, the sentence says that.
    """
    holders = {
        role: people
        for role, people in all_holders(connection, at).items()
        if role != OPERATOR and load_organisation().has_role(role)
    }
    always = staffing(holders)
    short = {finding.team for finding in always if _is_minimum(finding)}
    now = [
        finding
        for finding in staffing(available(connection, at))
        if _is_minimum(finding) and finding.team not in short
    ]
    return (*always, *(_by_absence(finding) for finding in now))


def _is_minimum(finding: Finding) -> bool:
    """Say whether it is about a team with too few members (9.1.2)."""
    if finding.team is None or finding.people or finding.severity == "forbidden":
        return False
    return finding.roles == (load_organisation().team(finding.team).member,)


def _by_absence(finding: Finding) -> Finding:
    sentence = f"{finding.sentence.removesuffix('.')}, because others are away."
    return Finding(
        finding.severity, finding.section, sentence, finding.roles, finding.team, finding.people
    )


def _holdings(
    connection: Connection,
    in_grants: ColumnElement[bool] | None,
    in_lists: ColumnElement[bool] | None,
) -> tuple[Holding, ...]:
    rows: list[tuple[Of, Mapping[str, Json]]] = []
    if in_grants is not None:
        rows += [("role", row) for row in _rows(connection, tables.grants, in_grants)]
    if in_lists is not None:
        rows += [("list", row) for row in _rows(connection, tables.list_entries, in_lists)]
    acts = {act for _, row in rows for act in (row["act_id"], row["end_act_id"]) if act}
    behind = _behind(connection, acts)
    found = [
        Holding(
            person=row["person"],
            of=of,
            what=row[of],
            since=row["since"],
            until=row["until"],
            began=behind.get(row["act_id"], Behind(row["act_id"], row["authority"] or "", "")),
            ended=behind.get(row["end_act_id"]),
        )
        for of, row in rows
    ]
    found.sort(key=lambda one: (one.of, one.what, one.person))
    return tuple(sorted(found, key=lambda one: one.since, reverse=True))


def _rows(
    connection: Connection, table: Table, where: ColumnElement[bool]
) -> Iterable[Mapping[str, Json]]:
    return map(dict, connection.execute(select(table).where(where)).mappings())


def _behind(connection: Connection, acts: Collection[str]) -> dict[str, Behind]:
    """Return what is behind each of these entries of the directory, by act."""
    entries, openings, cases = tables.entries.c, tables.openings.c, tables.cases.c
    wanted = sorted(acts)
    authorities = {
        act: str(json.loads(value))
        for act, value in connection.execute(
            select(openings.act_id, openings.value).where(
                openings.act_id.in_(wanted), openings.name.in_(("authority", "motion"))
            )
        )
    }
    caused = {
        act: json.loads(text)["act"]["auth"].get("cause", {}).get("case", "")
        for act, text in connection.execute(
            select(entries.act_id, entries.text).where(entries.act_id.in_(wanted))
        )
    }
    query = select(cases.case, cases.number)
    by_id = query.where(cases.case.in_(sorted({case for case in caused.values() if case})))
    numbers = dict(connection.execute(by_id).all())
    by_number = query.where(cases.number.in_(sorted({*authorities.values()})))
    known = {number for _, number in connection.execute(by_number)} | set(numbers.values())
    return {
        act: _one(act, authorities.get(act, ""), numbers.get(case, ""), known)
        for act, case in caused.items()
    }


def _one(act: str, authority: str, case: str, known: Collection[str]) -> Behind:
    return Behind(act, authority, case, frozenset({authority, case} & set(known)))
