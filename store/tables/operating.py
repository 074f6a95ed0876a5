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
