"""The inbox, the outbox, and choosing what to open."""

from dataclasses import dataclass
from typing import ClassVar

from web.page_models.common import CaseRef, Link, Moment, Page, Person, Section, Tone


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """Something that waits for the reader.

    Attributes:
        act: The verb and its object: *Review the patch*.
        url: The page on which it is decided, one press away.
        case: Its case.
        subject: What it is about, as the case's people see it: the patch's subject.
        role: Why it is the reader's: *Software Assessor*.
        section: By which section.
        asked_by: Who opened the case or sent it here.
        since: Since when it waits.
        due: By when, in words; ``None`` where nothing is set.
        overdue: Whether that has passed; these come first.
        note: What stands out: *Stopped*, *Given back to you*.
    """

    act: str
    url: str
    case: CaseRef
    subject: str
    role: str
    section: Section | None
    asked_by: Person | None
    since: Moment
    due: Moment | None = None
    overdue: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """A case in a list: number, subject, where it stands, when that last changed."""

    case: CaseRef
    subject: str
    standing: str
    tone: Tone
    at: Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFold:
    """A folded list of cases.

    Attributes:
        title: *Opened by me*, *Signed by me*.
        count: How many there are in all, in words or digits: *12*, *more than 100*.
        lines: The newest of them.
        empty: The sentence where there is none.
        older_url: Where the older ones are (keyset); empty on the last page.
        unfolded: Whether it is open when the page comes.
    """

    title: str
    count: str
    lines: tuple[CaseLine, ...]
    empty: str
    older_url: str = ""
    unfolded: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxPage(Page):
    """What waits for the reader.

    Attributes:
        sentence: *Two things wait for you.* / *Nothing waits for you.*
        tasks: Overdue on top, then newest first.
        empty: Where there is no task: what will show up here, as sentences.
        older_url: Older tasks (keyset); empty on the last page.
        newest_url: Back to the first page, from a later one; empty on the first.
        may_open: What the reader may open, for the empty page.
        folds: Opened by me, signed by me.
    """

    template: ClassVar[str] = "inbox.html"
    sentence: str
    tasks: tuple[Task, ...]
    folds: tuple[CaseFold, ...]
    empty: tuple[str, ...] = ()
    older_url: str = ""
    newest_url: str = ""
    may_open: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Openable:
    """A definition one could open a case of.

    Attributes:
        title: *Patch to system software*.
        summary: What it is for, in a sentence or two.
        asked: Who will be asked, in order, each a sentence.
        url: Its form; empty where the reader may not open it.
        why_not: Where they may not: why, and who may.
        definition_url: How it goes in full.
        sections: The sections that it carries out.
    """

    title: str
    summary: str
    asked: tuple[str, ...]
    url: str
    definition_url: str
    sections: tuple[Section, ...] = ()
    why_not: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChoosePage(Page):
    """Choose what to open; what the reader may open comes first."""

    template: ClassVar[str] = "choose.html"
    openable: tuple[Openable, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A mail that the application wrote to the reader.

    Attributes:
        subject: Its subject.
        at: When it was written.
        body: Its text.
        case: The case it is about, or ``None``.
        to: The address or list it went to.
        unfolded: Whether its text is in view at once.
        trouble: Where it hasn't gone out: why, as a sentence.
    """

    subject: str
    at: Moment
    body: str
    to: str
    case: CaseRef | None = None
    unfolded: bool = False
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxPage(Page):
    """The mails that the application wrote to the reader, newest first."""

    template: ClassVar[str] = "outbox.html"
    mails: tuple[Mail, ...]
    older_url: str = ""
    newest_url: str = ""
