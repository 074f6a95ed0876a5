"""A definition in plain terms: what the exploration knows, with at least the same behaviour.

The exploration knows steps, seats, roles and people named by fields. What else a definition may
say is put into these words, so that everything that can happen still can, and perhaps more:

- a body's vote is a step whose one signature, by any member, brings any of its results;
- a state that waits for a child case is a step that any Member ends with any end of the child;
- whoever is drawn is anybody of the role whom the draw doesn't exclude;
- a list of things to sign is one signature in each seat;
- that the matrix forbids a grant, or nobody is left to be drawn, can happen at any time in the
  state.

More behaviour can only make an invariant fail that would hold, never the other way round: with
one exception that is kept out here. A signature that stands for such an event must not count as a
person's; so these events come by the deadline, or by an outcome where there is one already. What
is said about children and votes themselves is proved by `markers`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from definitions.definition import Definition
from definitions.model import Body, Deadline, Exclusion, Invariant, Outcome, PersonNamed, Seat, Step
from definitions.organisation import load_organisation

_ANYBODY = "member"
_NOWHERE = "nowhere"


def plain(definition: Definition) -> Definition:
    """Return the definition in plain terms; itself, if it says nothing else."""
    body = definition.body
    if not _says_more(body):
        return definition
    steps = {name: _step(body, step) for name, step in body.steps.items()}
    for name, event in _events_of_their_own(body):
        steps[name] = _with_event(steps.get(name), name, event)
    update = {
        "steps": steps,
        "draws": {},
        "bound": {},
        "effects": tuple(effect for effect in body.effects if effect.mail is not None),
        "invariants": tuple(_invariant(body, one) for one in body.invariants),
    }
    return replace(definition, body=body.model_copy(update=update))


def _says_more(body: Body) -> bool:
    return bool(
        body.draws
        or body.bound
        or any(effect.mail is None for effect in body.effects)
        or any(step.vote or step.each for step in body.steps.values())
    )


def _step(body: Body, step: Step) -> Step:
    seats = {name: _seat(body, seat) for name, seat in step.seats.items()}
    update: dict[str, object] = {"seats": seats, "vote": None, "each": None}
    if step.vote is not None:
        update["outcomes"] = {
            name: outcome.model_copy(update={"at": "once"})
            for name, outcome in step.outcomes.items()
        }
    return step.model_copy(update=update)


def _seat(body: Body, seat: Seat) -> Seat:
    excluded = tuple(one for one in seat.not_ if not _is_appointed(body, one))
    if seat.body is not None:
        role = load_organisation().body(seat.body).member
        return seat.model_copy(update={"body": None, "role": role, "not_": excluded})
    draw, bound = body.draws.get(seat.person or ""), body.bound.get(seat.person or "")
    if draw is not None:
        also = tuple(name for name in draw.not_ if name not in body.draws)
        not_ = tuple(dict.fromkeys((*excluded, *also)))
        return seat.model_copy(update={"person": None, "role": draw.role, "not_": not_})
    if bound is not None:
        signer = _seat(body, body.steps[bound.signer].seats[bound.seat])
        update = {"person": signer.person, "role": signer.role, "or_": signer.or_}
        return seat.model_copy(update={**update, "not_": (*excluded, *signer.not_)})
    return seat.model_copy(update={"not_": excluded})


def _is_appointed(body: Body, one: Exclusion) -> bool:
    """Say whether somebody is excluded who is drawn or bound: whoever that is, others are left."""
    name = one.person if isinstance(one, PersonNamed) else one
    return isinstance(name, str) and (name in body.draws or name in body.bound)


def _events_of_their_own(body: Body) -> Iterator[tuple[str, str]]:
    """Yield state and event of what happens without anybody of the case doing it."""
    for effect in body.effects:
        where = effect.enter or effect.leave or ""
        if effect.open is not None:
            for event in dict.fromkeys(effect.open.on.values()):
                yield where, event
    for effect in body.effects:
        if effect.grant is not None and effect.grant.otherwise is not None and effect.enter:
            yield effect.enter, effect.grant.otherwise
    for draw in body.draws.values():
        if draw.otherwise is not None:
            yield draw.on, draw.otherwise


def _with_event(step: Step | None, name: str, event: str) -> Step:
    if step is None:
        return Step(
            title={"en": name},
            policy="9.1.1",
            seats={"world": Seat(role=_ANYBODY)},
            outcomes={event.replace("_", "-"): Outcome(event=event, at="once")},
        )
    deadline = step.deadline
    known = {outcome.event for outcome in step.outcomes.values()}
    if event in known or (deadline is not None and deadline.event == event):
        return step
    if "world" not in step.seats and (deadline is None or deadline.event is None):
        after = deadline.after if deadline else "P1D"
        return step.model_copy(update={"deadline": Deadline(after=after, event=event)})
    more = {event.replace("_", "-"): Outcome(event=event, at="once")}
    return step.model_copy(update={"outcomes": {**step.outcomes, **more}})


def _invariant(body: Body, one: Invariant) -> Invariant:
    """Return the invariant over roles; one that holds always where `markers` proves it."""
    if one.child is not None or one.carried is not None:
        return Invariant(policy=one.policy, only=(_NOWHERE,), reaches=_NOWHERE, firm=True)
    signed = one.signed
    draw = body.draws.get(signed.person or "") if signed else None
    if signed is not None and draw is not None:
        said = signed.model_copy(update={"person": None, "role": draw.role})
        return one.model_copy(update={"signed": said})
    return one
