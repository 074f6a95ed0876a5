"""On PostgreSQL, text sorts and compares by its characters, whatever the database's language.

SQLite always did. Lists and their pages then come in the same order on both, and an upgrade of
the machine's collation rules can't leave an index in disorder.
"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

TABLES = (
    "addresses",
    "attachments",
    "cases",
    "credentials",
    "definitions",
    "entries",
    "grants",
    "keys",
    "marks",
    "numbers",
    "openings",
    "outbox",
    "outbox_readers",
    "pending_acts",
    "people",
    "rate_limits",
    "sessions",
    "sign_in_links",
    "signatures",
    "streams",
    "waiting",
    "waiting_barred",
)
"""Ours by then: others may share the schema."""


def upgrade() -> None:
    """Give every column of text the collation of characters."""
    _alter("C")


def downgrade() -> None:
    """Give them the database's collation again; nothing is lost but the order of lists."""
    _alter("default")


def _alter(collation: str) -> None:
    connection = op.get_bind()
    if connection.dialect.name != "postgresql":
        return
    inspector = sa.inspect(connection)
    for table in TABLES:
        texts = [
            column["name"]
            for column in inspector.get_columns(table)
            if isinstance(column["type"], sa.Text)
        ]
        changes = [f'ALTER COLUMN "{name}" TYPE text COLLATE "{collation}"' for name in texts]
        if changes:
            op.execute(f'ALTER TABLE "{table}" {", ".join(changes)}')
