"""Moving a case through its machine: which steps close and open, and which mails that causes."""

from __future__ import annotations

from dataclasses import dataclass, replace

from definitions.acts import SYSTEM, Facts
from definitions.definition import Definition
from definitions.machine import Move, NoWay
from definitions.model import Deadline, Recipient, words
from definitions.refusals import Refusal
from definitions.rules import effects
from definitions.rules.answering import forgotten
from definitions.rules.changes import Changes, MailDue
from definitions.rules.drawing import pending
from definitions.rules.due import Due
from definitions.rules.electing import open_vote
from definitions.rules.items import first_items
from definitions.rules.lasting import after, length_of
from definitions.rules.queueing import taking, with_queued
from definitions.rules.repeating import happening, with_repeats
from definitions.rules.rounds import remembered
from definitions.state import CaseState, StepState


@dataclass(frozen=True)
class Closing:
    """A step that closes by an outcome."""

    step: str
    outcome: str


def fire(
    definition: Definition,
    state: CaseState,
    event: str,
    facts: Facts,
    closing: Closing | None = None,
) -> Changes | Refusal:
    """Send an event to the case's machine and take what follows into the state.

    Args:
        facts: what decides: when it happens, who is of a body, what the matrix forbids.
        closing: the step whose outcome sent it.
    """
    try:
        # By the choices as they stand now: an amendment has been taken into the state before.
        move = definition.chart.send(state.configuration, state.history, event, state.known)
    except NoWay:
        return Refusal(
            "no-way",
            f"“{definition.title()}” says nothing about “{event}” where this case stands now.",
            remedy="Tell who keeps the definition: it lacks a way here.",
        )
    return settle(definition, state, move, facts, closing)


def settle(
    definition: Definition,
    state: CaseState,
    move: Move,
    facts: Facts,
    closing: Closing | None = None,
) -> Changes | Refusal:
    """Return the state after a move: steps closed and opened, the end noted, effects due.

    Where the exclusivity matrix forbids a grant, nothing of what the move would cause is due,
    and the case goes on by the grant's own event (Policy 3.4.2).
    """
    new = _moved(definition, state, move, facts, closing)
    caused = effects.due(definition, move)
    forbidden = effects.conflict(caused, facts)
    if forbidden is not None:
        return _excluded(definition, new, forbidden, facts, move.entered)
    new = effects.with_children(effects.extended(definition, new, caused, facts.time), caused)
    new = with_queued(definition, new, (one.effect for one in caused), facts.time)
    noted = with_repeats(new, caused, facts)
    caused, new = happening(new, noted, caused), noted
    known = mail_words(definition, new, closing)
    return Changes(new, effects.mails(new, caused, known), move.entered, effects.deeds(new, caused))


def _moved(
    definition: Definition, state: CaseState, move: Move, facts: Facts, closing: Closing | None
) -> CaseState:
    time = facts.time
    steps = dict(state.steps)
    for left in move.left:
        if left in steps and steps[left].closed is None:
            outcome = closing.outcome if closing and closing.step == left else None
            steps[left] = steps[left].model_copy(update={"closed": time, "outcome": outcome})
    items, opened = dict(state.items), [s for s in move.entered if s in definition.body.steps]
    state = forgotten(definition, state, opened)
    for entered in opened:
        state = remembered(definition, state, entered)
        steps[entered] = _opened(definition, state, entered, time)
        if definition.step(entered).each and entered not in items:  # what was added stays
            items[entered] = first_items(definition, entered)
    ended = definition.chart.final(move.configuration)
    new = state.model_copy(
        update={
            "configuration": move.configuration,
            "history": dict(move.history),
            "steps": steps,
            "items": items,
            "people": {**state.people, **_bound(definition, state, closing)},
            "ended": ended,
            "ended_at": time if ended else None,
        }
    )
    for entered in opened:
        new = taking(definition, new, entered, facts)
    new = pending(definition, new, move, time)
    votes = {
        entered: open_vote(definition, new, entered, facts)
        for entered in opened
        if definition.step(entered).vote
    }
    return new.model_copy(update={"votes": {**new.votes, **votes}}) if votes else new


