"""Seals on the rows that let somebody in, notes of those that don't hold, mails about access."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_SEALED = ("sessions", "sign_in_links", "credentials", "addresses", "case_links")
_ENDED = ("sessions", "sign_in_links", "case_links")


def upgrade() -> None:
    """Add the columns. Sessions and links end; passwords and addresses are sealed by the start."""
    text = sa.Text(collation="C" if op.get_bind().dialect.name == "postgresql" else None)
    for table in _ENDED:
        op.execute(sa.delete(sa.table(table)))
    for table in _SEALED:
        about = "its seal, by a key outside of the database"
        op.add_column(table, sa.Column("mac", text, comment=about))
    op.create_table(
        "forged_rows",
        sa.Column("table", text, nullable=False),
        sa.Column("row", text, nullable=False, comment="what names it there"),
        sa.Column("person", text, nullable=False, comment="whose it claims to be"),
        sa.Column("since", text, nullable=False),
        sa.Column("last_at", text, nullable=False),
        sa.PrimaryKeyConstraint("table", "row", "person", name=op.f("pk_forged_rows")),
    )
    filled = ("person", "to_address", "to_name", "subject", "body", "queued_at")
    op.create_table(
        "personal_mails",
        sa.Column("key", text, nullable=False, comment="what:person:when:address"),
        *(sa.Column(name, text, nullable=False) for name in filled),
        sa.Column("sent_at", text),
        sa.Column("error", text),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_personal_mails")),
    )
    index = op.f("ix_personal_mails_sent_at_queued_at")
    op.create_index(index, "personal_mails", ["sent_at", "queued_at"], unique=False)


def downgrade() -> None:
    """Drop seals, notes and mails. Which rows weren't ours, and who was told, is lost."""
    op.drop_index(op.f("ix_personal_mails_sent_at_queued_at"), table_name="personal_mails")
    op.drop_table("personal_mails")
    op.drop_table("forged_rows")
    for table in _SEALED:
        op.drop_column(table, "mac")
