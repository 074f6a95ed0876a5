"""What votes and child cases have decided on every path: a proof over the machine alone.

Beside the machine's configuration it remembers of each vote whether its latest one was carried,
and of each child case how its latest one ended. Who signs is left open: every outcome of every
open step is possible, so what is proved here holds whoever does what they may.

Always proved, whatever a file says: nobody comes to a role or onto a list without what the
organisation names as the authority for it (Policy 3.4.2, 9.1.5).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from definitions.catalogue import Effect, Grant
from definitions.definition import Definition
from definitions.machine import REOPEN, WITHDRAW, Move, NoWay
from definitions.model import Body, Invariant, words
from definitions.organisation import load_organisation
from definitions.reading import KeyPath
from definitions.rules.effects import THIS_CASE
from definitions.voting import CARRIED

RUNNING = "running"
Markers = tuple[tuple[str, str], ...]
"""Of each vote (`vote:STEP`) and child (`child:NAME`) what it came to last."""


@dataclass(frozen=True)
class Broken:
    """Something that doesn't hold: where in the file, what, and by which events it comes so."""

    path: KeyPath
    sentence: str
    events: tuple[str, ...]


@dataclass(frozen=True)
class _At:
    configuration: tuple[str, ...]
    history: tuple[tuple[str, tuple[str, ...]], ...]
    markers: Markers


def broken(definition: Definition) -> tuple[Broken, ...]:
    """Return what votes and child cases decide otherwise than it is said, each once."""
    body = definition.body
    if not any(e.grant or e.open for e in body.effects) and not any(
        step.vote for step in body.steps.values()
    ):
        return ()
    found: dict[KeyPath, Broken] = {}
    first = definition.chart.begin()
    begun = _marked(definition, {}, first)
    _judge(definition, begun, first, (), found)
    start = _At(first.configuration, _history(first), _frozen(begun))
    seen: dict[_At, tuple[str, ...]] = {start: ()}
    waiting = deque([start])
    while waiting:
        at = waiting.popleft()
        for event, marker in _events(definition, at):
            try:
                move = definition.chart.send(at.configuration, dict(at.history), event)
            except NoWay:
                continue  # told by the exploration
            markers = _marked(definition, {**dict(at.markers), **marker}, move)
            events = (*seen[at], event)
            _judge(definition, markers, move, events, found)
            after = _At(move.configuration, _history(move), _frozen(markers))
            if after not in seen:
                seen[after] = events
                waiting.append(after)
    return tuple(found.values())


def _history(move: Move) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple(sorted(move.history.items()))


def _frozen(markers: Mapping[str, str]) -> Markers:
    return tuple(sorted(markers.items()))


def _marked(definition: Definition, markers: Mapping[str, str], move: Move) -> dict[str, str]:
    """Return the markers after a move: what begins anew has decided nothing."""
    new = dict(markers)
    for state in move.entered:
        step = definition.body.steps.get(state)
        if step is not None and step.vote is not None:
            new.pop(f"vote:{state}", None)
    for effect in definition.body.effects:
        began = effect.enter in move.entered or effect.leave in move.left
        if effect.open is not None and began:
            new[f"child:{effect.open.as_}"] = RUNNING
    return new


def _events(definition: Definition, at: _At) -> Iterator[tuple[str, dict[str, str]]]:
    body, markers = definition.body, dict(at.markers)
    for state in at.configuration:
        yield from _of_step(body, state)
        for draw in body.draws.values():
            if draw.on == state and draw.otherwise:
                yield draw.otherwise, {}
        for effect in body.effects:
            yield from _of_effect(effect, state, markers)
    if body.withdraw and set(body.withdraw.during) & set(at.configuration):
        yield WITHDRAW, {}
    if body.amend and set(body.amend.during) & set(at.configuration):
        targets = {step.covers.reopen for step in body.steps.values() if step.covers}
        for target in sorted(target for target in targets if target):
            yield REOPEN + target, {}


def _of_step(body: Body, state: str) -> Iterator[tuple[str, dict[str, str]]]:
    step = body.steps.get(state)
    if step is None:
        return
    for name, outcome in step.outcomes.items():
        yield outcome.event, {f"vote:{state}": name} if step.vote else {}
    if step.deadline is not None and step.deadline.event:
        yield step.deadline.event, {}


def _of_effect(
    effect: Effect, state: str, markers: Mapping[str, str]
) -> Iterator[tuple[str, dict[str, str]]]:
    if effect.grant and effect.grant.otherwise and effect.enter == state:
        yield effect.grant.otherwise, {}
    opened = effect.open
    if opened and effect.enter == state and markers.get(f"child:{opened.as_}") == RUNNING:
        for end, event in opened.on.items():
            yield event, {f"child:{opened.as_}": end}


def _judge(
    definition: Definition,
    markers: Mapping[str, str],
    move: Move,
    events: tuple[str, ...],
    found: dict[KeyPath, Broken],
) -> None:
    for index, invariant in enumerate(definition.body.invariants):
        if invariant.before in move.entered and not _holds(invariant, markers):
            path: KeyPath = ("invariants", index)
            title = words(invariant.title) or f"Invariant {index + 1}"
            what = f"“{title}” ({invariant.policy}) doesn't hold: the case comes to "
            found.setdefault(path, Broken(path, f"{what}`{invariant.before}` without it", events))
    for index, effect in enumerate(definition.body.effects):
        happens = effect.enter in move.entered or effect.leave in move.left
        grant = effect.grant
        if grant and not grant.check and happens and not _authorised(definition, grant, markers):
            path = ("effects", index)
            what = f"`{grant.person}` is given something without a motion of the Board (9.1.5)"
            found.setdefault(path, Broken(path, what, events))


def _holds(invariant: Invariant, markers: Mapping[str, str]) -> bool:
    if invariant.child is not None:
        return markers.get(f"child:{invariant.child}") == invariant.outcome
    if invariant.carried is not None:
        return markers.get(f"vote:{invariant.carried}") == CARRIED
    return True


def _authorised(definition: Definition, grant: Grant, markers: Mapping[str, str]) -> bool:
    """Say whether what stands behind a grant is what the organisation asks for."""
    admission = load_organisation().admission
    if admission is None:
        return False
    if grant.authority == THIS_CASE:
        return definition.process == admission.process and any(
            marker.startswith("vote:") and came_to == CARRIED for marker, came_to in markers.items()
        )
    return (
        any(
            effect.open is not None
            and effect.open.as_ == grant.authority
            and effect.open.process == admission.process
            for effect in definition.body.effects
        )
        and markers.get(f"child:{grant.authority}") == admission.outcome
    )
