"""The smaller acts, each with a page of its own: decline, take back, withdraw, comment.

One table says of each what its page tells and what its form asks; the views are alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from flask import url_for

from definitions.model import words
from definitions.refusals import Refusal
from definitions.rules import may_withdraw, why_not_decline
from definitions.rules.seats import signatures
from web.acting.fields import comment_field
from web.acting.loading import CaseAt
from web.acting.nonces import hidden_nonce
from web.frame import frame
from web.page_models import ActPage, Button, Form, Hidden, Link, Problem, Row, Text
from web.presenters.fields import reading_words
from web.presenters.reader import refusal as shown_refusal
from web.presenters.reader import section
from web.presenters.seats import seat_title


@dataclass(frozen=True)
class Target:
    """What a small act is about.

    Attributes:
        at: The case.
        step: The step, for acts about one.
        seat: The seat.
    """

    at: CaseAt
    step: str | None = None
    seat: str | None = None

    @property
    def title(self) -> str:
        """The step's title."""
        return words(self.at.definition.step(self.step or "").title)

    @property
    def instance(self) -> str:
        """The step's round, "" without a step or if the case never came to it."""
        state = self.at.state.steps.get(self.step or "")
        return state.instance if state else ""


@dataclass(frozen=True)
class Small:
    """One of the smaller acts.

    Attributes:
        kind: Of the act.
        endpoint: Of its views.
        heading: Of its page.
        label: Of the field for the comment.
        required: Whether the comment is.
        button: The button that names the act.
        tone: The button's.
        told: What happens then, each a sentence.
        warning: What can't be undone.
        why_not: Why the person can't do it now.
        policy: By which section one may.
        hint: Of the field for the comment.
    """

    kind: str
    endpoint: str
    heading: str
    label: str
    required: bool
    button: str
    tone: Literal["act", "danger"]
    told: Callable[[Target], tuple[str, ...]]
    why_not: Callable[[Target], Refusal | None]
    policy: Callable[[Target], str]
    warning: str = ""
    hint: str = ""


@dataclass(frozen=True)
class TypedSmall:
    """What was typed on the page of a small act, and what is wrong with it."""

    comment: str = ""
    problem: str = ""
    refusal: Refusal | None = None
    nonce: str = ""


def small_page(small: Small, target: Target, typed: TypedSmall) -> ActPage:
    """Return the page of a small act."""
    at = target.at
    problems = (Problem(sentence=typed.problem, field="comment"),) if typed.problem else ()
    field = comment_field(
        typed.comment, small.label, small.hint, typed.problem, required=small.required
    )
    form = Form(
        action=url_of(small, target),
        fields=(field,),
        buttons=(Button(label=small.button, tone=small.tone),),
        hidden=(
            hidden_nonce(typed.nonce),
            Hidden(name="shown", value=at.shown(target.step)),
            Hidden(name="instance", value=target.instance),
        ),
        problems=problems,
        refusal=shown_refusal(typed.refusal) if typed.refusal else None,
        cancel=Link(label="Back to the case", url=at.url),
    )
    return ActPage(
        frame=frame(),
        case=at.ref,
        heading=small.heading,
        form=form,
        what_happens=small.told(target),
        warning=small.warning,
        section=section(small.policy(target)),
        about=_about(target),
    )


def url_of(small: Small, target: Target) -> str:
    """Return the address of the page of a small act."""
    seat = target.seat if small is not RETRACT else None
    return url_for(small.endpoint, number=target.at.number, step=target.step, seat=seat)


def comment_form(number: str, shown: str) -> Form:
    """Return the form with which anybody who sees a case comments on it, for the case's page.

    Args:
        number: The case's.
        shown: The digest of what the page shows: `rules.shown(definition, state, None)`.
    """
    return Form(
        action=url_for(COMMENT.endpoint, number=number),
        fields=(comment_field("", COMMENT.label, COMMENT.hint, "", required=True),),
        buttons=(Button(label=COMMENT.button),),
        hidden=(hidden_nonce(), Hidden(name="shown", value=shown)),
    )


