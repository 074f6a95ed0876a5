"""What a case has queued for others, and which case has it, for its page."""

from dataclasses import dataclass

from sqlalchemy import Connection, select

from store import tables


@dataclass(frozen=True)
class QueuedRow:
    """One thing that a case has queued.

    Attributes:
        process: whose next case takes it.
        taken_by: the number of the case that has it on a list; None while it waits.
    """

    process: str
    taken_by: str | None


def queued_by(connection: Connection, case: str) -> tuple[QueuedRow, ...]:
    """Return what a case has queued, in order."""
    queued, cases = tables.queued.c, tables.cases.c
    query = (
        select(queued.process, cases.number)
        .outerjoin_from(tables.queued, tables.cases, cases.case == queued.taken_by)
        .where(queued.case == case)
        .order_by(queued.at, queued.key)
    )
    return tuple(QueuedRow(row.process, row.number) for row in connection.execute(query))
