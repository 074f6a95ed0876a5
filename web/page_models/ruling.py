"""Rulings: the Arbitrator's desk, one ruling being made, and those that stand on a case."""

from dataclasses import dataclass
from typing import ClassVar

from web.page_models.common import CaseRef, Link, Moment, Page, Person, Section, Tone
from web.page_models.forms import Form
from web.page_models.values import Paper, Row, Text


@dataclass(frozen=True, slots=True, kw_only=True)
class Waived:
    """Something that the policy asks for and that a ruling waives in one case."""

    title: str
    section: Section | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RulingShown:
    """A ruling that was made, on the page of either case.

    Attributes:
        number: ``a20261130.1/1``.
        sentence: What it does: *By ruling, the case is moved to “Apply”.*
        at: When.
        case: The other case: in which it was made, or which it is about.
        person: Who ruled, where that is known.
        scope: For whom it holds and until when; ``None`` where it was erased.
        reasons: Likewise.
        waived: What it waives.
        papers: Its document.
        ask: A form that the reader can open about it: an appeal; ``None`` if there is none.
    """

    number: str
    sentence: str
    at: Moment
    case: CaseRef
    person: Person | None = None
    scope: Text | None = None
    reasons: Text | None = None
    waived: tuple[Waived, ...] = ()
    papers: tuple[Paper, ...] = ()
    ask: Link | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskCase:
    """A case on the Arbitrator's desk.

    Attributes:
        case: Its number and title.
        label: Where it stands, in a word or two; `tone` the mark's.
        since: When it was opened.
        links: What the reader can do about it.
        why_not: Why they can't rule on it, as a sentence.
    """

    case: CaseRef
    label: str
    tone: Tone
    since: Moment
    links: tuple[Link, ...] = ()
    why_not: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPage(Page):
    """The Arbitrator's desk.

    Attributes:
        mine: Cases in which the reader rules now.
        others: All other open cases.
        empty: What to do where the reader rules in none, as a sentence.
        more: That there are more than are listed, and where to find them; "" if there aren't.
    """

    template: ClassVar[str] = "desk.html"
    mine: tuple[DeskCase, ...]
    others: tuple[DeskCase, ...]
    empty: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePage(Page):
    """The form for a ruling on another case.

    Attributes:
        case: In which it is made.
        on: Which it is about; ``None`` where that is still to be chosen.
        standing: Where that one stands.
        section: By which section.
        form: Its button leads to the preview.
    """

    template: ClassVar[str] = "rule.html"
    case: CaseRef
    form: Form
    on: CaseRef | None = None
    standing: str = ""
    section: Section | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RulePreviewPage(Page):
    """What a ruling would do, before it is signed.

    Attributes:
        sentence: What it does, in a sentence.
        before: Where the case stands now, and after it.
        changes: What else changes: steps, deadlines, effects; each a sentence.
        told: Who gets a mail: its subject and to whom.
        waived: What the policy asks for and the ruling waives.
        said: Scope and reasons as they were typed.
    """

    template: ClassVar[str] = "rule_preview.html"
    case: CaseRef
    on: CaseRef
    sentence: str
    before: str
    after: str
    changes: tuple[str, ...]
    told: tuple[str, ...]
    waived: tuple[Waived, ...]
    said: tuple[Row, ...]
    form: Form
