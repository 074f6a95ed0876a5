"""An index to what is due and not marked as overdue yet: no inbox looks at all that waits."""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the index."""
    op.create_index(op.f("ix_waiting_overdue_due"), "waiting", ["overdue", "due"])


def downgrade() -> None:
    """Take it away; nothing is lost."""
    op.drop_index(op.f("ix_waiting_overdue_due"), "waiting")
