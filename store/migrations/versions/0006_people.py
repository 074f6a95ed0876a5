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
_ADDED = {"grants": ("authority", "end_act_id"), "outbox": ("person", "link")}


def upgrade() -> None:
    """Make the tables, and the columns that older ones get."""
    text = sa.Text(collation="C" if op.get_bind().dialect.name == "postgresql" else None)
    for table, (filled, empty, key) in _TABLES.items():
        columns = [sa.Column(name, text, nullable=False) for name in filled]
        columns += [sa.Column(name, text) for name in empty]
        if table in _MORE_COLUMNS:
            name, kind = _MORE_COLUMNS[table]
            columns.append(sa.Column(name, kind, nullable=False))
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
            op.add_column(table, sa.Column(name, text))


def downgrade() -> None:
    """Drop them: choices about mail, bounces and links are lost, the rest is in the record."""
    for table, names in _ADDED.items():
        for name in names:
            op.drop_column(table, name)
    for table in reversed(_TABLES):
        op.drop_table(table)
