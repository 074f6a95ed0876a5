"""People, teams and access lists: what holds, since when, by which case; and as it stood once."""

from dataclasses import dataclass
from typing import ClassVar

from web.page_models.common import Link, Moment, Page, Person, Section
from web.page_models.forms import Form


@dataclass(frozen=True, slots=True, kw_only=True)
class By:
    """What made something begin or end: *motion m20261102.1*, *the first directory*.

    Attributes:
        words: To be read after *by*.
        number: The number in it, apart from the words; may be empty.
        url: The case of that number, where it is one here.
        case: The case whose effect it was, where that is another.
    """

    words: str
    number: str = ""
    url: str = ""
    case: Link | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldLine:
    """A role or a place on a list, of somebody.

    Attributes:
        who: Whose it is; ``None`` on the person's own page.
        what: The role or list, with the page of its team or of the list; "" for the url if none.
        since: From when on it counts.
        by: By what.
        until: Until when, if it has an end.
        ended_by: What ended it; ``None`` if it runs out by itself, or goes on.
        tense: ``now``, ``later`` (it hasn't begun) or ``ended``.
        away: That they are away, until when; empty if not.
    """

    what: Link
    since: Moment
    by: By
    who: Person | None = None
    until: Moment | None = None
    ended_by: By | None = None
    tense: str = "now"
    away: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OnDate:
    """The small form that asks how things stood on a day.

    Attributes:
        action: The page itself.
        value: The day that is shown, ISO; empty for now.
        words: *As it stood at the end of 1 November 2026 (UTC).* Empty for now.
        problem: What was wrong with the day; empty if nothing was.
        search: What people are searched for, where the page has a search; ``None`` elsewhere.
    """

    action: str
    value: str = ""
    words: str = ""
    problem: str = ""
    search: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """Something that isn't as it should be: a sentence, its section, and what would mend it."""

    sentence: str
    section: Section | None = None
    remedy: str = ""
    case: Link | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonPage(Page):
    """A person: roles and access lists, since when, by what.

    Attributes:
        name: Theirs.
        own: Whether it is the reader's own page.
        now: Roles that count.
        lists: Access lists that they are on.
        later: What begins later.
        ended: What has ended: the rest of their history, the newest first.
        left: Since when they are no longer of the community.
        away: Their absences, each as a sentence.
        on: The form for a day.
        lacks: What the policy warns of in what they hold.
        addresses: Mail addresses, for who may see them.
        unreached: That mail doesn't reach them, as a sentence, for those who should know.
        links: *Change my password*, on one's own page.
    """

    template: ClassVar[str] = "person.html"
    name: str
    own: bool
    now: tuple[HeldLine, ...]
    on: OnDate
    lists: tuple[HeldLine, ...] = ()
    later: tuple[HeldLine, ...] = ()
    ended: tuple[HeldLine, ...] = ()
    left: Moment | None = None
    away: tuple[str, ...] = ()
    lacks: tuple[Lack, ...] = ()
    addresses: tuple[str, ...] = ()
    unreached: str = ""
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """Somebody in the list of people."""

    name: str
    url: str
    roles: tuple[str, ...] = ()
    away: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeoplePage(Page):
    """Everybody, or those whom one searched for.

    Attributes:
        sentence: *24 people.* / *Nobody's name has “xyz” in it.*
        people: By name.
        on: The search and the day.
        older_url: The next page, where there are more.
        newest_url: The first page, where this isn't it.
    """

    template: ClassVar[str] = "people.html"
    sentence: str
    people: tuple[PersonLine, ...]
    on: OnDate
    older_url: str = ""
    newest_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupLine:
    """A team, group, body or access list among the others."""

    title: str
    url: str
    about: str
    section: Section | None = None
    lacks: tuple[Lack, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupsPage(Page):
    """All teams, or all access lists.

    Attributes:
        here: ``teams`` or ``lists``: which of the places it is.
        title: The heading.
        lead: What it is about.
        groups: Each with what there is to say of it in a line.
        lacks: What is about several of them.
        on: The form for a day.
    """

    template: ClassVar[str] = "groups.html"
    here: str
    title: str
    lead: str
    groups: tuple[GroupLine, ...]
    on: OnDate
    lacks: tuple[Lack, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupPage(Page):
    """A team, group, body or access list: who is of it, since when, by what.

    Attributes:
        here: ``teams`` or ``lists``.
        title: Its name.
        section: By which section.
        about: What it is, as sentences.
        managers: Who leads or manages it.
        manages: *Led by* / *Managed by*; empty if nobody does.
        now: Who is of it.
        later: Who will be.
        ended: Who was, the newest first.
        lacks: What isn't as it should be.
        on: The form for a day.
    """

    template: ClassVar[str] = "group.html"
    here: str
    title: str
    section: Section | None
    now: tuple[HeldLine, ...]
    on: OnDate
    about: tuple[str, ...] = ()
    managers: tuple[Person, ...] = ()
    manages: str = ""
    later: tuple[HeldLine, ...] = ()
    ended: tuple[HeldLine, ...] = ()
    lacks: tuple[Lack, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceLine:
    """One of one's own absences, with the form that ends it."""

    words: str
    form: Form
