"""The state machine of a definition, in python-statemachine's semantics.

Our own validated model is compiled through the library's dict layer, which keeps its structural
checks; what a state, a parallel region or a history means is the library's. A case's machine
is never kept alive: `Chart.send` restores it from the configuration, sends one event, and
returns what was left and entered. Nothing here knows of steps, people or time.

Beside the events that the file names, `compile_chart` adds those that amending, withdrawing and
rulings need: `reopen_STATE` (from wherever the case may be amended), `withdraw`, and
`by_ruling_STATE` (from everywhere but ends).

The library knows nothing of choices. An event that branches somewhere is an event of its own for
each way to choose in the fields that decide it: `approved__low`, `approved__high`. No name in a
file has two underscores beside each other.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeAlias, cast

from statemachine import StateChart
from statemachine.exceptions import TransitionNotAllowed
from statemachine.io import StateDefinition, create_machine_class_from_definition
from statemachine.orderedset import OrderedSet

from definitions.branching import UNANSWERED, deciding, every_choice
from definitions.model import Body, Branch, State

DONE = "done"
"""The event of a state with inner states, when all of them have ended."""
WITHDRAW = "withdraw"
REOPEN = "reopen_"
BY_RULING = "by_ruling_"
"""With a state: what moves a case there from wherever it stands, and leaves all of it."""

RESERVED = frozenset(dir(StateChart)) | {WITHDRAW}
"""Ids that states and events can't have: the library's own names, and ours."""


_Asked: TypeAlias = tuple[tuple[str, ...], tuple[tuple[str, tuple[str, ...]], ...], str]
"""Configuration, history and the library's event."""
_MOST_KNOWN = 10_000
"""Beyond so many moves a chart forgets those that it knows (1,344 configurations are many)."""


class NoWay(Exception):  # noqa: N818 - named after what happened
    """The machine has no transition for this event from where the case stands."""


@dataclass(frozen=True)
class Move:
    """What one event did: the new configuration, and states left and entered, in order."""

    configuration: tuple[str, ...]
    history: Mapping[str, tuple[str, ...]]
    left: tuple[str, ...]
    entered: tuple[str, ...]


@dataclass(frozen=True)
class Chart:
    """A compiled machine.

    Attributes:
        order: all states in the order of the file, inner ones after their parent.
        parents: each state's parent, None at the top.
        machine: the library's class.
        branching: events that branch somewhere, with the fields whose choices decide their way.
        known: moves that were made before. A move follows from where the machine stands and the
            event alone, and making one takes the library most of what a sign-off costs us.
    """

    order: tuple[str, ...]
    parents: Mapping[str, str | None]
    states: Mapping[str, State]
    machine: type[StateChart[Any]]
    branching: Mapping[str, tuple[str, ...]]
    known: dict[_Asked, Move] = field(default_factory=dict, compare=False, repr=False)

    def begin(self) -> Move:
        """Return the move into the initial states."""
        seen = _Seen()
        return self._move(self.machine(listeners=[seen]), seen)

    def send(
        self,
        configuration: tuple[str, ...],
        history: Mapping[str, tuple[str, ...]],
        event: str,
        choices: Mapping[str, object] = MappingProxyType({}),
    ) -> Move:
        """Send one event and return what it did.

        Args:
            choices: what is chosen in the fields that decide where the event leads, if any do.

        Raises:
            NoWay: no transition for the event from this configuration.
        """
        sent = _chosen(
            event, [choices.get(name, UNANSWERED) for name in self.branching.get(event, ())]
        )
        asked = (configuration, tuple(sorted(history.items())), sent)
        move = self.known.get(asked)
        if move is None:
            move = self._send(configuration, history, sent)
            if len(self.known) >= _MOST_KNOWN:
                self.known.clear()
            self.known[asked] = move
        return move

    def _send(
        self,
        configuration: tuple[str, ...],
        history: Mapping[str, tuple[str, ...]],
        event: str,
    ) -> Move:
        seen = _Seen()
        machine = self.machine(_Model(configuration), listeners=[seen])
        machine.history_values = {
            name: [self.machine.states_map[state] for state in remembered]
            for name, remembered in history.items()
        }
        try:
            machine.send(event)
        except TransitionNotAllowed as error:
            raise NoWay(event) from error
        return self._move(machine, seen)

    def closed(self, configuration: tuple[str, ...], end: str) -> Move:
        """Return the move by which a ruling ends a case, wherever it stands.

        Args:
            end: an end at the top.
        """
        left = tuple(state for state in reversed(self.order) if state in configuration)
        return Move(configuration=(end,), history={}, left=left, entered=(end,))

    def final(self, configuration: tuple[str, ...]) -> str | None:
        """Return the final state that ends the case, or None while it goes on."""
        top = [state for state in configuration if self.parents[state] is None]
        if top and all(self.states[state].final for state in top):
            return top[0]
        return None

    def within(self, state: str, ancestor: str) -> bool:
        """Say whether `state` is `ancestor` or inside of it."""
        return ancestor in (state, *self.around(state))

    def around(self, state: str) -> tuple[str, ...]:
        """Return the states that `state` is inside of, the nearest first."""
        return _around(state, self.parents)

    def _move(self, machine: StateChart[Any], seen: _Seen) -> Move:
        active = set(machine.configuration_values)
        history = {
            str(name): tuple(str(state.id) for state in states)
            for name, states in machine.history_values.items()
        }
        return Move(
            configuration=tuple(state for state in self.order if state in active),
            history=history,
            left=tuple(seen.left),
            entered=tuple(seen.entered),
        )


class _Model:
    """What the library restores a machine from: a model with the active states' ids."""

    def __init__(self, configuration: tuple[str, ...]) -> None:
        self.state = OrderedSet(configuration)


