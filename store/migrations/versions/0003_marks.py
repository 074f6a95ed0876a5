"""Marks: what is still to be done after an operator's work, such as a restore."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "marks",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False, comment="canonical JSON: why it was made"),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_marks")),
    )


def downgrade() -> None:
    """Take it away: marks are lost, such as the one that a restore has not been compared yet."""
    op.drop_table("marks")
