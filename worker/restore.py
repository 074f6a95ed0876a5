"""`countersign restore DIR`: puts a backup back, all of it or nothing.

The backup is looked through before anything is changed. Everything new is then made ready beside
what it replaces, and put in its place file by file: keys first (there are only more of them),
then the database (which carries the mark that cases and record must be compared), then Temporal.
So whatever stops it in the middle leaves something that can be started and compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from definitions.clock import stamp
from store.restoring import known_revisions, must_reconcile
from worker.backup import CLOCK_COPY, DUMP, SQLITE_COPY, is_sqlite, sqlite_file, temporal_file
from worker.backup_manifest import (
    CLOCK,
    DATABASE,
    KEYS,
    TEMPORAL,
    Manifest,
    check_files,
    is_newer,
    program_version,
    read_manifest,
)
from worker.errors import CommandRefused
from worker.folders import make_folders
from worker.lock import changing, only_one
from worker.postgresql_tools import check_dump
from worker.replacing import Replacing, copy_file
from worker.restore_database import Finishing, put_database, refuse_busy
from worker.restore_keys import ready_keys
from worker.rooms import make_clock, open_database
from worker.sqlite_files import BESIDE, check_sqlite, take_out_of_use
from worker.temporal_server import DATABASE as TEMPORAL_FILE

if TYPE_CHECKING:
    from worker.settings import Settings


@dataclass(frozen=True)
class Restored:
    """What a restore did.

    Attributes:
        aside: the folder with what stood there before; None if nothing did.
        said: what else the operator must know, as sentences.
    """

    folder: Path
    manifest: str
    made_at: str
    parts: tuple[str, ...]
    aside: Path | None
    said: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "ok": True,
            "folder": str(self.folder),
            "manifest": self.manifest,
            "made_at": self.made_at,
            "parts": list(self.parts),
            "aside": None if self.aside is None else str(self.aside),
            "said": list(self.said),
        }


def restore(settings: Settings, folder: Path, *, only: str | None, replace: bool) -> Restored:
    """Restore a backup.

    Args:
        settings: say where to.
        folder: the backup's.
        only: `database` or `temporal` to restore one of the two, with the keys; None for all.
        replace: keep what is there aside, instead of refusing.

    Raises:
        CommandRefused: it can't be done; nothing was changed.
        WorkerError, store.errors.StoreError: keys or database can't be used; likewise.
    """
    folder = folder.absolute()
    manifest = read_manifest(folder)
    parts = _parts(settings, manifest, only)
    check_files(folder, manifest.files)
    _check_contents(folder, parts)
    make_folders(settings)
    try:
        with only_one(settings), changing(settings):
            return _restore(settings, folder, manifest, parts, replace=replace)
    except OSError as error:
        raise CommandRefused(
            f"The backup can't be restored: {error.filename or settings.data.folder}: "
            f"{error.strerror or error}. What stood there stands there still."
        ) from error


def _parts(settings: Settings, manifest: Manifest, only: str | None) -> tuple[str, ...]:
    """Return which parts are restored, in the order of the backup."""
    mine = program_version()
    if is_newer(manifest.program, mine) or manifest.migration not in known_revisions():
        raise CommandRefused(
            f"The backup was made by a newer version of Countersign ({manifest.program}, tables "
            f"at {manifest.migration}) than this one ({mine}). Restore it with that version. "
            "Nothing was changed."
        )
    wanted = {DATABASE, TEMPORAL} if only is None else {only}
    if settings.temporal.mode != "embedded" and TEMPORAL in wanted:
        if only is not None:
            raise CommandRefused(
                "The Temporal cluster is not ours: those who run it restore it. "
                "Then run `countersign reconcile`. Nothing was changed."
            )
        wanted.discard(TEMPORAL)
    if only is not None and only not in manifest.included():
        raise CommandRefused(f"There is no {only} in this backup. Nothing was changed.")
    if only is None and DATABASE not in manifest.included():
        raise CommandRefused("The backup holds no database. Nothing was changed.")
    kind = "sqlite" if is_sqlite(settings) else "postgresql"
    if DATABASE in wanted and manifest.database != kind:
        raise CommandRefused(
            f"The backup's database is {manifest.database}, but the settings name {kind}: set "
            "store.database_url to the same kind of database. Nothing was changed."
        )
    return tuple(
        name for name in manifest.included() if name in wanted | {KEYS} | _clock(settings, only)
    )


def _clock(settings: Settings, only: str | None) -> set[str]:
    """Return the clock as a part, if there is room for it: time doesn't go back on a restore."""
    file = settings.clock.file
    return set() if file is None or file.exists() or only is not None else {CLOCK}


