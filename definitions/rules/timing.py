"""What the clock does: reminders, deadlines, escalation. All of it follows from the state."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from definitions.acts import LAPSE, SYSTEM, Act, Facts
from definitions.clock import parse
from definitions.definition import Definition
from definitions.model import Recipient, words
from definitions.refusals import Refusal
from definitions.rules.changes import Changes, MailDue
from definitions.rules.drawing import barred_from, pick
from definitions.rules.moving import fire, mail_words, told
from definitions.rules.signing import with_step
from definitions.rules.voting import close
from definitions.state import CaseState

MOST_IN_NO_TIME = 100
"""How many acts a case's clock may cause one after the other, without a person's act and without
time between them, before the case stops: `definitions check` refuses what goes round so, and a
definition that came past it writes entries no longer than this."""
_OF_THE_CLOCK = frozenset({"deadline", "remind", "draw"})
_CHILD_ENDED = "child_ended"
_A_MOMENT = timedelta(minutes=1)
"""A child case that ends sooner than this after what came before it has taken no time."""


@dataclass(frozen=True)
class Due:
    """What the clock does next: when (RFC 3339 UTC), what, and in which step.

    Of a draw, `step` is the name of the person to be drawn: it is in no step yet. Of a ruling whose
    time is up it is "".
    """

    at: str
    kind: str
    step: str


def next_due(state: CaseState) -> Due | None:
    """Return what the clock does next in this case, None if nothing is due ever."""
    if state.ended:
        return None
    if state.suspended:
        return Due(at=state.lapses, kind=LAPSE, step="") if state.lapses else None
    due = [
        Due(at=at.reminders[0], kind="remind", step=name)
        for name, at in state.steps.items()
        if state.is_open(name) and at.reminders
    ] + [
        Due(at=at.due, kind="deadline", step=name)
        for name, at in state.steps.items()
        if state.is_open(name) and at.due and not at.overdue
    ]
    due += [
        Due(at=at.due, kind="draw", step=name) for name, at in state.draws.items() if not at.done
    ]
    return min(due, key=lambda d: (d.at, d.kind, d.step), default=None)


def in_no_time(state: CaseState | None, act: Act, before: str, time: str) -> bool | None:
    """Say whether an act comes of itself and at once; None if it says nothing about that.

    Of what the clock does that is so where it was due as soon as its step opened, however long
    the record took to take it; of a child case's end where it comes a moment after what was
    before it.

    Args:
        state: the case's state before the act.
        act: what is in the record now.
        before: when the entry before it was made, "" if that isn't known.
        time: when this one was.
    """
    if act.actor != SYSTEM or act.kind == "open":
        return False
    if act.kind == _CHILD_ENDED:
        return bool(before) and parse(time) - parse(before) < _A_MOMENT
    if act.kind not in _OF_THE_CLOCK:
        return None  # told by others: that somebody left, or asks for a link
    at = state.steps.get(act.step or "") if state is not None else None
    due = act.auth.get("cause", {}).get("due")
    return act.kind == "draw" or (at is not None and due is not None and due <= at.since)


def deadline(definition: Definition, state: CaseState, act: Act, facts: Facts) -> Changes | Refusal:
    """Let a deadline pass: the step is overdue, those to be told are told, the event is sent."""
    name = act.step or ""
    if not state.is_open(name) or state.steps[name].instance != act.instance:
        return _not_due()
    at, rule = state.steps[name], definition.step(name).deadline
    if rule is None or at.due is None or at.overdue or at.due > facts.time:
        return _not_due()
    if definition.step(name).vote is not None:
        return close(definition, state, name, facts)
    state = with_step(state, name, at, overdue=True)
    changes: Changes | Refusal = Changes(state)
    if rule.event:
        changes = fire(definition, state, rule.event, facts)
    if isinstance(changes, Refusal):
        return changes
    mails = told(definition, changes.state, name, f"overdue-{name}", rule)
    return replace(changes, mails=(*changes.mails, *mails))


def remind(definition: Definition, state: CaseState, act: Act, facts: Facts) -> Changes | Refusal:
    """Remind who can still sign; several reminders that have come due are one."""
    name = act.step or ""
    if not state.is_open(name) or state.steps[name].instance != act.instance:
        return _not_due()
    at = state.steps[name]
    later = tuple(moment for moment in at.reminders if moment > facts.time)
    if later == at.reminders:
        return _not_due()
    state = with_step(state, name, at, reminders=later)
    return Changes(state, told(definition, state, name, f"remind-{name}", None))


def draw(definition: Definition, state: CaseState, act: Act, facts: Facts) -> Changes | Refusal:
    """Bind the person on whom the lot falls, and tell them; nobody, if nobody is left."""
    name = act.seat or ""
    at = state.draws.get(name)
    if at is None or at.done or at.due > facts.time:
        return Refusal("not-due", "Nothing is drawn here now: the clock has no cause for this act.")
    barred = barred_from(definition, state, name)
    candidates = tuple(person for person in facts.candidates if person not in barred)
    chosen = (pick(candidates, facts.seed or "", name),) if candidates else ()
    draws = {**state.draws, name: at.model_copy(update={"done": True})}
    state = state.model_copy(update={"draws": draws, "people": {**state.people, name: chosen}})
    rule = definition.body.draws[name]
    if not chosen and rule.otherwise and rule.on in state.configuration:
        return fire(definition, state, rule.otherwise, facts)
    return Changes(state, _tell_drawn(definition, state, name) if chosen else ())


def _tell_drawn(definition: Definition, state: CaseState, name: str) -> tuple[MailDue, ...]:
    title = words(definition.body.draws[name].title)
    return (
        MailDue(
            key=f"drawn-{name}",
            to=(Recipient(person=name),),
            subject={"en": f"{{number}}: you were drawn as {title}"},
            text={
                "en": f"{{title}}, {{number}}: the lot fell on you as {title}. If you are "
                "conflicted, decline; another is drawn then. You find it in your inbox."
            },
            step=definition.body.draws[name].on,
            words=mail_words(definition, state),
        ),
    )


def _not_due() -> Refusal:
    return Refusal("not-due", "Nothing is due here now: the clock has no cause for this act.")
