"""`countersign backup DIR`: copies everything that can't be made anew, while all of it runs.

Temporal is copied first, then the database, then the keys. So the copied database holds all that
the copied cases have seen: a case that is behind its record catches up by itself, while a record
behind its case would have to be mended. And the copied keys open everything that was copied.

A backup appears whole or not at all: it is made under another name, and gets its own at the end.
"""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import make_url

from definitions.canonical import sha256
from definitions.clock import stamp
from store import tables
from store.restoring import BACKUP, record_operation, revision
from worker import backup_manifest
from worker.backup_manifest import (
    CLOCK,
    DATABASE,
    KEYS,
    MANIFEST,
    TEMPORAL,
    BackupPart,
    Manifest,
    described,
)
from worker.errors import CommandRefused
from worker.keys import CODEC_KEYS, LINK_SIGNING, WEB_SECRET, WEB_SIGNING, WORKER_SIGNING
from worker.postgresql_tools import check_dump, dump_postgresql
from worker.prepare import opened
from worker.replacing import folder_to_disk
from worker.rooms import make_clock
from worker.sqlite_files import copy_sqlite
from worker.temporal_server import DATABASE as TEMPORAL_FILE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from store.database import Database
    from worker.keys import Keys
    from worker.settings import Settings

KEY_FILES: Final = (WEB_SIGNING, WORKER_SIGNING, LINK_SIGNING, CODEC_KEYS, WEB_SECRET)
SQLITE_COPY: Final = "countersign.sqlite"
DUMP: Final = "countersign.pgdump"
CLOCK_COPY: Final = "clock"
OUR_TABLES: Final = (*sorted(tables.metadata.tables), "alembic_version")
_LEFT_OUT: Final = (
    BackupPart("mail", included=False, why="the database has every mail that went out"),
    BackupPart("logs", included=False, why="nothing is made from them; copy them yourself"),
)


@dataclass(frozen=True)
class MadeBackup:
    """A backup that was made: where, and what is in it."""

    folder: Path
    manifest: Manifest

    def to_json(self) -> dict[str, Any]:
        """Return it for programs."""
        files = self.manifest.files
        return {
            "ok": True,
            "folder": str(self.folder),
            "manifest": self.manifest.digest,
            "made_at": self.manifest.made_at,
            "parts": {part.name: part.included for part in self.manifest.parts},
            "left_out": {part.name: part.why for part in self.manifest.parts if not part.included},
            "files": len(files),
            "bytes": sum(file.size for file in files),
        }


def backup(settings: Settings, folder: Path) -> MadeBackup:
    """Make a backup.

    Args:
        settings: say where everything is.
        folder: the backup's; made, and must not hold anything.

    Raises:
        CommandRefused: it can't be made; nothing is left of it.
        WorkerError, store.errors.StoreError: keys or database can't be used.
    """
    folder = folder.absolute()
    _refuse_full(folder)
    _refuse_nothing(settings)
    with opened(settings) as (keys, database):
        with _growing(folder) as half:
            at = stamp(make_clock(settings).now())
            parts = [_copy_temporal(settings, half)]
            kind, migration = _copy_database(settings, database, half)
            _copy_keys(settings, half)
            parts += [
                BackupPart(DATABASE, included=True),
                BackupPart(KEYS, included=True),
                _copy_clock(settings, half),
                *_LEFT_OUT,
            ]
            program = backup_manifest.program_version()
            manifest = Manifest(at, program, kind, migration, tuple(parts), _files(half))
            manifest = replace(manifest, digest=sha256(manifest.text()))
            _write_new(half / MANIFEST, manifest.text())
        _record(database, keys, settings, manifest)  # what is recorded is there
    return MadeBackup(folder, manifest)


def is_sqlite(settings: Settings) -> bool:
    """Say whether the database is an SQLite file."""
    return make_url(settings.database_url()).drivername.startswith("sqlite")


def sqlite_file(settings: Settings) -> Path:
    """Return where the database is, if it is an SQLite file."""
    return Path(make_url(settings.database_url()).database or "").absolute()


