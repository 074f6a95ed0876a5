"""Puts files in the place of others, all or none, and keeps those that stood there.

Each file is replaced in one step, so that at no moment there is none. A new file is made ready
beside its target first, on the same disk; what can fail for want of room has failed by then.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self


def ready_name(target: Path) -> Path:
    """Return where the new file for `target` is made ready."""
    return target.with_name(f".{target.name}.restoring")


def copy_file(source: Path, target: Path) -> None:
    """Copy a file, for its owner only, and see it onto the disk; replaces what is there."""
    target.unlink(missing_ok=True)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as new, source.open("rb") as old:
        shutil.copyfileobj(old, new)
        new.flush()
        os.fsync(new.fileno())


@dataclass
class Replacing:
    """Takes everything back when the block that uses it fails.

    Attributes:
        aside: the folder for what stood there; made when there is something to keep.
    """

    aside: Path
    _ready: list[Path] = field(default_factory=list)
    _undo: list[Callable[[], None]] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            for undo in reversed(self._undo):
                undo()
            if self.aside.is_dir() and not any(self.aside.iterdir()):
                self.aside.rmdir()
        for target in self._ready:
            for end in ("", "-wal", "-shm", "-journal"):
                path = ready_name(target)
                path.with_name(path.name + end).unlink(missing_ok=True)

    def ready(self, target: Path) -> Path:
        """Return where to make the new file for `target` ready; it goes away if it isn't used."""
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._ready.append(target)
        ready_name(target).unlink(missing_ok=True)
        return ready_name(target)

    def put(self, target: Path) -> None:
        """Put the file that was made ready in the place of `target`, and keep the old one."""
        if target.exists():
            kept = self._keep(target)
            self._undo.append(lambda: _move(kept, target))
        else:
            self._undo.append(lambda: target.unlink(missing_ok=True))
        ready_name(target).replace(target)
        folder_to_disk(target.parent)

    def put_away(self, path: Path) -> None:
        """Keep a file, and leave nothing in its place."""
        kept = self._keep(path)
        self._undo.append(lambda: _move(kept, path))
        path.unlink()

    def when_it_fails(self, undo: Callable[[], None]) -> None:
        """Do this too, if the block fails from here on."""
        self._undo.append(undo)

    def folder(self) -> Path:
        """Return the folder for what stood there, made."""
        self.aside.mkdir(mode=0o700, exist_ok=True)
        return self.aside

    def _keep(self, path: Path) -> Path:
        kept = self.folder() / path.name
        try:
            os.link(path, kept)
        except OSError:  # on another disk, or one without links
            copy_file(path, kept)
        folder_to_disk(self.aside)
        return kept


def _move(source: Path, target: Path) -> None:
    try:
        source.replace(target)
    except OSError:
        copy_file(source, ready_name(target))
        ready_name(target).replace(target)
        source.unlink()


def folder_to_disk(folder: Path) -> None:
    """Make what was named, renamed or taken out of a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
