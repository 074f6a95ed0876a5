"""What people of a case may do beside signing: comment, amend, withdraw.

Amending outdates the signatures that cover what changed: an open step begins its round again,
a closed one is reopened where the definition says so, and else its fields are frozen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from definitions.acts import Act, Facts
from definitions.canonical import Json
from definitions.definition import Definition
from definitions.machine import REOPEN, WITHDRAW
from definitions.model import words
from definitions.refusals import Refusal
from definitions.rules.answering import forgotten
from definitions.rules.changes import Changes
from definitions.rules.electing import open_vote
from definitions.rules.moving import fire
from definitions.rules.opening import bound_people, known_fields
from definitions.rules.resting import why_at_rest
from definitions.rules.rounds import remembered
from definitions.rules.seeing import may_see
from definitions.rules.signing import outdated, with_step
from definitions.rules.values import check_values, comment_refusal
from definitions.state import CaseState, FieldState


def comment(
    definition: Definition, state: CaseState, act: Act, values: Mapping[str, Json], facts: Facts
) -> Changes | Refusal:
    """Say something about the case. Whoever may see it may comment."""
    if not may_see(definition, state, act.actor, facts.roles):
        return Refusal("hidden", "You may not see this case.", definition.body.policy[0])
    if set(values) - {"comment"}:
        return Refusal("value", "A comment is only text.", field="comment")
    return comment_refusal(values.get("comment"), required=True, why="here") or Changes(state)


def amend(
    definition: Definition, state: CaseState, act: Act, values: Mapping[str, Json], facts: Facts
) -> Changes | Refusal:
    """Change fields of the case, as far as the definition lets the actor."""
    refusal = (
        may_amend(definition, state, act.actor)
        or outdated(definition, state, act, None)
        or _fields_refused(definition, state, values)
    )
    if refusal:
        return refusal
    new = {name: FieldState(commitment=c, act=act.id) for name, c in act.values.items()}
    known = {n: v for n, v in values.items() if n in known_fields(definition)}
    state = state.model_copy(
        update={
            "fields": {**state.fields, **new},
            "people": {**state.people, **bound_people(definition, values, facts)},
            "known": {**state.known, **known},
        }
    )
    return _outdate(definition, state, set(values), facts)


def may_amend(definition: Definition, state: CaseState, person: str) -> Refusal | None:
    """Return why this person can't amend the case now, None if they can."""
    at_rest = why_at_rest(definition, state)
    if at_rest is not None:
        return at_rest
    rule = definition.body.amend
    section = definition.body.policy[0]
    if rule is None or not set(rule.during) & set(state.configuration):
        return Refusal(
            "not-amendable",
            "This case can't be amended where it stands now.",
            section,
            "Say it in a comment, or open a new case.",
        )
    if not any(person in state.people.get(name, ()) for name in rule.people):
        return Refusal(
            "not-yours",
            f"This case is amended by its {' or '.join(rule.people)} only.",
            section,
            "Say it in a comment; they can amend it.",
        )
    return None


def withdraw(
    definition: Definition, state: CaseState, act: Act, values: Mapping[str, Json], facts: Facts
) -> Changes | Refusal:
    """End the case unfinished, with a reason."""
    refusal = may_withdraw(definition, state, act.actor)
    if refusal is None and set(values) - {"comment"}:
        refusal = Refusal("value", "Only a reason can be given with this.", field="comment")
    refusal = refusal or comment_refusal(
        values.get("comment"), required=True, why="to withdraw a case"
    )
    return refusal or fire(definition, state, WITHDRAW, facts)


def may_withdraw(definition: Definition, state: CaseState, person: str) -> Refusal | None:
    """Return why this person can't withdraw the case now, None if they can."""
    at_rest = why_at_rest(definition, state)
    if at_rest is not None:
        return at_rest
    rule = definition.body.withdraw
    section = definition.body.policy[0]
    if rule is None or not set(rule.during) & set(state.configuration):
        return Refusal(
            "not-withdrawable",
            "This case can't be withdrawn where it stands now.",
            section,
            "Say it in a comment; whoever signs next decides.",
        )
    if not any(person in state.people.get(name, ()) for name in rule.people):
        return Refusal(
            "not-yours",
            f"This case is withdrawn by its {' or '.join(rule.people)} only.",
            section,
            "Say it in a comment.",
        )
    return None


def amendable_fields(definition: Definition, state: CaseState) -> tuple[str, ...]:
    """Return the fields that can be amended now: those named, without the frozen ones."""
    rule = definition.body.amend
    if rule is None:
        return ()
    return tuple(name for name in rule.fields if _frozen_by(definition, state, name) is None)


def _fields_refused(
    definition: Definition, state: CaseState, values: Mapping[str, Json]
) -> Refusal | None:
    rule = definition.body.amend
    if not values:
        return Refusal("value", "Nothing was changed.", remedy="Change a field, or go back.")
    for name in values:
        if rule is None or name not in rule.fields:
            return Refusal(
                "value", f"“{name}” can't be amended.", definition.body.policy[0], field=name
            )
        frozen = _frozen_by(definition, state, name)
        if frozen:
            title = words(definition.field(name).title)
            step = words(definition.step(frozen).title)
            return Refusal(
                "frozen",
                f"“{title}” can't be changed any more: “{step}” was decided on it.",
                definition.step(frozen).policy,
                "Open a new case for the change.",
                field=name,
            )
    refusals = check_values(definition.body.start.fields, values, partial=True)
    return next(iter(refusals), None)


