"""An installation in one process, for what can be counted or timed only from inside."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from store.database import Database
from store.settings import StoreSettings
from store.signatures import SigningKey
from tests.support.acting import World, make_world


@contextmanager
def world_in(folder: Path) -> Iterator[World]:
    """Give an installation with a small community, in a folder."""
    (folder / "template").mkdir()
    (folder / "world").mkdir()
    template = folder / "template" / "countersign.db"
    database = Database(StoreSettings(f"sqlite:///{template}"))
    database.migrate()
    database.close()
    key = SigningKey.create(folder / "web-signing.jwk")
    with make_world(template, folder / "world", key) as world:
        yield world
