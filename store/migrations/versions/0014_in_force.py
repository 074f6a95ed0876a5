"""Which version of each definition is in force."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table. It is empty until the next start records what is in force."""
    text = sa.Text(collation="C" if op.get_bind().dialect.name == "postgresql" else None)
    without = "under which new cases begin; none can be opened without"
    op.create_table(
        "in_force",
        sa.Column("process", text, nullable=False),
        sa.Column("version", text, comment=without),
        sa.Column("since", text, nullable=False),
        sa.Column("act_id", text, nullable=False, comment="by which entry of the system's stream"),
        sa.PrimaryKeyConstraint("process", name=op.f("pk_in_force")),
    )


def downgrade() -> None:
    """Drop it. Nothing is lost for good: `countersign rebuild` reads it in the record."""
    op.drop_table("in_force")
