"""The outermost layer of a patch file: bytes to mails, mails to headers and body.

Splits exactly where `git mailsplit` does, and refuses files that git would split elsewhere:
whoever made us read other mails than git applies could hide an author from us. Headers and
bodies are only cut apart here; what they mean is read in `headers`, `message` and `diff`.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from definitions.fields.errors import FieldError

if TYPE_CHECKING:
    from collections.abc import Iterator

REMEDY = (
    "Make one with `git format-patch -1` (or `git format-patch --stdout A..B` for several) "
    "and use the file as it is."
)

_SEPARATOR = re.compile(rb"From ([0-9a-f]{40}|[0-9a-f]{64}) Mon Sep 17 00:00:00 2001")
# Wider than git's own test (`is_from_line`), so that nothing that git splits at gets past.
_LIKE_SEPARATOR = re.compile(rb"From .*[0-9].[0-9]{2}:[0-9]{2}")
_HEADER = re.compile(rb"([A-Za-z][A-Za-z0-9-]*):[ \t]*(.*)", re.DOTALL)
_BAD_QUOTED_PRINTABLE = re.compile(rb"=(?![0-9A-Fa-f]{2}|\r?\n)")
_QUOTED_PRINTABLE = re.compile(rb"=(?:\r?\n|([0-9A-Fa-f]{2}))")
AS_WRITTEN = (
    "It was changed since git wrote it, by an editor, a mail program or a copy of its text: "
    "take the file itself, as git wrote it."
)
IN_UTF_8 = (
    "Make it anew with `git -c i18n.logOutputEncoding=UTF-8 format-patch --encode-email-headers` "
    "and the rest of the command as it was."
)
_UNPACK = "Unpack it, and upload the file of `git format-patch` that is in it."
_ASK = (
    "Ask whoever wrote the change for the file itself, attached to a mail or as a download, "
    "not for a copy of its text."
)
_PLAIN = "A patch is plain text: choose the file whose name ends in `.patch`."
_AUTHORED = (
    "Commit the change, so that it says who wrote it, and upload the file that "
    "`git format-patch -1` writes."
)
_UTF_16 = (
    "In PowerShell, `>` writes UTF-16: make the file with `git format-patch -1 -o .`, or for "
    "several commits `git format-patch -o . A..B`, without `>`, so that git writes it itself."
)
_EXPORT = (
    "Save the patch alone, as it was attached; or, where the mail is the patch, "
    "fetch the commit with git and upload what `git format-patch -1` writes of it."
)
_HOST = (
    "Where a page of a host shows the change, put `.patch` at the end of its address "
    "and save what comes."
)
_KINDS = (
    (b"\x89PNG", "a PNG picture", _PLAIN),
    (b"\xff\xd8\xff", "a JPEG picture", _PLAIN),
    (b"GIF8", "a GIF picture", _PLAIN),
    (b"PK\x03\x04", "a zip archive (or an office document)", _UNPACK),
    (b"\x1f\x8b", "a gzip archive", _UNPACK),
    (b"BZh", "a bzip2 archive", _UNPACK),
    (b"\xfd7zXZ\x00", "an xz archive", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a zstd archive", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (b"Rar!\x1a\x07", "a RAR archive", _UNPACK),
    (b"%PDF", "a PDF document", _ASK),
    (b"\xd0\xcf\x11\xe0", "an office document or a mail of Outlook", _ASK),
    (b"{\\rtf", "an RTF document", _ASK),
    (b"\xff\xfe\x00\x00", "text in UTF-32", _UTF_16),
    (b"\x00\x00\xfe\xff", "text in UTF-32", _UTF_16),
    (b"\xff\xfe", "text in UTF-16", _UTF_16),
    (b"\xfe\xff", "text in UTF-16", _UTF_16),
    (b"F\x00r\x00o\x00m\x00", "text in UTF-16", _UTF_16),
    (b"\x00F\x00r\x00o\x00m", "text in UTF-16", _UTF_16),
    (
        b"\xef\xbb\xbf",
        "text with a byte order mark in front",
        (
            "An editor or PowerShell put the mark there: take the file that git wrote, or make it "
            "with `git format-patch -1 -o .`, without `>`."
        ),
    ),
    (b"# v2 git bundle", "a bundle of git", _AUTHORED),
    (b"# v3 git bundle", "a bundle of git", _AUTHORED),
    (b"# HG changeset patch", "a patch of Mercurial", _AUTHORED),
    (b"Index: ", "a bare diff, which names no author", _AUTHORED),
    (b"diff ", "a bare diff, which names no author", _AUTHORED),
    (b"--- ", "a bare diff, which names no author", _AUTHORED),
    (
        b"commit ",
        "the output of `git log` or `git show`",
        "Upload what `git format-patch -1` with the commit's hash writes, not what is shown.",
    ),
    (b"<", "HTML or XML", _HOST),
)
_MAIL_PROGRAM = re.compile(
    rb"From (?:-|\S+) +(?:[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9]?[0-9] |\S+ \S+ )"
)
_MAIL = re.compile(rb"(?:[A-Za-z][A-Za-z0-9-]*: [^\n]*\r?\n(?:[ \t][^\n]*\n)*){2}")
_TAR = slice(257, 262)


@dataclass(frozen=True)
class PatchLimits:
    """How much of a patch is taken.

    Attributes:
        max_bytes: Bytes of the whole file, also after decoding.
        max_patches: Mails in one file.
        max_files: Changed files, over all mails.
        max_diff_lines: Lines of diff, over all mails.
        max_text_lines: Lines of anything else (messages, statistics, signatures), likewise.
        max_header_bytes: Bytes of the headers of one mail.
        max_line_bytes: Bytes of one line.
        max_people: People named in one mail.
    """

    max_bytes: int = 1024 * 1024
    max_patches: int = 100
    max_files: int = 2_000
    max_diff_lines: int = 40_000
    max_text_lines: int = 10_000
    max_header_bytes: int = 64 * 1024
    max_line_bytes: int = 20_000
    max_people: int = 500


@dataclass(frozen=True)
class Mail:
    """One mail of the file.

    Attributes:
        number: Its place in the file, counted from 1.
        commit: The commit's hash, from the separator.
        headers: Name in lower case and unfolded value, in order.
        body: The lines after the headers as they stand in the file, without line ends.
    """

    number: int
    commit: str
    headers: tuple[tuple[str, bytes], ...]
    body: tuple[bytes, ...]


def not_a_patch(why: str, remedy: str = AS_WRITTEN) -> FieldError:
    """Return the refusal of a file that isn't what `git format-patch` makes."""
    return FieldError(f"This file isn't a patch made by git format-patch: {why}.", remedy)


