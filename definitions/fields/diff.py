"""The diff of one mail: a strict reader of git's extended unified format.

Every line must have its place: what `git apply` would skip as garbage, or read in another way
than shown, is refused. Paths that could lead out of the tree are refused too. Why this isn't left
to a library: `docs/decisions/0003-own-strict-reader-of-diffs.md`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from definitions.fields.mailbox import PatchLimits, not_a_patch, too_much
from definitions.fields.record import Record
from definitions.fields.text import cut, visible, visible_line

if TYPE_CHECKING:
    from definitions.fields.errors import FieldError

_EDITED = (
    "If it was opened in an editor or sent through a mail program since, take the file that git "
    "wrote. If not, make it anew without options that are for reading alone, such as "
    "`--word-diff`, `--color` or `--submodule`."
)
_PREFIXES = (
    "Make it anew with `git -c diff.noprefix=false format-patch --src-prefix=a/ --dst-prefix=b/` "
    "and the rest of the command as it was; `git config --unset diff.noprefix` mends it for good."
)

Change = Literal["added", "deleted", "modified", "renamed", "copied", "binary", "mode"]

_EXTENDED = re.compile(
    rb"(old mode|new mode|deleted file mode|new file mode) ([0-7]{6})"
    rb"|(rename from|rename to|copy from|copy to) (.+)"
    rb"|(?:similarity|dissimilarity) index [0-9]{1,3}%"
    rb"|index ([0-9a-f]{4,64})\.\.[0-9a-f]{4,64}(?: ([0-7]{6}))?"
)
_HUNK = re.compile(
    rb"@@ -([0-9]{1,9})(?:,([0-9]{1,9}))? \+([0-9]{1,9})(?:,([0-9]{1,9}))? @@(?: (.*))?"
)
_BINARY_SIZE = re.compile(rb"(?:literal|delta) [0-9]{1,12}")
_BINARY_LINE = re.compile(rb"[A-Za-z](?:[0-9A-Za-z!#$%&()*+;<=>?@^_`{|}~-]{5}){1,13}")
_TAIL = re.compile(rb"(?:base-commit|prerequisite-patch-id): [0-9a-f]{40,64}|")
_LIKE_DIFF = re.compile(rb"diff -|--- |\+\+\+ |@@ -|Index: |GIT binary patch")
_C_ESCAPE = re.compile(rb'\\(?:([0-3][0-7]{2})|([abtnvfr"\\]))')
_C_QUOTED = re.compile(rb'"((?:[^"\\]|\\[0-3][0-7]{2}|\\[abtnvfr"\\])*)"')
_C_LETTERS = dict(zip(b'abtnvfr"\\', b'\a\b\t\n\v\f\r"\\', strict=True))
_EMPTY_BLOBS = (
    b"e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
    b"473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
)
"""git's names of the empty file, in both of its kinds of hash."""

_NO_NEWLINE = b"\\ "
_NOWHERE = b"/dev/null"


@dataclass(frozen=True)
class PatchFile(Record):
    """One changed file.

    Attributes:
        old_path: Path before, None for an added file; hidden characters written out.
        new_path: Path after, None for a deleted file; hidden characters written out.
        change: What happens to it; `binary` for changed content that isn't text, and `mode`
            where only the mode changes.
        binary: Whether its content isn't text, whatever the change.
        old_mode: Mode before, in octal digits as git writes it, None where it isn't stated.
        new_mode: Mode after, likewise.
        added: Lines added; 0 for binary content.
        removed: Lines removed; 0 for binary content.
    """

    old_path: str | None
    new_path: str | None
    change: Change
    binary: bool
    old_mode: str | None
    new_mode: str | None
    added: int
    removed: int


@dataclass(frozen=True)
class Hunk:
    """One hunk: where it starts in both files, and its lines with their first character."""

    old_start: int
    new_start: int
    heading: bytes
    lines: tuple[bytes, ...]


@dataclass(frozen=True)
class FileDiff:
    """One changed file with its hunks."""

    file: PatchFile
    hunks: tuple[Hunk, ...]


