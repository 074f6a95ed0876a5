"""A patch made by `git format-patch`: one mail, or an mbox of several.

Reads who wrote what; applies nothing, and checks no signature: a patch states its authors, it
doesn't prove them. That is why reviewers also attest not to be the author (Policy 7.4).
Holds these rules: every author, committer and co-author that git, or a reader, could see in the
file is in `addresses`; where two readings are possible the file is refused; nothing but
`FieldError` is raised, in time that grows with the size of the file.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from definitions.fields.diff import Budget, FileDiff, PatchFile, read_diff
from definitions.fields.headers import (
    content_charset,
    decode_words,
    header_text,
    header_values,
    read_date,
)
from definitions.fields.mailbox import (
    Mail,
    PatchLimits,
    decode_body,
    not_a_patch,
    read_mails,
    too_much,
)
from definitions.fields.message import (
    check_scissors,
    named_people,
    read_in_body,
    read_trailers,
    role_of,
    split_body,
    text_lines,
)
from definitions.fields.people import Person, read_author
from definitions.fields.record import Record
from definitions.fields.text import visible, visible_line

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Patch", "PatchFile", "PatchLimits", "PatchSet", "Person", "Series", "Trailer",
           "parse_patch", "read_patches"]  # fmt: skip

MAX_SUBJECT = 8_000  # characters before decoding: encoded words triple a text or worse

_TAG = re.compile(r"\s*\[[^\]]*\bPATCH\b([^\]]*)\]\s*")
_SERIES = re.compile(r"(?:^|.*\s)([0-9]{1,4})/([0-9]{1,4})")
_VERSION = re.compile(r"(?:^|\s)v([0-9]{1,4})(?:\s|$)")


@dataclass(frozen=True)
class Series(Record):
    """Where a patch stands in its series: `[PATCH v2 3/7]` is number 3 of 7, version 2."""

    number: int
    total: int
    version: int | None


@dataclass(frozen=True)
class Trailer(Record):
    """A line at the end of a message, `key: value`, that states nobody's part in the work."""

    key: str
    value: str


@dataclass(frozen=True)
class Patch(Record):
    """One commit.

    Attributes:
        commit: Its hash as the file states it (40 or 64 hexadecimal digits).
        subject: Its first line, without the tag `[PATCH n/m]`; hidden characters written out.
        series: Its place in the series, None if it stands alone.
        message: The rest of the message; hidden characters written out.
        authors: The author whom git would record first, then everybody else stated as author.
        committers: Whoever the mail states as committer or sender; mostly nobody.
        co_authors: People of `Co-authored-by` and its kin.
        signed_off_by: People of `Signed-off-by`; this alone makes nobody an author.
        trailers: The other trailers.
        date: When it was written, ISO 8601 with the author's offset from UTC.
        files: The changed files, in the order of the diff.
        others: People named for something that the reader doesn't know to be harmless; as the
            last one and empty by default, since older records don't have it.
    """

    commit: str
    subject: str
    series: Series | None
    message: str
    authors: tuple[Person, ...]
    committers: tuple[Person, ...]
    co_authors: tuple[Person, ...]
    signed_off_by: tuple[Person, ...]
    trailers: tuple[Trailer, ...]
    date: str
    files: tuple[PatchFile, ...]
    others: tuple[Person, ...] = ()

    @property
    def author(self) -> Person:
        """The author whom git would record."""
        return self.authors[0]


@dataclass(frozen=True)
class PatchSet(Record):
    """The commits of one file, in its order."""

    patches: tuple[Patch, ...]

    @property
    def files(self) -> int:
        """How many files change, each counted in every commit that changes it."""
        return sum(len(patch.files) for patch in self.patches)

    @property
    def added(self) -> int:
        """Lines added, over all commits."""
        return sum(file.added for patch in self.patches for file in patch.files)

    @property
    def removed(self) -> int:
        """Lines removed, over all commits."""
        return sum(file.removed for patch in self.patches for file in patch.files)

    def addresses(self) -> dict[str, tuple[str, ...]]:
        """Return everybody who wrote it or may have: address to the names beside it.

        Addresses are in lower case and sorted, names sorted and not empty.
        """
        names: dict[str, set[str]] = {}
        for patch in self.patches:
            for person in _who_count(patch):
                names.setdefault(person.address, set()).add(person.name)
        return {key: tuple(sorted(names[key] - {""})) for key in sorted(names)}

    def unsure(self) -> tuple[str, ...]:
        """Return the addresses of whom it isn't said that they wrote anything, sorted."""
        makers = {person.address for patch in self.patches for person in _makers(patch)}
        return tuple(address for address in self.addresses() if address not in makers)


