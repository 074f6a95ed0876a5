"""What is on its way: acts not yet settled, attachments, and mail."""

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
)

from store.tables.base import Text, mac, metadata

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

refused_acts = Table(
    "refused_acts",
    metadata,
    Column("act_id", Text, nullable=False),
    Column("digest", Text, nullable=False, comment="SHA-256 of the act's canonical JSON"),
    Column("case", Text, nullable=False),
    Column("code", Text, nullable=False, comment="of the refusal"),
    Column("refusal", Text, nullable=False, comment="the refusal, canonical JSON"),
    Column("at", Text, nullable=False, comment="when it was refused"),
    PrimaryKeyConstraint("act_id", "digest"),
)
"""Acts of people that were refused, for good: no row is ever changed or taken out."""

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
    Column("person", Text, comment="to whom alone it goes; nobody's id with a list's"),
    Column("link", Text, comment="canonical JSON: what its signed link is about; none without"),
    Column("attach", Text, comment="`document`: the case goes with it as one; nothing without"),
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

mail_choices = Table(
    "mail_choices",
    metadata,
    Column("person", Text, ForeignKey("people.person"), primary_key=True),
    Column("digest", Boolean, nullable=False, comment="one mail a day instead of single ones"),
    Column("changed_at", Text, nullable=False),
)

bounces = Table(
    "bounces",
    metadata,
    Column("address", Text, primary_key=True, comment="in lower case"),
    Column("since", Text, nullable=False),
    Column("last_at", Text, nullable=False),
    Column("count", Integer, nullable=False),
    Column("reason", Text, nullable=False, comment="what the mail server said"),
)

case_links = Table(
    "case_links",
    metadata,
    Column("token_hash", Text, primary_key=True, comment="SHA-256 of the link's id"),
    Column("person", Text, nullable=False),
    Column("case", Text, ForeignKey("cases.case"), nullable=False),
    Column("step", Text, nullable=False),
    Column("instance", Text, nullable=False),
    Column("seat", Text, nullable=False),
    Column("shown", Text, nullable=False, comment="digest of what is decided on"),
    Column("mail_key", Text, nullable=False),
    Column("issued_at", Text, nullable=False),
    Column("expires_at", Text, nullable=False),
    Column("used_at", Text),
    Column("used_by", Text, comment="the act that spent it"),
    Column("revoked_at", Text),
    Column("revoked_why", Text),
    mac(),
)
"""Signed links of mails: for one person, one step, one version of what is shown, used once."""
Index(None, case_links.c.case, case_links.c.step, case_links.c.person)

personal_mails = Table(
    "personal_mails",
    metadata,
    Column("key", Text, primary_key=True, comment="what:person:when:address"),
    Column("person", Text, nullable=False),
    Column("to_address", Text, nullable=False),
    Column("to_name", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("queued_at", Text, nullable=False),
    Column("sent_at", Text),
    Column("error", Text),
)
"""What somebody is told about their own access: it belongs to no case."""
Index(None, personal_mails.c.sent_at, personal_mails.c.queued_at)
