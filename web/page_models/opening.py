"""Opening a case: the form, and "check your answers"."""

from dataclasses import dataclass
from typing import ClassVar

from web.page_models.common import Link, Page, Section
from web.page_models.forms import Form
from web.page_models.together import Warned
from web.page_models.values import Patch, Row


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A step to come, before there is a case.

    Attributes:
        title: *Review the patch*.
        who: *Two Software Assessors, not the author.*
        until: *within five days*; empty where nothing is set.
        section: By which section.
    """

    title: str
    who: str
    until: str = ""
    section: Section | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenPage(Page):
    """The form that opens a case.

    Attributes:
        title: The definition's title.
        summary: What it is for.
        sections: What it carries out.
        asked: Who will be asked, in order.
        who_sees: Who will see the case and what is confidential, as a sentence.
        definition: Link to the definition's page.
        form: Its button leads to "check your answers".
    """

    template: ClassVar[str] = "open.html"
    title: str
    summary: str
    asked: tuple[Asked, ...]
    form: Form
    definition: Link
    who_sees: str = ""
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPage(Page):
    """Check your answers before the case is opened.

    Attributes:
        title: The definition's title.
        answers: What was typed, each with a ``change_url``.
        patches: What an uploaded patch was read as.
        warned: What the policy warns of if what is asked for is given.
        findings: What was found in it that matters: *Robin Vale is an author and may not review.*
        next: What happens once it is opened, each a sentence.
        form: Hidden fields and the button that opens the case.
    """

    template: ClassVar[str] = "check.html"
    title: str
    answers: tuple[Row, ...]
    form: Form
    patches: tuple[Patch, ...] = ()
    warned: tuple[Warned, ...] = ()
    findings: tuple[str, ...] = ()
    next: tuple[str, ...] = ()