def _makers(patch: Patch) -> tuple[Person, ...]:
    """Return who wrote it, by what it says."""
    return (*patch.authors, *patch.committers, *patch.co_authors)


def _who_count(patch: Patch) -> Iterator[Person]:
    """Yield authors, committers, co-authors, and those of whom that isn't known."""
    yield from (*_makers(patch), *patch.others)


def parse_patch(data: bytes, *, limits: PatchLimits = PatchLimits()) -> PatchSet:  # noqa: B008 - frozen
    """Read a file that `git format-patch` made.

    Args:
        data: The whole file.
        limits: How much is taken.

    Raises:
        FieldError: It isn't such a file, is ambiguous, unsafe or too large.
    """
    return PatchSet(tuple(patch for patch, _ in read_patches(data, limits)))


def read_patches(data: bytes, limits: PatchLimits) -> Iterator[tuple[Patch, tuple[FileDiff, ...]]]:
    """Yield each patch with its diff; what is yielded before a refusal counts for nothing.

    Raises:
        FieldError: As `parse_patch`.
    """
    budget = Budget(limits)
    commits: set[str] = set()
    for mail in read_mails(data, limits):
        # With `--zero-commit` all are one: there it says nothing.
        if mail.commit in commits and mail.commit.strip("0"):
            raise not_a_patch(
                f"it has the commit {mail.commit[:12]} twice", "Leave one of the two out."
            )
        commits.add(mail.commit)
        yield _read_patch(mail, limits, budget)


def _read_patch(
    mail: Mail, limits: PatchLimits, budget: Budget
) -> tuple[Patch, tuple[FileDiff, ...]]:
    headers = header_values(mail)
    charset = content_charset(mail, headers)
    encoding = headers.get("content-transfer-encoding", "8bit").lower()
    parts = split_body(mail, decode_body(mail, encoding, limits))
    diffs, tail = read_diff(parts.diff, f"mail {mail.number}", budget)
    budget.take(text=len(parts.message) + len(parts.notes) + len(tail))
    message = text_lines(parts.message, charset)
    check_scissors(mail, message)
    in_body = read_in_body(message)
    stated = [
        f"{name}: {header_text(mail, value)}"
        for name, value in mail.headers
        if name != "from" and role_of(name)
    ]
    people = named_people([*stated, *message, *text_lines((*parts.notes, *tail), charset)], limits)
    authors = (*in_body.authors, read_author(headers["from"]), *people["author"])
    known = {person.address for person in authors}
    subject, series = _read_subject(in_body.subject or headers["subject"])
    patch = Patch(
        commit=mail.commit,
        subject=subject,
        series=series,
        message=visible("\n".join(in_body.rest).strip("\n")),
        authors=tuple(dict.fromkeys(authors)),
        committers=people["committer"],
        co_authors=people["co_author"],
        signed_off_by=people["signed"],
        trailers=_other_trailers((subject, "", *in_body.rest)),
        date=read_date(in_body.date or headers["date"]),
        files=tuple(diff.file for diff in diffs),
        others=tuple(p for p in people["other"] if p.address not in known),
    )
    return patch, diffs


def _read_subject(value: str) -> tuple[str, Series | None]:
    """Return the subject without git's tag, and the series that the tag states."""
    if len(value) > MAX_SUBJECT:
        raise too_much(f"a subject has more than {MAX_SUBJECT} characters", "Shorten it.")
    text = decode_words(value)
    tag = _TAG.match(text)
    if not _TAG.match(value):
        # With `-k` a subject of several lines keeps its line ends; else git has none in there.
        text = " ".join(text.split("\n"))
        tag = tag and _TAG.match(text)
    if not tag:
        return visible_line(text.strip()), None
    subject = visible_line(text[tag.end() :].strip())
    place = _SERIES.fullmatch(tag[1].strip())
    version = _VERSION.search(tag[0].strip(" []"))
    if not place:
        return subject, None
    return subject, Series(int(place[1]), int(place[2]), int(version[1]) if version else None)


def _other_trailers(lines: tuple[str, ...]) -> tuple[Trailer, ...]:
    return tuple(
        Trailer(key, visible(value)) for key, value in read_trailers(lines) if not role_of(key)
    )
