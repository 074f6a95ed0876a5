"""The page on which a member of a body votes, and what recusing would do (Policy 9.1.5)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from flask import url_for

from definitions.model import FieldSpec, words
from definitions.refusals import Refusal
from definitions.rules import why_not_vote
from definitions.rules.proxies import ON_BEHALF
from definitions.rules.voting import CONFLICT, DECLARATION
from definitions.voting import ABSTAIN, CHOICES
from web.acting.fields import Typed, comment_field, form_fields
from web.acting.loading import CaseAt
from web.acting.nonces import hidden_nonce
from web.acting.showing import covered_rows
from web.acting.small_pages import Small, Target
from web.field_names import input_name
from web.frame import frame
from web.page_models import (
    ActPage,
    Button,
    Choice,
    Form,
    FormField,
    Hidden,
    Link,
    Problem,
    Row,
    Text,
    Warned,
)
from web.presenters.ballots import CHOICE_WORDS, recusal_sentences, vote_sentences
from web.presenters.reader import refusal as shown_refusal
from web.presenters.reader import section
from web.presenters.warned import warned_beside
from web.presenters.words import closing
from web.reading import beside, lists_asked
from web.services import now, services

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
    """What was typed on the page of a vote, and what was wrong with it.

    Attributes:
        behalf: For whom the vote is, by id; "" for oneself. `behalf_problem` is wrong with it.
    """

    ballot: Typed = field(default_factory=Typed)
    comment: str = ""
    problem: str = ""
    behalf: str = ""
    behalf_problem: str = ""
    refusal: Refusal | None = None
    nonce: str = ""


def vote_page(at: CaseAt, step: str, typed: Cast) -> ActPage:
    """Return the page on which the person votes."""
    rule = at.definition.step(step)
    digest = Row(label="Digest of all this", value=Text(text=at.shown(step), fixed=True))
    return ActPage(
        frame=frame(),
        case=at.ref,
        heading=words(rule.verb or rule.title),
        form=_form(at, step, typed),
        what_happens=(
            *vote_sentences(at.definition, at.state, step, at.community),
            *_until(at, step),
            *_mine(at, step),
        ),
        section=section(rule.policy),
        asked=covered_rows(at, step),
        about=(digest,),
        warned=_warned(at),
    )


def _warned(at: CaseAt) -> tuple[Warned, ...]:
    """Return what the policy warns of in what the vote would lead to."""
    with services().database.reading() as connection:
        parent, _ = beside(connection, at.state.case)
        on_lists = lists_asked(connection, at.definition, parent)
    return warned_beside(at.reader, (at.definition, at.state), parent, on_lists)


def _until(at: CaseAt, step: str) -> tuple[str, ...]:
    closes = at.state.steps[step].due
    return (f"The vote closes {closing(closes, at.reader.now).words}.",) if closes else ()


def _mine(at: CaseAt, step: str) -> tuple[str, ...]:
    """Return what the person has to know of their own part."""
    vote, told = at.state.votes[step], []
    cast = next((one for one in vote.votes if one.voter == at.person.id), None)
    if cast is not None and cast.actor != at.person.id:
        who, choice = at.community.name(cast.actor), CHOICE_WORDS[cast.choice]
        told.append(f"{who} voted {choice} for you; your own vote takes the place of that one.")
    elif cast is not None:
        told.append(f"You have voted {CHOICE_WORDS[cast.choice]}.")
    if at.person.id in vote.active:
        told.append("You are active in the area: you abstain, but may deliberate in comments.")
    if at.person.id in vote.conflicted:
        told.append("You declared a conflict of interest: you abstain, or recuse yourself.")
    ballot = at.definition.step(step).vote
    if ballot and ballot.proxy and at.person.id not in vote.declared:
        told.append("Once you have voted yourself, you can vote for a member who asked you to.")
    return tuple(told)


def _form(at: CaseAt, step: str, typed: Cast) -> Form:
    problems = typed.ballot.listed()
    if typed.problem:
        problems = (*problems, Problem(sentence=typed.problem, field="comment"))
    if typed.behalf_problem:
        problems = (*problems, Problem(sentence=typed.behalf_problem, field=ON_BEHALF))
    ballot = typed.ballot if typed.ballot.raw else _declared(at, step)
    hint = "Everybody who sees the case can read it. Votes are published."
    return Form(
        action=url_for("acting.vote", number=at.number, step=step),
        fields=(
            *_ballot_fields(at, step, ballot),
            *_for_whom(at, step, typed),
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


def _ballot_fields(at: CaseAt, step: str, ballot: Typed) -> tuple[FormField, ...]:
    """Return what is asked; who only abstains is offered that alone."""
    fields = form_fields(BALLOT, ballot)
    if at.person.id not in at.state.votes[step].active:
        return fields
    why = "You are active in the area, and abstain."
    return tuple(
        replace(one, choices=tuple(_only_abstain(choice, why) for choice in one.choices))
        if one.name == input_name(CHOICE)
        else one
        for one in fields
    )


def _only_abstain(choice: Choice, why: str) -> Choice:
    return choice if choice.value == ABSTAIN else replace(choice, why_not=why, chosen=False)


def _for_whom(at: CaseAt, step: str, typed: Cast) -> tuple[FormField, ...]:
    """Return the field that asks whose vote it is, where one may vote for another member."""
    others = _others(at, step)
    if not others:
        return ()
    hint = (
        "For another member only if they asked you to; say in the comment why. What you declare "
        "above is then theirs. They are told, and their own vote takes its place."
    )
    return (
        FormField(
            name=ON_BEHALF,
            kind="person",
            label="For whom",
            hint=hint,
            error=typed.behalf_problem,
            required=False,
            blank="Myself",
            choices=tuple(
                Choice(
                    value=person,
                    label=at.community.name(person),
                    hint=_part(at, step, person),
                    chosen=person == typed.behalf,
                )
                for person in others
            ),
        ),
    )


def _others(at: CaseAt, step: str) -> tuple[str, ...]:
    """Return for whom the person could vote as a proxy: who may vote and hasn't themself."""
    ballot, vote, me = at.definition.step(step).vote, at.state.votes[step], at.person.id
    if ballot is None or not ballot.proxy or "link" in at.person.auth:
        return ()
    if me in {*vote.active, *vote.conflicted} or me not in vote.declared:
        return ()
    before = {one.voter for one in vote.votes if one.actor == me != one.voter}
    if before:  # nobody votes for more than one
        return tuple(sorted(before & set(vote.electorate), key=at.community.name))
    themselves = {one.voter for one in vote.votes if one.voter == one.actor}
    others = set(vote.electorate) - themselves - {at.person.id}
    return tuple(sorted(others, key=at.community.name))


def _part(at: CaseAt, step: str, person: str) -> str:
    """Return what is to be known of another member's part in the vote."""
    vote = at.state.votes[step]
    cast = next((one for one in vote.votes if one.voter == person), None)
    if cast is not None:
        return f"for whom {at.reader.short(cast.actor)} voted {CHOICE_WORDS[cast.choice]}"
    return "who abstains" if person in {*vote.active, *vote.conflicted} else ""


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
    me, name = at.person.id, at.community.name
    others = [one.voter for one in at.state.votes[step].votes if one.actor == me != one.voter]
    return (
        *recusal_sentences(at.definition, at.state, step, me, at.community),
        *(
            f"What you voted for {name(one)} counts no longer either; they are told."
            for one in others
        ),
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
