"""Which acts were refused, so that none of them counts later."""

import json

import sqlalchemy as sa
from alembic import op

from definitions.canonical import canonical, digest

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_AT_ONCE = 500


def upgrade() -> None:
    """Make the table, and take in what people were told before there was one.

    Those that were settled as refused are read one after the other: how a digest is made is the
    program's own, and no database knows it.
    """
    connection = op.get_bind()
    text = sa.Text(collation="C" if connection.dialect.name == "postgresql" else None)

    def filled(name: str, comment: str | None = None) -> sa.Column[str]:
        return sa.Column(name, text, nullable=False, comment=comment)

    op.create_table(
        "refused_acts",
        filled("act_id"),
        filled("digest", "SHA-256 of the act's canonical JSON"),
        filled("case"),
        filled("code", "of the refusal"),
        filled("refusal", "the refusal, canonical JSON"),
        filled("at", "when it was refused"),
        sa.PrimaryKeyConstraint("act_id", "digest", name=op.f("pk_refused_acts")),
    )
    _take_in(connection)


def _take_in(connection: sa.Connection) -> None:
    pending = sa.table(
        "pending_acts", *map(sa.column, ("nonce", "case", "signed", "settled_at", "result"))
    )
    refused = sa.table(
        "refused_acts",
        *map(sa.column, ("act_id", "digest", "case", "code", "refusal", "at")),
    )
    settled = sa.select(pending).where(pending.c.settled_at.is_not(None)).order_by(pending.c.nonce)
    last = ""
    while rows := connection.execute(settled.where(pending.c.nonce > last).limit(_AT_ONCE)).all():
        last = rows[-1].nonce
        told = [
            {
                "act_id": row.nonce,
                "digest": digest(act),
                "case": row.case,
                "code": refusal["code"],
                "refusal": canonical(refusal).decode(),
                "at": row.settled_at,
            }
            for row in rows
            if (refusal := json.loads(row.result or "{}").get("refusal")) is not None
            and (act := json.loads(row.signed)["act"])["actor"] != "system"
        ]
        if told:
            connection.execute(sa.insert(refused), told)


def downgrade() -> None:
    """Drop it. Which acts were refused is lost: what was refused could be made to count."""
    op.drop_table("refused_acts")
