"""The text of a patch's mail: what the commit says, and everybody whom it names.

People are looked for wherever a person or a tool writes them: in the mail's headers, in the
in-body headers that `git am` obeys, and in every line of the message, of the notes and of the
signature, quoted or indented too. Better one too many barred from reviewing than one hidden.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from definitions.fields.diff import like_diff
from definitions.fields.errors import FieldError
from definitions.fields.mailbox import Mail, PatchLimits, not_a_patch, too_much
from definitions.fields.people import Person, read_people

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_KEY_LENGTH = 200
_FOLDED_LINES = 3  # of a line that names people; in-body headers are unfolded whole
_MAYBE_ADDRESS = re.compile("[@\ufe6b\uff20]|=\\?")
_BREAK = re.compile(rb"---\s*")
_IN_BODY = re.compile(r"(from|subject|date):[ \t]*(.*)", re.IGNORECASE)
_IN_BODY_NOISE = re.compile(r">From [0-9a-f]{40,64} Mon Sep 17 00:00:00 2001$|\[PATCH\]\s")
_SCISSORS = re.compile(r">8|8<|>%|%<")
_PERFORATION = re.compile(r"[-\s]|>8|8<|>%|%<")
_ROLES = (
    ("co_author", re.compile(
        r"(?:x-)?(?:co-?author(?:s|ed)?(?:-?(?:by|with))?"
        r"|co-?(?:developed|committed|written|created)-by"
        r"|(?:pair|mob)(?:ed)?(?:-programm?ed)?-with)"
    )),
    ("author", re.compile(
        r"(?:x-)?(?:git-)?(?:original-|resent-)?(?:author|authored-by|written-by|from)"
    )),
    ("committer", re.compile(r"(?:x-)?(?:git-)?(?:commit|committer|committed-by|sender)")),
    ("signed", re.compile(r"signed-off-by")),
)  # fmt: skip


@dataclass(frozen=True)
class Parts:
    """A mail's body cut where git cuts it: message, notes under the `---`, and diff."""

    message: tuple[bytes, ...]
    notes: tuple[bytes, ...]
    diff: tuple[bytes, ...]


@dataclass(frozen=True)
class InBody:
    """The headers at the start of the message, which `git am` prefers to the mail's own."""

    authors: tuple[Person, ...]
    subject: str | None
    date: str | None
    rest: tuple[str, ...]


def split_body(mail: Mail, lines: tuple[bytes, ...]) -> Parts:
    """Cut a body into its parts.

    Raises:
        FieldError: There is no diff, or one that git would read from somewhere else.
    """
    cut_at: int | None = None
    for index, line in enumerate(lines):
        if line.startswith(b"diff --git "):
            end = index if cut_at is None else cut_at
            return Parts(lines[:end], lines[end:index], lines[index:])
        if like_diff(line):
            raise not_a_patch(
                f"mail {mail.number} has a line before its diff that could be taken for a diff",
                "Indent that line of the commit message, and make the patch anew.",
            )
        if cut_at is None and _BREAK.fullmatch(line):
            cut_at = index
    raise not_a_patch(
        f"mail {mail.number} has no diff",
        "Leave out cover letters and commits that change nothing, and make the patch anew.",
    )


def text_lines(lines: Iterable[bytes], charset: str) -> tuple[str, ...]:
    """Decode lines of text; what can't be decoded becomes U+FFFD."""
    return tuple(line.decode(charset, "replace").removesuffix("\r") for line in lines)


def check_scissors(mail: Mail, lines: Iterable[str]) -> None:
    """Refuse scissors lines (`-- >8 --`): with `--scissors`, git drops what stands above.

    Raises:
        FieldError: There is one, by a test a little wider than git's.
    """
    for line in lines:
        shown = line.strip()
        if _SCISSORS.search(shown) and "-" in shown:
            cut_marks = len(shown) - len(_PERFORATION.sub("", shown))
            if len(shown) < 3 * cut_marks:
                raise not_a_patch(
                    f"mail {mail.number} has a scissors line in its message",
                    "Remove that line from the commit message, and make the patch anew.",
                )


