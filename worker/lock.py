"""Locks in the run folder: one program at a time, and nobody reads while the tables change."""

from __future__ import annotations

import fcntl
from contextlib import contextmanager
from typing import TYPE_CHECKING

from worker.errors import CommandRefused

if TYPE_CHECKING:
    from collections.abc import Iterator

    from worker.settings import Settings


@contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """Hold the data folder for as long as the block runs.

    Raises:
        CommandRefused: another process holds it.
    """
    with (settings.run_folder / "up.lock").open("a+b") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CommandRefused(
                f"Countersign runs on {settings.data.folder} already. Stop it there first, "
                "or set data.folder to another folder."
            ) from error
        yield


@contextmanager
def changing(settings: Settings) -> Iterator[None]:
    """Let the processes that are starting wait until the block has brought the tables up to date.

    The kernel lets go of the lock when this process ends, however it ends.
    """
    with (settings.run_folder / "tables.lock").open("a+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def wait_until_changed(settings: Settings) -> None:
    """Wait as long as another process is changing the tables."""
    with (settings.run_folder / "tables.lock").open("a+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
