"""Compares the rows of a table with those that it should have, and makes them so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import TypeAlias

from sqlalchemy import ColumnElement, Connection, Table, and_, delete, insert, select, update

from definitions.canonical import Json
from store import tables
from store.access.seals import SEALED, has_seal, sealed

Row: TypeAlias = dict[str, Json]


@dataclass
class Differing:
    """How a table differs from what it should be.

    Attributes:
        missing: rows that should be there.
        altered: rows that are there with other values, as they should be.
        extra: rows that should not be there.
    """

    table: Table
    missing: list[Row] = field(default_factory=list)
    altered: list[Row] = field(default_factory=list)
    extra: list[Row] = field(default_factory=list)

    def compare(
        self,
        connection: Connection,
        wanted: Iterable[Mapping[str, Json]],
        *where: ColumnElement[bool],
    ) -> None:
        """Add how the rows that fulfil `where` differ from those that are wanted there."""
        query = select(self.table).where(*where)
        stored = {self._key(row): row for row in map(dict, connection.execute(query).mappings())}
        columns = self.table.columns.keys()
        for given in map(self._sealed(connection), wanted):
            row = {name: given.get(name) for name in columns}
            found = stored.pop(self._key(row), None)
            if found is None:
                self.missing.append(row)
            elif found != row:
                self.altered.append(row)
        self.extra.extend(stored.values())

    def _sealed(self, connection: Connection) -> Callable[[Mapping[str, Json]], Mapping[str, Json]]:
        """Return what gives a wanted row its seal; what seals doesn't follow from the record."""
        if self.table.name in SEALED and has_seal(connection):
            return partial(sealed, connection, self.table)
        return lambda row: row

    def counts(self) -> dict[str, int]:
        """Return how many rows differ in which way."""
        named = {"missing": self.missing, "altered": self.altered, "extra": self.extra}
        return {name: len(rows) for name, rows in named.items() if rows}

    def remove(self, connection: Connection) -> None:
        """Remove the rows that should not be there."""
        for row in self.extra:
            connection.execute(delete(self.table).where(self._is(row)))

    def write(self, connection: Connection) -> None:
        """Write the rows that are altered or missing."""
        if self.table is tables.cases:
            # Two cases may have each other's numbers: out of the way with them first.
            for row in self.altered:
                away = update(self.table).where(self._is(row)).values(number=f"~{row['case']}")
                connection.execute(away)
        self.write_altered(connection)
        if self.missing:
            connection.execute(insert(self.table), self.missing)

    def write_altered(self, connection: Connection) -> None:
        """Write only the rows that are there with other values."""
        for row in self.altered:
            connection.execute(update(self.table).where(self._is(row)).values(row))

    def _key(self, row: Mapping[str, Json]) -> tuple[Json, ...]:
        return tuple(row[column.name] for column in self.table.primary_key)

    def _is(self, row: Mapping[str, Json]) -> ColumnElement[bool]:
        return and_(*(column == row[column.name] for column in self.table.primary_key))
