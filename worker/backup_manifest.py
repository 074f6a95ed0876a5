"""The list of what a backup holds: written last, and believed before anything is restored.

`manifest.json` names every file with its size and SHA-256, and every part that could be in a
backup with whether it is, and why not. A folder without it is no backup, however full it is.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, Final

from definitions.canonical import canonical, sha256
from worker.errors import CommandRefused

if TYPE_CHECKING:
    from collections.abc import Sequence

FORMAT: Final = "countersign-backup/1"
MANIFEST: Final = "manifest.json"
DATABASE: Final = "database"
TEMPORAL: Final = "temporal"
KEYS: Final = "keys"
CLOCK: Final = "clock"
_CHUNK_BYTES: Final = 1 << 20


@dataclass(frozen=True)
class BackupFile:
    """One file: its path in the backup, its size in bytes, its SHA-256, and whose part it is."""

    path: str
    part: str
    size: int
    sha256: str


@dataclass(frozen=True)
class BackupPart:
    """A part that a backup can have; `why` says why one isn't in it."""

    name: str
    included: bool
    why: str = ""


@dataclass(frozen=True)
class Manifest:
    """What a backup says of itself.

    Attributes:
        made_at: by the settings' clock, a stamp; the copies are from then or a little later.
        program: the version of the program that made it.
        database: `sqlite` or `postgresql`.
        migration: the revision of its tables.
        digest: SHA-256 of the manifest's own file; what the record names the backup by.
    """

    made_at: str
    program: str
    database: str
    migration: str
    parts: tuple[BackupPart, ...]
    files: tuple[BackupFile, ...]
    digest: str = ""

    def included(self) -> tuple[str, ...]:
        """Return the names of the parts that are in it."""
        return tuple(part.name for part in self.parts if part.included)

    def of_part(self, name: str) -> tuple[BackupFile, ...]:
        """Return a part's files."""
        return tuple(file for file in self.files if file.part == name)

    def text(self) -> bytes:
        """Return the manifest's file: canonical JSON."""
        own = {name: value for name, value in asdict(self).items() if name != "digest"}
        return canonical({"format": FORMAT, **json.loads(json.dumps(own))})


def program_version() -> str:
    """Return this program's version."""
    return importlib.metadata.version("countersign")


def described(folder: Path, path: Path, part: str) -> BackupFile:
    """Return what the manifest says of a file in `folder`."""
    size, digest = _measured(path)
    return BackupFile(path.relative_to(folder).as_posix(), part, size, digest)


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of the backup in `folder`; its files aren't looked at.

    Raises:
        CommandRefused: there is none, or it isn't one that this program understands.
    """
    path = folder / MANIFEST
    try:
        text = path.read_bytes()
    except FileNotFoundError as error:
        raise CommandRefused(
            f"{folder} is no backup, or only half of one: there is no {MANIFEST} in it."
        ) from error
    except OSError as error:
        raise CommandRefused(f"{path} can't be read: {error.strerror}.") from error
    try:
        data = json.loads(text)
        if not isinstance(data, dict) or data.pop("format") != FORMAT:
            raise ValueError("another format")  # noqa: TRY301 - the sentence is below
        return _manifest(data, sha256(text))
    except (ValueError, TypeError, KeyError) as error:
        raise CommandRefused(
            f"{path} isn't a manifest of the format {FORMAT}: it was altered, or another version "
            "of Countersign made it. Nothing was changed."
        ) from error


def check_files(folder: Path, files: Sequence[BackupFile]) -> None:
    """Compare files with what the manifest says of them.

    Raises:
        CommandRefused: one is missing, or isn't what it was.
    """
    for file in files:
        path = folder / file.path
        try:
            found = _measured(path)
        except OSError as error:
            raise CommandRefused(
                f"{path} can't be read ({error.strerror}), so the backup isn't whole. "
                "Nothing was changed."
            ) from error
        if found != (file.size, file.sha256):
            raise CommandRefused(
                f"{path} isn't the file that was backed up: it has {found[0]} bytes and the "
                f"SHA-256 {found[1]}, but the manifest says {file.size} and {file.sha256}. "
                "Take another backup. Nothing was changed."
            )


def is_newer(version: str, than: str) -> bool:
    """Say whether a version of the program comes after another, by its numbers."""
    first, second = (
        tuple(int(number) for number in re.findall(r"\d+", text.partition("+")[0]))
        for text in (version, than)
    )
    return first > second


def _manifest(data: dict[str, Any], digest: str) -> Manifest:
    parts = tuple(BackupPart(**part) for part in data.pop("parts"))
    files = tuple(BackupFile(**file) for file in data.pop("files"))
    for file in files:
        inside = PurePosixPath(file.path)
        if inside.is_absolute() or ".." in inside.parts:
            raise ValueError(file.path)
    manifest = Manifest(parts=parts, files=files, digest=digest, **data)
    if not all(
        isinstance(text, str)
        for text in (manifest.made_at, manifest.program, manifest.database, manifest.migration)
    ):
        raise TypeError("text expected")
    return manifest


def _measured(path: Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
            size += len(chunk)
    return size, digest.hexdigest()
