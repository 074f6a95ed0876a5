"""Which case names which other one in its form."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table. No case named another one before."""
    text = sa.Text(collation="C" if op.get_bind().dialect.name == "postgresql" else None)

    def filled(name: str, comment: str | None = None) -> sa.Column[str]:
        return sa.Column(name, text, nullable=False, comment=comment)

    op.create_table(
        "named_cases",
        filled("case"),
        filled("field", "the field that names it"),
        filled("named", "the id of the case that is named"),
        sa.ForeignKeyConstraint(["case"], ["cases.case"], name=op.f("fk_named_cases_case_cases")),
        sa.PrimaryKeyConstraint("case", "field", name=op.f("pk_named_cases")),
    )
    op.create_index(op.f("ix_named_cases_named"), "named_cases", ["named"], unique=False)


def downgrade() -> None:
    """Drop it. Nothing is lost: all of it is in the record."""
    op.drop_index(op.f("ix_named_cases_named"), table_name="named_cases")
    op.drop_table("named_cases")
