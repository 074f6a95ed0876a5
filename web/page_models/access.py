"""Pages around a session: signing in, from a link, the first password; and plain messages."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from web.page_models.common import Link, Moment, Page, Refusal, Section
from web.page_models.forms import Form
from web.page_models.values import Row


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInPage(Page):
    """Sign in by password; the page itself says where a link comes from.

    Attributes:
        form: Address and password. A wrong one is a ``Problem`` of the form as a whole.
        intro: What is wanted once signed in (*Sign in to go on to p20261123.4.*); may be empty.
        waiting: The session ended while something was typed: what happens to it.
    """

    template: ClassVar[str] = "sign_in.html"
    form: Form
    intro: str = ""
    waiting: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInLinkPage(Page):
    """A single-use link was opened; nothing is spent until its button is pressed.

    Attributes:
        for_whom: The name of the person it signs in; ``""`` if the link is no longer good.
        until: Until when it is good.
        form: Only hidden fields and one button.
        spent: Why it is no longer good and what to do; then ``form`` is not shown.
        sign_in: The other way in.
    """

    template: ClassVar[str] = "sign_in_link.html"
    form: Form | None
    for_whom: str = ""
    until: Moment | None = None
    spent: Refusal | None = None
    sign_in: Link | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SetPasswordPage(Page):
    """Choose a password (first sign-in, or later from one's own page).

    Attributes:
        name: Whose it is.
        first: Whether it is the first sign-in.
        form: The password twice, and where it may be put off a way on as ``cancel``.
        rules: What it must be, each a sentence.
    """

    template: ClassVar[str] = "set_password.html"
    name: str
    first: bool
    form: Form
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class MessagePage(Page):
    """Not found, not allowed, too many tries, or a fault of ours, in sentences.

    Attributes:
        heading: *There is no case p20261123.9.*
        sentences: Why, and what one can do.
        section: The section that says so, if one does.
        links: Ways on; one at least.
        reference: What to tell the operator, for a fault; empty otherwise.
        tone: ``bad`` for a fault of ours, else ``quiet``.
    """

    template: ClassVar[str] = "message.html"
    heading: str
    sentences: tuple[str, ...]
    links: tuple[Link, ...]
    section: Section | None = None
    reference: str = ""
    tone: Literal["bad", "quiet"] = "quiet"


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedPage(Page):
    """An act was refused by the rules; nothing was changed, nothing typed is lost.

    Attributes:
        heading: What was refused: *Your sign-off was refused.*
        refusal: The sentence, its section, the remedy.
        about: The case it was about, or ``None``.
        typed: Everything that was typed or chosen.
        links: Ways on: the case, the inbox.
        form: What can be done about it here: a button and no fields; or ``None``.
    """

    template: ClassVar[str] = "refused.html"
    heading: str
    refusal: Refusal
    about: Link | None = None
    typed: tuple[Row, ...] = ()
    links: tuple[Link, ...] = ()
    form: Form | None = None
