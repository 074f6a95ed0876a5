"""Seals what has none yet: addresses by what the record says, passwords by the operator's word.

That whose an address is stands in the directory's stream, signed; so addresses can be sealed again
at any time, and only those that were recorded are. Of passwords the record says nothing: they are
sealed once, when the tables get their seals, and that is recorded.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete

from store import tables
from store.access.passwords import seal_passwords
from store.record.chain import BadRecord
from store.record.differing import Differing
from store.record.rows import directory_rows, key_rows, ring_of
from store.restoring import SEALED, record_operation

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from store.signatures import SigningKey

_log = logging.getLogger(__name__)
SINCE: Final = "0013"
"""The migration since which rows are sealed."""
_BY_KEY: Final = (
    tables.sessions,
    tables.sign_in_links,
    tables.credentials,
    tables.case_links,
)


def seal_addresses(connection: Connection) -> None:
    """Seal the addresses that stand in the record; others stay as they are, and don't check."""
    differing = Differing(tables.addresses)
    try:
        ring = ring_of(key_rows(connection))
        differing.compare(connection, directory_rows(connection, ring).addresses)
    except BadRecord as found:
        _log.error("addresses can't be sealed: entry %s: %s", found.seq, found.why)
        return
    differing.write_altered(connection)


def begin_anew(connection: Connection) -> None:
    """Drop what was sealed by another key and is of no use now; seal the addresses by this one.

    Left there, each such row would be told as forged when its person comes back.
    """
    for table in _BY_KEY:
        connection.execute(delete(table))
    seal_addresses(connection)


def seal_once(connection: Connection, at: str, worker_key: SigningKey) -> None:
    """Seal the addresses, and the passwords from before there were seals; record the latter.

    Args:
        at: the time, as a stamp.
        worker_key: signs what is recorded.
    """
    seal_addresses(connection)
    passwords = seal_passwords(connection)
    if passwords:
        record_operation(connection, SEALED, {"passwords": passwords}, at, worker_key)
