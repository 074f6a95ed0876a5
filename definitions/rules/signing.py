"""Signing a step, and taking part in it otherwise: sign off, retract, decline.

One person fills one seat of a step; roles count as the directory says at this moment; who
looked at something older is refused as outdated (`design.md`, "What must always hold").
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import timedelta

from definitions.acts import MAIL_LINK, Act, Facts, shown_digest
from definitions.canonical import Json
from definitions.clock import parse
from definitions.definition import Definition
from definitions.model import Step, duration, words
from definitions.refusals import Refusal
from definitions.rules.answering import answered
from definitions.rules.changes import Changes
from definitions.rules.drawing import drawn_again, left_vacant
from definitions.rules.moving import Closing, fire
from definitions.rules.naming import without_named
from definitions.rules.seats import has_seat, is_full, why_not
from definitions.rules.values import check_values, comment_refusal
from definitions.state import CaseState, Signature, StepState


def shown(definition: Definition, state: CaseState, step: str | None) -> str:
    """Return the digest of what somebody sees who acts on the step, or on the whole case."""
    names = definition.covered(step) if step else tuple(definition.body.start.fields)
    commitments = state.commitments()
    covered = {name: commitments[name] for name in names if name in commitments}
    return shown_digest(definition.version, covered)


def outdated(
    definition: Definition, state: CaseState, act: Act, step: str | None
) -> Refusal | None:
    """Return the refusal if the person saw something older than what stands now.

    Args:
        step: the step that the act is about, None for the whole case.
    """
    if act.shown == shown(definition, state, step):
        return None
    return Refusal(
        "outdated",
        "What you looked at has changed since: the case was amended.",
        _section(definition, step),
        "Look at the case as it stands now, then decide again.",
    )


def sign_off(
    definition: Definition, state: CaseState, act: Act, values: Mapping[str, Json], facts: Facts
) -> Changes | Refusal:
    """Take a signature into its seat; the step closes if its outcome is decided by it."""
    name, rule, refusal = _step_of(definition, state, act)
    if refusal:
        return refusal
    if act.seat is None or not has_seat(definition, state, name, act.seat):
        return _nothing_of_that_name("seat", act.seat, rule)
    refusal = (
        why_not(definition, state, name, act.seat, act.actor, facts.roles)
        or outdated(definition, state, act, name)
        or _values_refused(rule, act, values)
        or signed_in_too_long_ago(rule, act)
    )
    if refusal:
        return refusal
    signature = Signature(
        act=act.id, actor=act.actor, seat=act.seat, outcome=act.outcome or "", at=facts.time
    )
    return signed(definition, state, name, signature, values, facts)


def signed(
    definition: Definition,
    state: CaseState,
    name: str,
    signature: Signature,
    values: Mapping[str, Json],
    facts: Facts,
) -> Changes | Refusal:
    """Take a signature that may be given into an open step, and close it if that decides it."""
    at = state.steps[name]
    state = with_step(state, name, at, signatures=(*at.signatures, signature))
    decided = _decided(definition, state, name, signature.outcome)
    if decided is None:
        return Changes(state)
    event = definition.step(name).outcomes[decided].event
    state = answered(definition, state, name, values)
    return fire(definition, state, event, facts, Closing(name, decided))


def retract(
    definition: Definition, state: CaseState, act: Act, values: Mapping[str, Json], facts: Facts
) -> Changes | Refusal:
    """Take back one's own signature while the step is open; both stay in the record."""
    del facts
    name, rule, refusal = _step_of(definition, state, act)
    refusal = refusal or _only_comment(values, required=False)
    if refusal:
        return refusal
    at = state.steps[name]
    # With a list, one may have signed several things; a seat says which one is meant.
    one = act.seat if rule.each and act.seat else None
    rest = tuple(s for s in at.signatures if s.actor != act.actor or one not in (None, s.seat))
    if rest == at.signatures:
        return Refusal(
            "not-signed",
            f"There is no signature of yours on “{words(rule.title)}” to retract.",
            rule.policy,
        )
    return Changes(with_step(state, name, at, signatures=rest))


def decline(
    definition: Definition, state: CaseState, act: Act, values: Mapping[str, Json], facts: Facts
) -> Changes | Refusal:
    """Say that one can't sign here (a conflict, an absence); the seat stays open to others."""
    name, rule, refusal = _step_of(definition, state, act)
    if refusal:
        return refusal
    if act.seat is None or not has_seat(definition, state, name, act.seat):
        return _nothing_of_that_name("seat", act.seat, rule)
    refusal = why_not_decline(definition, state, name, act.seat, act.actor, facts.roles)
    refusal = refusal or _only_comment(values, required=True)
    if refusal:
        return refusal
    at = state.steps[name]
    state = with_step(state, name, at, declined=(*at.declined, act.actor))
    named = definition.seat(name, act.seat).person
    draw = definition.body.draws.get(named or "")
    state = drawn_again(definition, state, named, act.actor, facts.time)
    if draw is None or draw.otherwise is None or draw.on in state.configuration:
        return Changes(state)
    # Whoever the lot fell on now wouldn't have accepted the office: it is given anew from there.
    return fire(definition, left_vacant(state, named or ""), draw.otherwise, facts)


