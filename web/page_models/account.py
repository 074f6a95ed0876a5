"""One's own page: who the application takes one for, and where one is signed in."""

from dataclasses import dataclass
from typing import ClassVar

from web.page_models.common import Link, Moment, Page
from web.page_models.forms import Form
from web.page_models.people import AbsenceLine
from web.page_models.reference import RoleLine


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    """One of one's sessions.

    Attributes:
        how: *With a password*, *With a sign-in link*.
        begun: When it began.
        seen: When it was last used.
        this: Whether it is the one of this page.
    """

    how: str
    begun: Moment
    seen: Moment
    this: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MyPage(Page):
    """One's own page.

    Attributes:
        name: One's name.
        roles: The roles that one holds now.
        addresses: One's mail addresses; mail goes to the first.
        sessions: Where one is signed in, the one used last first.
        everywhere: The form that ends all of them.
        mail: The form with which one chooses how mail comes.
        bounces: For each of one's addresses that takes no mail: a sentence that says so.
        forged: What was tried with sessions, links or passwords in one's name, as sentences.
        away: The form with which one says that one is away; ``None`` for who has no role.
        absences: One's absences, each with the form that ends it.
        links: *Change your password*.
    """

    template: ClassVar[str] = "me.html"
    name: str
    roles: tuple[RoleLine, ...]
    addresses: tuple[str, ...]
    sessions: tuple[SessionLine, ...]
    everywhere: Form
    mail: Form
    bounces: tuple[str, ...] = ()
    forged: tuple[str, ...] = ()
    away: Form | None = None
    absences: tuple[AbsenceLine, ...] = ()
    links: tuple[Link, ...] = ()
