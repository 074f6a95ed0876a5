"""The folders of the program's data."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from worker.settings import Settings


_FOR_US_ALONE: Final = 0o077


def make_folders(settings: Settings) -> None:
    """Make the data folder and those in it, for the program's user only.

    One that is there already, and is that user's, is closed to others; so is what is made from now
    on, by whichever part: databases and logs hold what is confidential.
    """
    os.umask(_FOR_US_ALONE)
    for folder in (settings.data.folder, settings.run_folder, settings.log_folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.stat()
        if found.st_uid == os.geteuid() and found.st_mode & _FOR_US_ALONE:
            folder.chmod(found.st_mode & ~_FOR_US_ALONE & 0o7777)
