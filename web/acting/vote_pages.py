"""The page on which a member of a body votes, and what recusing would do (Policy 9.1.5)."""

from __future__ import annotations

from dataclasses import dataclass, field

from flask import url_for

from definitions.model import FieldSpec, words
from definitions.refusals import Refusal
from definitions.rules import why_not_vote
from definitions.rules.voting import CONFLICT, DECLARATION
from definitions.voting import CHOICES
from web.acting.fields import Typed, comment_field, form_fields
from web.acting.loading import CaseAt
from web.acting.nonces import hidden_nonce
from web.acting.showing import covered_papers, covered_rows
from web.acting.small_pages import Small, Target
from web.frame import frame
from web.page_models import ActPage, Button, Form, Hidden, Link, Problem, Row, Text
from web.presenters.ballots import CHOICE_WORDS, recusal_sentences, vote_sentences
from web.presenters.reader import refusal as shown_refusal
from web.presenters.reader import section
from web.services import now

CHOICE = "choice"
BALLOT = {
    **DECLARATION,
    CHOICE: FieldSpec(
        type="choice",
        title={"en": "My vote"},
        required=True,
        choices={one: {"en": CHOICE_WORDS[one]} for one in CHOICES},
    ),
}


@dataclass(frozen=True)
class Cast:
    """What was typed on the page of a vote, and what was wrong with it."""

    ballot: Typed = field(default_factory=Typed)
    comment: str = ""
    problem: str = ""
    refusal: Refusal | None = None
    nonce: str = ""


def vote_page(at: CaseAt, step: str, typed: Cast) -> ActPage:
    """Return the page on which the person votes."""
    rule = at.definition.step(step)
    papers = covered_papers(at, step)
    rows = (
        *covered_rows(at, step),
        *((Row(label="Papers", value=papers),) if papers else ()),
        Row(label="Digest of all this", value=Text(text=at.shown(step))),
    )
    return ActPage(
        frame=frame(),
        case=at.ref,
        heading=words(rule.verb or rule.title),
        form=_form(at, step, typed),
        what_happens=(*vote_sentences(at.definition, at.state, step), *_mine(at, step)),
        section=section(rule.policy),
        about=rows,
    )


def _mine(at: CaseAt, step: str) -> tuple[str, ...]:
    """Return what the person has to know of their own part."""
    vote, told = at.state.votes[step], []
    cast = next((one for one in vote.votes if one.voter == at.person.id), None)
    if cast is not None:
        told.append(f"You have voted {CHOICE_WORDS[cast.choice]}.")
    if at.person.id in vote.active:
        told.append("You are active in the area: you abstain, but may deliberate in comments.")
    if at.person.id in vote.conflicted:
        told.append("You declared a conflict of interest: you abstain, or recuse yourself.")
    return tuple(told)


def _form(at: CaseAt, step: str, typed: Cast) -> Form:
    problems = typed.ballot.listed()
    if typed.problem:
        problems = (*problems, Problem(sentence=typed.problem, field="comment"))
    ballot = typed.ballot if typed.ballot.raw else _declared(at, step)
    hint = "Everybody who sees the case can read it. Votes are published."
    return Form(
        action=url_for("acting.vote", number=at.number, step=step),
        fields=(
            *form_fields(BALLOT, ballot),
            comment_field(typed.comment, "Comment", hint, typed.problem, required=False),
        ),
        buttons=(Button(label="Sign: cast my vote"),),
        hidden=(
            hidden_nonce(typed.nonce),
            Hidden(name="shown", value=at.shown(step)),
            Hidden(name="instance", value=at.state.steps[step].instance),
        ),
        problems=problems,
        refusal=shown_refusal(typed.refusal) if typed.refusal else None,
        cancel=Link(label="Back to the case", url=at.url),
    )


def _declared(at: CaseAt, step: str) -> Typed:
    """Return the form with what the person has declared before."""
    vote = at.state.votes[step]
    if at.person.id not in vote.declared:
        return Typed()
    said = "some" if at.person.id in vote.conflicted else "none"
    return Typed(raw={CONFLICT: said}, values={CONFLICT: said})


def why_not(at: CaseAt, step: str) -> Refusal | None:
    """Return why the person can't take part in the vote now, None if they can."""
    at_step = at.state.steps.get(step)
    instance = at_step.instance if at_step else None
    return why_not_vote(at.definition, at.state, step, instance, at.person.id, now())


def _told(target: Target) -> tuple[str, ...]:
    at, step = target.at, target.step or ""
    return (
        *recusal_sentences(at.definition, at.state, step, at.person.id),
        "It can't be taken back: whoever has recused doesn't vote on this any more.",
    )


RECUSE = Small(
    kind="recuse",
    endpoint="acting.recuse",
    heading="Recuse yourself from this vote",
    label="Why",
    hint="The conflict of interest, as far as others should know it.",
    required=True,
    button="Sign: I recuse myself",
    tone="danger",
    told=_told,
    why_not=lambda target: why_not(target.at, target.step or ""),
    policy=lambda target: target.at.definition.step(target.step or "").policy,
)
