"""The directory: people, their addresses, and who holds which role since when."""

from sqlalchemy import Column, ForeignKey, Index, Integer, PrimaryKeyConstraint, Table

from store.tables.base import Text, mac, metadata

people = Table(
    "people",
    metadata,
    Column("person", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("since", Text, nullable=False),
    Column("until", Text, comment="from then on no longer of the community"),
)

addresses = Table(
    "addresses",
    metadata,
    Column("address", Text, primary_key=True, comment="in lower case"),
    Column("person", Text, ForeignKey("people.person"), nullable=False),
    Column("place", Integer, nullable=False, comment="0 for the one that mail goes to"),
    mac(),
)
Index(None, addresses.c.person)

grants = Table(
    "grants",
    metadata,
    Column("person", Text, ForeignKey("people.person"), nullable=False),
    Column("role", Text, nullable=False),
    Column("since", Text, nullable=False),
    Column("until", Text),
    Column("act_id", Text, nullable=False, comment="the entry that granted it"),
    Column("authority", Text, comment="the number of the motion or ruling behind it"),
    Column("end_act_id", Text, comment="the entry that ended it"),
    PrimaryKeyConstraint("person", "role", "since"),
)
Index(None, grants.c.role, grants.c.person)

list_entries = Table(
    "list_entries",
    metadata,
    Column("person", Text, ForeignKey("people.person"), nullable=False),
    Column("list", Text, nullable=False, comment="one of the access lists (Policy 3.4.2)"),
    Column("since", Text, nullable=False),
    Column("until", Text),
    Column("act_id", Text, nullable=False, comment="the entry that put them on it"),
    Column("authority", Text, comment="the number of the motion or ruling behind it"),
    Column("end_act_id", Text, comment="the entry that took them off it"),
    PrimaryKeyConstraint("person", "list", "since"),
)
Index(None, list_entries.c.list, list_entries.c.person)

absences = Table(
    "absences",
    metadata,
    Column("person", Text, ForeignKey("people.person"), nullable=False),
    Column("since", Text, nullable=False),
    Column("until", Text, nullable=False),
    Column("act_id", Text, nullable=False, comment="the entry by which they said so"),
    PrimaryKeyConstraint("person", "since", "act_id"),
)
Index(None, absences.c.until)
