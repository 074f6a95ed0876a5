"""What is on its way: acts not yet settled, attachments, and mail."""

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
)

from store.tables.base import Text, metadata

pending_acts = Table(
    "pending_acts",
    metadata,
    Column("nonce", Text, primary_key=True, comment="the act's id"),
    Column("case", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("signed", Text, nullable=False, comment="the signed act with its openings, JSON"),
    Column("form_digest", Text, nullable=False),
    Column("created", Text, nullable=False),
    Column("settled_at", Text),
    Column("result", Text, comment="the answer, JSON, once there is one"),
)
Index(None, pending_acts.c.settled_at, pending_acts.c.created)
Index(None, pending_acts.c.case)

attachments = Table(
    "attachments",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("size", Integer, nullable=False, comment="bytes"),
    Column("media_type", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("stored_at", Text, nullable=False),
)

outbox = Table(
    "outbox",
    metadata,
    Column("key", Text, primary_key=True, comment="case:seq:effect, and :person if one of many"),
    Column("case", Text, ForeignKey("cases.case"), nullable=False),
    Column("to_address", Text, nullable=False),
    Column("to_name", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("queued_at", Text, nullable=False),
    Column("sent_at", Text),
    Column("error", Text),
)
Index(None, outbox.c.sent_at, outbox.c.queued_at)
Index(None, outbox.c.case)

outbox_readers = Table(
    "outbox_readers",
    metadata,
    Column("person", Text, ForeignKey("people.person"), nullable=False),
    Column("key", Text, ForeignKey("outbox.key"), nullable=False),
    PrimaryKeyConstraint("person", "key"),
)
"""Who reads this mail on their own outbox page: its addressee, or everybody on the list."""
