"""Cases as they stand, and what pages ask of them: projections of the record."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    PrimaryKeyConstraint,
    Table,
    UniqueConstraint,
)

from store.tables.base import Text, metadata

definitions = Table(
    "definitions",
    metadata,
    Column("version", Text, primary_key=True, comment="SHA-256 of the text"),
    Column("process", Text, nullable=False),
    Column("text", Text, nullable=False, comment="canonical JSON, whole"),
)

cases = Table(
    "cases",
    metadata,
    Column("case", Text, primary_key=True, comment="the workflow's id, and the stream's name"),
    Column("number", Text, nullable=False),
    Column("process", Text, nullable=False),
    Column("version", Text, ForeignKey("definitions.version"), nullable=False),
    Column("opener", Text, nullable=False),
    Column("state", Text, nullable=False, comment="canonical JSON, without `known`"),
    Column("known", Text, nullable=False, comment="canonical JSON: values that rules read"),
    Column("status", Text, nullable=False),
    Column("stopped_reason", Text),
    Column("outcome", Text, comment="the final state"),
    Column("opened_at", Text, nullable=False),
    Column("ended_at", Text),
    Column("updated_at", Text, nullable=False),
    UniqueConstraint("number"),
    CheckConstraint("status IN ('running', 'ended', 'stopped')", name="status"),
)
Index(None, cases.c.opener, cases.c.opened_at, cases.c.case)
Index(None, cases.c.status, cases.c.updated_at, cases.c.case)
Index(None, cases.c.opened_at, cases.c.case)
Index(None, cases.c.process, cases.c.ended_at, cases.c.number)
Index(None, cases.c.process, cases.c.opened_at, cases.c.number)

waiting = Table(
    "waiting",
    metadata,
    Column("case", Text, ForeignKey("cases.case"), nullable=False),
    Column("step", Text, nullable=False),
    Column("instance", Text, nullable=False),
    Column("seat", Text, nullable=False),
    Column("role", Text, nullable=False, comment="who may fill it; empty where a person is named"),
    Column("person", Text, nullable=False, comment="who may fill it; empty where a role is named"),
    Column("missing", Integer, nullable=False, comment="signatures still missing in this seat"),
    Column("since", Text, nullable=False),
    Column("due", Text),
    Column("overdue", Boolean, nullable=False),
    PrimaryKeyConstraint("case", "step", "seat", "role", "person"),
)
"""The inbox: one row for each open seat and each role or person who may fill it."""
Index(None, waiting.c.role, waiting.c.overdue, waiting.c.since, waiting.c.case)
Index(None, waiting.c.person, waiting.c.overdue, waiting.c.since, waiting.c.case)
Index(None, waiting.c.overdue, waiting.c.due)

waiting_barred = Table(
    "waiting_barred",
    metadata,
    Column("case", Text, ForeignKey("cases.case"), nullable=False),
    Column("step", Text, nullable=False),
    Column("seat", Text, nullable=False),
    Column("role", Text, nullable=False, comment="whose holders are barred; or empty"),
    Column("person", Text, nullable=False, comment="who is barred; or empty"),
    PrimaryKeyConstraint("case", "step", "seat", "role", "person"),
)

signatures = Table(
    "signatures",
    metadata,
    Column("act_id", Text, ForeignKey("entries.act_id"), primary_key=True),
    Column("case", Text, ForeignKey("cases.case"), nullable=False),
    Column("step", Text, nullable=False),
    Column("instance", Text, nullable=False),
    Column("seat", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("counts", Boolean, nullable=False, comment="false: retracted or outdated since"),
)
"""Every sign-off there ever was; those that count stand in the case's state too."""
Index(None, signatures.c.actor, signatures.c.at, signatures.c.act_id)
Index(None, signatures.c.case)

numbers = Table(
    "numbers",
    metadata,
    Column("letter", Text, nullable=False),
    Column("day", Text, nullable=False, comment="YYYYMMDD, UTC"),
    Column("n", Integer, nullable=False, comment="the last number given"),
    PrimaryKeyConstraint("letter", "day"),
)

children = Table(
    "children",
    metadata,
    Column("child", Text, primary_key=True, comment="the id of the case that was opened"),
    Column("parent", Text, ForeignKey("cases.case"), nullable=False),
    Column("name", Text, nullable=False, comment="what the parent calls it"),
)
Index(None, children.c.parent)

ticks = Table(
    "ticks",
    metadata,
    Column("case", Text, primary_key=True, comment="the id of the case that opens by it"),
    Column("process", Text, nullable=False, comment="whose schedule"),
    Column("at", Text, nullable=False, comment="the moment that the schedule names"),
    Column("version", Text, nullable=False, comment="the definition that had it then"),
)
"""Moments of schedules that have come. One without a case waits for somebody to open it for."""
Index(None, ticks.c.process, ticks.c.at, unique=True)

queued = Table(
    "queued",
    metadata,
    Column("key", Text, primary_key=True, comment="the case that queued it, and the how-manieth"),
    Column("process", Text, nullable=False, comment="whose next case takes it"),
    Column("case", Text, ForeignKey("cases.case"), nullable=False, comment="that queued it"),
    Column("number", Text, nullable=False, comment="that case's"),
    Column("text", Text, nullable=False, comment="canonical JSON: what it is, by language"),
    Column("at", Text, nullable=False, comment="when; the oldest is taken first"),
    Column("taken_by", Text, ForeignKey("cases.case"), comment="the case that has it on a list"),
)
"""What cases have queued for the next case of another process."""
Index(None, queued.c.process, queued.c.taken_by)
Index(None, queued.c.case)
Index(None, queued.c.taken_by)

named_cases = Table(
    "named_cases",
    metadata,
    Column("case", Text, ForeignKey("cases.case"), nullable=False),
    Column("field", Text, nullable=False, comment="the field that names it"),
    Column("named", Text, nullable=False, comment="the id of the case that is named"),
    PrimaryKeyConstraint("case", "field"),
)
"""Which case names which other one in its form, as an appeal does what it is against."""
Index(None, named_cases.c.named)

electors = Table(
    "electors",
    metadata,
    Column("case", Text, ForeignKey("cases.case"), nullable=False),
    Column("step", Text, nullable=False),
    Column("person", Text, nullable=False),
    PrimaryKeyConstraint("case", "step", "person"),
)
"""Who may vote where, as long as the vote is open: whose leaving a body matters to which case."""
Index(None, electors.c.person)

notices = Table(
    "notices",
    metadata,
    Column("key", Text, primary_key=True, comment="the id of the act that it leads to"),
    Column("case", Text, ForeignKey("cases.case"), nullable=False, comment="to whom it matters"),
    Column("kind", Text, nullable=False),
    Column("about", Text, nullable=False, comment="canonical JSON: what happened, and its cause"),
    Column("at", Text, nullable=False),
    Column("taken_at", Text, comment="when the case took it in"),
)
"""What happened elsewhere and matters to a case: a child ended, an elector left the body, a link
was asked for by somebody whose own is dead."""
Index(None, notices.c.case, notices.c.taken_at)
