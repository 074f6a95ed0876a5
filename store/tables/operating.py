"""What an operator left to be done: marks that programs look for at their start."""

from sqlalchemy import Column, Table

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
