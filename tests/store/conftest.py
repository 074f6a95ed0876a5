from collections.abc import Iterator
from pathlib import Path

import pytest

from store.database import Database
from tests.support.community import Desk, found_desk
from tests.support.databases import sqlite_database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with sqlite_database(tmp_path) as made:
        yield made


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    return found_desk(database, tmp_path)