def read_in_body(lines: tuple[str, ...]) -> InBody:
    """Read the in-body headers at the start of a message.

    Raises:
        FieldError: A `From:` there doesn't name exactly one person.
    """
    found: dict[str, str] = {}
    index = 0
    while index < len(lines):
        match = _IN_BODY.fullmatch(lines[index])
        key = match[1].lower() if match else ""
        if match and key not in found:
            found[key], index = _unfold(match[2], lines, index + 1)
        elif (not lines[index].strip() and not found) or _IN_BODY_NOISE.match(lines[index]):
            index += 1
        else:
            break
    authors = read_people(found["from"]) if "from" in found else ()
    if len(authors) > 1:
        raise not_a_patch("the From line in its message names several people")
    return InBody(authors, found.get("subject"), found.get("date"), lines[index:])


def _unfold(value: str, lines: tuple[str, ...], index: int) -> tuple[str, int]:
    parts = [value]
    while index < len(lines) and lines[index][:1] in {" ", "\t"} and lines[index].strip():
        parts.append(lines[index].strip())
        index += 1
    return " ".join(parts), index


def named_people(lines: Iterable[str], limits: PatchLimits) -> dict[str, tuple[Person, ...]]:
    """Find everybody named in a line of text, by what the line says that they did.

    Returns:
        By role (`author`, `committer`, `co_author`, `signed`) the people, each once, in order.

    Raises:
        FieldError: A line names somebody in a way that can't be read without doubt.
    """
    found: dict[str, dict[Person, None]] = {role: {} for role, _ in _ROLES}
    for role, value in _role_lines(lines):
        found[role].update(dict.fromkeys(_people_of(role, value)))
        if sum(map(len, found.values())) > limits.max_people:
            raise too_much(f"one mail names more than {limits.max_people} people")
    return {role: tuple(people) for role, people in found.items()}


def _role_lines(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield role and value of each line that names people; a folded value is unfolded."""
    # Unlike git, end a line also at a lone CR and its like: a terminal may show it so.
    flat = tuple(part for line in lines for part in line.splitlines())
    for index, line in enumerate(flat):
        key, colon, value = line.replace("\uff1a", ":", 1).partition(":")
        role = role_of(key) if colon else ""
        if role:
            yield role, _unfold(value, flat[index + 1 : index + 1 + _FOLDED_LINES], 0)[0].strip()


def role_of(key: str) -> str:
    """Return the role that the text before a colon states, empty if none."""
    end = key[-_KEY_LENGTH:]  # what stands further ahead can only be indentation
    plain = end if end.isascii() else unicodedata.normalize("NFKC", end)
    shown = "".join(c for c in plain if c.isprintable() or c == "\t")
    folded = re.sub(
        r"[\s_\u2010-\u2015\u2212]+", "-", re.sub(r"^[\W_]+|[\W_]+$", "", shown.lower())
    )
    return next((role for role, pattern in _ROLES if pattern.fullmatch(folded)), "")


def _people_of(role: str, value: str) -> tuple[Person, ...]:
    """Read the people of one line; prose without an address is only refused for co-authors."""
    if role != "co_author" and not _MAYBE_ADDRESS.search(value):
        return ()
    try:
        return read_people(value)
    except FieldError:
        if role == "signed":
            return ()  # shown as text; a sign-off makes nobody an author
        raise


def read_trailers(lines: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Return key and value of the trailers: a last paragraph of nothing but `Key: value` lines."""
    text = "\n".join(lines).strip()
    found: list[tuple[str, list[str]]] = []
    for line in text.rpartition("\n\n")[2].split("\n"):
        match = re.fullmatch(r"([A-Za-z][A-Za-z0-9-]*)[ \t]*:[ \t]*(\S.*)", line)
        if match:
            found.append((match[1], [match[2]]))
        elif line[:1] in {" ", "\t"} and found:
            found[-1][1].append(line.strip())
        else:
            return ()
    return tuple((key, " ".join(parts)) for key, parts in found)