def own_seat(target: Target) -> str | None:
    """Return the seat of the step that the person has signed, None if they haven't."""
    mine = [
        one.seat
        for one in signatures(target.at.state, target.step or "")
        if one.actor == target.at.person.id
    ]
    return mine[0] if mine else None


def _about(target: Target) -> tuple[Row, ...]:
    if target.step is None:
        return ()
    rows = [Row(label="Step", value=Text(text=target.title))]
    if target.seat is not None:
        title = seat_title(target.at.told, target.step, target.seat)
        label = "Of it" if ":" in target.seat else "As"
        rows.append(Row(label=label, value=Text(text=title)))
    return tuple(rows)


def _nothing(_target: Target) -> Refusal | None:
    return None


def _why_not_decline(target: Target) -> Refusal | None:
    at, person = target.at, target.at.person
    step, seat = target.step or "", target.seat or ""
    return why_not_decline(at.definition, at.state, step, seat, person.id, person.roles)


def _why_not_retract(target: Target) -> Refusal | None:
    if not target.at.state.is_open(target.step or ""):
        return Refusal(
            "not-open",
            f"“{target.title}” isn't open any more: what was signed there stands.",
            _step_policy(target),
            "Say it in a comment; whoever signs next decides.",
        )
    if target.seat is None:
        return Refusal(
            "not-signed",
            f"There is no signature of yours on “{target.title}” to take back.",
            _step_policy(target),
        )
    return None


def _why_not_withdraw(target: Target) -> Refusal | None:
    return may_withdraw(target.at.definition, target.at.state, target.at.person.id)


def _step_policy(target: Target) -> str:
    return target.at.definition.step(target.step or "").policy


def _case_policy(target: Target) -> str:
    return target.at.definition.body.policy[0]


def _told_decline(target: Target) -> tuple[str, ...]:
    read = reading_words(target.at.definition, target.step or "")
    return (
        f"You leave “{target.title}” to others; the case shows who can still sign.",
        "In this round of the step you can't come back to it.",
        f"Your reason is recorded under your name, and {read} can read it.",
    )


def _told_retract(target: Target) -> tuple[str, ...]:
    return (
        f"Your signature on “{target.title}” counts no longer, and your seat is open again.",
        "The record keeps both: that you signed, and that you took it back.",
        "As long as the step is open you can sign it again.",
    )


def _told_withdraw(target: Target) -> tuple[str, ...]:
    rule = target.at.definition.body.withdraw
    end = target.at.definition.state_title(rule.to) if rule else ""
    return (
        f"The case ends: {end}. Nobody is asked to sign it any more.",
        "What was signed so far stays in the record.",
    )


def _told_comment(_target: Target) -> tuple[str, ...]:
    return ("It is recorded under your name, and everybody who sees the case can read it.",)


DECLINE = Small(
    kind="decline",
    endpoint="acting.decline",
    heading="Leave this to somebody else",
    label="Why",
    hint="A conflict of interest, an absence, or whatever it is.",
    required=True,
    button="Sign: I decline",
    tone="act",
    told=_told_decline,
    why_not=_why_not_decline,
    policy=_step_policy,
)
RETRACT = Small(
    kind="retract",
    endpoint="acting.retract",
    heading="Take back your signature",
    label="Why",
    required=False,
    button="Sign: take it back",
    tone="act",
    told=_told_retract,
    why_not=_why_not_retract,
    policy=_step_policy,
)
WITHDRAW = Small(
    kind="withdraw",
    endpoint="acting.withdraw",
    heading="Withdraw the case",
    label="Why",
    required=True,
    button="Sign: withdraw the case for good",
    tone="danger",
    told=_told_withdraw,
    why_not=_why_not_withdraw,
    policy=_case_policy,
    warning="This can't be undone: to go on you would have to open a new case.",
)
COMMENT = Small(
    kind="comment",
    endpoint="acting.comment",
    heading="Comment on the case",
    label="Comment",
    hint="Everybody who sees the case can read it, and it stays.",
    required=True,
    button="Add the comment",
    tone="act",
    told=_told_comment,
    why_not=_nothing,
    policy=_case_policy,
)
SMALL: Mapping[str, Small] = {one.kind: one for one in (DECLINE, RETRACT, WITHDRAW, COMMENT)}
