"""The pages on the way to a new case: choose, fill in, check."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import request, url_for

from definitions.definition import Definition
from definitions.model import words
from definitions.refusals import Refusal
from definitions.rules import may_open
from web.acting.addresses import Address, address_fields, address_problems, hidden_answers, told
from web.acting.fields import Typed, form_fields, tickets, uploads
from web.acting.loading import community, reader
from web.acting.nonces import hidden_nonce
from web.acting.showing import folded, shown_patches, typed_rows
from web.acting.way import asked, first_steps
from web.current import Person, signed_in
from web.field_names import input_name
from web.frame import frame
from web.page_models import (
    Button,
    CheckPage,
    ChoosePage,
    Form,
    Hidden,
    Link,
    Openable,
    OpenPage,
    Problem,
    Section,
    Warned,
)
from web.presenters.definition import published_words
from web.presenters.earlier import version_ref
from web.presenters.fields import viewers_words
from web.presenters.reader import Reader, section
from web.presenters.reader import refusal as shown_refusal
from web.presenters.warned import warned
from web.presenters.words import capital, listed
from web.reading import lists_asked
from web.services import services

STEP = "step"
CHECK = "check"
CHANGE = "change"
OPEN_IT = "open"
"""What the buttons of the two forms say is wanted."""


@dataclass(frozen=True)
class Draft:
    """A case that isn't open yet: what was typed so far.

    Attributes:
        addresses: Those in its patches.
        asked: Whether the addresses were asked about before.
        nonce: Of the form; a new one where it is "".
        refusal: Why it was refused, where that can be mended.
    """

    definition: Definition
    typed: Typed = field(default_factory=Typed)
    addresses: tuple[Address, ...] = ()
    asked: bool = False
    nonce: str = ""
    refusal: Refusal | None = None


def choose_page(person: Person) -> ChoosePage:
    """Return the page on which one chooses what to open; what one may open comes first."""
    openable = [_openable(one, person) for one in services().library.definitions()]
    return ChoosePage(frame=frame(), openable=tuple(sorted(openable, key=lambda one: not one.url)))


def open_page(draft: Draft) -> OpenPage:
    """Return the form that is made from the definition, with all that was typed."""
    definition = draft.definition
    specs = definition.body.start.fields
    form = Form(
        action=url_for("opening.open_case", process=definition.process),
        fields=form_fields(specs, draft.typed),
        buttons=(Button(label="Check your answers", name=STEP, value=CHECK),),
        hidden=(*_carried(draft), *hidden_answers(draft.addresses)),
        problems=draft.typed.listed(),
        refusal=shown_refusal(draft.refusal) if draft.refusal else None,
        cancel=Link(label="Open something else", url=url_for("opening.choose")),
        uploads=uploads(specs),
    )
    return OpenPage(
        frame=frame(),
        title=definition.title(),
        summary=words(definition.body.summary),
        asked=asked(definition),
        form=form,
        definition=Link(label="How it goes in full", url=version_ref(definition).url),
        who_sees=_who_sees(definition),
        sections=_sections(definition),
    )


def check_page(draft: Draft) -> CheckPage:
    """Return what was typed, read and found, before anything is open."""
    definition, person = draft.definition, signed_in()
    known = community()
    reads = reader(person, known)
    problems = address_problems(draft.addresses) if draft.asked else {}
    form = Form(
        action=url_for("opening.open_case", process=definition.process),
        fields=address_fields(draft.addresses, asked=draft.asked),
        buttons=(
            Button(label="Open the case", name=STEP, value=OPEN_IT),
            Button(label="Change something", name=STEP, value=CHANGE, tone="quiet"),
        ),
        hidden=(*_carried(draft), *_typed_before(draft)),
        problems=tuple(Problem(sentence=text, field=name) for name, text in problems.items()),
        refusal=shown_refusal(draft.refusal) if draft.refusal else None,
        cancel=Link(label="Don't open it", url=url_for("opening.choose")),
    )
    return CheckPage(
        frame=frame(),
        title=definition.title(),
        answers=typed_rows(reads, definition.body.start.fields, draft.typed.values),
        patches=folded(shown_patches(definition, reads, draft.typed.values)),
        findings=told(draft.addresses, known.names, _bound_title(definition)),
        warned=_warned(draft, reads),
        next=_next(definition),
        form=form,
    )


def _warned(draft: Draft, reads: Reader) -> tuple[Warned, ...]:
    """Return what the policy warns of if what is asked for is given."""
    definition, values = draft.definition, draft.typed.values
    fields = definition.body.start.fields
    people = {
        name: (str(values[one.from_]),)
        for name, one in definition.body.people.items()
        if fields[one.from_].type == "person" and one.from_ in values
    }
    with services().database.reading() as connection:
        on_lists = lists_asked(connection, definition)
    return warned(reads, definition, people, values, on_lists)


def _carried(draft: Draft) -> tuple[Hidden, ...]:
    return (
        hidden_nonce(draft.nonce),
        Hidden(name="version", value=draft.definition.version),
        *tickets(draft.typed),
    )


def _typed_before(draft: Draft) -> tuple[Hidden, ...]:
    specs = draft.definition.body.start.fields
    return tuple(
        Hidden(name=input_name(name), value=text)
        for name, text in draft.typed.raw.items()
        if text and specs[name].type not in {"patch", "file"}
    )


def _openable(definition: Definition, person: Person) -> Openable:
    refusal = may_open(definition, person.roles)
    url = url_for("opening.open_case", process=definition.process)
    return Openable(
        title=definition.title(),
        summary=words(definition.body.summary),
        asked=tuple(f"{one.title}: {one.who}" for one in asked(definition)),
        url="" if refusal else url,
        definition_url=version_ref(definition).url,
        sections=_sections(definition),
        why_not=f"{refusal.sentence} {refusal.remedy}" if refusal else "",
    )


def _sections(definition: Definition) -> tuple[Section, ...]:
    found = (section(number) for number in definition.body.policy)
    return tuple(one for one in found if one is not None)


def _who_sees(definition: Definition) -> str:
    privacy = definition.body.privacy
    whole = (
        f"The case is seen by: {viewers_words(definition, privacy.case)}."
        if privacy.case
        else "Every Member sees the case and what is signed in it."
    )
    hidden = [
        f"“{words(definition.field(name).title)}” only by {viewers_words(definition, viewers)}"
        for name, viewers in privacy.fields.items()
        if name in definition.body.start.fields
    ]
    hidden += [
        f"what is given in “{definition.state_title(name)}” only by "
        f"{viewers_words(definition, viewers)}"
        for name, viewers in privacy.steps.items()
    ]
    told = [f"{capital('; '.join(hidden))}."] if hidden else []
    return " ".join((whole, *told, *published_words(definition)))


def _bound_title(definition: Definition) -> str:
    titles = [words(one.title).lower() for one in definition.body.people.values()]
    return titles[0] if titles else "author"


def _next(definition: Definition) -> tuple[str, ...]:
    first = listed([f"“{title}”" for title in first_steps(definition)])
    return (
        "The case gets its number, and is recorded with your name and these answers.",
        *_at_once(definition),
        f"It begins with {first}: whoever can sign there finds it in their inbox.",
    )


def _at_once(definition: Definition) -> tuple[str, ...]:
    """Return what ends as soon as the case is open, before anybody signs."""
    ends = [
        one.end
        for one in definition.body.effects
        if one.end and one.enter == definition.body.machine.initial
    ]
    told: dict[str, list[str]] = {}
    for end in ends:
        whose = words(definition.body.people[end.person].title).lower()
        lost = [
            what for what, of in (("every role", end.role), ("all access", end.list)) if of == "all"
        ]
        told.setdefault(whose, []).extend(lost)
    return tuple(
        f"At once, before anybody signs, the {whose} loses {listed(lost)}."
        for whose, lost in told.items()
        if lost
    )


def wanted_step() -> str:
    """Return what the button that was pressed wants: to check, to change, or to open."""
    pressed = request.form.get(STEP, CHECK)
    return pressed if pressed in {CHECK, CHANGE, OPEN_IT} else CHECK
