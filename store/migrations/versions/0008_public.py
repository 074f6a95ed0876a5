"""Indexes to what is published: the cases of a process by their end, and all rulings."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the indexes; that of rulings costs nothing where nobody rules."""
    for by in ("ended_at", "opened_at"):
        op.create_index(op.f(f"ix_cases_process_{by}_number"), "cases", ["process", by, "number"])
    only = sa.text("kind = 'rule'")
    op.create_index(
        op.f("ix_entries_at_act_id"),
        "entries",
        ["at", "act_id"],
        sqlite_where=only,
        postgresql_where=only,
    )


def downgrade() -> None:
    """Take them away; nothing is lost."""
    op.drop_index(op.f("ix_entries_at_act_id"), "entries")
    for by in ("opened_at", "ended_at"):
        op.drop_index(op.f(f"ix_cases_process_{by}_number"), "cases")
