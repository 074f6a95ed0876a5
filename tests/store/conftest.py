from collections.abc import Iterator
from pathlib import Path

import pytest

from store.database import Database
from tests.support.community import Desk, found_desk
from tests.support.databases import Databases, patient


@pytest.fixture
def database_url(databases: Databases, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated database: of each kind in turn."""
    yield databases.new(tmp_path, migrated=True)
    databases.drop()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(patient(database_url))
    yield made
    made.close()


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    return found_desk(database, tmp_path)