def temporal_file(settings: Settings) -> Path:
    """Return where the embedded Temporal server keeps its state."""
    return settings.data.folder / TEMPORAL_FILE


def _refuse_full(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if folder.exists() or folder.is_symlink():
        raise CommandRefused(
            f"{folder} exists and isn't an empty folder. Name another: a backup is never mixed "
            "with what is there."
        )
    if not folder.parent.is_dir():
        raise CommandRefused(
            f"There is no folder {folder.parent} to make the backup in. Make it first; or is its "
            "disk not mounted?"
        )


def _refuse_nothing(settings: Settings) -> None:
    if is_sqlite(settings) and not sqlite_file(settings).is_file():
        raise CommandRefused(f"There is nothing to back up: {sqlite_file(settings)} isn't there.")


@contextmanager
def _growing(folder: Path) -> Iterator[Path]:
    """Give a folder beside the wanted one that becomes it at the end, or goes away."""
    half = folder.with_name(f".{folder.name}.{secrets.token_hex(4)}.partial")
    try:
        half.mkdir(mode=0o700)
        yield half
        folder_to_disk(half)
        half.rename(folder)  # also in the place of an empty one
        folder_to_disk(folder.parent)
    except OSError as error:
        raise CommandRefused(
            f"The backup can't be made in {folder}: {error.strerror or error}. "
            "Nothing of it was kept."
        ) from error
    finally:
        shutil.rmtree(half, ignore_errors=True)


def _copy_temporal(settings: Settings, half: Path) -> BackupPart:
    if settings.temporal.mode != "embedded":
        why = "the Temporal cluster is not ours: those who run it back it up"
        return BackupPart(TEMPORAL, included=False, why=why)
    source = temporal_file(settings)
    if not source.is_file():
        return BackupPart(TEMPORAL, included=False, why=f"{source.name} isn't there")
    copy_sqlite(source, half / TEMPORAL_FILE)
    return BackupPart(TEMPORAL, included=True)


def _copy_database(settings: Settings, database: Database, half: Path) -> tuple[str, str]:
    """Copy the database; return its kind and its revision."""
    with database.reading() as connection:
        migration = revision(connection)
    if not migration:
        raise CommandRefused("There is nothing to back up: the database has no tables of ours.")
    if is_sqlite(settings):
        copy_sqlite(sqlite_file(settings), half / SQLITE_COPY)
        return "sqlite", migration
    dump_postgresql(settings.database_url(), half / DUMP, OUR_TABLES)
    check_dump(half / DUMP)
    return "postgresql", migration


def _copy_keys(settings: Settings, half: Path) -> None:
    (half / KEYS).mkdir(mode=0o700)
    for name in KEY_FILES:
        _write_new(half / KEYS / name, (settings.keys_folder / name).read_bytes())
    folder_to_disk(half / KEYS)


def _copy_clock(settings: Settings, half: Path) -> BackupPart:
    file = settings.clock.file
    if file is None or not file.is_file():
        return BackupPart(CLOCK, included=False, why="the machine's own clock counts")
    _write_new(half / CLOCK_COPY, file.read_bytes())
    return BackupPart(CLOCK, included=True)


def _files(half: Path) -> tuple[backup_manifest.BackupFile, ...]:
    parts = {TEMPORAL_FILE: TEMPORAL, SQLITE_COPY: DATABASE, DUMP: DATABASE, CLOCK_COPY: CLOCK}
    return tuple(
        described(half, path, parts.get(path.name, KEYS))
        for path in sorted(half.rglob("*"))
        if path.is_file()
    )


def _record(database: Database, keys: Keys, settings: Settings, manifest: Manifest) -> None:
    """Record in the living database, which was copied already, that it was copied."""
    about = {
        "manifest": manifest.digest,
        "made_at": manifest.made_at,
        "parts": list(manifest.included()),
        "bytes": sum(file.size for file in manifest.files),
    }
    at = stamp(make_clock(settings).now())
    with database.writing() as connection:
        record_operation(connection, BACKUP, about, at, keys.worker_signing)


def _write_new(path: Path, data: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
