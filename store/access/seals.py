"""Seals on rows that let somebody in: a MAC by a key that the database doesn't hold.

Whoever can write to the database could otherwise make a session, a link, a password or an address
for anybody. Each such row carries HMAC-SHA-256 (RFC 2104) over its table's name and over every
column that says whose it is, what it opens and until when. It is made where the row is written and
checked wherever it is used: a row that doesn't check is treated as if it weren't there, and noted.

Not here: what follows from a row that doesn't check (`store.access.forged`), where the key comes
from (`worker.keys`). What a seal can't tell: that a row was removed, or that a genuine one was put
back later, as it was.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from definitions.canonical import canonical
from store.errors import StoreError

if TYPE_CHECKING:
    from sqlalchemy import Connection, Table

SEALED: Final[Mapping[str, tuple[str, ...]]] = {
    "sessions": ("token_hash", "person", "auth", "created_at", "expires_at"),
    "sign_in_links": ("token_hash", "person", "created_at", "expires_at"),
    "credentials": ("person", "password", "changed_at"),
    "addresses": ("address", "person", "place"),
    "case_links": (
        *("token_hash", "person", "case", "step", "instance", "seat", "shown"),
        *("mail_key", "issued_at", "expires_at"),
    ),
}
"""By table, what a row's seal covers; the first names the row."""
_FORMAT: Final = "countersign-seal-1"
_OPTION: Final = "countersign_seal"


class NoSealKeyError(StoreError):
    """A row was to be sealed or checked on a connection that has no key for it."""


@dataclass(frozen=True)
class Forgery:
    """A row that doesn't check: in which table, which one, and whose it claims to be."""

    table: str
    row: str
    person: str


@dataclass(frozen=True)
class Seal:
    """The key, and what was found not to check on this connection."""

    key: bytes = field(repr=False)
    noticed: list[Forgery] = field(default_factory=list)

    def of(self, table: str, row: Mapping[str, Any]) -> str:
        """Return the seal of a row."""
        covered = {name: row[name] for name in SEALED[table]}
        text = canonical({"format": _FORMAT, "table": table, "row": covered})
        return hmac.new(self.key, text, hashlib.sha256).hexdigest()


def with_seal(connection: Connection, seal: Seal) -> None:
    """Let rows be sealed and checked on this connection."""
    connection.execution_options(**{_OPTION: seal})


def has_seal(connection: Connection) -> bool:
    """Say whether rows can be sealed and checked on this connection."""
    return _OPTION in connection.get_execution_options()


def sealed(connection: Connection, table: Table, row: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row to be written, with its seal.

    Raises:
        NoSealKeyError: the connection has no key.
    """
    return {**row, "mac": _seal(connection).of(table.name, row)}


def checks(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Say whether a row that was read is one that we wrote; note it if it isn't.

    Args:
        row: what `SEALED` names, and `mac`.

    Raises:
        NoSealKeyError: the connection has no key.
    """
    seal = _seal(connection)
    try:
        should = seal.of(table.name, row)
    except (TypeError, ValueError):  # SQLite keeps whatever was put into a column
        should = ""
    if should and hmac.compare_digest(str(row["mac"]).encode(), should.encode()):
        return True
    notice(connection, table.name, str(row[SEALED[table.name][0]]), str(row["person"]))
    return False


def notice(connection: Connection, table: str, row: str, person: str) -> None:
    """Note that a row isn't as we wrote it; who has to know is told after the transaction."""
    _seal(connection).noticed.append(Forgery(table, row, person))


def _seal(connection: Connection) -> Seal:
    seal = connection.get_execution_options().get(_OPTION)
    if not isinstance(seal, Seal):
        raise NoSealKeyError(
            "Who may come in can't be read or written without the key that seals it: "
            "the folder for keys has no web-secret."
        )
    return seal
