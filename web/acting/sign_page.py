"""The page for signing: exactly what is signed, who has signed, and what each outcome leads to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from flask import url_for

from definitions.model import Step, words
from definitions.refusals import Refusal
from web.acting.fields import Typed, comment_field, form_fields, tickets, uploads
from web.acting.loading import CaseAt
from web.acting.nonces import hidden_nonce
from web.acting.seats import fillable
from web.acting.showing import (
    covered_papers,
    covered_rows,
    patches_of,
    signatures_of_step,
    subject_of,
)
from web.frame import frame
from web.page_models import Button, Form, FormField, Hidden, Link, Outcome, Problem, SignPage
from web.presenters.earlier import version_ref
from web.presenters.fields import reading_words
from web.presenters.lists import anchor as list_anchor
from web.presenters.reader import refusal as shown_refusal
from web.presenters.reader import role_words, section
from web.presenters.seats import seat_name, thing_title
from web.presenters.words import capital, due, inside, listed


@dataclass(frozen=True)
class Decision:
    """What was typed on the page, and what was wrong with it.

    Attributes:
        evidence: The step's own fields.
        comment: As typed.
        comment_problem: What is wrong with it.
        refusal: Why it was refused, where that can be mended here.
        nonce: Of the form; a new one where it is "".
    """

    evidence: Typed = field(default_factory=Typed)
    comment: str = ""
    comment_problem: str = ""
    refusal: Refusal | None = None
    nonce: str = ""


def sign_page(at: CaseAt, step: str, seat: str, typed: Decision) -> SignPage:
    """Return the page on which a person decides."""
    rule, state = at.definition.step(step), at.state.steps[step]
    return SignPage(
        frame=frame(),
        case=at.ref,
        subject=subject_of(at),
        step=_what(at, step, seat),
        section=section(rule.policy),
        capacity=_capacity(at, step, seat),
        due=due(state.due, at.reader.now) if state.due else None,
        overdue=state.overdue,
        covers=covered_rows(at, step),
        papers=covered_papers(at, step),
        patches=patches_of(at, at.definition.covered(step)),
        version=version_ref(at.definition),
        shown=at.shown(step),
        before=signatures_of_step(at, step),
        form=_form(at, step, seat, typed),
        outcomes=tuple(_outcomes(rule, at.state.known)),
        after=_after(at, step),
        others=_other_seats(at, step, seat),
        decline=_decline(at, step, seat),
    )


def _decline(at: CaseAt, step: str, seat: str) -> Link | None:
    """Return the way to leave it to others; None where the case names this person alone."""
    named = at.definition.seat(step, seat).person
    if (
        named
        and named not in at.definition.body.draws
        and at.state.people.get(named) == (at.person.id,)
    ):
        return None
    return Link(
        label="Decline, so that somebody else signs",
        url=url_for("acting.decline", number=at.number, step=step, seat=seat),
    )


def _evidence(rule: Step, typed: Decision) -> Iterator[FormField]:
    """Return the fields for what is given with a decision, marked if only some need it."""
    asking = [one for one in rule.outcomes.values() if one.evidence == "required"]
    some = len(asking) < len(rule.outcomes)
    needed = "to choose " + " or ".join(f"“{words(one.title)}”" for one in asking)
    for it in form_fields(rule.evidence, typed.evidence):
        yield replace(it, required=False, needed_to=needed) if some and it.required else it


def _form(at: CaseAt, step: str, seat: str, typed: Decision) -> Form:
    rule, problems = at.definition.step(step), typed.evidence.listed()
    required = all(one.comment == "required" for one in rule.outcomes.values())
    comment = comment_field(
        typed.comment, "Comment", _comment_hint(at, step), typed.comment_problem, required=required
    )
    if typed.comment_problem:
        problems = (*problems, Problem(sentence=typed.comment_problem, field=comment.name))
    return Form(
        action=url_for("acting.sign", number=at.number, step=step, seat=seat),
        fields=(*_evidence(rule, typed), comment),
        hidden=(
            hidden_nonce(typed.nonce),
            Hidden(name="shown", value=at.shown(step)),
            Hidden(name="instance", value=at.state.steps[step].instance),
            *tickets(typed.evidence),
        ),
        problems=problems,
        refusal=shown_refusal(typed.refusal) if typed.refusal else None,
        uploads=uploads(rule.evidence),
    )


def _comment_hint(at: CaseAt, step: str) -> str:
    rule = at.definition.step(step)
    read = f"{capital(reading_words(at.definition, step))} can read it."
    needing = [
        f"“{words(one.title) or name}”"
        for name, one in rule.outcomes.items()
        if one.comment == "required"
    ]
    if not needing:
        return read
    return f"Required for {listed(needing, 'or')}. {read}"


def _what(at: CaseAt, step: str, seat: str) -> str:
    """Return what is signed: of a list, one thing on it."""
    rule, thing = at.definition.step(step), thing_title(at.told, step, seat)
    verb = words(rule.verb or rule.title)
    return f"{verb}: {thing}" if thing else verb


def _capacity(at: CaseAt, step: str, seat: str) -> str:
    spec = at.definition.seat(step, seat)
    title = seat_name(at.definition, step, seat)
    held = [role for role in spec.roles() if role in at.person.roles]
    if held:
        return f"You sign as {title}, in your role as {role_words(held)}."
    return f"You sign as {title} of this case."


def _outcomes(rule: Step, chosen: Mapping[str, object]) -> Iterator[Outcome]:
    seats = [seat for seat in rule.seats.values() if seat.is_there(chosen)]
    several = len(seats) > 1 or any(seat.count != 1 for seat in seats)
    for name, one in rule.outcomes.items():
        label = words(one.title) or name.replace("-", " ").capitalize()
        act = f"Sign: {inside(label)}"
        notes = []
        if one.at == "once" and several:
            notes.append("It decides at once, whatever the others sign.")
        if one.comment == "required":
            notes.append("A comment is required.")
        yield Outcome(
            label=label,
            leads_to=words(one.leads),
            button=Button(label=act, name="outcome", value=name),
            note=" ".join(notes),
        )


def _after(at: CaseAt, step: str) -> tuple[str, ...]:
    sentences = ["What you sign is recorded under your name and stays in the record."]
    reopens = at.definition.step(step).covers
    if reopens is not None and reopens.reopen:
        sentences.append("If what you sign is amended later, your signature counts no longer.")
    open_ = (one for one in at.vacancies if one.seat.step == step)
    if sum(one.seat.missing for one in open_) > 1:
        sentences.append("As long as others are still to sign, you can take your signature back.")
    return tuple(sentences)


def _other_seats(at: CaseAt, step: str, seat: str) -> tuple[Link, ...]:
    if ":" in seat:
        return (Link(label="Everything on this list", url=f"{at.url}#{list_anchor(step)}"),)
    return tuple(
        Link(
            label=f"Sign as {one.title} instead",
            url=url_for("acting.sign", number=at.number, step=step, seat=one.seat.seat),
        )
        for one in fillable(at, step)
        if one.seat.seat != seat
    )