def why_not_decline(
    definition: Definition,
    state: CaseState,
    step: str,
    seat: str,
    person: str,
    roles: Collection[str],
) -> Refusal | None:
    """Return why this person can't decline this seat now, None if they can.

    Whoever can sign can decline. So can whoever was drawn and has come to have part in a case that
    this one names since: they can't sign any more, and another is to be drawn.

    Args:
        roles: what the directory says of the person at this moment.
    """
    if definition.seat(step, seat).person in definition.body.draws:
        state = without_named(definition, state)
    return why_not(definition, state, step, seat, person, roles)


def with_step(state: CaseState, name: str, at: StepState, **update: object) -> CaseState:
    """Return the state with one step changed."""
    steps = {**state.steps, name: at.model_copy(update=update)}
    return state.model_copy(update={"steps": steps})


def _step_of(
    definition: Definition, state: CaseState, act: Act
) -> tuple[str, Step, Refusal | None]:
    name = act.step or ""
    rule = definition.body.steps.get(name)
    if rule is None:
        first = next(iter(definition.body.steps.values()))
        return (
            "",
            first,
            Refusal(
                "no-such-step",
                f"“{definition.title()}” has no step “{name}”.",
                remedy="Choose what to sign on the page of the case.",
            ),
        )
    if not state.is_open(name) or state.steps[name].instance != act.instance:
        return (
            name,
            rule,
            Refusal(
                "not-open",
                f"“{words(rule.title)}” isn't open any more in the round that you looked at.",
                rule.policy,
                "Look at the case: it says where it stands and what waits.",
            ),
        )
    return name, rule, None


def _nothing_of_that_name(what: str, name: str | None, rule: Step) -> Refusal:
    return Refusal(
        f"no-such-{what}",
        f"“{words(rule.title)}” has no {what} “{name or ''}”.",
        rule.policy,
        "Choose one that the page shows.",
    )


def _values_refused(rule: Step, act: Act, values: Mapping[str, Json]) -> Refusal | None:
    if act.outcome not in rule.outcomes:
        return _nothing_of_that_name("outcome", act.outcome, rule)
    outcome = rule.outcomes[act.outcome]
    title = words(outcome.title) or act.outcome
    evidence = {name: value for name, value in values.items() if name != "comment"}
    required = outcome.comment == "required"
    return comment_refusal(
        values.get("comment"), required=required, why=f"to choose “{title}”"
    ) or next(iter(check_values(rule.asked(act.outcome), evidence)), None)


def _only_comment(values: Mapping[str, Json], *, required: bool) -> Refusal | None:
    if set(values) - {"comment"}:
        return Refusal("value", "Only a comment can be given with this.", field="comment")
    return comment_refusal(values.get("comment"), required=required, why="here")


def signed_in_too_long_ago(rule: Step, act: Act) -> Refusal | None:
    """Return the refusal if the step asks for a sign-in no longer ago; a mail's link is none."""
    if rule.auth.within is None:
        return None
    signed_in = act.auth.get("kind") != MAIL_LINK
    if signed_in and _is_fresh(act.auth.get("at"), act.at, duration(rule.auth.within)):
        return None
    return Refusal(
        "sign-in-again",
        f"“{words(rule.title)}” asks that you signed in shortly before signing.",
        rule.policy,
        "Sign in again; what you typed is kept.",
    )


def _is_fresh(signed_in: Json, at: str, within: timedelta) -> bool:
    """Say whether `signed_in` lies at most `within` before `at`; what isn't a time never does."""
    try:
        return timedelta(0) <= parse(at) - parse(signed_in) <= within
    except (TypeError, ValueError):
        return False


def _decided(definition: Definition, state: CaseState, name: str, latest: str) -> str | None:
    """Return the outcome that closes the step now, None while it stays open.

    An outcome `at: once` closes it at once. Otherwise enough seats must be filled; if the signers
    differ, the outcome that the file lists last decides.
    """
    rule = definition.step(name)
    if rule.outcomes[latest].at == "once":
        return latest
    if not is_full(definition, state, name):
        return None
    given = {s.outcome for s in state.steps[name].signatures}
    return [outcome for outcome in rule.outcomes if outcome in given][-1]


def _section(definition: Definition, step: str | None) -> str:
    if step in definition.body.steps:
        return definition.step(step).policy
    return definition.body.policy[0]
