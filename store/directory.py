"""The directory: who is of the community, by which addresses, and holds which role now.

These are questions only; entries of the `directory` stream change it (`store/founding.py`).
Addresses are compared in lower case. A person, a role or a key counts from `since` on, and no
longer from `until` on.
"""

from collections import defaultdict
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, Table, select

from store import tables
from store.access.seals import checks
from store.streams import DIRECTORY, head_of


@dataclass(frozen=True)
class Person:
    """Somebody of the community.

    Attributes:
        addresses: all of them, lower case; mail goes to the first.
        roles: ids of the roles held at the time that was asked about, sorted.
        language: for pages and mail.
    """

    id: str
    name: str
    language: str
    addresses: tuple[str, ...]
    roles: tuple[str, ...]


def is_founded(connection: Connection) -> bool:
    """Say whether there is a community already."""
    return head_of(connection, DIRECTORY).seq > 0


def roles_of(connection: Connection, person: str, at: str) -> tuple[str, ...]:
    """Return the ids of the roles that the person holds at that time, sorted."""
    grants = tables.grants.c
    query = (
        select(grants.role)
        .join(tables.people, tables.people.c.person == grants.person)
        .where(grants.person == person, _counts(tables.grants, at), _counts(tables.people, at))
        .distinct()
    )
    return tuple(sorted(connection.scalars(query)))


def is_current(connection: Connection, person: str, at: str) -> bool:
    """Say whether there is such a person in the community at that time."""
    people = tables.people.c
    query = select(people.person).where(people.person == person, _counts(tables.people, at))
    return connection.scalar(query) is not None


def exists(connection: Connection, person: str) -> bool:
    """Say whether the directory knows this id, also of somebody who has left."""
    people = tables.people.c
    return connection.scalar(select(people.person).where(people.person == person)) is not None


def person_by_address(connection: Connection, address: str) -> str | None:
    """Return whose address this is, also of somebody who has left; None if nobody's."""
    addresses = tables.addresses.c
    row = connection.execute(
        select(tables.addresses).where(addresses.address == address.strip().lower())
    ).one_or_none()
    ours = row is not None and checks(connection, tables.addresses, row._asdict())
    return row.person if row is not None and ours else None


def holders(connection: Connection, role: str, at: str) -> tuple[str, ...]:
    """Return the ids of the people who hold the role at that time, sorted."""
    grants = tables.grants.c
    query = (
        select(grants.person)
        .join(tables.people, tables.people.c.person == grants.person)
        .where(grants.role == role, _counts(tables.grants, at), _counts(tables.people, at))
        .distinct()
    )
    return tuple(sorted(connection.scalars(query)))


def away_at(connection: Connection, at: str) -> frozenset[str]:
    """Return who has said that they are away at that time."""
    absences = tables.absences.c
    query = select(absences.person).where(absences.since <= at, absences.until > at)
    return frozenset(connection.scalars(query))


def all_holders(connection: Connection, at: str) -> dict[str, tuple[str, ...]]:
    """Return the people by role, for every role that somebody holds at that time."""
    grants = tables.grants.c
    query = (
        select(grants.role, grants.person)
        .join(tables.people, tables.people.c.person == grants.person)
        .where(_counts(tables.grants, at), _counts(tables.people, at))
    )
    by_role: defaultdict[str, set[str]] = defaultdict(set)
    for role, person in connection.execute(query):
        by_role[role].add(person)
    return {role: tuple(sorted(people)) for role, people in sorted(by_role.items())}


def people(connection: Connection, at: str) -> tuple[Person, ...]:
    """Return everybody who is of the community at that time, by name."""
    return _people(connection, at, _counts(tables.people, at))


def person(connection: Connection, id_: str, at: str) -> Person | None:
    """Return one person, also if they have left (then without roles); None if unknown."""
    found = _people(connection, at, tables.people.c.person == id_)
    return found[0] if found else None


def names(connection: Connection) -> dict[str, str]:
    """Return the name of everybody whom the directory ever knew, by id; for pages."""
    query = select(tables.people.c.person, tables.people.c.name)
    return dict(connection.execute(query).all())


def _people(connection: Connection, at: str, condition: ColumnElement[bool]) -> tuple[Person, ...]:
    columns = tables.people.c
    rows = connection.execute(
        select(columns.person, columns.name, columns.language)
        .where(condition)
        .order_by(columns.name, columns.person)
    ).all()
    if not rows:
        return ()
    wanted = rows[0].person if len(rows) == 1 else None
    addresses, roles = _addresses(connection, wanted), _roles(connection, at, wanted)
    return tuple(
        Person(
            row.person,
            row.name,
            row.language,
            tuple(addresses.get(row.person, ())),
            tuple(sorted(roles.get(row.person, ()))),
        )
        for row in rows
    )


def _addresses(connection: Connection, wanted: str | None) -> dict[str, list[str]]:
    columns = tables.addresses.c
    query = select(tables.addresses).order_by(columns.place, columns.address)
    if wanted is not None:
        query = query.where(columns.person == wanted)
    found: defaultdict[str, list[str]] = defaultdict(list)
    for row in connection.execute(query).all():
        # What was put there by hand gets no mail, and no links.
        if checks(connection, tables.addresses, row._asdict()):
            found[row.person].append(row.address)
    return found


def _roles(connection: Connection, at: str, wanted: str | None) -> dict[str, set[str]]:
    columns = tables.grants.c
    query = (
        select(columns.person, columns.role)
        .join(tables.people, tables.people.c.person == columns.person)
        .where(_counts(tables.grants, at), _counts(tables.people, at))
    )
    if wanted is not None:
        query = query.where(columns.person == wanted)
    found: defaultdict[str, set[str]] = defaultdict(set)
    for holder, role in connection.execute(query):
        found[holder].add(role)
    return found


def _counts(table: Table, at: str) -> ColumnElement[bool]:
    return (table.c.since <= at) & (table.c.until.is_(None) | (table.c.until > at))
