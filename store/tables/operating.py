"""What an operator left to be done: marks that programs look for at their start."""

from sqlalchemy import Column, PrimaryKeyConstraint, Table

from store.tables.base import Text, metadata

marks = Table(
    "marks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("since", Text, nullable=False),
    Column("about", Text, nullable=False, comment="canonical JSON: why it was made"),
)
"""Not part of the record, and seldom more than one row."""

pauses = Table(
    "pauses",
    metadata,
    Column("process", Text, primary_key=True, comment="whose schedule is paused"),
    Column("since", Text, nullable=False),
    Column("person", Text, nullable=False, comment="the operator who paused it"),
    Column("act_id", Text, nullable=False, comment="by which entry of the system's stream"),
)
"""Schedules that open nothing for now. They follow from the system's stream."""

in_force = Table(
    "in_force",
    metadata,
    Column("process", Text, primary_key=True),
    Column("version", Text, comment="under which new cases begin; none can be opened without"),
    Column("since", Text, nullable=False),
    Column("act_id", Text, nullable=False, comment="by which entry of the system's stream"),
)
"""Which definitions are in force. They follow from the system's stream."""

forged_rows = Table(
    "forged_rows",
    metadata,
    Column("table", Text, nullable=False),
    Column("row", Text, nullable=False, comment="what names it there"),
    Column("person", Text, nullable=False, comment="whose it claims to be"),
    Column("since", Text, nullable=False),
    Column("last_at", Text, nullable=False),
    PrimaryKeyConstraint("table", "row", "person"),
)
"""Rows that would let somebody in, and whose seal didn't hold when they were to be used."""