class _Seen:
    """Listens for states left and entered; the library finds the methods by their names."""

    def __init__(self) -> None:
        self.entered: list[str] = []
        self.left: list[str] = []

    def on_enter_state(self, state: Any) -> None:
        self.entered.append(state.id)

    def on_exit_state(self, state: Any) -> None:
        self.left.append(state.id)


def compile_chart(body: Body) -> Chart:
    """Compile the machine of a definition whose references have been checked.

    Raises:
        statemachine.exceptions.InvalidDefinition: the library finds the structure wrong
            (a state that can't be reached, a dead end).
    """
    parents: dict[str, str | None] = {}
    flat: dict[str, State] = {}
    _flatten(body.machine.states, None, parents, flat)
    branching = deciding(body)
    ways = {
        event: tuple(every_choice(body, fields, unanswered=True))
        for event, fields in branching.items()
    }
    states = {
        name: _state(name, state, ways, initial=name == body.machine.initial)
        for name, state in body.machine.states.items()
    }
    by_name = _by_name(states)
    _add_withdrawal(body, by_name)
    _add_reopenings(body, parents, by_name)
    _add_rulings(body, states)
    machine = create_machine_class_from_definition(
        "Machine_" + body.process.replace("-", "_"),
        cast("dict[str, StateDefinition]", copy.deepcopy(states)),
        catch_errors_as_events=False,
        allow_event_without_transition=False,
    )
    return Chart(
        order=tuple(flat), parents=parents, states=flat, machine=machine, branching=branching
    )


def _flatten(
    states: Mapping[str, State],
    parent: str | None,
    parents: dict[str, str | None],
    flat: dict[str, State],
) -> None:
    for name, state in states.items():
        parents[name] = parent
        flat[name] = state
        _flatten(state.inner(), name, parents, flat)


_Ways: TypeAlias = Mapping[str, tuple[Mapping[str, str], ...]]
"""Of each event that branches somewhere, every way to choose in the fields that decide."""


def _chosen(event: str, choices: Iterable[object]) -> str:
    """Return what the library calls an event, with what is chosen where that decides its way."""
    return "__".join((event, *map(str, choices)))


def _on(name: str, state: State, ways: _Ways) -> Iterator[tuple[str, str]]:
    """Yield the library's events that a state hears, each with its target.

    Where an event branches in one state and not in another (one around it, say), that one hears
    each of its kinds: whatever is chosen, the same states hear it as if it didn't branch.
    """
    for event, target in state.on.items():
        if event == DONE and state.inner():
            # The library sends it by itself, and knows of no choices: the check refuses a branch.
            yield f"done_state_{name}", str(target)
            continue
        for chosen in ways.get(event, ({},)):
            if not isinstance(target, Branch):
                yield _chosen(event, chosen.values()), target
            elif chosen[target.by] != UNANSWERED:
                yield _chosen(event, chosen.values()), target.targets()[chosen[target.by]]


def _state(name: str, state: State, ways: _Ways, *, initial: bool) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if initial:
        made["initial"] = True
    if state.final:
        made["final"] = True
    on = {event: [{"target": target}] for event, target in _on(name, state, ways)}
    if on:
        made["on"] = on
    if state.parallel:
        made["parallel"] = True
    if state.inner():
        made["states"] = {
            child: _state(
                child, inner, ways, initial=bool(state.parallel) or child == state.initial
            )
            for child, inner in state.inner().items()
        }
    if state.history:
        made["history"] = {
            child: {
                "type": "deep" if history.deep else "shallow",
                "transitions": [{"target": history.default}],
            }
            for child, history in state.history.items()
        }
    return made


def _by_name(states: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for name, state in states.items():
        found[name] = state
        found |= _by_name(state.get("states", {}))
    return found


def _add(states: dict[str, Any], source: str, event: str, **to: Any) -> None:
    states[source].setdefault("on", {})[event] = [to]


def _add_withdrawal(body: Body, states: dict[str, dict[str, Any]]) -> None:
    if body.withdraw:
        for source in body.withdraw.during:
            _add(states, source, WITHDRAW, target=body.withdraw.to)


def _add_reopenings(
    body: Body, parents: Mapping[str, str | None], states: dict[str, dict[str, Any]]
) -> None:
    """From each state that can be amended, a way to each step that an amendment reopens.

    From the states around the step the way is internal, so that other regions stay as they are.
    A parallel state around it gets none (leaving it would leave all of its regions): one of its
    regions is around the step too. From elsewhere the way is an ordinary one.
    """
    if body.amend is None:
        return
    targets = {
        step.covers.reopen for step in body.steps.values() if step.covers and step.covers.reopen
    }
    for target in sorted(targets):
        around = _around(target, parents)
        for outer in around:
            if not states[outer].get("parallel"):
                _add(states, outer, REOPEN + target, target=target, internal=True)
        for source in body.amend.during:
            if source == target or not set(around) & {source, *_around(source, parents)}:
                _add(states, source, REOPEN + target, target=target)


def _add_rulings(body: Body, states: dict[str, Any]) -> None:
    """From each state at the top that is no end, a way to each state that rulings lead to.

    It is an ordinary one: whatever the case is in the midst of is left. An end to which rulings
    close cases has one too, so that nothing else need lead there.
    """
    for target in dict.fromkeys((*body.rulings.override, *body.rulings.close)):
        for source, state in body.machine.states.items():
            if not state.final:
                _add(states, source, BY_RULING + target, target=target)


def _around(state: str, parents: Mapping[str, str | None]) -> tuple[str, ...]:
    """Return the states that a state is inside of, the nearest first."""
    outer = parents[state]
    return () if outer is None else (outer, *_around(outer, parents))
