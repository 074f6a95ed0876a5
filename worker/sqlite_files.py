"""SQLite's files as wholes: copied while others write, checked, and taken out of use.

Works on any SQLite file, ours or Temporal's; what is in it is another's matter.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Final

from worker.errors import CommandRefused

if TYPE_CHECKING:
    from pathlib import Path

_WAIT_SECONDS: Final = 30.0
BESIDE: Final = ("-wal", "-shm", "-journal")


def copy_sqlite(source: Path, target: Path) -> None:
    """Copy a database as it stands at one moment, while others read and write it.

    The copy is one file of mode 0600 without anything beside it, whole, checked and on the disk.

    Raises:
        CommandRefused: it can't be read, there is no room, or the copy is damaged.
    """
    os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    try:
        with closing(_connect(source)) as one, closing(_connect(target)) as other:
            # In one step: the copy is of the moment at which it begins, however long it takes,
            # and nobody who writes meanwhile waits for it (WAL).
            one.backup(other, pages=-1)
            other.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.Error as error:
        raise CommandRefused(f"{source} can't be copied to {target.parent}: {error}.") from error
    check_sqlite(target)
    _to_disk(target)


def check_sqlite(path: Path) -> None:
    """Look through a whole database for damage.

    Raises:
        CommandRefused: it is damaged, or no SQLite database.
    """
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)) as connection:
            found = connection.execute("PRAGMA integrity_check").fetchall()
    except sqlite3.Error as error:
        raise CommandRefused(f"{path} isn't a whole SQLite database: {error}.") from error
    if found != [("ok",)]:
        raise CommandRefused(f"{path} is damaged: {found[0][0]}.")


def take_out_of_use(path: Path) -> None:
    """Bring everything into the one file, if nobody else has the database open.

    Raises:
        CommandRefused: somebody has it open.
    """
    try:
        with closing(_connect(path, seconds=1.0)) as connection:
            (mode,) = connection.execute("PRAGMA journal_mode=DELETE").fetchone()
    except sqlite3.Error as error:
        raise CommandRefused(
            f"{path} is in use ({error}). Stop Countersign first, all of it. Nothing was changed."
        ) from error
    left = [path.name + end for end in BESIDE if path.with_name(path.name + end).exists()]
    if mode != "delete" or left:
        raise CommandRefused(
            f"{path} is in use. Stop Countersign first, all of it. Nothing was changed."
        )


def _connect(path: Path, seconds: float = _WAIT_SECONDS) -> sqlite3.Connection:
    """Connect to a file that exists; plain `connect` would make one."""
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw", uri=True, timeout=seconds, isolation_level=None
    )


def _to_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
