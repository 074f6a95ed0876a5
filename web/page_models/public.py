"""What anybody may read without being signed in: the lists, one of them, one thing on it."""

from dataclasses import dataclass
from typing import ClassVar

from web.page_models.common import Link, Moment, Page, Section, Tone
from web.page_models.ruling import Waived
from web.page_models.values import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicList:
    """A public list.

    Attributes:
        title: *Incident reports*.
        about: What is on it, as a sentence; may be empty.
        feed_url: Where programs read it (Atom).
        section: By which section it is public.
        open: How many cases on it haven't ended, where open ones are on it: *3 of them are open.*
    """

    title: str
    url: str
    feed_url: str
    about: str = ""
    section: Section | None = None
    open: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicPage(Page):
    """All public lists."""

    template: ClassVar[str] = "public.html"
    lists: tuple[PublicList, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicLine:
    """One thing on a public list.

    Attributes:
        number: Of the case or ruling; `url` is where it stands for good.
        subject: What it is about in a line; may be empty.
        label: How it ended, in a word or two; `tone` the mark's.
    """

    number: str
    url: str
    at: Moment
    subject: str = ""
    label: str = ""
    tone: Tone = "quiet"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicListPage(Page):
    """A public list, the newest first."""

    template: ClassVar[str] = "public_list.html"
    shown: PublicList
    all_url: str
    lines: tuple[PublicLine, ...]
    older_url: str = ""
    newest_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedPage(Page):
    """What is published of one case, or one ruling.

    Attributes:
        line: Its number, how it ended and when.
        kind: What it is: *Security incident*, *Ruling*.
        back: To the list on which it stands; `feed_url` is its feed.
        section: By which it is public.
        sentence: What it does, for a ruling; may be empty.
        rows: What is published of it; what is withheld or erased says so.
        waived: What a ruling waives.
        links: Rulings on it, and the case for those who can sign in.
    """

    template: ClassVar[str] = "published.html"
    line: PublicLine
    kind: str
    back: Link
    feed_url: str
    rows: tuple[Row, ...]
    section: Section | None = None
    sentence: str = ""
    waived: tuple[Waived, ...] = ()
    links: tuple[Link, ...] = ()
