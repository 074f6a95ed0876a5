"""The sample community (invented people, addresses of example.org) and its sample cases."""

from __future__ import annotations

from importlib import resources
from importlib.resources.abc import Traversable
from typing import Final

COMMUNITY: Final = "community.csv"


def sample_community() -> str:
    """Return the sample community as the text of a CSV file, as `countersign init` reads it."""
    return resources.files(__package__).joinpath(COMMUNITY).read_text(encoding="utf-8")


def sample_walks() -> tuple[Traversable, ...]:
    """Return the walks that make the sample cases, in the order of their names."""
    files = (file for file in resources.files(__package__).iterdir() if file.name.endswith(".yaml"))
    return tuple(sorted(files, key=lambda file: file.name))