def too_much(what: str, remedy: str = "Split it into several cases.") -> FieldError:
    """Return the refusal of a file that is beyond a limit."""
    return FieldError(f"This patch is too large: {what}.", remedy)


def read_mails(data: bytes, limits: PatchLimits) -> Iterator[Mail]:
    """Yield the mails of the file, in order.

    Raises:
        FieldError: It isn't a file of `git format-patch`, or is beyond the limits.
    """
    _check_whole(data, limits)
    _check_kind(data)
    lines = _split_lines(data, limits)
    starts = [i for i, line in enumerate(lines) if line[:5] == b"From " and _is_separator(line, i)]
    if not starts or starts[0] != 0:
        raise not_a_patch("it doesn't start with git's “From” line", _start_remedy(data))
    _check_end(data)
    if len(starts) > limits.max_patches:
        raise too_much(f"it has {len(starts)} mails, and {limits.max_patches} are the most")
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(lines)], strict=True), 1):
        yield _read_mail(number, lines[start:end], limits)


def _check_whole(data: bytes, limits: PatchLimits) -> None:
    if not data.strip():
        raise not_a_patch("it is empty", REMEDY)
    if len(data) > limits.max_bytes:
        raise too_much(f"it has {len(data)} bytes, and {limits.max_bytes} are the most")


def _check_kind(data: bytes) -> None:
    """Say what another kind of file is, before anything is asked of it as a patch."""
    start = data.lstrip()[:600]
    for magic, name, remedy in _KINDS:
        if data.startswith(magic) or start.startswith(magic):
            raise not_a_patch(f"it looks like {name}", remedy)
    if data[_TAR] == b"ustar":
        raise not_a_patch("it looks like a tar archive", _UNPACK)
    first = start.partition(b"\n")[0].removesuffix(b"\r")
    if _MAIL_PROGRAM.match(first) and not re.match(rb"From [0-9a-f]{39}", first):
        raise not_a_patch("it looks like the mailbox of a mail program (mbox)", _EXPORT)


