"""Taking in what a ruling of the Arbitrator does to a case, within what its definition lets it.

The ruling was made in another case; here it is an act of the system whose cause is that case's
entry. It is a sign of authority and nobody's signature: a seat that it fills counts as filled, and
its filler as no person. What a case's definition doesn't name, no ruling does (Policy 9.1.1, 9.5).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace

from definitions.acts import SYSTEM, Act, Facts
from definitions.clock import parse, stamp
from definitions.definition import Definition
from definitions.machine import BY_RULING
from definitions.model import Body, Invariant, words
from definitions.parts import duration
from definitions.refusals import Refusal
from definitions.rules.changes import Changes, MailDue
from definitions.rules.moving import mail_words, settle
from definitions.rules.resting import awake, suspending
from definitions.rules.seats import has_seat, missing
from definitions.rules.signing import signed
from definitions.ruling import LIVES, Ruling, RulingState
from definitions.state import CaseState, Signature


def ruled(definition: Definition, state: CaseState, act: Act, facts: Facts) -> Changes | Refusal:
    """Do what a ruling says, keep it in the case for good, and tell everybody who takes part."""
    ruling = Ruling.read(act.auth.get("ruling"))
    if ruling is None:
        return Refusal("malformed", "This isn't a ruling that can be recorded.")
    if ruling.bare() not in possible(definition, state) or not _may_live(ruling):
        return _not_let(definition, ruling)
    changes = _KINDS[ruling.kind](definition, state, ruling, act, facts)
    if isinstance(changes, Refusal):
        return changes
    kept = RulingState(
        number=str(act.auth.get("number")),
        act=act.id,
        case=str(act.auth.get("given_in")),
        of=str(act.auth.get("number")).partition("/")[0],
        ruling=ruling,
        at=facts.time,
        waived=waived_by(definition.body, ruling),
    )
    new = changes.state.model_copy(update={"rulings": (*changes.state.rulings, kept)})
    told = told_all(definition, state, new, kept)
    return replace(changes, state=new, mails=(told, *changes.mails))


def name_of(invariant: Invariant) -> str:
    """Return what an invariant is called where a ruling waives it: its id, else its title."""
    return invariant.id or words(invariant.title) or invariant.policy


def closings(body: Body) -> Mapping[str, tuple[str, ...]]:
    """Return the ends to which a ruling can close such a case, each with what that waives.

    A definition that says nothing of it can be closed to its first end that isn't good, if the
    policy asks nothing of who comes there, and nothing firm that the case still owed: what waivable
    invariants ask to happen before the end is waived then. Nor may anything be ended or opened on
    leaving whatever state it stands in: why that happens then nobody has said, nor was it proved.
    """
    if body.rulings.close:
        return {name: waiver.waives for name, waiver in body.rulings.close.items()}
    owed = [one for one in body.invariants if one.after is not None or one.ended is not None]
    doing = [e for e in body.effects if e.grant or e.end or e.open]
    if any(one.firm for one in owed) or any(effect.leave for effect in doing):
        return {}
    asked = {state for one in body.invariants if one.before or one.only for state in one.states()}
    given = {effect.enter for effect in doing}
    ends = [
        name
        for worse in ("bad", "neutral")
        for name, state in body.machine.states.items()
        if state.final and state.outcome == worse and name not in asked | given
    ]
    return {ends[0]: tuple(name_of(one) for one in owed)} if ends else {}


def waived_by(body: Body, ruling: Ruling) -> tuple[str, ...]:
    """Return the names of the invariants that a ruling waives."""
    rulings = body.rulings
    match ruling.kind:
        case "authorise":
            found = rulings.authorise.get(ruling.step or "")
        case "override":
            found = rulings.override.get(ruling.to or "")
        case "close":
            return closings(body).get(ruling.to or "", ())
        case _:  # with `reinstate`, too: nothing may be asked of who comes there (`checks.rulings`)
            found = None
    return found.waives if found else ()


def possible(definition: Definition, state: CaseState) -> tuple[Ruling, ...]:
    """Return every ruling that could be made on a case where it stands now."""
    return tuple(_possible(definition, state))


def _possible(definition: Definition, state: CaseState) -> Iterator[Ruling]:
    rulings = definition.body.rulings
    if state.ended:
        for to in rulings.reinstate:
            if to != state.ended:
                yield Ruling(kind="reinstate", to=to)
        return
    for step in rulings.authorise:
        if not state.is_open(step) or state.suspended:
            continue
        for seat in definition.step(step).seats:
            if has_seat(definition, state, step, seat) and missing(definition, state, step, seat):
                yield from (
                    Ruling(kind="authorise", step=step, seat=seat, outcome=outcome)
                    for outcome in definition.step(step).outcomes
                )
    if not state.suspended:
        yield from (Ruling(kind="override", to=to) for to in rulings.override)
    if rulings.suspend:
        yield Ruling(kind="resume" if state.suspended else "suspend")
    yield from (Ruling(kind="close", to=to) for to in closings(definition.body))
    yield Ruling(kind="bind")


def _may_live(ruling: Ruling) -> bool:
    """Say whether it may end by itself, if it would: what has been done can't be undone so."""
    return ruling.lives is None or (ruling.kind == "suspend" and ruling.lives in LIVES.values())


