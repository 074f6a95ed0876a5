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
    """Drop it. Which mails that wait had a document is lost; the case's page gives it."""
    op.drop_column("outbox", "attach")
