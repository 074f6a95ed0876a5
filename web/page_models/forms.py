"""Forms: fields, choices, buttons, and what was wrong with what was typed.

A form always posts, always carries the CSRF token (the template adds it), and shows again
whatever was typed. Each field's HTML id is ``f-`` and its name; of several radios or boxes the
second one's is ``f-NAME-2``.
"""

from dataclasses import dataclass
from typing import Literal

from web.page_models.common import Link, Refusal, Section
from web.page_models.values import Paper

FieldKind = Literal[
    "text",
    "email",
    "date",
    "number",
    "password",
    "long_text",
    "paste",
    "file",
    "choice",
    "choices",
    "person",
    "attest",
]
"""What a field looks like: ``paste`` is a wide area in a fixed font (a list of packages),
``choice`` radios, ``choices`` boxes, ``person`` a list to select from, ``attest`` one box
whose label is the statement made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of a field's choices.

    Attributes:
        value: What is posted.
        label: What is read; for a person their name and role.
        hint: One line below it.
        chosen: Whether it is chosen now.
        why_not: Where it can't be chosen: why, as a sentence; it is then shown but disabled.
    """

    value: str
    label: str
    hint: str = ""
    chosen: bool = False
    why_not: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One field of a form.

    Attributes:
        name: Posted under this name; letters, digits, ``-`` and ``_``.
        label: For ``attest`` the whole statement.
        hint: One or two sentences above the field.
        value: What is in it now (never for ``password`` and ``file``).
        error: What is wrong with it, as a sentence; also listed in the summary.
        required: Fields that aren't are marked "(optional)".
        needed_to: Where only some choices need it: *to choose “I agree”*; marked so instead.
        max_length: In characters; 0 for no limit. Told to the reader where it is.
        rows: Height of ``long_text`` and ``paste``, in lines.
        choices: For ``choice``, ``choices`` and ``person``.
        chosen: For ``attest``: whether the box is ticked.
        accept: For ``file``: the ``accept`` attribute.
        kept: For ``file``: what was uploaded before and stays unless replaced.
        autocomplete: The attribute of that name; ``off`` by default.
        example: A short example in the hint, shown in a fixed font.
        blank: For ``person``: what choosing nobody is called.
    """

    name: str
    kind: FieldKind
    label: str
    hint: str = ""
    value: str = ""
    error: str = ""
    required: bool = True
    needed_to: str = ""
    max_length: int = 0
    rows: int = 5
    choices: tuple[Choice, ...] = ()
    chosen: bool = False
    accept: str = ""
    kept: tuple[Paper, ...] = ()
    autocomplete: str = "off"
    example: str = ""
    blank: str = "Choose somebody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hidden:
    """What a form carries unseen: the nonce, the digest that was shown."""

    name: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A line of the error summary.

    Attributes:
        sentence: What is wrong and how to mend it.
        field: The name of the field it is about; empty for the form as a whole.
        section: By which section, where the policy says so and not only the form.
    """

    sentence: str
    field: str = ""
    section: Section | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """A button that names the act: *Open the case*, *Sign: approve*.

    Attributes:
        tone: ``act`` for what the page is for; ``danger`` for what can't be taken back;
            ``quiet`` for what is beside the point.
    """

    label: str
    name: str = ""
    value: str = ""
    tone: Literal["act", "danger", "quiet"] = "act"


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form.

    Attributes:
        action: Where it is posted to.
        fields: In the order in which they are asked.
        buttons: At its end; empty where the page brings its own (the page for signing).
        hidden: What it carries unseen, without the CSRF token.
        problems: What was wrong with what was posted; empty at first.
        refusal: The rules refused what was posted, and it can be mended here.
        cancel: The way out.
        uploads: Whether files are posted with it.
    """

    action: str
    fields: tuple[FormField, ...] = ()
    buttons: tuple[Button, ...] = ()
    hidden: tuple[Hidden, ...] = ()
    problems: tuple[Problem, ...] = ()
    refusal: Refusal | None = None
    cancel: Link | None = None
    uploads: bool = False