_NOT_NOW = {
    "authorise": "No ruling can fill this seat now.",
    "override": "No ruling can move this case to {to}.",
    "suspend": "No ruling can suspend this case now.",
    "resume": "This case isn't suspended.",
    "close": "No ruling can end this case as {to}.",
    "reinstate": "No ruling can bring this case to {to} after its end.",
    "bind": "Nobody is bound any more by a ruling on a case that has ended.",
}


def _not_let(definition: Definition, ruling: Ruling) -> Refusal:
    return Refusal(
        "ruling-not-let",
        _NOT_NOW[ruling.kind].format(to=_title(definition, ruling)),
        definition.body.rulings.policy,
        "What a ruling can do to such a case, its definition says.",
    )


def _authorise(
    definition: Definition, state: CaseState, ruling: Ruling, act: Act, facts: Facts
) -> Changes | Refusal:
    signature = Signature(
        act=act.id,
        actor=SYSTEM,
        seat=ruling.seat or "",
        outcome=ruling.outcome or "",
        at=facts.time,
    )
    return signed(definition, state, ruling.step or "", signature, {}, facts)


def _override(
    definition: Definition, state: CaseState, ruling: Ruling, _act: Act, facts: Facts
) -> Changes | Refusal:
    event = BY_RULING + (ruling.to or "")
    move = definition.chart.send(state.configuration, state.history, event)
    return settle(definition, state, move, facts)


def _close(
    definition: Definition, state: CaseState, ruling: Ruling, _act: Act, facts: Facts
) -> Changes | Refusal:
    """Bring the case to an end, from wherever it stands: at another end, too."""
    move = definition.chart.closed(state.configuration, ruling.to or "")
    going = state.model_copy(update={"suspended": None, "lapses": None})
    return settle(definition, going, move, facts)


def _suspend(
    _definition: Definition, state: CaseState, ruling: Ruling, _act: Act, facts: Facts
) -> Changes | Refusal:
    lapses = stamp(parse(facts.time) + duration(ruling.lives)) if ruling.lives else None
    return Changes(state.model_copy(update={"suspended": facts.time, "lapses": lapses}))


def _resume(
    _definition: Definition, state: CaseState, _ruling: Ruling, _act: Act, facts: Facts
) -> Changes | Refusal:
    return Changes(awake(state, facts.time))


def _bind(
    _definition: Definition, state: CaseState, _ruling: Ruling, _act: Act, _facts: Facts
) -> Changes | Refusal:
    """Change nothing: whom it binds, and to what, is a case of its own."""
    return Changes(state)


