"""Moments of schedules that have come, and schedules that are paused."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    text = sa.Text(collation="C" if op.get_bind().dialect.name == "postgresql" else None)

    def filled(name: str, comment: str | None = None) -> sa.Column[str]:
        return sa.Column(name, text, nullable=False, comment=comment)

    op.create_table(
        "ticks",
        filled("case", "the id of the case that opens by it"),
        filled("process", "whose schedule"),
        filled("at", "the moment that the schedule names"),
        filled("version", "the definition that had it then"),
        sa.PrimaryKeyConstraint("case", name=op.f("pk_ticks")),
    )
    op.create_index(op.f("ix_ticks_process_at"), "ticks", ["process", "at"], unique=True)
    op.create_table(
        "pauses",
        filled("process", "whose schedule is paused"),
        filled("since"),
        filled("person", "the operator who paused it"),
        filled("act_id", "by which entry of the system's stream"),
        sa.PrimaryKeyConstraint("process", name=op.f("pk_pauses")),
    )


def downgrade() -> None:
    """Drop them. Moments are lost that came and have no case yet; the rest is in the record."""
    op.drop_table("pauses")
    op.drop_table("ticks")
