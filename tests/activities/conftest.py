from collections.abc import Iterator
from pathlib import Path

import pytest

from store.database import Database
from tests.support.community import found_desk
from tests.support.databases import own
from tests.support.outbox import Outbox


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    database = Database(own(f"sqlite:///{tmp_path / 'countersign.db'}"))
    database.migrate()
    desk = found_desk(database, tmp_path)
    yield Outbox(desk, desk.open("sue"))
    database.close()
