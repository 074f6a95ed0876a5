"""The web over a real SQLite database, without Temporal."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from store.database import Database
from store.signatures import SigningKey
from tests.support.acting import World, make_world
from tests.support.databases import own
from tests.support.web import Stack, copy_database, make_stack

MakeStack = Callable[..., Stack]


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("template") / "countersign.db"
    database = Database(own(f"sqlite:///{file}"))
    database.migrate()
    database.close()
    return file


@pytest.fixture(scope="session")
def web_key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    return SigningKey.create(tmp_path_factory.mktemp("keys") / "web-signing.jwk")


@pytest.fixture
def new_stack(migrated: Path, web_key: SigningKey, tmp_path: Path) -> Iterator[MakeStack]:
    """Make stacks with settings of their own; the second one finds the first one's database."""
    made: list[Stack] = []

    def make(**changes: Any) -> Stack:
        if not made:
            copy_database(migrated, tmp_path)
        made.append(make_stack(tmp_path, web_key, **changes))
        return made[-1]

    yield make
    for stack in made:
        stack.database.close()


@pytest.fixture
def stack(new_stack: MakeStack) -> Stack:
    return new_stack()


@pytest.fixture
def dana(stack: Stack) -> str:
    return stack.add_person(
        "Dana Field",
        roles=("software-assessor", "member"),
        addresses=("dana@example.org", "df@example.net"),
    )


@pytest.fixture
def world(migrated: Path, tmp_path: Path, web_key: SigningKey) -> Iterator[World]:
    """An installation with a community whose people act through the web."""
    with make_world(migrated, tmp_path, web_key) as made:
        yield made