@dataclass
class Budget:
    """What is left of the limits for the whole file; shared by all mails."""

    limits: PatchLimits
    files: int = 0
    lines: int = 0
    text: int = 0

    def take(self, *, files: int = 0, lines: int = 0, text: int = 0) -> None:
        """Count what was read, and refuse what goes beyond.

        Raises:
            FieldError: There are too many files or lines.
        """
        self.files += files
        self.lines += lines
        self.text += text
        if self.files > self.limits.max_files:
            raise too_much(f"it changes more than {self.limits.max_files} files")
        if self.lines > self.limits.max_diff_lines:
            raise too_much(f"its diff has more than {self.limits.max_diff_lines} lines")
        if self.text > self.limits.max_text_lines:
            raise too_much(f"it has more than {self.limits.max_text_lines} lines of text")


@dataclass
class _Header:
    """What the extended headers of one file say."""

    names: bytes
    lines: int = 0
    before: bytes = b""
    modes: dict[bytes, str] = field(default_factory=dict)
    moved: dict[bytes, bytes] = field(default_factory=dict)

    def changes_alone(self) -> bool:
        """Say whether it changes something without any content after it."""
        return bool(self.moved or self.modes.keys() - {b"index"})

    def leaves_lines_out(self) -> bool:
        """Say whether it deletes a file that isn't empty, as its hash shows."""
        whole = not self.before or any(blob.startswith(self.before) for blob in _EMPTY_BLOBS)
        return b"deleted file mode" in self.modes and not whole


def like_diff(line: bytes) -> bool:
    """Say whether git could take this line for the start of a diff or of a part of it."""
    return bool(_LIKE_DIFF.match(line))


def read_diff(
    lines: tuple[bytes, ...], where: str, budget: Budget
) -> tuple[tuple[FileDiff, ...], tuple[bytes, ...]]:
    """Read a mail's diff, from its first `diff --git` line to the mail's end.

    Args:
        lines: The lines, without line ends.
        where: The mail's name in sentences, such as `mail 2`.
        budget: What is left of the limits.

    Returns:
        The files in order, and the lines after them (the signature).

    Raises:
        FieldError: Some line has no place in a diff, counts don't match, a path is unsafe,
            or a limit is passed.
    """
    reader = _Reader(lines, where, budget)
    files: list[FileDiff] = []
    while reader.line.startswith(b"diff --git "):
        budget.take(files=1)
        files.append(reader.read_file())
    return tuple(files), reader.read_tail()


