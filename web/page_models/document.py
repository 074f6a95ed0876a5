"""A document: a case as one reads it on paper, whatever draws it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading.

    Attributes:
        text: Its words.
        level: 1 for the document's title, 2 for a part of it, 3 for a thing of that part.
    """

    text: str
    level: Literal[1, 2, 3] = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """A short label with its value beside it: *Opened*, *1 January 2027, 06:00 UTC*."""

    label: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Words of our own or of people; line breaks are kept, and nothing in them means anything.

    Attributes:
        label: What they are, above them; may be empty.
        quiet: Whether they stand back: who, when, and where in the record.
    """

    text: str
    label: str = ""
    quiet: bool = False


Block = Heading | Fact | Paragraph


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A case as a document; two of the same content are equal, and so are their files.

    Attributes:
        name: What its file is called, without an ending; only letters, digits, dots and hyphens.
        title: For its window and its list of contents; nothing that people typed.
        at: The time of the newest entry that it tells of: its date.
        url: Where the case's page is.
        blocks: What is in it, from top to bottom.
    """

    name: str
    title: str
    at: datetime
    url: str
    blocks: tuple[Block, ...]
