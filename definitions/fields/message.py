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
from definitions.fields.people import Person, find_people, only_addresses, read_people

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_KEY_LENGTH = 200
_FOLDED_LINES = 3  # of a line that names people; in-body headers are unfolded whole
# A handle in brackets, `(@ana)`, is no address.
_MAYBE_ADDRESS = re.compile(r"[^\s(\[]\s*[@\ufe6b\uff20]|=\?")
_BREAK = re.compile(rb"---\s*")
# `--shortstat`, `--numstat`, `--raw`, `--dirstat` and `--summary`.
_STATISTICS = re.compile(
    rb" [0-9]+ files? changed(?:, [0-9]+ (?:insertions?\(\+\)|deletions?\(-\)))*"
    rb"|(?:[0-9]+|-)\t(?:[0-9]+|-)\t.+"
    rb"|:[0-7]{6} [0-7]{6} [0-9a-f]{4,64} [0-9a-f]{4,64} [A-Z][0-9]*\t.+"
    rb"| +[0-9]+\.[0-9]% .+/"
    rb"| (?:create|delete) mode [0-7]{6} .+| (?:rename|copy|rewrite) .+ \([0-9]+%\)"
    rb"| mode change [0-7]{6} => [0-7]{6}.*"
)
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
_OTHERS = "other"
_COUNTING = ("author", "co_author", "committer")
# Words that say that somebody made it, whatever else stands in a key or a sentence.
_MAKING = re.compile(
    r"(?:co)?(?:author|auth?e?ur|auth?or[ei]?$|verfass|автор|作者|writ|wrote|implement|develop|cod(?:e|ed|er)$"
    r"|programm|creat|patch|contribut|initial|fix(?:ed|er|up)$|(?:back|fore|forward)?port(?:ed|er)?$"
    r"|draft|design|prepar|made$|maker$|adapt|rework|refactor|devis|compos|submit)"
    r"|original|pair(?:ed)?$|mob$|co$"
)
# Words of keys under which nobody is named for having made it.
_HARMLESS = frozenset(
    {
        "reviewed",
        "reviewer",
        "reviewers",
        "tested",
        "tester",
        "acked",
        "acknowledged",
        "nacked",
        "nak",
        "ack",
        "reported",
        "reporter",
        "signed",
        "off",
        "of",
        "cc",
        "bcc",
        "to",
        "suggested",
        "requested",
        "approved",
        "approver",
        "verified",
        "checked",
        "confirmed",
        "noticed",
        "spotted",
        "found",
        "discovered",
        "bisected",
        "reproduced",
        "endorsed",
        "seen",
        "message",
        "id",
        "in",
        "reply",
        "references",
        "link",
        "links",
        "closes",
        "close",
        "fixes",
        "see",
        "url",
        "archived",
        "at",
        "list",
        "discussion",
        "bug",
        "change",
        "depends",
        "ref",
        "refs",
        "resolves",
    }
)
_JOINING = frozenset({"and", "also", "by", "via", "on", "the", "x", "for", "or", "partially"})
_WORDS = re.compile(r"[^\W\d_]+")
_BY = re.compile(r"^\W*((?:[^\W_]+[ \t-]+){1,5}by)\b", re.IGNORECASE)
_BRACKET_NOTE = re.compile(r"\s*[\[(]\s*([^\s:<>]+@[^\s:<>]+)\s*:")
_KEY_LINE = re.compile(r"[\s>]*[A-Za-z0-9][A-Za-z0-9-]*[ \t]*:(?:\s|$)")
_GENERATED = ("Signed-off-by: ", "(cherry picked from commit ")
_FIRST_ADDRESS = re.compile(r"@[^\s,;<>]+>?")
_TOKEN = re.compile(r"([A-Za-z0-9-]+)[ \t]*:(.*)", re.DOTALL)
_SPACES = " \t\r\n"
MAX_SENTENCE = 2_000  # characters of a line that are looked at for what they say
_TRAILERS_IN_FOUR = 3  # git's: a trailer makes up for three lines that are none


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
            end = _statistics_at(lines[:index]) if cut_at is None else cut_at
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