def _start_remedy(data: bytes) -> str:
    """Return what helps, by what the file starts with in the place of git's line."""
    text = data.lstrip()
    if _SEPARATOR.match(text):
        return "Remove what stands before that line, blank lines too; git's file starts with it."
    return _EXPORT if _MAIL.match(text[:4096]) else REMEDY


def _split_lines(data: bytes, limits: PatchLimits) -> list[bytes]:
    lines = data.removesuffix(b"\n").split(b"\n")
    _check_lines(lines, limits)
    return _without_cr(lines) if lines[0].endswith(b"\r") else lines


def _check_end(data: bytes) -> None:
    if not data.endswith(b"\n"):
        raise not_a_patch("its last line has no end, so something after it may be missing")


def _check_lines(lines: list[bytes], limits: PatchLimits) -> None:
    if any(b"\0" in line for line in lines):
        raise not_a_patch(
            "it holds NUL bytes",
            "If git made it with `--text`, make it anew without; if not, it is damaged, or isn't "
            "the file that you mean.",
        )
    most = limits.max_diff_lines + limits.max_text_lines
    if len(lines) > most:
        raise too_much(f"it has {len(lines)} lines, and {most} are the most")
    longest = max(map(len, lines))
    if longest > limits.max_line_bytes:
        raise too_much(
            f"a line has {longest} bytes, and {limits.max_line_bytes} are the most",
            "Break the line in the source, or leave generated files out of the patch.",
        )


def _without_cr(lines: list[bytes]) -> list[bytes]:
    """Undo line ends that a mail program turned into CRLF, which it does to all or to none."""
    if not all(line.endswith(b"\r") for line in lines[:-1]):
        raise not_a_patch("its line ends are mixed, some CRLF and some LF")
    return [line.removesuffix(b"\r") for line in lines]


def _is_separator(line: bytes, index: int) -> bool:
    if _SEPARATOR.fullmatch(line):
        return True
    if _LIKE_SEPARATOR.match(line):
        raise not_a_patch(
            f"line {index + 1} looks like the start of another mail but isn't one of git's",
            "Reword that line of the commit message, and make the patch anew.",
        )
    return False


def _read_mail(number: int, lines: list[bytes], limits: PatchLimits) -> Mail:
    commit = lines[0].split(b" ")[1].decode("ascii")
    headers: list[list[bytes]] = []
    size = 0
    end = len(lines)
    for index, line in enumerate(lines[1:], 1):
        if not line:
            end = index
            break
        size += len(line) + 1
        if size > limits.max_header_bytes:
            raise too_much(
                f"mail {number} has more than {limits.max_header_bytes} bytes of headers", REMEDY
            )
        # git ends the headers at a line of blanks, the mail standard folds it: so neither.
        if not line.strip() or (line[0] in b" \t" and not headers):
            raise not_a_patch(f"the headers of mail {number} hold a line of blanks")
        if line[0] in b" \t":
            headers[-1].append(line.strip())
        else:
            headers.append([line])
    return Mail(
        number,
        commit,
        tuple(_split_header(number, b" ".join(h)) for h in headers),
        tuple(lines[end + 1 :]),
    )


def _split_header(number: int, line: bytes) -> tuple[str, bytes]:
    match = _HEADER.fullmatch(line)
    if not match:
        raise not_a_patch(f"the headers of mail {number} hold a line that isn't a header")
    return match[1].decode("ascii").lower(), match[2].strip()


def decode_body(mail: Mail, encoding: str, limits: PatchLimits) -> tuple[bytes, ...]:
    """Return the lines of a mail's body, its transfer encoding undone (RFC 2045, 6).

    Raises:
        FieldError: The encoding is unknown or broken, or what it hides is beyond the limits.
    """
    if encoding in {"7bit", "8bit", "binary"}:
        return mail.body
    raw = b"\n".join(mail.body) + b"\n"
    if encoding == "quoted-printable" and not _BAD_QUOTED_PRINTABLE.search(raw):
        data = _QUOTED_PRINTABLE.sub(lambda m: bytes.fromhex((m[1] or b"").decode()), raw)
    elif encoding == "base64":
        try:
            data = base64.b64decode(b"".join(raw.split()), validate=True)
        except binascii.Error as error:
            raise not_a_patch(f"the base64 of mail {mail.number} is broken") from error
    else:
        raise not_a_patch(f"mail {mail.number} has an unknown or broken transfer encoding")
    lines = _split_lines(data, limits)
    _check_end(data)
    return tuple(lines)
