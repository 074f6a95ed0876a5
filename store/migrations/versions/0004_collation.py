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
    for table in sorted(inspector.get_table_names()):
        texts = [
            column["name"]
            for column in inspector.get_columns(table)
            if isinstance(column["type"], sa.Text) and table != "alembic_version"
        ]
        changes = [f'ALTER COLUMN "{name}" TYPE text COLLATE "{collation}"' for name in texts]
        if changes:
            op.execute(f'ALTER TABLE "{table}" {", ".join(changes)}')
