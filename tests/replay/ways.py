"""What can happen in a case of a definition, and what happened in one: both in the same words.

`demanded` is computed from the definition, so that what is new in one is asked of the histories
without anybody having to remember: each kind of act that it has, and what the rules and the
workflow do otherwise for it (a vote that is replaced, a lot that is cast again, a child's end).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from definitions.acts import LINK_ASKED, RULE, RULED, Act, Facts
from definitions.catalogue import Grant
from definitions.definition import Definition
from definitions.model import Body, CountBy, Step
from definitions.rules.effects import child_id
from definitions.rules.naming import naming_fields
from definitions.ruling import Rulings

REPLACED = "a vote is replaced"
BY_PROXY = "somebody votes for another"
DRAWN_AGAIN = "a lot is cast again"
NOBODY = "nobody is left to be drawn"
NAMED = "another case is named"


def ended(name: str, end: str) -> str:
    """Say that a child case ended so, and the case took it in."""
    return f"{name} ended: {end}"


def again(name: str) -> str:
    """Say that a child case was opened anew, and the case took in the end of that one."""
    return f"{name} opened again"


def ruled(kind: str) -> str:
    """Say that the case took in a ruling of this kind."""
    return f"ruled: {kind}"


def excluded(event: str) -> str:
    """Say that the exclusivity matrix forbade a grant, and the case went that way."""
    return f"excluded: {event}"


@dataclass(frozen=True)
class Taken:
    """An act that the record took, and the facts of its entry."""

    act: Act
    facts: Facts


def demanded(definition: Definition) -> set[str]:
    """Return all that histories of a definition's cases must show."""
    body = definition.body
    return {
        "comment",
        *(["amend"] if body.amend else []),
        *(["withdraw"] if body.withdraw else []),
        *([RULE] if body.arbitrates else []),
        *([RULED] if body.rulings != Rulings() else []),
        *([NAMED] if naming_fields(definition) else []),
        *_of_steps(body),
        *_of_lots(body),
        *_of_children(definition),
        *(excluded(event) for effect in body.effects for event in _otherwise(effect.grant)),
    }


def _of_steps(body: Body) -> Iterator[str]:
    for step in body.steps.values():
        if step.deadline:
            yield "deadline"
        if step.reminders:
            yield "remind"
        if step.each and step.each.grow:
            yield "add_item"
        if any(seat.link for seat in step.seats.values()):
            yield LINK_ASKED
        if step.vote:
            yield from ("vote", "declare", "recuse", "left_body")
            yield from [] if step.vote.early else [REPLACED]
            yield from [BY_PROXY] if step.vote.proxy else []
        else:
            yield from ("sign_off", "decline")
            yield from ["retract"] if _waits_for_more(step) else []


def _waits_for_more(step: Step) -> bool:
    """Say whether a step can be open with a signature on it, that could be taken back."""
    if all(outcome.at == "once" for outcome in step.outcomes.values()):
        return False
    seats = sum(
        max(seat.count.counts().values()) if isinstance(seat.count, CountBy) else seat.count
        for seat in step.seats.values()
    )
    return seats > 1 or bool(step.each and (step.each.grow or len(step.each.items) > 1))


def _of_lots(body: Body) -> Iterator[str]:
    if body.draws:
        yield "draw"
    for name, draw in body.draws.items():
        if any(seat.person == name for seat in body.steps[draw.on].seats.values()):
            yield DRAWN_AGAIN  # whoever is drawn can decline
        if draw.otherwise:
            yield NOBODY


def _of_children(definition: Definition) -> Iterator[str]:
    for effect in definition.body.effects:
        opened = effect.open
        if opened is not None and opened.on:
            yield "child_ended"
            yield from (ended(opened.as_, end) for end in opened.on)
            if _can_come_again(definition, effect.enter or effect.leave or ""):
                yield again(opened.as_)


def _otherwise(grant: Grant | None) -> Iterator[str]:
    if grant is not None and grant.otherwise is not None:
        yield grant.otherwise


def _can_come_again(definition: Definition, state: str) -> bool:
    """Say whether a state can be left and entered again; history states aren't looked into."""
    states = definition.chart.states
    seen: set[str] = set()
    todo = [state]
    while todo:
        here = todo.pop()
        around = (here, *definition.chart.around(here))
        led = (to for one in around for on in states[one].on for to in states[one].targets(on))
        reached = {*states[here].inner(), *led}
        todo += (reached & set(states)) - seen
        seen |= reached
    return state in seen


def happened(definition: Definition, taken: Sequence[Taken]) -> set[str]:
    """Return what a case shows whose record took these acts, in order."""
    return {
        *(one.act.kind for one in taken),
        *(NAMED for one in taken if one.facts.cases),
        *_in_votes(taken),
        *_in_lots(definition, taken),
        *_of_ends(taken),
        *(ruled(str(one.act.outcome)) for one in taken if one.act.kind == RULED),
        *(way for one in taken for way in _exclusions(definition, one.facts)),
    }


def _in_votes(taken: Sequence[Taken]) -> Iterator[str]:
    voted: set[tuple[str | None, ...]] = set()
    for act in (one.act for one in taken if one.act.kind == "vote"):
        vote = (act.step, act.instance, act.on_behalf or act.actor)
        if vote in voted:
            yield REPLACED
        if act.on_behalf:
            yield BY_PROXY
        voted.add(vote)


def _in_lots(definition: Definition, taken: Sequence[Taken]) -> Iterator[str]:
    declined: set[str | None] = set()
    for act, facts in ((one.act, one.facts) for one in taken):
        if act.kind == "decline":
            declined.add(definition.seat(act.step or "", act.seat or "").person)
        elif act.kind == "draw":
            if not facts.candidates:
                yield NOBODY
            elif act.seat in declined:
                yield DRAWN_AGAIN


def _of_ends(taken: Sequence[Taken]) -> Iterator[str]:
    for act in (one.act for one in taken if one.act.kind == "child_ended"):
        name = act.seat or ""
        yield ended(name, act.outcome or "")
        if act.auth["child"] != child_id(act.case, name, 1):
            yield again(name)


def _exclusions(definition: Definition, facts: Facts) -> Iterator[str]:
    for key in facts.conflicts:
        effect = definition.body.effects[int(key.rpartition("-")[2])]
        yield from map(excluded, _otherwise(effect.grant))