def _frozen_by(definition: Definition, state: CaseState, name: str) -> str | None:
    for step in _reached(definition, state):
        covers = definition.step(step).covers
        reopens = covers is not None and covers.reopen is not None
        if _is_decided(state, step) and not reopens and name in definition.covered(step):
            return step
    return None


def _reached(definition: Definition, state: CaseState) -> list[str]:
    """Return the steps that the case came to, in the order of the file.

    Never in the order of the state's mapping: that one is lost on the way through JSON.
    """
    return [step for step in definition.body.steps if step in state.steps]


def _is_decided(state: CaseState, step: str) -> bool:
    return state.steps[step].closed is not None and state.steps[step].outcome is not None


def _outdate(
    definition: Definition, state: CaseState, changed: set[str], facts: Facts
) -> Changes | Refusal:
    """Begin the rounds again of open steps that cover what changed; reopen decided ones.

    A step that closed without an outcome (its deadline passed) has nothing to outdate.
    """
    reopen: list[str] = []
    voided: list[str] = []
    for step in _by_age(definition, state):
        if not changed & set(definition.covered(step)):
            continue
        covers = definition.step(step).covers
        target = covers.reopen if covers else None
        if state.is_open(step) and target in (None, step):
            state = _fresh_round(definition, state, step, facts)
        elif target is not None and (state.is_open(step) or _is_decided(state, step)):
            state = forgotten(definition, _voided(definition, state, step), [step])
            reopen.append(target)
            voided.append(step)
    here = [step for step in _reached(definition, state) if state.is_open(step)]
    changes = _reopened(definition, state, gone_back_to(definition, reopen, here), facts)
    if isinstance(changes, Refusal):
        return changes
    return replace(changes, state=_ballots_anew(definition, state, changes.state, voided, facts))


def _ballots_anew(
    definition: Definition, before: CaseState, now: CaseState, voided: list[str], facts: Facts
) -> CaseState:
    """Let votes begin anew that go on although what they are about was amended.

    That is so where the case was taken back to a step beside them, which opened before.
    """
    for step in voided:
        goes_on = now.is_open(step) and now.steps[step].instance == before.steps[step].instance
        if goes_on and definition.step(step).vote is not None:
            now = _fresh_round(definition, now, step, facts)
    return now


def _by_age(definition: Definition, state: CaseState) -> list[str]:
    """Return the steps that the case came to, the one first whose latest round began first."""
    return sorted(_reached(definition, state), key=lambda step: state.steps[step].since)


def _fresh_round(definition: Definition, state: CaseState, step: str, facts: Facts) -> CaseState:
    """An amendment doesn't buy time: the deadline stays; signatures, votes and declining go."""
    at, state = state.steps[step], remembered(definition, state, step)
    state = with_step(
        state, step, at, instance=str(int(at.instance) + 1), signatures=(), declined=()
    )
    if definition.step(step).vote is None:
        return state
    votes = {**state.votes, step: open_vote(definition, state, step, facts)}
    return state.model_copy(update={"votes": votes})


def _voided(definition: Definition, state: CaseState, step: str) -> CaseState:
    """What was decided in the step counts no more, even where the case never comes there again."""
    state = remembered(definition, state, step)
    return with_step(state, step, state.steps[step], signatures=(), outcome=None)


def _reopened(
    definition: Definition, state: CaseState, targets: list[str], facts: Facts
) -> Changes | Refusal:
    """Take the case back to the first target, and to others that are open beside it.

    A target further on isn't gone to: that would pass by the first one. The case comes there
    again on its way, and what was decided there is void already.
    """
    changes = Changes(state)
    done: list[str] = []
    for target in targets:
        if not all(beside(definition, target, other) for other in done):
            continue
        if target not in changes.happened:
            moved = fire(definition, changes.state, REOPEN + target, facts)
            if isinstance(moved, Refusal):
                return moved
            changes = Changes(
                moved.state,
                changes.mails + moved.mails,
                changes.happened + moved.happened,
                changes.deeds + moved.deeds,
            )
        done.append(target)
    return changes


def gone_back_to(definition: Definition, targets: list[str], here: list[str]) -> list[str]:
    """Return the targets to which an amendment takes the case back from where it stands.

    It doesn't go on to what the file has after an open step: where a case was sent back to that
    step, it is still to be decided, and an amendment is no way past it. What was decided further
    on is void all the same, and the case comes there again.

    Args:
        here: the steps that are open.
    """
    order = {name: place for place, name in enumerate(definition.chart.order)}
    return [
        target
        for target in outermost(definition, targets)
        if all(order[target] <= order[s] or beside(definition, target, s) for s in here)
    ]


def beside(definition: Definition, one: str, other: str) -> bool:
    """Say whether two states are in different regions of one parallel state."""
    chart = definition.chart
    common = next((outer for outer in chart.around(one) if chart.within(other, outer)), None)
    return common is not None and chart.states[common].parallel is not None


def outermost(definition: Definition, targets: list[str]) -> list[str]:
    """Return the targets once each, without those inside of another one."""
    chart = definition.chart
    once = list(dict.fromkeys(targets))
    return [t for t in once if not any(o != t and chart.within(t, o) for o in once)]
