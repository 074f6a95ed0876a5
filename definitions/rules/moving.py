"""Moving a case through its machine: which steps close and open, and which mails that causes."""

from __future__ import annotations

from dataclasses import dataclass

from definitions.clock import parse, stamp
from definitions.definition import Definition
from definitions.machine import Move, NoWay
from definitions.model import Deadline, Recipient, duration, words
from definitions.refusals import Refusal
from definitions.rules.changes import Changes, MailDue
from definitions.state import CaseState, StepState


@dataclass(frozen=True)
class Closing:
    """A step that closes by an outcome."""

    step: str
    outcome: str


def after(moment: str, length: str) -> str:
    """Return the time `length` (ISO 8601) after `moment` (RFC 3339)."""
    return stamp(parse(moment) + duration(length))


def fire(
    definition: Definition,
    state: CaseState,
    event: str,
    time: str,
    closing: Closing | None = None,
) -> Changes | Refusal:
    """Send an event to the case's machine and take what follows into the state.

    Args:
        time: when it happens, from the facts.
        closing: the step whose outcome sent it.
    """
    try:
        move = definition.chart.send(state.configuration, state.history, event)
    except NoWay:
        return Refusal(
            "no-way",
            f"“{definition.title()}” says nothing about “{event}” where this case stands now.",
            remedy="Tell who keeps the definition: it lacks a way here.",
        )
    return settle(definition, state, move, time, closing)


def settle(
    definition: Definition, state: CaseState, move: Move, time: str, closing: Closing | None = None
) -> Changes:
    """Return the state after a move: steps closed and opened, the end noted, mails due."""
    steps = dict(state.steps)
    for left in move.left:
        if left in steps and steps[left].closed is None:
            outcome = closing.outcome if closing and closing.step == left else None
            steps[left] = steps[left].model_copy(update={"closed": time, "outcome": outcome})
    for entered in move.entered:
        if entered in definition.body.steps:
            steps[entered] = _opened(definition, entered, steps.get(entered), time)
    ended = definition.chart.final(move.configuration)
    new = state.model_copy(
        update={
            "configuration": move.configuration,
            "history": dict(move.history),
            "steps": steps,
            "ended": ended,
            "ended_at": time if ended else None,
        }
    )
    return Changes(new, _effects(definition, new, move, closing), move.entered)


def _opened(definition: Definition, name: str, before: StepState | None, time: str) -> StepState:
    step = definition.step(name)
    return StepState(
        instance=str(int(before.instance) + 1 if before else 1),
        since=time,
        due=after(time, step.deadline.after) if step.deadline else None,
        reminders=tuple(sorted(after(time, length) for length in step.reminders)),
    )


def _effects(
    definition: Definition, state: CaseState, move: Move, closing: Closing | None
) -> tuple[MailDue, ...]:
    known = mail_words(definition, state, closing)
    return tuple(
        MailDue(
            key=f"{'enter' if effect.enter else 'leave'}-{where}-{index}",
            to=effect.mail.to,
            subject=effect.mail.subject,
            text=effect.mail.text,
            step=None,
            words=known,
        )
        for places, moved in (("leave", move.left), ("enter", move.entered))
        for where in dict.fromkeys(moved)
        for index, effect in enumerate(definition.body.effects)
        if effect.mail is not None and getattr(effect, places) == where
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
