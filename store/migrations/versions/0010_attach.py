"""Mails with which the case goes as a document."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; mails that wait have nothing attached."""
    text = sa.Text(collation="C" if op.get_bind().dialect.name == "postgresql" else None)
    about = "`document`: the case goes with it as one; nothing without"
    op.add_column("outbox", sa.Column("attach", text, comment=about))


def downgrade() -> None:
    """Drop it: what waits goes without its document, which the case's page gives."""
    with op.batch_alter_table("outbox") as batch:
        batch.drop_column("attach")
