"""A backup's database, made ready and put in place: on SQLite as a file, on PostgreSQL in place.

Before anybody can use it, its tables are brought up to date, all sessions and unspent links in it
are ended, the restore is recorded, and the mark is set that makes the worker compare first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import inspect, text

from definitions.clock import stamp
from store.database import Database
from store.record.sealing import SINCE, begin_anew, seal_addresses, seal_once
from store.restoring import (
    RESTORED,
    after_restore_sql,
    known_revisions,
    must_reconcile,
    record_operation,
    revision,
    revoke_access,
)
from store.settings import StoreSettings
from store.streams import SYSTEM_STREAM, never_before
from worker.backup import DUMP, OUR_TABLES, SQLITE_COPY, is_sqlite, sqlite_file
from worker.backup_manifest import Manifest
from worker.errors import CommandRefused
from worker.postgresql_tools import dump_postgresql, load_postgresql
from worker.replacing import copy_file
from worker.restore_keys import RestoredKeys, register_restored
from worker.rooms import make_clock, open_database
from worker.settings import Settings
from worker.sqlite_files import take_out_of_use

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from worker.replacing import Replacing


@dataclass(frozen=True)
class Finishing:
    """What makes a restored database fit for use.

    Attributes:
        manifest: of the backup.
        parts: which of its parts are restored.
    """

    settings: Settings
    manifest: Manifest
    parts: tuple[str, ...]
    keys: RestoredKeys

    def now(self) -> str:
        """Return the time by the settings' clock, as a stamp."""
        return stamp(make_clock(self.settings).now())

    def finish(self, connection: Connection, *, access: bool) -> tuple[str, ...]:
        """Record the restore, set the mark, and with `access` end sessions and links."""
        at = never_before(connection, SYSTEM_STREAM, self.now())
        said = register_restored(connection, self.keys, at)
        if access:
            revoke_access(connection, at)
            if self.keys.other_secret:
                begin_anew(connection)
                said += (_OTHER_KEY,)
            elif self.manifest.migration < SINCE:
                seal_once(connection, at, self.keys.worker_signing)
            else:
                seal_addresses(connection)
        about = {
            "manifest": self.manifest.digest,
            "made_at": self.manifest.made_at,
            "parts": list(self.parts),
        }
        record_operation(connection, RESTORED, about, at, self.keys.worker_signing)
        must_reconcile(connection, at, about)
        return tuple(said)


def refuse_busy(settings: Settings) -> bool:
    """Make sure that nobody else uses the database; say whether there is anything in it.

    Raises:
        CommandRefused: somebody does, or it was used by a newer program than this.
    """
    if is_sqlite(settings):
        file = sqlite_file(settings)
        if file.is_file():
            take_out_of_use(file)
        return file.exists()
    database = open_database(settings)
    try:
        with database.reading() as connection:
            others = connection.scalar(_OTHERS) or 0
            if others:
                raise CommandRefused(
                    f"{others} others are connected to the database. Stop Countersign first, "
                    "also where the worker and the web run apart. Nothing was changed."
                )
            found = revision(connection)
            if found and found not in known_revisions():
                raise CommandRefused(
                    f"The database that is there was used by a newer version of Countersign "
                    f"(its tables are at {found}). Restore with that one. Nothing was changed."
                )
            return bool(set(inspect(connection).get_table_names()) & set(OUR_TABLES))
    finally:
        database.close()


_OTHER_KEY: Final = (
    "The web-secret in the folder for keys isn't the backup's: its passwords count no longer. "
    "People sign in by links (`countersign link`) and choose new ones."
)
_OTHERS: Final = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND pid <> pg_backend_pid() AND coalesce(backend_type, 'client backend') = 'client backend'"
)


def put_database(
    replacing: Replacing, backup: Path, finishing: Finishing, *, full: bool
) -> tuple[str, ...]:
    """Restore the database; on SQLite its file is only made ready, so that it can be put later.

    Args:
        replacing: takes it back if anything fails from here on.
        backup: the backup's folder.
        finishing: what must be done in it.
        full: whether there is a database of ours now.

    Returns:
        As `Finishing.finish`.
    """
    if not is_sqlite(finishing.settings):
        return _put_postgresql(replacing, backup, finishing, full=full)
    ready = replacing.ready(sqlite_file(finishing.settings))
    copy_file(backup / SQLITE_COPY, ready)
    done = _finished(_database(finishing, f"sqlite:///{ready}"), finishing)
    take_out_of_use(ready)
    return done


def _put_postgresql(
    replacing: Replacing, backup: Path, finishing: Finishing, *, full: bool
) -> tuple[str, ...]:
    settings = finishing.settings
    url = settings.database_url()
    drop = [f'DROP TABLE IF EXISTS "{name}" CASCADE' for name in OUR_TABLES]
    kept = None
    if full:
        kept = replacing.folder() / DUMP
        dump_postgresql(url, kept, OUR_TABLES)
    after = after_restore_sql(finishing.now())
    load_postgresql(url, backup / DUMP, settings.run_folder, before=drop, after=after)
    replacing.when_it_fails(
        lambda: load_postgresql(url, kept, settings.run_folder, before=drop, after=())
    )
    return _finished(_database(finishing, url), finishing)


def _database(finishing: Finishing, url: str) -> Database:
    """Return the restored database; with the key that will be there, if the folder has none yet."""
    wait = finishing.settings.store.busy_timeout_seconds
    return Database(StoreSettings(url, wait, seal_key=finishing.keys.seal_key))


def _finished(database: Database, finishing: Finishing) -> tuple[str, ...]:
    try:
        database.migrate()
        with database.writing() as connection:
            return finishing.finish(connection, access=True)
    finally:
        database.close()
