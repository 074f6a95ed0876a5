"""Sessions, sign-in links, passwords and rate limits."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables of access."""
    op.create_table(
        "rate_limits",
        sa.Column("key", sa.Text(), nullable=False, comment="keyed hash of what is counted"),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=False, comment="then the count begins anew"),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_rate_limits")),
    )
    with op.batch_alter_table("rate_limits", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_rate_limits_expires_at"), ["expires_at"], unique=False)

    op.create_table(
        "credentials",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column(
            "password", sa.Text(), nullable=False, comment="argon2id, with its parameters and salt"
        ),
        sa.Column("changed_at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person"],
            ["people.person"],
            name=op.f("fk_credentials_person_people"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_credentials")),
    )
    op.create_table(
        "sessions",
        sa.Column("token_hash", sa.Text(), nullable=False, comment="SHA-256 of the cookie's token"),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column(
            "auth", sa.Text(), nullable=False, comment="how and when they signed in, canonical JSON"
        ),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("seen_at", sa.Text(), nullable=False, comment="written at most once a minute"),
        sa.Column("expires_at", sa.Text(), nullable=False, comment="however often it is used"),
        sa.ForeignKeyConstraint(
            ["person"],
            ["people.person"],
            name=op.f("fk_sessions_person_people"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sessions")),
    )
    with op.batch_alter_table("sessions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sessions_expires_at"), ["expires_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_sessions_person"), ["person"], unique=False)

    op.create_table(
        "sign_in_links",
        sa.Column("token_hash", sa.Text(), nullable=False, comment="SHA-256 of the link's token"),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.Text(), nullable=False),
        sa.Column("spent_at", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person"],
            ["people.person"],
            name=op.f("fk_sign_in_links_person_people"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_sign_in_links")),
    )
    with op.batch_alter_table("sign_in_links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_links_person"), ["person"], unique=False)


def downgrade() -> None:
    """Take them away.

    Sessions, links, passwords and counts are lost: everybody signs in anew, by a link.
    """
    for table in ("sign_in_links", "sessions", "credentials", "rate_limits"):
        op.drop_table(table)
