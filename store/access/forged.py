"""What is told when a row that would let somebody in doesn't check: a line, and a note to keep.

The note is for the operator's page and for the person's own. Whoever forged the row can remove the
note as well: the line in the security log is out of the database's reach.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError

from definitions.clock import Clock, parse, stamp
from store.access.seals import Forgery
from store.access.telling import FORGED, tell
from store.inserting import insert_new
from store.tables.operating import forged_rows

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from store.database import Database

_log = logging.getLogger(__name__)
_AGAIN: Final = timedelta(minutes=1)
SHOWN_FOR: Final = timedelta(days=30)
"""So long after it was last met a row is shown to the operator and to the person."""


@dataclass(frozen=True)
class ForgedRow:
    """A row that didn't check when it was to be used; `since` and `last_at` are stamps."""

    table: str
    row: str
    person: str
    since: str
    last_at: str


class Teller:
    """Tells of rows that don't check; one object for each process, threads may share it."""

    def __init__(self, database: Database, clock: Clock, record: Callable[..., None]) -> None:
        """Keep the parts.

        Args:
            record: writes a line to the security log.
        """
        self._database = database
        self._clock = clock
        self._record = record
        self._noted: dict[Forgery, datetime] = {}

    def __call__(self, found: Sequence[Forgery]) -> None:
        """Write the lines, and keep the notes; what fails of the latter stops nobody."""
        now = self._clock.now()
        for one in found:
            # An address is of somebody; of the others the name is a hash already, or the person.
            row = one.row if one.table != "addresses" else _digest(one.row)
            self._record("forged-row", table=one.table, row=row, person=one.person)
        new = [one for one in found if now - self._noted.get(one, now - _AGAIN) >= _AGAIN]
        if not new:
            return
        lately = {one: at for one, at in self._noted.items() if now - at < _AGAIN}
        self._noted = {**lately, **dict.fromkeys(new, now)}
        try:
            with self._database.writing() as connection:
                for one in new:
                    _note(connection, one, stamp(now))
        except SQLAlchemyError:
            _log.exception("rows that don't check couldn't be noted; the security log has them")


def forged(connection: Connection, now: str, person: str | None = None) -> tuple[ForgedRow, ...]:
    """Return the rows that didn't check lately, the one met last first.

    Args:
        person: only those that claim to be this person's.
    """
    columns = forged_rows.c
    query = select(columns.table, columns.row, columns.person, columns.since, columns.last_at)
    query = query.where(columns.last_at > stamp(parse(now) - SHOWN_FOR))
    if person is not None:
        query = query.where(columns.person == person)
    rows = connection.execute(query.order_by(columns.last_at.desc(), columns.row).limit(100))
    return tuple(ForgedRow(*row) for row in rows)


def _note(connection: Connection, one: Forgery, at: str) -> None:
    columns = forged_rows.c
    row = {"table": one.table, "row": one.row, "person": one.person}
    if insert_new(connection, forged_rows, {**row, "since": at, "last_at": at}):
        # At most one mail a day: whoever makes rows must not fill somebody's mailbox.
        tell(connection, one.person, FORGED, at, once=at[:10])
        return
    same = [columns[name] == value for name, value in row.items()]
    connection.execute(update(forged_rows).where(*same).values(last_at=at))


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