def _statistics_at(lines: tuple[bytes, ...]) -> int:
    """Return where the message ends: git writes no `---` before what these statistics say.

    `git am` then takes them for part of the message; here they'd hide its trailers.
    """
    end = len(lines)
    while end and not lines[end - 1].strip():
        end -= 1
    start = end
    while start and _STATISTICS.fullmatch(lines[start - 1]):
        start -= 1
    return start if start < end and start and not lines[start - 1].strip() else len(lines)


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
        raise not_a_patch(
            "the From line in its message names several people",
            "Write one person in that line of the commit message, or reword it, and make the "
            "patch anew.",
        )
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
    found: dict[str, dict[Person, None]] = {
        role: {} for role in (*(role for role, _ in _ROLES), _OTHERS)
    }
    for role, people in _lines_people(lines):
        found[role].update(dict.fromkeys(people))
        if sum(map(len, found.values())) > limits.max_people:
            raise too_much(f"one mail names more than {limits.max_people} people")
    known = {person.address for role in _COUNTING for person in found[role]}
    others = tuple(person for person in found[_OTHERS] if person.address not in known)
    return {role: tuple(people) for role, people in found.items()} | {_OTHERS: others}


def _lines_people(lines: Iterable[str]) -> Iterator[tuple[str, tuple[Person, ...]]]:
    """Yield role and people of each line that names some; a folded value is unfolded."""
    # Unlike git, end a line also at a lone CR and its like: a terminal may show it so.
    flat = tuple(part for line in lines for part in line.splitlines() or ("",))
    index = 0
    while index < len(flat):
        line = _without_enclosure(flat[index])
        index += 1
        key, colon, value = line.replace("\uff1a", ":", 1).partition(":")
        if not colon or "@" in key:
            yield _sentence_people(line)
            continue
        role = role_of(key)
        more = _continuation(flat, index) if role or _KEY_LINE.match(line) else ()
        index += len(more)
        if role:
            yield role, _people_of(role, value.strip(), more)
        whole = " ".join((value if role else line, *more))
        if role == "signed" or is_harmless(key):
            yield _after_the_first(whole)
        elif not role:
            yield _sentence_people(whole)


def _without_enclosure(line: str) -> str:
    """Take the brackets off a line that stands in them as a whole: `(From: Ana <ana@…>)`."""
    text = line.strip()
    if text[:1] + text[-1:] in {"()", "[]"} and not re.search(r"[()\[\]]", text[1:-1]):
        return line[: len(line) - len(line.lstrip())] + text[1:-1]
    return line


def _continuation(lines: tuple[str, ...], index: int) -> tuple[str, ...]:
    """Return the lines that go on with the one before: deeper than it, and no `Key:` themselves."""
    depth = _depth(lines[index - 1])
    end = index
    for line in lines[index : index + _FOLDED_LINES]:
        # What goes on is deeper; an address that the name above it lacks needs not be.
        awaited = end == index and line.lstrip()[:1] == "<" and "<" not in lines[index - 1]
        deeper = _depth(line) > depth or (awaited and _depth(line))
        if not (line.strip() and deeper) or _KEY_LINE.match(line):
            break
        if role_of(line.partition(":")[0]):
            break
        end += 1
    return tuple(line.strip() for line in lines[index:end])


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" \t"))


def _sentence_people(line: str) -> tuple[str, tuple[Person, ...]]:
    """Return whom a sentence names, and what for: who isn't known to be harmless is asked about."""
    if "@" not in line:
        return _OTHERS, ()
    value = line.partition(":")[2]
    by = _BY.match(line)
    note = _BRACKET_NOTE.match(line)
    if by and is_harmless(by[1]):
        return _after_the_first(line)
    makes = _says_made(line)
    bare = makes or bool(note) or only_addresses(value if _KEY_LINE.match(line) else "")
    return ("author" if by and makes else _OTHERS), find_people(line, bare=bare)


def _after_the_first(line: str) -> tuple[str, tuple[Person, ...]]:
    """Return whom a line names as having made it, after somebody who did something else."""
    first = _FIRST_ADDRESS.search(line)
    rest = line[first.end() :] if first else ""
    return _OTHERS, find_people(rest, bare=True) if "@" in rest and _says_made(rest) else ()


def _says_made(text: str) -> bool:
    return any(_MAKING.match(word) for word in _WORDS.findall(text[:MAX_SENTENCE].lower()))


