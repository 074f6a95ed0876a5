"""An installation that doesn't run: folders, keys and a community, for tests of what stands."""

from __future__ import annotations

import atexit
import shutil
import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sqlalchemy import select

from store import tables
from store.database import Database
from tests.support.databases import Databases
from worker.folders import make_folders
from worker.prepare import prepare
from worker.rooms import open_database
from worker.settings import Settings, load_settings

Rows = dict[str, list[tuple[Any, ...]]]


def settings_in(folder: Path, databases: Databases, **more: str) -> Settings:
    """Return the settings of an installation in `folder`; nothing is there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = {
        "COUNTERSIGN_DATA_FOLDER": str(folder),
        "COUNTERSIGN_STORE_DATABASE_URL": databases.new(folder),
        **{f"COUNTERSIGN_{name.upper()}": value for name, value in more.items()},
    }
    return load_settings(None, environment)


def install(folder: Path, databases: Databases, **more: str) -> Settings:
    """Set up the sample community in `folder`, with something in place of Temporal's state."""
    settings = settings_in(folder, databases, **more)
    if databases.kind == "sqlite" and not more:
        _copy_prepared(settings)
    else:
        prepare_all(settings)
    with closing(sqlite3.connect(folder / "temporal.sqlite")) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE IF NOT EXISTS executions (name TEXT)")
        connection.execute("INSERT INTO executions VALUES ('one')")
        connection.commit()
    return settings


def _copy_prepared(settings: Settings) -> None:
    """Put what `prepare_all` makes there, which proves all definitions, as a copy of the first."""
    make_folders(settings)
    template, database = _prepared(), "countersign.db"
    shutil.copytree(template.keys_folder, settings.keys_folder)
    shutil.copy(template.data.folder / database, settings.data.folder / database)


@cache
def _prepared() -> Settings:
    """Return an installation that is made once in each test process, and never used itself."""
    folder = TemporaryDirectory(prefix="countersign-prepared-")
    atexit.register(folder.cleanup)
    settings = settings_in(Path(folder.name), Databases("sqlite"))
    prepare_all(settings)
    return settings


def prepare_all(settings: Settings) -> None:
    """Do what the start of the program does before anything runs."""
    make_folders(settings)
    prepare(settings)


def rows_of(settings: Settings) -> Rows:
    """Return all rows of all tables."""
    database = open_database(settings)
    try:
        return rows_in(database)
    finally:
        database.close()


def rows_in(database: Database) -> Rows:
    """Return all rows of all tables of a database."""
    with database.reading() as connection:
        return {
            name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for name, table in tables.metadata.tables.items()
        }


def executions(settings: Settings) -> list[str]:
    """Return what stands in place of Temporal's state."""
    with closing(sqlite3.connect(settings.data.folder / "temporal.sqlite")) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM executions")]
