"""The pages on the way to a ruling: what it is about, what it does, and then the signature."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import request, url_for

from definitions.canonical import digest
from definitions.refusals import Refusal
from definitions.rules import possible
from definitions.rules.arbitrating import WHOLE_FORM, as_said, possible_here
from definitions.rules.ruled import told_in_words, waived_by
from definitions.ruling import Ruling
from store.deciding import Decided
from web.acting.fields import Typed, form_fields, tickets, uploads
from web.acting.loading import CaseAt
from web.acting.nonces import hidden_nonce
from web.acting.showing import typed_rows
from web.field_names import input_name
from web.frame import frame
from web.page_models import (
    Button,
    Choice,
    Form,
    FormField,
    Hidden,
    Link,
    Problem,
    RulePage,
    RulePreviewPage,
)
from web.presenters.reader import refusal as shown_refusal
from web.presenters.reader import section
from web.presenters.ruling import preview, stands_at, waived

STEP = "step"
LOOK = "look"
CHANGE = "change"
RULE_IT = "rule"
"""What the buttons say is wanted."""
WHICH = "ruling"
ON = "on"


@dataclass(frozen=True)
class Draft:
    """A ruling that isn't made yet.

    Attributes:
        at: The case in which it is made.
        on: The case that it is about.
        ruling: What it does; None while that isn't chosen.
        typed: Scope and reasons.
        refusal: Why it was refused, where that can be mended.
        nonce: Of the form; a new one where it is "".
    """

    at: CaseAt
    on: CaseAt
    ruling: Ruling | None = None
    typed: Typed = field(default_factory=Typed)
    refusal: Refusal | None = None
    nonce: str = ""

    def said(self) -> Ruling:
        """Return the ruling with what the form says of how long it holds; it must be chosen."""
        assert self.ruling is not None  # noqa: S101 - whoever asks has looked
        return as_said(self.ruling, self.typed.values)


def choices_of(at: CaseAt, on: CaseAt) -> tuple[Ruling, ...]:
    """Return what can be ruled, in one case on another or on itself."""
    if on.state.case == at.state.case:
        return possible_here(on.definition, on.state)
    return possible(on.definition, on.state)


def key_of(ruling: Ruling) -> str:
    """Return what the form calls a ruling."""
    return digest(ruling.to_json())[:16]


def chosen(at: CaseAt, on: CaseAt) -> Ruling | None:
    """Return the ruling that was chosen in the form; None if none was, or it can't be made."""
    said = request.form.get(WHICH, "")
    return next((one for one in choices_of(at, on) if key_of(one) == said), None)


def rule_page(draft: Draft, *, asked: bool = False) -> RulePage:
    """Return the form: what is ruled, and why.

    Args:
        asked: whether it was sent already.
    """
    at, on = draft.at, draft.on
    missing = asked and draft.ruling is None
    wrong = "Choose what the ruling does." if missing else ""
    problems = (Problem(sentence=wrong, field=WHICH),) if wrong else ()
    form = Form(
        action=url_for("acting.rule", number=at.number, on=on.number),
        fields=(_choices(draft, wrong), *form_fields(WHOLE_FORM, draft.typed)),
        buttons=(Button(label="Look at what it does", name=STEP, value=LOOK),),
        hidden=(hidden_nonce(draft.nonce), *tickets(draft.typed)),
        uploads=uploads(WHOLE_FORM),
        problems=(*problems, *draft.typed.listed()),
        refusal=shown_refusal(draft.refusal) if draft.refusal else None,
        cancel=Link(label="Back to the desk", url=url_for("arbitrating.desk")),
    )
    rule = at.definition.body.arbitrates
    return RulePage(
        frame=frame(),
        case=at.ref,
        on=on.ref,
        standing=stands_at(on.definition, on.state),
        section=section(rule.policy if rule else None),
        form=form,
    )


def _choices(draft: Draft, wrong: str) -> FormField:
    on = draft.on
    return FormField(
        name=WHICH,
        kind="choice",
        label=f"What the ruling does to {on.number}",
        hint="Nothing happens yet: the next page shows what it would change.",
        error=wrong,
        choices=tuple(
            Choice(
                value=key_of(one),
                label=told_in_words(on.definition, one),
                hint=_waives(on, one),
                chosen=one == draft.ruling,
            )
            for one in choices_of(draft.at, on)
        ),
    )


def _waives(on: CaseAt, ruling: Ruling) -> str:
    titles = [one.title for one in waived(on.definition, waived_by(on.definition.body, ruling))]
    return f"It waives: {'; '.join(titles)}." if titles else ""


def preview_page(draft: Draft, decided: Decided) -> RulePreviewPage:
    """Return what the ruling would do, by the very rules that its commit asks."""
    at, on, ruling = draft.at, draft.on, draft.ruling
    assert ruling is not None  # noqa: S101 - it was chosen
    shown = preview(at.reader, on.definition, on.state, decided.changes)
    form = Form(
        action=url_for("acting.rule", number=at.number, on=on.number),
        buttons=(
            Button(label="Sign: rule so", name=STEP, value=RULE_IT, tone="danger"),
            Button(label="Change something", name=STEP, value=CHANGE, tone="quiet"),
        ),
        hidden=(
            hidden_nonce(draft.nonce),
            Hidden(name="shown", value=at.shown()),
            Hidden(name="state", value=on.state.digest()),
            Hidden(name=WHICH, value=key_of(ruling)),
            *tickets(draft.typed),
            *(
                Hidden(name=input_name(name), value=text)
                for name, text in draft.typed.raw.items()
                if text
            ),
        ),
        refusal=shown_refusal(draft.refusal) if draft.refusal else None,
        cancel=Link(label="Don't rule", url=at.url),
    )
    return RulePreviewPage(
        frame=frame(),
        case=at.ref,
        on=on.ref,
        sentence=told_in_words(on.definition, draft.said()),
        before=shown.before,
        after=shown.after,
        changes=shown.changes,
        told=shown.told,
        waived=waived(on.definition, waived_by(on.definition.body, ruling)),
        said=typed_rows(at.reader, WHOLE_FORM, draft.typed.values),
        form=form,
    )
