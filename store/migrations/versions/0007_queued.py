"""What cases have queued for the next case of another process."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    text = sa.Text(collation="C" if op.get_bind().dialect.name == "postgresql" else None)

    def filled(name: str, comment: str) -> sa.Column[str]:
        return sa.Column(name, text, nullable=False, comment=comment)

    op.create_table(
        "queued",
        filled("key", "the case that queued it, and the how-manieth"),
        filled("process", "whose next case takes it"),
        filled("case", "that queued it"),
        filled("number", "that case's"),
        filled("text", "canonical JSON: what it is, by language"),
        filled("at", "when; the oldest is taken first"),
        sa.Column("taken_by", text, comment="the case that has it on a list"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_queued")),
        sa.ForeignKeyConstraint(["case"], ["cases.case"], name=op.f("fk_queued_case_cases")),
        sa.ForeignKeyConstraint(
            ["taken_by"], ["cases.case"], name=op.f("fk_queued_taken_by_cases")
        ),
    )
    for columns in (["process", "taken_by"], ["case"], ["taken_by"]):
        op.create_index(op.f(f"ix_queued_{'_'.join(columns)}"), "queued", columns)


def downgrade() -> None:
    """Drop it; nothing is lost: all of it is in the record."""
    op.drop_table("queued")
