"""What the directory answers to those who decide, from wherever it is known.

The commit asks the tables (`Stored`). `record verify` asks the same of the directory's stream as
it stood at an entry (`store.record.history`), so that both come to their facts by one way.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from sqlalchemy import ColumnElement, Connection, Table, select

from store import directory, tables

Of: TypeAlias = Literal["role", "list"]
"""What somebody holds: a role, or a place on an access list."""

Span: TypeAlias = tuple[str, str | None]
"""From when on something is held, and from when on no longer; None without end."""


class Answers(Protocol):
    """The questions; times are stamps, and people come sorted."""

    def is_current(self, person: str, at: str) -> bool:
        """Say whether somebody is of the community."""

    def exists(self, person: str) -> bool:
        """Say whether the directory ever knew somebody."""

    def owner(self, address: str) -> str | None:
        """Return whose address this is."""

    def roles_of(self, person: str, at: str) -> tuple[str, ...]:
        """Return which roles somebody holds."""

    def holders(self, role: str, at: str) -> tuple[str, ...]:
        """Return who holds a role."""

    def away_at(self, at: str) -> frozenset[str]:
        """Return who has said that they are away."""

    def held(self, of: Of, person: str, at: str) -> tuple[str, ...]:
        """Return what isn't over: what somebody holds, and what begins later."""

    def spans(self, of: Of, person: str, what: str) -> tuple[Span, ...]:
        """Return all the times for which somebody holds, held or will hold something."""

    def ends(self, of: Of, person: str, after: str) -> tuple[tuple[str, str], ...]:
        """Return what of somebody's was ended since then, each with the id of the act that did."""


@dataclass(frozen=True)
class Stored:
    """The answers of the tables, as they stand."""

    connection: Connection

    def is_current(self, person: str, at: str) -> bool:
        """See `Answers`."""
        return directory.is_current(self.connection, person, at)

    def exists(self, person: str) -> bool:
        """See `Answers`."""
        return directory.exists(self.connection, person)

    def owner(self, address: str) -> str | None:
        """See `Answers`."""
        return directory.person_by_address(self.connection, address)

    def roles_of(self, person: str, at: str) -> tuple[str, ...]:
        """See `Answers`."""
        return directory.roles_of(self.connection, person, at)

    def holders(self, role: str, at: str) -> tuple[str, ...]:
        """See `Answers`."""
        return directory.holders(self.connection, role, at)

    def away_at(self, at: str) -> frozenset[str]:
        """See `Answers`."""
        return directory.away_at(self.connection, at)

    def held(self, of: Of, person: str, at: str) -> tuple[str, ...]:
        """See `Answers`."""
        table, what = table_of(of)
        not_over = table.c.until.is_(None) | (table.c.until > at)
        query = select(what).where(table.c.person == person, not_over).distinct()
        return tuple(sorted(self.connection.scalars(query)))

    def spans(self, of: Of, person: str, what: str) -> tuple[Span, ...]:
        """See `Answers`."""
        table, column = table_of(of)
        query = select(table.c.since, table.c.until)
        of_it = query.where(table.c.person == person, column == what)
        return tuple((row.since, row.until) for row in self.connection.execute(of_it))

    def ends(self, of: Of, person: str, after: str) -> tuple[tuple[str, str], ...]:
        """See `Answers`."""
        table, what = table_of(of)
        query = select(what, table.c.end_act_id).where(
            table.c.person == person, table.c.end_act_id.is_not(None), table.c.until > after
        )
        return tuple((row[0], row[1]) for row in self.connection.execute(query))


def table_of(of: Of) -> tuple[Table, ColumnElement[str]]:
    """Return where something stands, and the column that names it."""
    if of == "role":
        return tables.grants, tables.grants.c.role
    return tables.list_entries, tables.list_entries.c.list