def _bound(
    definition: Definition, state: CaseState, closing: Closing | None
) -> dict[str, tuple[str, ...]]:
    """Return the people whom the closing of a step binds."""
    if closing is None:
        return {}
    signatures = state.steps[closing.step].signatures
    return {
        name: tuple(s.actor for s in signatures if s.seat == bound.seat and s.actor != SYSTEM)
        for name, bound in definition.body.bound.items()
        if bound.signer == closing.step
    }


def _excluded(
    definition: Definition,
    state: CaseState,
    forbidden: Due,
    facts: Facts,
    entered: tuple[str, ...],
) -> Changes | Refusal:
    sentence = facts.conflicts[forbidden.key]
    grant = forbidden.effect.grant
    if grant is None or grant.otherwise is None:
        return Refusal(
            "excluded", sentence, "3.4.2", "Nobody can hold both; one of the roles must end first."
        )
    rest = {key: why for key, why in facts.conflicts.items() if key != forbidden.key}
    moved = fire(definition, state, grant.otherwise, replace(facts, conflicts=rest))
    if isinstance(moved, Refusal):
        return moved
    if any(deed.key == forbidden.key for deed in moved.deeds):  # it came back to where it was
        return Refusal(
            "no-way",
            f"{sentence} “{definition.title()}” leads back to the same grant.",
            "3.4.2",
            "Tell who keeps the definition: it lacks a way here.",
        )
    return replace(moved, happened=entered + moved.happened)


def _opened(definition: Definition, state: CaseState, name: str, time: str) -> StepState:
    step, before = definition.step(name), state.steps.get(name)
    known, deadline = state.known, step.deadline
    if before is not None and deadline is not None and deadline.goes_on:
        return StepState(
            instance=str(int(before.instance) + 1),
            since=time,
            due=before.due,
            reminders=tuple(one for one in before.reminders if one > time),
        )
    return StepState(
        instance=str(int(before.instance) + 1 if before else 1),
        since=time,
        due=after(time, length_of(deadline.after, known)) if deadline else None,
        reminders=tuple(sorted(after(time, length_of(one, known)) for one in step.reminders)),
    )


def mail_words(
    definition: Definition,
    state: CaseState,
    closing: Closing | None = None,
    step: str | None = None,
) -> dict[str, str]:
    """Return what a mail's placeholders stand for; nothing of it is confidential."""
    at = state.ended or (state.configuration[-1] if state.configuration else "")
    outcome = ""
    if closing:
        chosen = definition.step(closing.step).outcomes[closing.outcome]
        outcome = words(chosen.title) or closing.outcome
    about = step or (closing.step if closing else None)
    due = state.steps[step].due if step and step in state.steps else None
    return {
        "number": state.number,
        "title": definition.title(),
        "state": definition.state_title(at) if at else "",
        "step": words(definition.step(about).title) if about else "",
        "outcome": outcome,
        "due": due or "",
    }


def told(
    definition: Definition, state: CaseState, step: str, key: str, to: Deadline | None
) -> tuple[MailDue, ...]:
    """Return the mail of the clock: a reminder (`to` None), or that a deadline has passed."""
    recipients = (Recipient(seats=step),) if to is None else to.tell
    if not recipients:
        return ()
    text = _REMINDER if to is None else _OVERDUE
    return (
        MailDue(
            key=key,
            to=recipients,
            subject=text["subject"],
            text=text["text"],
            step=step,
            words=mail_words(definition, state, step=step),
        ),
    )


_REMINDER = {
    "subject": {"en": "{number}: “{step}” waits for you"},
    "text": {
        "en": "{title}, {number}: “{step}” still waits for a signature that you can give. "
        "It should be done by {due}. You find it in your inbox."
    },
}
_OVERDUE = {
    "subject": {"en": "{number}: “{step}” is overdue"},
    "text": {
        "en": "{title}, {number}: “{step}” wasn't finished in time. "
        "The case now stands at: {state}."
    },
}
