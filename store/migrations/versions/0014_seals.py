"""Seals on the rows that let somebody in, and notes of those that don't hold."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0011"
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


def downgrade() -> None:
    """Drop seals and notes. Which rows were met that weren't ours is lost."""
    op.drop_table("forged_rows")
    for table in _SEALED:
        op.drop_column(table, "mac")
