"""The folders of the program's data."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from worker.settings import Settings


def make_folders(settings: Settings) -> None:
    """Make the data folder and those in it, for the program's user only."""
    for folder in (settings.data.folder, settings.run_folder, settings.log_folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