def _check_contents(folder: Path, parts: tuple[str, ...]) -> None:
    if TEMPORAL in parts:
        check_sqlite(folder / TEMPORAL_FILE)
    if DATABASE in parts and (folder / SQLITE_COPY).exists():
        check_sqlite(folder / SQLITE_COPY)
    elif DATABASE in parts:
        check_dump(folder / DUMP)


def _restore(
    settings: Settings,
    folder: Path,
    manifest: Manifest,
    parts: tuple[str, ...],
    *,
    replace: bool,
) -> Restored:
    full = _refuse_busy(settings)
    there = [name for name in (DATABASE, TEMPORAL) if name in parts and full[name]]
    if there and not replace:
        raise CommandRefused(
            f"There is a {' and a '.join(there)} already in {settings.data.folder}. With --replace "
            "it is kept aside, and the backup takes its place. Nothing was changed."
        )
    if DATABASE not in parts and not full[DATABASE]:
        raise CommandRefused(
            "Temporal alone can't be restored where there is no database to compare it with. "
            "Nothing was changed."
        )
    with Replacing(_aside(settings)) as replacing:
        said = _put(replacing, settings, folder, manifest, parts, full=full)
        aside = replacing.aside if replacing.aside.is_dir() else None
    return Restored(folder, manifest.digest, manifest.made_at, parts, aside, said)


def _put(
    replacing: Replacing,
    settings: Settings,
    folder: Path,
    manifest: Manifest,
    parts: tuple[str, ...],
    *,
    full: dict[str, bool],
) -> tuple[str, ...]:
    keys = ready_keys(replacing, folder, settings.keys_folder, database=DATABASE in parts)
    finishing = Finishing(settings, manifest, parts, keys)
    if TEMPORAL in parts:
        copy_file(folder / TEMPORAL_FILE, replacing.ready(temporal_file(settings)))
    if CLOCK in parts and settings.clock.file is not None:
        copy_file(folder / CLOCK_COPY, replacing.ready(settings.clock.file))
    if DATABASE not in parts:
        return _put_under_living(replacing, finishing)
    said = put_database(replacing, folder, finishing, full=full[DATABASE])
    for target in keys.targets:
        replacing.put(target)
    if is_sqlite(settings):
        _put_sqlite(replacing, sqlite_file(settings))
    if TEMPORAL in parts:
        _put_sqlite(replacing, temporal_file(settings))
    if CLOCK in parts and settings.clock.file is not None:
        replacing.put(settings.clock.file)
    return said


def _put_under_living(replacing: Replacing, finishing: Finishing) -> tuple[str, ...]:
    """Restore Temporal alone, and mark it in the database that there is."""
    database = open_database(finishing.settings)
    try:
        database.migrate()
        with database.writing() as connection:  # first: needless at worst, if the rest fails
            must_reconcile(connection, finishing.now(), {"parts": list(finishing.parts)})
        with database.writing() as connection:
            said = finishing.finish(connection, access=False)
            for target in finishing.keys.targets:
                replacing.put(target)
            _put_sqlite(replacing, temporal_file(finishing.settings))
    finally:
        database.close()
    return said


def _put_sqlite(replacing: Replacing, target: Path) -> None:
    """Put a database's file; what an older one left beside it must never be taken for its own."""
    for end in BESIDE:
        left = target.with_name(target.name + end)
        if left.exists():
            replacing.put_away(left)
    replacing.put(target)


def _refuse_busy(settings: Settings) -> dict[str, bool]:
    """Make sure that nobody uses either store; say which of them there are."""
    temporal = temporal_file(settings)
    if settings.temporal.mode == "embedded" and temporal.is_file():
        take_out_of_use(temporal)
    return {DATABASE: refuse_busy(settings), TEMPORAL: temporal.exists()}


def _aside(settings: Settings) -> Path:
    at = stamp(make_clock(settings).now())
    name = "before-restore-" + "".join(letter for letter in at[:19] if letter not in ":-")
    folders = (
        settings.data.folder / f"{name}{more}" for more in ("", *map("-{}".format, range(2, 1000)))
    )
    return next(folder for folder in folders if not folder.exists())
