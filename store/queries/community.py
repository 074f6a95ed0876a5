"""The community as pages need it: everybody's name, and who holds which role at a time."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from sqlalchemy import Connection, select

from store import tables
from store.absences import away_until
from store.access.seals import checks
from store.directory import all_holders, names


@dataclass(frozen=True)
class Community:
    """Everybody whom the directory ever knew, and the roles that count at one time.

    Attributes:
        names: by id, also of those who have left.
        holders: ids by role, at the time that was asked about.
        away: by person who is away at that time, until when (a stamp).
    """

    names: Mapping[str, str]
    holders: Mapping[str, tuple[str, ...]]
    away: Mapping[str, str] = field(default_factory=dict)

    def name(self, person: str) -> str:
        """Return a person's name; their id if the directory doesn't know them."""
        return self.names.get(person, person)

    def roles(self, person: str) -> frozenset[str]:
        """Return the roles that the person holds at that time."""
        return self._roles.get(person, frozenset())

    @cached_property
    def _roles(self) -> Mapping[str, frozenset[str]]:
        found: defaultdict[str, set[str]] = defaultdict(set)
        for role, people in self.holders.items():
            for person in people:
                found[person].add(role)
        return {person: frozenset(roles) for person, roles in found.items()}

    @cached_property
    def short_names(self) -> Mapping[str, str]:
        """The first word of each name where only one person has it, else the whole name."""
        firsts: defaultdict[str, set[str]] = defaultdict(set)
        for person, name in self.names.items():
            firsts[_first(name)].add(person)
        return {
            person: _first(name) if len(firsts[_first(name)]) == 1 else name
            for person, name in self.names.items()
        }


@dataclass(frozen=True)
class Known:
    """Somebody whom the directory knows: `until` is set if they have left."""

    id: str
    name: str
    since: str
    until: str | None


def load_community(connection: Connection, at: str) -> Community:
    """Return the community at a time: three queries."""
    return Community(names(connection), all_holders(connection, at), away_until(connection, at))


def find_known(connection: Connection, person: str) -> Known | None:
    """Return what the directory says of one person; None if it never knew them."""
    people = tables.people.c
    row = connection.execute(
        select(people.person, people.name, people.since, people.until).where(
            people.person == person
        )
    ).one_or_none()
    return Known(row.person, row.name, row.since, row.until) if row else None


def owners_of(connection: Connection, addresses: Iterable[str]) -> dict[str, str]:
    """Return whose each address is, also of people who have left; strangers are left out."""
    wanted = sorted({address.strip().lower() for address in addresses})
    if not wanted:
        return {}
    columns = tables.addresses.c
    query = select(tables.addresses).where(columns.address.in_(wanted))
    return {
        row.address: row.person
        for row in connection.execute(query).all()
        if checks(connection, tables.addresses, row._asdict())
    }


def _first(name: str) -> str:
    return name.split(maxsplit=1)[0] if name.strip() else name
