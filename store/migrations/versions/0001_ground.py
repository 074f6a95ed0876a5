"""The ground: record, cases, directory, and what is on its way."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "attachments",
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False, comment="bytes"),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("stored_at", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_attachments")),
    )
    op.create_table(
        "definitions",
        sa.Column("version", sa.Text(), nullable=False, comment="SHA-256 of the text"),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False, comment="canonical JSON, whole"),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_definitions")),
    )
    op.create_table(
        "keys",
        sa.Column("kid", sa.Text(), nullable=False, comment="RFC 7638 thumbprint"),
        sa.Column("use", sa.Text(), nullable=False),
        sa.Column("jwk", sa.Text(), nullable=False, comment="the public key, canonical JSON"),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column(
            "until", sa.Text(), nullable=True, comment="what it signs from then on doesn't count"
        ),
        sa.CheckConstraint("use IN ('web', 'worker')", name=op.f("ck_keys_use")),
        sa.PrimaryKeyConstraint("kid", name=op.f("pk_keys")),
    )
    op.create_table(
        "numbers",
        sa.Column("letter", sa.Text(), nullable=False),
        sa.Column("day", sa.Text(), nullable=False, comment="YYYYMMDD, UTC"),
        sa.Column("n", sa.Integer(), nullable=False, comment="the last number given"),
        sa.PrimaryKeyConstraint("letter", "day", name=op.f("pk_numbers")),
    )
    op.create_table(
        "pending_acts",
        sa.Column("nonce", sa.Text(), nullable=False, comment="the act's id"),
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column(
            "signed", sa.Text(), nullable=False, comment="the signed act with its openings, JSON"
        ),
        sa.Column("form_digest", sa.Text(), nullable=False),
        sa.Column("created", sa.Text(), nullable=False),
        sa.Column("settled_at", sa.Text(), nullable=True),
        sa.Column(
            "result", sa.Text(), nullable=True, comment="the answer, JSON, once there is one"
        ),
        sa.PrimaryKeyConstraint("nonce", name=op.f("pk_pending_acts")),
    )
    op.create_index(op.f("ix_pending_acts_case"), "pending_acts", ["case"], unique=False)
    op.create_index(
        op.f("ix_pending_acts_settled_at_created"),
        "pending_acts",
        ["settled_at", "created"],
        unique=False,
    )
    op.create_table(
        "people",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column(
            "until", sa.Text(), nullable=True, comment="from then on no longer of the community"
        ),
        sa.PrimaryKeyConstraint("person", name=op.f("pk_people")),
    )
    op.create_table(
        "streams",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False, comment="case, directory or system"),
        sa.Column("seq", sa.Integer(), nullable=False, comment="of the last entry"),
        sa.Column("sha256", sa.Text(), nullable=False, comment="of the last entry"),
        sa.CheckConstraint("seq >= 0", name=op.f("ck_streams_seq")),
        sa.PrimaryKeyConstraint("stream", name=op.f("pk_streams")),
    )
    op.create_table(
        "addresses",
        sa.Column("address", sa.Text(), nullable=False, comment="in lower case"),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False, comment="0 for the one that mail goes to"),
        sa.ForeignKeyConstraint(
            ["person"], ["people.person"], name=op.f("fk_addresses_person_people")
        ),
        sa.PrimaryKeyConstraint("address", name=op.f("pk_addresses")),
    )
    op.create_index(op.f("ix_addresses_person"), "addresses", ["person"], unique=False)
    op.create_table(
        "cases",
        sa.Column(
            "case", sa.Text(), nullable=False, comment="the workflow's id, and the stream's name"
        ),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("process", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("opener", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, comment="canonical JSON, without `known`"),
        sa.Column(
            "known", sa.Text(), nullable=False, comment="canonical JSON: values that rules read"
        ),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("stopped_reason", sa.Text(), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True, comment="the final state"),
        sa.Column("opened_at", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.Text(), nullable=True),
        sa.Column("updated_at", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "status IN ('running', 'ended', 'stopped')", name=op.f("ck_cases_status")
        ),
        sa.ForeignKeyConstraint(
            ["version"], ["definitions.version"], name=op.f("fk_cases_version_definitions")
        ),
        sa.PrimaryKeyConstraint("case", name=op.f("pk_cases")),
        sa.UniqueConstraint("number", name=op.f("uq_cases_number")),
    )
    op.create_index(op.f("ix_cases_opened_at_case"), "cases", ["opened_at", "case"], unique=False)
    op.create_index(
        op.f("ix_cases_opener_opened_at_case"),
        "cases",
        ["opener", "opened_at", "case"],
        unique=False,
    )
    op.create_index(
        op.f("ix_cases_status_updated_at_case"),
        "cases",
        ["status", "updated_at", "case"],
        unique=False,
    )
    op.create_table(
        "entries",
        sa.Column("stream", sa.Text(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("act_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False, comment="the commit's time"),
        sa.Column("step", sa.Text(), nullable=True),
        sa.Column("text", sa.Text(), nullable=False, comment="the whole entry, canonical JSON"),
        sa.CheckConstraint("seq >= 1", name=op.f("ck_entries_seq")),
        sa.ForeignKeyConstraint(
            ["stream"], ["streams.stream"], name=op.f("fk_entries_stream_streams")
        ),
        sa.PrimaryKeyConstraint("stream", "seq", name=op.f("pk_entries")),
        sa.UniqueConstraint("act_id", name=op.f("uq_entries_act_id")),
    )
    op.create_table(
        "grants",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("until", sa.Text(), nullable=True),
        sa.Column("act_id", sa.Text(), nullable=False, comment="the entry that granted it"),
        sa.ForeignKeyConstraint(
            ["person"], ["people.person"], name=op.f("fk_grants_person_people")
        ),
        sa.PrimaryKeyConstraint("person", "role", "since", name=op.f("pk_grants")),
    )
    op.create_index(op.f("ix_grants_role_person"), "grants", ["role", "person"], unique=False)
    op.create_table(
        "openings",
        sa.Column("act_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("salt", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False, comment="canonical JSON"),
        sa.ForeignKeyConstraint(
            ["act_id"], ["entries.act_id"], name=op.f("fk_openings_act_id_entries")
        ),
        sa.PrimaryKeyConstraint("act_id", "name", name=op.f("pk_openings")),
    )
    op.create_table(
        "outbox",
        sa.Column(
            "key", sa.Text(), nullable=False, comment="case:seq:effect, and :person if one of many"
        ),
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("to_address", sa.Text(), nullable=False),
        sa.Column("to_name", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("queued_at", sa.Text(), nullable=False),
        sa.Column("sent_at", sa.Text(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["case"], ["cases.case"], name=op.f("fk_outbox_case_cases")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_outbox")),
    )
    op.create_index(op.f("ix_outbox_case"), "outbox", ["case"], unique=False)
    op.create_index(
        op.f("ix_outbox_sent_at_queued_at"), "outbox", ["sent_at", "queued_at"], unique=False
    )
    op.create_table(
        "signatures",
        sa.Column("act_id", sa.Text(), nullable=False),
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("seat", sa.Text(), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("outcome", sa.Text(), nullable=False),
        sa.Column("at", sa.Text(), nullable=False),
        sa.Column(
            "counts", sa.Boolean(), nullable=False, comment="false: retracted or outdated since"
        ),
        sa.ForeignKeyConstraint(
            ["act_id"], ["entries.act_id"], name=op.f("fk_signatures_act_id_entries")
        ),
        sa.ForeignKeyConstraint(["case"], ["cases.case"], name=op.f("fk_signatures_case_cases")),
        sa.PrimaryKeyConstraint("act_id", name=op.f("pk_signatures")),
    )
    op.create_index(
        op.f("ix_signatures_actor_at_act_id"), "signatures", ["actor", "at", "act_id"], unique=False
    )
    op.create_index(op.f("ix_signatures_case"), "signatures", ["case"], unique=False)
    op.create_table(
        "waiting",
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("seat", sa.Text(), nullable=False),
        sa.Column(
            "role",
            sa.Text(),
            nullable=False,
            comment="who may fill it; empty where a person is named",
        ),
        sa.Column(
            "person",
            sa.Text(),
            nullable=False,
            comment="who may fill it; empty where a role is named",
        ),
        sa.Column(
            "missing", sa.Integer(), nullable=False, comment="signatures still missing in this seat"
        ),
        sa.Column("since", sa.Text(), nullable=False),
        sa.Column("due", sa.Text(), nullable=True),
        sa.Column("overdue", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["case"], ["cases.case"], name=op.f("fk_waiting_case_cases")),
        sa.PrimaryKeyConstraint("case", "step", "seat", "role", "person", name=op.f("pk_waiting")),
    )
    op.create_index(
        op.f("ix_waiting_person_overdue_since_case"),
        "waiting",
        ["person", "overdue", "since", "case"],
        unique=False,
    )
    op.create_index(
        op.f("ix_waiting_role_overdue_since_case"),
        "waiting",
        ["role", "overdue", "since", "case"],
        unique=False,
    )
    op.create_table(
        "waiting_barred",
        sa.Column("case", sa.Text(), nullable=False),
        sa.Column("step", sa.Text(), nullable=False),
        sa.Column("seat", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False, comment="whose holders are barred; or empty"),
        sa.Column("person", sa.Text(), nullable=False, comment="who is barred; or empty"),
        sa.ForeignKeyConstraint(
            ["case"], ["cases.case"], name=op.f("fk_waiting_barred_case_cases")
        ),
        sa.PrimaryKeyConstraint(
            "case", "step", "seat", "role", "person", name=op.f("pk_waiting_barred")
        ),
    )
    op.create_table(
        "outbox_readers",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["key"], ["outbox.key"], name=op.f("fk_outbox_readers_key_outbox")),
        sa.ForeignKeyConstraint(
            ["person"], ["people.person"], name=op.f("fk_outbox_readers_person_people")
        ),
        sa.PrimaryKeyConstraint("person", "key", name=op.f("pk_outbox_readers")),
    )


def downgrade() -> None:
    """Drop them all: record, cases and directory are lost."""
    op.drop_table("outbox_readers")
    op.drop_table("waiting_barred")
    op.drop_index(op.f("ix_waiting_role_overdue_since_case"), table_name="waiting")
    op.drop_index(op.f("ix_waiting_person_overdue_since_case"), table_name="waiting")
    op.drop_table("waiting")
    op.drop_index(op.f("ix_signatures_case"), table_name="signatures")
    op.drop_index(op.f("ix_signatures_actor_at_act_id"), table_name="signatures")
    op.drop_table("signatures")
    op.drop_index(op.f("ix_outbox_sent_at_queued_at"), table_name="outbox")
    op.drop_index(op.f("ix_outbox_case"), table_name="outbox")
    op.drop_table("outbox")
    op.drop_table("openings")
    op.drop_index(op.f("ix_grants_role_person"), table_name="grants")
    op.drop_table("grants")
    op.drop_table("entries")
    op.drop_index(op.f("ix_cases_status_updated_at_case"), table_name="cases")
    op.drop_index(op.f("ix_cases_opener_opened_at_case"), table_name="cases")
    op.drop_index(op.f("ix_cases_opened_at_case"), table_name="cases")
    op.drop_table("cases")
    op.drop_index(op.f("ix_addresses_person"), table_name="addresses")
    op.drop_table("addresses")
    op.drop_table("streams")
    op.drop_table("people")
    op.drop_index(op.f("ix_pending_acts_settled_at_created"), table_name="pending_acts")
    op.drop_index(op.f("ix_pending_acts_case"), table_name="pending_acts")
    op.drop_table("pending_acts")
    op.drop_table("numbers")
    op.drop_table("keys")
    op.drop_table("definitions")
    op.drop_table("attachments")