class _Reader:
    """A place in the lines of one diff, and the steps that move it on."""

    def __init__(self, lines: tuple[bytes, ...], where: str, budget: Budget) -> None:
        self._lines = lines
        self._where = where
        self._budget = budget
        self._at = 0
        self._blanks: set[bytes] = set()

    @property
    def line(self) -> bytes:
        """The line at hand, empty at the end."""
        return self._lines[self._at] if self._at < len(self._lines) else b""

    def wrong(self, what: str, remedy: str = _EDITED) -> FieldError:
        shown = cut(visible(self.line.decode("utf-8", "replace")), 60)
        return not_a_patch(
            f"in {self._where}, {what} (diff line {self._at + 1}: “{shown}”)", remedy
        )

    def read_file(self) -> FileDiff:
        header = self._read_header()
        old, new = self._paths(header)
        hunks: tuple[Hunk, ...] = ()
        binary = self._skip_binary()
        if not binary and self.line.startswith(b"--- "):
            self._check_names(old, new)
            hunks = self._read_hunks(old, new)
        # git skips a binary patch under a bare `diff --git` line as garbage.
        if not (hunks or header.changes_alone() or (binary and header.lines)):
            raise self.wrong("a file's heading changes nothing")
        if not (hunks or binary) and header.leaves_lines_out():
            raise self.wrong(
                "the lines of a deleted file are left out",
                "Make it anew without `-D` or `--irreversible-delete`.",
            )
        added, removed = _count(hunks, b"+"), _count(hunks, b"-")
        modes = header.modes
        old_mode = modes.get(b"old mode") or modes.get(b"deleted file mode") or modes.get(b"index")
        new_mode = modes.get(b"new mode") or modes.get(b"new file mode") or modes.get(b"index")
        file = PatchFile(
            old_path=_path_text(old), new_path=_path_text(new),
            change=_change(header, old, new, binary=binary, hunks=bool(hunks)),
            binary=binary, old_mode=old_mode, new_mode=new_mode, added=added, removed=removed,
        )  # fmt: skip
        return FileDiff(file, hunks)

    def _read_header(self) -> _Header:
        header = _Header(self.line.removeprefix(b"diff --git "))
        self._at += 1
        while match := _EXTENDED.fullmatch(self.line):
            mode, digits, move, path, before, same = match.groups()
            header.before = before or header.before
            if mode in header.modes or move in header.moved:
                raise self.wrong("a file's heading says something twice")
            if mode:
                header.modes[mode] = digits.decode()
            elif move:
                header.moved[move] = path
            elif same:
                header.modes[b"index"] = same.decode()
            header.lines += 1
            self._at += 1
        return header

    def _paths(self, header: _Header) -> tuple[bytes | None, bytes | None]:
        """Return the safe paths before and after, None for nowhere."""
        old, new = self._named(header)
        for path in (old, new):
            if _unsafe(path):
                raise self.wrong("a path is absolute or leads out of the tree")
        fresh, gone = b"new file mode" in header.modes, b"deleted file mode" in header.modes
        if (b"old mode" in header.modes) != (b"new mode" in header.modes):
            raise self.wrong("a change of mode is only half there")
        if (fresh or gone) and (old != new or fresh == gone):
            raise self.wrong("a file's heading contradicts itself")
        return None if fresh else old, None if gone else new

    def _named(self, header: _Header) -> tuple[bytes, bytes]:
        """Return the two paths that a file's heading names, which must agree with each other."""
        if not re.match(rb'"?a/.* "?b/', header.names):
            raise self.wrong(
                "a file's heading doesn't name the same path as a/… and b/…", _PREFIXES
            )
        kinds = {move.split()[0] for move in header.moved}
        if not header.moved:
            name = self._same_name(header.names)
            return name, name
        if len(kinds) > 1 or len(header.moved) != 2:  # noqa: PLR2004 - from and to
            raise self.wrong("a rename or copy is only half there")
        kind = kinds.pop()
        old = self._unquote(header.moved[kind + b" from"])
        new = self._unquote(header.moved[kind + b" to"])
        quoted = _C_QUOTED.match(header.names)
        end = quoted.end() if quoted else len(old) + 2
        names = self._unquote(header.names[:end]), self._unquote(header.names[end + 1 :])
        if header.names[end : end + 1] != b" " or names != (b"a/" + old, b"b/" + new):
            raise self.wrong("a file's heading names two different paths", _PREFIXES)
        return old, new

    def _same_name(self, names: bytes) -> bytes:
        """Read `a/NAME b/NAME`: only one place to cut makes both names the same."""
        middle = len(names) // 2
        first, second = names[:middle], names[middle + 1 :]
        if names[middle : middle + 1] == b" ":
            one, two = self._unquote(first), self._unquote(second)
            if one[:2] == b"a/" and two[:2] == b"b/" and one[2:] == two[2:]:
                return one[2:]
        raise self.wrong("a file's heading doesn't name the same path as a/… and b/…", _PREFIXES)

    def _unquote(self, name: bytes) -> bytes:
        match = _C_QUOTED.fullmatch(name)
        if match:
            return _C_ESCAPE.sub(
                lambda m: bytes([int(m[1], 8) if m[1] else _C_LETTERS[m[2][0]]]), match[1]
            )
        if b'"' in name or re.search(rb"[\x00-\x1f\x7f]", name):
            raise self.wrong("a path isn't quoted as git does it")
        return name

    def _check_names(self, old: bytes | None, new: bytes | None) -> None:
        for mark, prefix, path in ((b"--- ", b"a/", old), (b"+++ ", b"b/", new)):
            # The tab is git's mark after a name with blanks, quoted or not.
            named = self.line.removeprefix(mark).removesuffix(b"\t")
            expected = _NOWHERE if path is None else prefix + path
            if not self.line.startswith(mark) or self._unquote(named) != expected:
                raise self.wrong("the lines --- and +++ don't agree with the file's heading")
            self._at += 1

    def _read_hunks(self, old: bytes | None, new: bytes | None) -> tuple[Hunk, ...]:
        hunks: list[Hunk] = []
        while self.line.startswith(b"@@ "):
            hunks.append(self._read_hunk())
        one_sided = {line[:1] for hunk in hunks for line in hunk.lines} - {b"\\"}
        if not hunks or (old is None and one_sided != {b"+"}):
            raise self.wrong("a file has no hunks, or an added file has lines from before")
        if new is None and one_sided != {b"-"}:
            raise self.wrong("a deleted file has lines that stay")
        return tuple(hunks)

    def _read_hunk(self) -> Hunk:
        match = _HUNK.fullmatch(self.line)
        if not match:
            raise self.wrong("a hunk's heading is broken")
        old = int(match[2] or b"1")
        new = int(match[4] or b"1")
        if not old and not new:
            raise self.wrong("a hunk has no lines")
        self._at += 1
        start = self._at
        while old > 0 or new > 0:
            if self.line.startswith(_NO_NEWLINE) and self._at > start:
                self._at += 1
                continue
            kind = self._kind()
            old -= kind != b"+"
            new -= kind != b"-"
            self._at += 1
        if old or new:
            raise self.wrong("a hunk has other counts of lines than it says")
        if self.line.startswith(_NO_NEWLINE):
            self._at += 1
        self._budget.take(lines=self._at - start + 1)
        lines = tuple(line or b" " for line in self._lines[start : self._at])
        if not any(line[:1] in {b"+", b"-"} for line in lines):
            raise self.wrong("the hunk before this line changes nothing")
        return Hunk(int(match[1]), int(match[3]), match[5] or b"", lines)

    def _kind(self) -> bytes:
        """Return how the line at hand of a hunk begins.

        With `diff.suppressBlankEmpty` git writes an unchanged empty line without its blank: then
        all of them. Where only some have it, something else took it away, and maybe more.
        """
        if self._at < len(self._lines) and self.line in {b"", b" "}:
            self._blanks.add(self.line)
            if len(self._blanks) == 1:
                return b" "
        elif self.line[:1] in {b" ", b"+", b"-"}:
            return self.line[:1]
        raise self.wrong("a hunk is cut short or its blanks were stripped")

    def _skip_binary(self) -> bool:
        if self.line.startswith(b"Binary files ") and self.line.endswith(b" differ"):
            self._at += 1
            return True
        if self.line != b"GIT binary patch":
            return False
        start = self._at
        self._at += 1
        self._skip_binary_block()
        if _BINARY_SIZE.fullmatch(self.line):
            self._skip_binary_block()
        self._budget.take(lines=self._at - start)
        return True

    def _skip_binary_block(self) -> None:
        if not _BINARY_SIZE.fullmatch(self.line):
            raise self.wrong("a binary patch is broken")
        self._at += 1
        start = self._at
        while _BINARY_LINE.fullmatch(self.line):
            self._at += 1
        if self._at == start or self.line or self._at >= len(self._lines):
            raise self.wrong("a binary patch is broken or cut short")
        self._at += 1

    def read_tail(self) -> tuple[bytes, ...]:
        """Read what may follow a diff: blank lines, git's base notes, then a signature."""
        start = self._at
        while self._at < len(self._lines) and _TAIL.fullmatch(self.line):
            self._at += 1
        if self._at < len(self._lines) and self.line != b"-- ":
            raise self.wrong("a line has no place in a diff")
        for line in self._lines[self._at :]:
            if like_diff(line):
                raise self.wrong("there is more diff after the signature")
        return self._lines[start:]


