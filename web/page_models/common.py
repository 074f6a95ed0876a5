"""Words that every page is made of: moments, people, sections, links, refusals, the frame.

The models in this package say exactly what each page shows. They hold no logic and import
nothing outside the standard library; presenters fill them, templates read them. Rules for
whoever fills them:

- Every ``url`` is complete and ready for an ``href``; templates never build one.
- Every sentence is plain text, ends with its full stop, and is escaped by the template.
- Lists are tuples, empty when there is nothing; an absent part is ``None`` or ``""``.
- What may not be shown is a ``Withheld`` (``values``), never left out in silence.
- Times are aware ``datetime`` values in UTC with their relative words beside them.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

Tone = Literal["waiting", "good", "bad", "stopped", "quiet"]
"""How a state is marked; each tone has its own shape and colour, and always words beside it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A point in time, told in words, with the exact time beside it.

    Attributes:
        at: Aware, in UTC; shown as ``23 November 2026, 18:04 UTC`` and in ``datetime=``.
        words: Relative to now, to be read after nothing: ``two hours ago``, ``by Thursday``,
            ``two days late``.
    """

    at: datetime
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A link and its words."""

    label: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody, by name, with the role in which they appear here.

    Attributes:
        name: As the directory has it, or the address of somebody external.
        role: The role at that time, in words; empty where it would say nothing.
        url: The person's page; empty for the system and for people outside.
    """

    name: str
    role: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A section of the policy, linked to its text.

    Attributes:
        number: As cited, for example ``7.4``.
        url: ``/policy/7.4``.
        title: Its heading; empty where the number is enough.
    """

    number: str
    url: str
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRef:
    """A case by its number, which is always a link, and its title (the definition's)."""

    number: str
    url: str
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """What was refused, by which section, and what can be done.

    Attributes:
        sentence: What and why: *You may not review this patch: you wrote it.*
        section: The section that says so; ``None`` for a mistake in a form.
        remedy: What the person can do now.
        who_can: Who could do it instead, as a sentence; may be empty.
    """

    sentence: str
    section: Section | None = None
    remedy: str = ""
    who_can: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One sentence above the page's content, after something was done elsewhere."""

    sentence: str
    tone: Tone = "good"
    link: Link | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NavLink:
    """One place in the navigation.

    Attributes:
        label: *Inbox*, *Open a case*, *Outbox*, and *Operator* for who may.
        current: Whether this page is that place.
        count: How many things wait there; 0 shows nothing.
    """

    label: str
    url: str
    current: bool = False
    count: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who is signed in.

    Attributes:
        name: As the directory has it.
        url: Their own page.
        roles: The roles that they hold now, in words.
    """

    name: str
    url: str
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What surrounds every page.

    Attributes:
        organisation: The organisation's name, in the header.
        home_url: Where the name leads.
        stylesheet_url: The one stylesheet.
        nav: The places this person may go to; empty without a session.
        viewer: Who is signed in, or ``None``.
        sign_in_url: Shown in the header where nobody is signed in; may be empty.
        sign_out_url: Where signing out is posted to.
        notice: A sentence about what has just been done.
        language: The page's language (BCP 47).
        public_url: Where what is published stands, in the footer; empty where nothing else of
            the application is shown.
    """

    organisation: str
    home_url: str
    stylesheet_url: str
    nav: tuple[NavLink, ...] = ()
    viewer: Viewer | None = None
    sign_in_url: str = ""
    sign_out_url: str = ""
    notice: Notice | None = None
    language: str = "en"
    public_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page: its frame, and the template that shows it.

    A view answers with ``render_template(page.template, page=page)`` and nothing more.
    """

    template: ClassVar[str]
    frame: Frame
