from collections.abc import Iterator
from pathlib import Path

import pytest

from store.database import Database
from tests.support.databases import sqlite_database


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with sqlite_database(tmp_path) as made:
        yield made
