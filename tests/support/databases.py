"""A migrated database in a temporary folder, for tests of the store and of what stands on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from store.database import Database
from store.settings import StoreSettings


@contextmanager
def sqlite_database(folder: Path, *, migrated: bool = True) -> Iterator[Database]:
    """Give a database in `folder`, with all tables."""
    database = Database(StoreSettings(f"sqlite:///{folder / 'countersign.db'}"))
    try:
        if migrated:
            database.migrate()
        yield database
    finally:
        database.close()
