"""Whether the machine could go round for ever by itself: `done` that leads to `done`.

The only thing that happens without an act or the clock is that a state is done because all
inside of it has ended. If entering a state ends it at once, and so on back to itself, the machine
never stands still; it can't even be explored, so this is asked first.
"""

from __future__ import annotations

from collections.abc import Mapping

from definitions.machine import DONE
from definitions.model import Body, State


def eventless_cycle(body: Body) -> tuple[str, ...]:
    """Return the states of such a cycle; none if there is none."""
    states: dict[str, State] = {}
    _flatten(body.machine.states, states)
    leads = {
        name: target
        for name, state in states.items()
        for target in state.targets(DONE)  # one: the check refuses that `done` branches
        if _ends_at_once(state, states, frozenset())
    }
    for name in leads:
        walked = [name]
        while (target := leads.get(walked[-1])) is not None:
            if target in walked:
                return tuple(walked[walked.index(target) :])
            walked.append(target)
    return ()


def _flatten(states: Mapping[str, State], into: dict[str, State]) -> None:
    for name, state in states.items():
        into[name] = state
        _flatten(state.inner(), into)


def _ends_at_once(state: State, states: Mapping[str, State], seen: frozenset[str]) -> bool:
    """Say whether a state is done as soon as it is entered; a cycle inside of it counts as such."""
    if state.final:
        return True
    if state.parallel:
        return all(_ends_at_once(inner, states, seen) for inner in state.parallel.values())
    name = state.initial
    if not state.states or name is None:
        return False
    while name not in seen:
        seen |= {name}
        inner = states[name]
        if inner.final:
            return True
        target = next(iter(inner.targets(DONE)), "")
        if target not in state.states or not _ends_at_once(inner, states, seen):
            return False
        name = target
    return True
