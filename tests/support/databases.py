"""Databases for tests: SQLite in a temporary folder, PostgreSQL in the tests' own cluster.

A test that asks for `databases` runs on both, unless its module says `DATABASE = "postgresql"`
(or `"sqlite"`): so a heavy file can have a thin twin, and the two run at the same time. With
`FIRST_ON = {"sqlite"}` it runs on the other in the soak alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from store.database import Database
from store.settings import StoreSettings
from tests.support.eventually import LIMIT_SECONDS
from tests.support.postgres import Cluster
from tests.support.tiers import first

KINDS = ("sqlite", "postgresql")


@dataclass
class Databases:
    """Makes databases of one kind.

    Attributes:
        kind: `sqlite` or `postgresql`.
        cluster: where those of PostgreSQL are made; None for SQLite.
    """

    kind: str
    cluster: Cluster | None = None
    _migrated: str = ""
    _made: list[str] = field(default_factory=list)

    def new(self, folder: Path, *, migrated: bool = False) -> str:
        """Return the address of a new database; in `folder`, if it is a file."""
        if self.cluster is None:
            url = f"sqlite:///{folder / 'countersign.db'}"
            if migrated:
                _migrate(url)
            return url
        name = self.cluster.create(self._template(self.cluster) if migrated else "template0")
        self._made.append(name)
        return self.cluster.url(name)

    @contextmanager
    def open(self, folder: Path, *, migrated: bool = True) -> Iterator[Database]:
        """Give a new database, with all tables unless told otherwise."""
        database = Database(patient(self.new(folder, migrated=migrated)))
        try:
            yield database
        finally:
            database.close()
            self.drop()

    def drop(self) -> None:
        """Drop what was made so far in the cluster; files go with their folder."""
        while self._made and self.cluster is not None:
            self.cluster.drop(self._made.pop())

    def _template(self, cluster: Cluster) -> str:
        """Return a migrated database to copy, which is quicker than migrating each."""
        if not self._migrated:
            self._migrated = cluster.create()
            _migrate(cluster.url(self._migrated))
        return self._migrated


def patient(url: str) -> StoreSettings:
    """Return settings with which a write waits for others as long as they may need."""
    return replace(own(url), busy_timeout_seconds=LIMIT_SECONDS)


def own(url: str) -> StoreSettings:
    """Return settings with a key of the tests' own for what is sealed."""
    return StoreSettings(url, seal_key=b"sealed in tests".ljust(32, b"."))


def _migrate(url: str) -> None:
    database = Database(StoreSettings(url))
    database.migrate()
    database.close()


@contextmanager
def sqlite_database(folder: Path, *, migrated: bool = True) -> Iterator[Database]:
    """Give an SQLite database in `folder`, with all tables unless told otherwise."""
    with Databases("sqlite").open(folder, migrated=migrated) as database:
        yield database


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run what asks for `databases` on both kinds, or on the one that its module names."""
    if "databases" in metafunc.fixturenames:
        only = getattr(metafunc.module, "DATABASE", None)
        quick = getattr(metafunc.module, "FIRST_ON", KINDS)
        kinds = first(KINDS, quick) if only is None else (only,)
        metafunc.parametrize("databases", kinds, indirect=True, scope="session")


@pytest.fixture(scope="session")
def databases(request: pytest.FixtureRequest) -> Iterator[Databases]:
    """Makes databases of the kind on which the test runs."""
    cluster = request.getfixturevalue("postgresql") if request.param == "postgresql" else None
    made = Databases(request.param, cluster)
    yield made
    made.drop()
