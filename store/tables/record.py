"""The record: streams, entries, openings, and the public keys that verify them."""

from sqlalchemy import (
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
    text,
)

from store.tables.base import Text, metadata

streams = Table(
    "streams",
    metadata,
    Column("stream", Text, primary_key=True),
    Column("kind", Text, nullable=False, comment="case, directory or system"),
    Column("seq", Integer, nullable=False, comment="of the last entry"),
    Column("sha256", Text, nullable=False, comment="of the last entry"),
    CheckConstraint("seq >= 0", name="seq"),
)

entries = Table(
    "entries",
    metadata,
    Column("stream", Text, ForeignKey("streams.stream"), nullable=False),
    Column("seq", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("act_id", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("at", Text, nullable=False, comment="the commit's time"),
    Column("step", Text),
    Column("text", Text, nullable=False, comment="the whole entry, canonical JSON"),
    PrimaryKeyConstraint("stream", "seq"),
    UniqueConstraint("act_id"),
    CheckConstraint("seq >= 1", name="seq"),
)
"""Only `text` counts; the other columns repeat parts of it, so that they can be searched."""
_RULINGS = text("kind = 'rule'")
Index(
    None,
    entries.c.at,
    entries.c.act_id,
    sqlite_where=_RULINGS,
    postgresql_where=_RULINGS,
)

openings = Table(
    "openings",
    metadata,
    Column("act_id", Text, ForeignKey("entries.act_id"), nullable=False),
    Column("name", Text, nullable=False),
    Column("salt", Text, nullable=False),
    Column("value", Text, nullable=False, comment="canonical JSON"),
    PrimaryKeyConstraint("act_id", "name"),
)
"""Rows here may be erased: entries hold commitments only, and verify without them."""

keys = Table(
    "keys",
    metadata,
    Column("kid", Text, primary_key=True, comment="RFC 7638 thumbprint"),
    Column("use", Text, nullable=False),
    Column("jwk", Text, nullable=False, comment="the public key, canonical JSON"),
    Column("since", Text, nullable=False),
    Column("until", Text, comment="what it signs from then on doesn't count"),
    CheckConstraint("use IN ('web', 'worker')", name="use"),
)
