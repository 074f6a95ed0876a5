"""Deciding from a mail's link: which seats can be filled so, by whom, and who is sent a new one.

That a link is genuine, and wasn't used before, the store knows. Here is only what follows from
the definition and the state, so that the mail that bears a link, the page that offers a new one,
the commit and the record's verifier all ask the same.
"""

from __future__ import annotations

from collections.abc import Collection

from definitions.acts import MAIL_LINK, Act, Facts, by_link
from definitions.definition import Definition
from definitions.model import LinkWith, Seat, words
from definitions.refusals import Refusal
from definitions.rules.changes import Changes, MailDue
from definitions.rules.moving import mail_words
from definitions.rules.seats import seats_of, why_not
from definitions.rules.voting import is_final, why_not_vote
from definitions.state import CaseState

_DECIDES = frozenset({"sign_off", "vote"})
_SIGN_IN = "Sign in, then do it on the page of the case."


def seat_by_link(
    definition: Definition,
    state: CaseState,
    step: str,
    person: str,
    roles: Collection[str],
    time: str,
) -> str | Refusal:
    """Return the seat of a step that this person could fill from a link, or why there is none.

    Args:
        roles: what the directory says of the person at this moment.
        time: now.
    """
    rule = definition.body.steps.get(step)
    if rule is None:
        return Refusal("no-such-step", "There is no such step.")
    why: Refusal | None = None
    for seat in seats_of(definition, state, step):
        if definition.seat(step, seat).link:
            refusal = why_no_link(definition, state, step, seat, person, roles, time)
            if refusal is None:
                return seat
            why = why or refusal
    title = words(rule.title)
    return why or Refusal("no-link", f"“{title}” isn't signed from a mail.", remedy=_SIGN_IN)


def why_no_link(
    definition: Definition,
    state: CaseState,
    step: str,
    seat: str,
    person: str,
    roles: Collection[str],
    time: str,
) -> Refusal | None:
    """Return why a link for this seat would be of no use to this person now, None if it would."""
    if definition.seat(step, seat).body is None:
        return why_not(definition, state, step, seat, person, roles)
    at = state.steps.get(step)
    refusal = why_not_vote(definition, state, step, at.instance if at else None, person, time)
    if refusal is None and is_final(definition, state, step, person):
        return Refusal("final", "You have voted, and a vote is final here once it was cast.")
    return refusal


def link_asked(
    definition: Definition, state: CaseState, act: Act, facts: Facts
) -> Changes | Refusal:
    """Send whoever asked for it a new link, if they can still decide with one; nothing moves.

    It goes to them alone, by mail: whoever asked had only a link that is dead.
    """
    step, person = act.step or "", act.seat or ""
    if not state.is_open(step) or state.steps[step].instance != act.instance:
        return Refusal("not-open", "What this link was for isn't open any more.")
    seat = seat_by_link(definition, state, step, person, facts.roles, facts.time)
    if isinstance(seat, Refusal):
        return seat
    return Changes(state, (_fresh(definition, state, step, person),))


def refused_by_link(definition: Definition, act: Act) -> Refusal | None:
    """Return why an act can't be done from a mail's link, None if it can or wasn't."""
    if not by_link(act):
        return None
    if act.kind not in _DECIDES or act.on_behalf is not None:
        return Refusal(
            "only-decides",
            "With a mail's link one decides for oneself what the mail asks, and nothing else.",
            remedy=_SIGN_IN,
        )
    seat = _seat(definition, act)
    if seat is None or seat.link is True:
        return None  # a seat that isn't there, the rules for seats refuse
    if isinstance(seat.link, LinkWith) and act.auth.get("kind") != MAIL_LINK:
        return None
    return Refusal(
        "sign-in-too",
        "Here a link isn't enough: you have to sign in as well.",
        seat.policy or definition.step(act.step or "").policy,
        _SIGN_IN,
    )


def _seat(definition: Definition, act: Act) -> Seat | None:
    rule = definition.body.steps.get(act.step or "")
    return rule.seats.get((act.seat or "").partition(":")[0]) if rule else None


def _fresh(definition: Definition, state: CaseState, step: str, person: str) -> MailDue:
    until = "It is open until {due}. " if state.steps[step].due else ""
    return MailDue(
        key=f"fresh-{step}",
        to=(),
        subject={"en": "{number}: the new link that you asked for"},
        text={
            "en": "{title}, {number}: a new link for “{step}” was asked for on the page of an "
            f"earlier one. {until}Earlier links for it can't be used any more.\n\n"
            "If it wasn't you who asked, somebody else has opened a link of yours. Nothing was "
            "signed by asking, and the new link is in this mail only."
        },
        step=step,
        words=mail_words(definition, state, step=step),
        persons=(person,),
    )
