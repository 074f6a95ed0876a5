"""Values as pages show them: text, people, tables, papers, patches, and what is withheld.

A shown value is one of the classes in ``Value``; its ``kind`` tells the template which.
"""

from dataclasses import dataclass
from typing import Literal

from web.page_models.common import CaseRef, Link, Person, Section


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """Text as it was typed; line breaks are kept.

    Attributes:
        text: Empty means that nothing was given, and the page says so.
        fixed: In a fixed font (a digest, a command's output).
    """

    text: str
    fixed: bool = False
    kind: Literal["text"] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class People:
    """People, each by name and role."""

    people: tuple[Person, ...]
    kind: Literal["people"] = "people"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table (packages with old and new versions).

    Attributes:
        caption: What it is, for who can't see it at a glance: *14 packages*.
        columns: The headings.
        rows: Each as long as ``columns``; the first cell names the row.
        marked: Numbers (from 0) of rows that stand out; ``mark`` says why.
        mark: The word beside a marked row: *security*.
        hidden_rows: How many further rows aren't shown here.
        all_link: Where they are.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    marked: frozenset[int] = frozenset()
    mark: str = ""
    hidden_rows: int = 0
    all_link: Link | None = None
    kind: Literal["table"] = "table"


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """An attachment.

    Attributes:
        name: The file's name.
        url: Where it can be downloaded; empty where it may not be.
        digest: SHA-256 of its content, in hex.
        about: What it is and how large: *Patch, 12 kB*.
        withheld: Where it may not be read: why, and who may, as a sentence.
    """

    name: str
    url: str
    digest: str
    about: str = ""
    withheld: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """Attachments."""

    papers: tuple[Paper, ...]
    kind: Literal["papers"] = "papers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """Something is here and the reader may not see it; the page says that, and why.

    Attributes:
        sentence: *Withheld: only the Arbitrator and the Case Manager may read this.*
        section: The section that says so.
        case: The case that ruled it, where one did.
    """

    sentence: str
    section: Section | None = None
    case: CaseRef | None = None
    kind: Literal["withheld"] = "withheld"


Value = Text | People | Table | Papers | Withheld


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A line of a summary list: a label and its value.

    Attributes:
        change_url: Where it can be changed (on "check your answers"); empty otherwise.
        note: A sentence below the value: *Changed on 2 November; it was "low".*
    """

    label: str
    value: Value
    change_url: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffLine:
    """A line of a diff.

    Attributes:
        kind: ``add``, ``del``, ``same``; ``note`` for *No newline at end of file*.
        old: Its number in the old file, or ``None``.
        new: Its number in the new file, or ``None``.
        text: Without the sign; any content, escaped by the template.
    """

    kind: Literal["add", "del", "same", "note"]
    text: str
    old: int | None = None
    new: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Hunk:
    """A hunk of a diff with its header line (``@@ -1,4 +1,9 @@ def f``)."""

    header: str
    lines: tuple[DiffLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DiffFile:
    """What a patch does to one file.

    Attributes:
        path: After the patch (before it, for a deleted file).
        was: The earlier path, where it was moved.
        change: In a word: *changed*, *added*, *deleted*, *moved*, *mode changed*.
        added: Lines added.
        removed: Lines removed.
        unfolded: Whether its lines are in view at once; fold the long ones.
        note: Instead of or after the hunks: *Binary; not shown*, *Cut after 2,000 lines*.
    """

    path: str
    change: str
    added: int
    removed: int
    hunks: tuple[Hunk, ...] = ()
    was: str = ""
    unfolded: bool = True
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patch:
    """One commit of what was uploaded.

    Attributes:
        subject: Its first line.
        message: The rest; may be empty.
        people: Authors, committers and co-authors with what they are (*author*) as role.
        files: Its files.
        summary: *3 files, 40 lines added, 2 removed.*
    """

    subject: str
    people: tuple[Person, ...]
    files: tuple[DiffFile, ...]
    summary: str
    message: str = ""
