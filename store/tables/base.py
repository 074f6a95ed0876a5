"""The one metadata of all tables, and how constraints are named.

Times are text (RFC 3339, UTC, milliseconds), so that they sort and compare alike on every
database and are the same characters as in the record; JSON is canonical text for the same
reason.
"""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Column, Dialect, MetaData, TypeDecorator
from sqlalchemy import Text as PlainText
from sqlalchemy.types import TypeEngine

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)


class Text(TypeDecorator[str]):
    """Text that sorts, compares and is looked for alike on every database: by its characters.

    PostgreSQL would sort by the language of its database, so that `B` stands after `a`, and can't
    hold U+0000. Where that reaches us (what is recorded is JSON, which escapes it) it is replaced
    as unreadable: whoever looks for such a text finds nothing.
    """

    impl = PlainText
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str]:
        """Return the database's own type."""
        return PlainText(collation="C") if dialect.name == "postgresql" else PlainText()

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], Any] | None:
        """Return what is done to a text on its way to the database; None for nothing."""
        return _without_nul if dialect.name == "postgresql" else None


def mac() -> Column[str]:
    """Return the column of a row's seal (`store.access.seals`)."""
    return Column("mac", Text, comment="its seal, by a key outside of the database")


def _without_nul(text: str | None) -> str | None:
    return text.replace("\0", "\ufffd") if text is not None and "\0" in text else text