def is_harmless(key: str) -> bool:
    """Say whether a key names nobody for having made it: it is of such words alone."""
    words = set(_WORDS.findall(key[-_KEY_LENGTH:].lower())) - _JOINING
    return bool(words) and words <= _HARMLESS


def role_of(key: str) -> str:
    """Return the role that the text before a colon states, empty if none."""
    end = key[-_KEY_LENGTH:]  # what stands further ahead can only be indentation
    plain = end if end.isascii() else unicodedata.normalize("NFKC", end)
    shown = "".join(c for c in plain if c.isprintable() or c == "\t")
    folded = re.sub(
        r"[\s_\u2010-\u2015\u2212]+", "-", re.sub(r"^[\W_]+|[\W_]+$", "", shown.lower())
    )
    stated = next((role for role, pattern in _ROLES if pattern.fullmatch(folded)), "")
    if stated or not folded.endswith("-by"):
        return stated
    words = folded.split("-")
    if any(_MAKING.match(word) for word in words):
        return "co_author" if words[0].startswith("co") else "author"
    return ""


def _people_of(role: str, value: str, more: tuple[str, ...]) -> tuple[Person, ...]:
    """Read the people of one line; prose without an address is only refused for co-authors."""
    whole = " ".join((value, *more)).strip()
    if role != "co_author" and not _MAYBE_ADDRESS.search(whole):
        return ()
    refusal: FieldError | None = None
    for end in range(len(more), -1, -1):
        if _MAYBE_ADDRESS.search(" ".join(more[end:])):
            break
        try:  # what follows without an address is a remark
            return read_people(" ".join((value, *more[:end])).strip())
        except FieldError as error:
            refusal = refusal or error
    if role == "signed" or refusal is None:
        return ()  # shown as text; a sign-off makes nobody an author
    raise refusal


def read_trailers(lines: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return key and value of the trailers of a message, as `git interpret-trailers` does.

    Args:
        lines: The whole message; its first paragraph is the subject and has no trailers.
    """
    block = _trailer_block(lines)
    found: list[list[str]] = []
    going_on = False
    for line in block:
        if going_on and line[:1] in _SPACES:
            found[-1].append(line.strip(_SPACES))
            continue
        going_on = bool(_TOKEN.match(line)) and not line.startswith("#")
        if going_on:
            found.append([line])
    matches = [_TOKEN.match(" ".join(parts)) for parts in found]
    return tuple((match[1], match[2].strip(_SPACES)) for match in matches if match)


def _trailer_block(lines: Sequence[str]) -> Sequence[str]:
    """Return the last paragraph if git takes it for trailers (`find_trailer_start`), or nothing."""
    end = _end_of_message(lines)
    while end and not lines[end - 1].strip(_SPACES):
        end -= 1
    title = next((i for i, line in enumerate(lines) if _ends_title(line)), len(lines))
    trailers = others = undecided = 0
    generated = False
    for index in range(end - 1, title - 1, -1):
        line = lines[index]
        if line.startswith("#"):
            others, undecided = others + undecided, 0
        elif not line.strip(_SPACES):
            others += undecided
            mostly = generated and trailers * _TRAILERS_IN_FOUR >= others
            return lines[index + 1 : end] if mostly or (trailers and not others) else ()
        elif line.startswith(_GENERATED):
            trailers, undecided, generated = trailers + 1, 0, True
        elif _TOKEN.match(line):
            trailers, undecided = trailers + 1, 0
        elif line[0] in _SPACES:
            undecided += 1
        else:
            others, undecided = others + 1 + undecided, 0
    return ()


def _end_of_message(lines: Sequence[str]) -> int:
    """Return where the remarks begin that git leaves out at the end (`ignore_non_trailer`).

    They are comments, blank lines, and the list of conflicts that older versions of git wrote.
    """
    end: int | None = None
    conflicts = False
    for index, line in enumerate(lines):
        if not line or line.startswith("#") or line == "Conflicts:":
            end = index if end is None else end
            conflicts = conflicts or line == "Conflicts:"
        elif not (conflicts and line.startswith("\t")):
            end, conflicts = None, False
    return len(lines) if end is None else end


def _ends_title(line: str) -> bool:
    return not line.startswith("#") and not line.strip(_SPACES)