def _count(hunks: tuple[Hunk, ...], mark: bytes) -> int:
    return sum(line[:1] == mark for hunk in hunks for line in hunk.lines)


def _change(
    header: _Header, old: bytes | None, new: bytes | None, *, binary: bool, hunks: bool
) -> Change:
    if old is None:
        return "added"
    if new is None:
        return "deleted"
    if header.moved:
        return "renamed" if b"rename from" in header.moved else "copied"
    if binary:
        return "binary"
    return "modified" if hunks else "mode"


_UNSEEN = re.compile("[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]")
"""Characters that a file system of Apple's leaves out of names (git's `is_hfs_dotgit`)."""


def _unsafe(path: bytes) -> bool:
    if not path or b"\0" in path or b"" in path.split(b"/"):
        return True
    # Where a backslash divides names, it does so in a patch from elsewhere too.
    return any(_is_taken(part) for part in re.split(rb"[/\\]", path))


def _is_taken(part: bytes) -> bool:
    """Say whether a part of a path leads elsewhere, or into a repository, on some file system.

    Git refuses these as well: blanks and dots at the end, what follows a colon, and `GIT~1` mean
    `.git` on those of Windows (`is_ntfs_dotgit`).
    """
    name = _UNSEEN.sub("", part.decode("utf-8", "replace")).lower()
    plain = name.partition(":")[0].rstrip(" .")
    return part in {b".", b".."} or plain in {".git", "git~1"}


def _path_text(path: bytes | None) -> str | None:
    return None if path is None else visible_line(path.decode("utf-8", "backslashreplace"))