_Kind = Callable[[Definition, CaseState, Ruling, Act, Facts], "Changes | Refusal"]
_KINDS: Mapping[str, _Kind] = {
    "authorise": _authorise,
    "override": _override,
    "suspend": _suspend,
    "resume": _resume,
    "close": _close,
    "reinstate": _close,
    "bind": _bind,
}


def _title(definition: Definition, ruling: Ruling) -> str:
    known = ruling.to in definition.chart.states
    return f"“{definition.state_title(ruling.to or '') if known else ruling.to}”"


def participants(definition: Definition, state: CaseState) -> tuple[str, ...]:
    """Return who takes part in a case: whom it names, and who has signed or voted in it.

    People of another case that it names, such as the one that it appeals against, are kept out of
    this one, so they don't.
    """
    own = {name for name, person in definition.body.people.items() if not person.of}
    own |= set(state.people) - set(definition.body.people)
    named = (person for name in state.people if name in own for person in state.people[name])
    signers = (s.actor for at in state.steps.values() for s in at.signatures)
    before = (person for people in state.signed_before.values() for person in people)
    voters = (one.voter for vote in state.votes.values() for one in vote.votes)
    found = dict.fromkeys((*named, *signers, *before, *voters))
    return tuple(person for person in found if person != SYSTEM)


def lapse(definition: Definition, state: CaseState, _act: Act, facts: Facts) -> Changes | Refusal:
    """Let a case go on because the time of the ruling that suspended it is up."""
    if state.suspended is None or state.lapses is None or state.lapses > facts.time:
        return Refusal("not-due", "The clock has no cause for this act now.")
    made = suspending(state)
    mail = MailDue(
        key="lapsed",
        to=(),
        subject={"en": "{number} goes on"},
        text={
            "en": f"{{title}}, {{number}}: the time of ruling {made.number}, which suspended the "
            "case, is up. It goes on, with the time that was left."
        },
        step=None,
        words=mail_words(definition, state),
        persons=participants(definition, state),
    )
    return Changes(awake(state, facts.time), (mail,))


def told_all(
    definition: Definition, before: CaseState, state: CaseState, ruling: RulingState
) -> MailDue:
    """Return the mail to all who take part, whether before the ruling or by it."""
    everybody = dict.fromkeys((*participants(definition, before), *participants(definition, state)))
    return MailDue(
        key="ruled",
        to=(),
        subject={"en": "{number}: the Arbitrator has ruled"},
        text={
            "en": "{title}, {number}: "
            + told_in_words(definition, ruling.ruling).replace("{", "(").replace("}", ")")
            + f" That is ruling {ruling.number}; its scope and reasons are on the case, for "
            "everybody to read."
        },
        step=None,
        words=mail_words(definition, state),
        persons=tuple(everybody),
    )


def told_in_words(definition: Definition, ruling: Ruling) -> str:
    """Return in a sentence what a ruling does to a case of this definition."""
    body = definition.body
    match ruling.kind:
        case "authorise":
            step = body.steps.get(ruling.step or "")
            seat = step.seats.get(ruling.seat or "") if step else None
            outcome = step.outcomes.get(ruling.outcome or "") if step else None
            return (
                f"By ruling, “{words(step.title) if step else ruling.step}” is authorised as "
                f"{words(seat.title) if seat and seat.title else ruling.seat}: "
                f"{words(outcome.title) if outcome and outcome.title else ruling.outcome}."
            )
        case "override":
            return f"By ruling, the case is moved to {_title(definition, ruling)}."
        case "suspend":
            days = duration(ruling.lives).days if ruling.lives else 0
            held = f" for {days} days, and goes on by itself then" if days else ""
            return (
                f"By ruling, the case is suspended{held}: nothing is due and nothing can be signed."
            )
        case "bind":
            return "By ruling, somebody is bound to do something about this case."
        case "resume":
            return "By ruling, the case goes on, with the time that was left."
        case "reinstate":
            return (
                f"By ruling, the case, though it had ended, ends as {_title(definition, ruling)}."
            )
        case _:
            return f"By ruling, the case is closed: {_title(definition, ruling)}."
