"""A patch's diff as lines for a page: plain text, numbered, with nothing hidden in it.

The text is not HTML: whoever puts it on a page escapes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from definitions.fields.diff import FileDiff, Hunk, PatchFile
from definitions.fields.mailbox import PatchLimits
from definitions.fields.patch import Patch, read_patches
from definitions.fields.text import cut, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_SHOWN = 1_000  # characters of a line; the rest is counted in its mark

Kind = Literal["context", "add", "remove", "meta"]
_KINDS: dict[bytes, Kind] = {b" ": "context", b"+": "add", b"-": "remove", b"\\": "meta"}


@dataclass(frozen=True)
class DiffLine:
    """One line.

    Attributes:
        kind: Unchanged, added, removed, or a remark of git's.
        old: Its number in the file before, None if it isn't in it.
        new: Its number in the file after, None if it isn't in it.
        text: The line without its mark; hidden characters written out, cut if very long.
    """

    kind: Kind
    old: int | None
    new: int | None
    text: str


@dataclass(frozen=True)
class DiffHunk:
    """A run of lines, and git's note of where it is (such as the function's name)."""

    heading: str
    lines: tuple[DiffLine, ...]


@dataclass(frozen=True)
class DiffFile:
    """One changed file of one commit; `number` is the commit's place in the file, from 1."""

    number: int
    commit: str
    subject: str
    heading: str
    file: PatchFile
    hunks: tuple[DiffHunk, ...]


def diff_lines(data: bytes, *, limits: PatchLimits = PatchLimits()) -> Iterator[DiffFile]:  # noqa: B008 - frozen
    """Return the changed files of a patch, in order, ready to be escaped and shown.

    Raises:
        FieldError: As `patch.parse_patch`; before the first file is returned.
    """
    patches = list(read_patches(data, limits))
    return (
        _shown_file(number, patch, diff)
        for number, (patch, diffs) in enumerate(patches, 1)
        for diff in diffs
    )


def _shown_file(number: int, patch: Patch, diff: FileDiff) -> DiffFile:
    hunks = tuple(map(_shown_hunk, diff.hunks))
    return DiffFile(number, patch.commit, patch.subject, _heading(diff.file), diff.file, hunks)


def _heading(file: PatchFile) -> str:
    if file.old_path == file.new_path or file.old_path is None:
        return file.new_path or ""
    return file.old_path if file.new_path is None else f"{file.old_path} → {file.new_path}"


def _shown_hunk(hunk: Hunk) -> DiffHunk:
    old, new = hunk.old_start, hunk.new_start
    lines: list[DiffLine] = []
    for line in hunk.lines:
        kind = _KINDS[line[:1]]
        in_old, in_new = kind in {"context", "remove"}, kind in {"context", "add"}
        lines.append(
            DiffLine(kind, old if in_old else None, new if in_new else None, _text(line[1:]))
        )
        old += in_old
        new += in_new
    return DiffHunk(_text(hunk.heading), tuple(lines))


def _text(line: bytes) -> str:
    # Only the part that is shown is made visible; a line may have 20,000 bytes of hidden ones.
    text = line.decode("utf-8", "replace")
    shown = visible(text[:MAX_SHOWN])
    return shown if len(text) <= MAX_SHOWN else shown + cut(text, MAX_SHOWN)[MAX_SHOWN:]
