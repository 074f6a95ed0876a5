"""Access lists and absences, votes, child cases and what they tell, mail by choice and by link."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_TABLES: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    # columns that are filled, columns that may be empty, primary key
    "list_entries": (
        ("person", "list", "since", "act_id"),
        ("until", "authority", "end_act_id"),
        ("person", "list", "since"),
    ),
    "absences": (("person", "since", "until", "act_id"), (), ("person", "since", "act_id")),
    "children": (("child", "parent", "name"), (), ("child",)),
    "electors": (("case", "step", "person"), (), ("case", "step", "person")),
    "notices": (("key", "case", "kind", "about", "at"), ("taken_at",), ("key",)),
    "mail_choices": (("person", "changed_at"), (), ("person",)),
    "bounces": (("address", "since", "last_at", "reason"), (), ("address",)),
    "case_links": (
        (
            "token_hash",
            "person",
            "case",
            "step",
            "instance",
            "seat",
            "shown",
            "mail_key",
            "issued_at",
            "expires_at",
        ),
        ("used_at", "used_by", "revoked_at", "revoked_why"),
        ("token_hash",),
    ),
}
_REFERENCES = {
    "list_entries": ("person", "people.person"),
    "absences": ("person", "people.person"),
    "children": ("parent", "cases.case"),
    "electors": ("case", "cases.case"),
    "notices": ("case", "cases.case"),
    "mail_choices": ("person", "people.person"),
    "case_links": ("case", "cases.case"),
}
_INDEXES = {
    "list_entries": [["list", "person"]],
    "absences": [["until"]],
    "children": [["parent"]],
    "electors": [["person"]],
    "notices": [["case", "taken_at"]],
    "case_links": [["case", "step", "person"]],
}
_MORE_COLUMNS: dict[str, tuple[str, sa.types.TypeEngine[Any]]] = {
    "mail_choices": ("digest", sa.Boolean()),
    "bounces": ("count", sa.Integer()),
}
_COMMENTS = {
    ("list_entries", "list"): "one of the access lists (Policy 3.4.2)",
    ("list_entries", "act_id"): "the entry that put them on it",
    ("list_entries", "authority"): "the number of the motion or ruling behind it",
    ("list_entries", "end_act_id"): "the entry that took them off it",
    ("absences", "act_id"): "the entry by which they said so",
    ("children", "child"): "the id of the case that was opened",
    ("children", "name"): "what the parent calls it",
    ("notices", "key"): "the id of the act that it leads to",
    ("notices", "case"): "to whom it matters",
    ("notices", "about"): "canonical JSON: what happened, and its cause",
    ("notices", "taken_at"): "when the case took it in",
    ("mail_choices", "digest"): "one mail a day instead of single ones",
    ("bounces", "address"): "in lower case",
    ("bounces", "reason"): "what the mail server said",
    ("case_links", "token_hash"): "SHA-256 of the link's id",
    ("case_links", "shown"): "digest of what is decided on",
    ("case_links", "used_by"): "the act that spent it",
    ("grants", "authority"): "the number of the motion or ruling behind it",
    ("grants", "end_act_id"): "the entry that ended it",
    ("outbox", "person"): "to whom alone it goes; nobody's id with a list's",
    ("outbox", "link"): "canonical JSON: what its signed link is about; none without",
}
_ADDED = {"grants": ("authority", "end_act_id"), "outbox": ("person", "link")}


def upgrade() -> None:
    """Make the tables, and the columns that older ones get."""
    text = sa.Text(collation="C" if op.get_bind().dialect.name == "postgresql" else None)
    for table, (filled, empty, key) in _TABLES.items():
        columns = [
            sa.Column(name, text, nullable=False, comment=_COMMENTS.get((table, name)))
            for name in filled
        ]
        columns += [sa.Column(name, text, comment=_COMMENTS.get((table, name))) for name in empty]
        if table in _MORE_COLUMNS:
            name, kind = _MORE_COLUMNS[table]
            columns.append(
                sa.Column(name, kind, nullable=False, comment=_COMMENTS.get((table, name)))
            )
        constraints: list[sa.Constraint] = [sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{table}"))]
        if table in _REFERENCES:
            column, target = _REFERENCES[table]
            reference = op.f(f"fk_{table}_{column}_{target.split('.')[0]}")
            constraints.append(sa.ForeignKeyConstraint([column], [target], name=reference))
        op.create_table(table, *columns, *constraints)
        for indexed in _INDEXES.get(table, []):
            op.create_index(op.f(f"ix_{table}_{'_'.join(indexed)}"), table, indexed)
    for table, names in _ADDED.items():
        for name in names:
            op.add_column(table, sa.Column(name, text, comment=_COMMENTS.get((table, name))))


def downgrade() -> None:
    """Drop them: choices about mail, bounces and links are lost, the rest is in the record."""
    for table, names in _ADDED.items():
        for name in names:
            op.drop_column(table, name)
    for table in reversed(_TABLES):
        op.drop_table(table)
