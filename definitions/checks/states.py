"""The machine's structure: names, initial states, targets, what holds what."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.checks.branches import check_branch
from definitions.checks.context import Context, Node
from definitions.errors import DefinitionError
from definitions.machine import BY_RULING, DONE, REOPEN, RESERVED
from definitions.model import Branch, History, State

_OURS = (REOPEN, BY_RULING)
_TAKEN_PREFIXES = (*_OURS, "done_", "error_")
"""Events of these names mean something of their own, to us or to python-statemachine."""


def check_states(context: Context) -> Iterator[DefinitionError]:
    """Check every state by itself."""
    initial = context.body.machine.initial
    top = tuple(context.body.machine.states)
    yield from context.unknown(("machine", "initial"), "state at the top", initial, top)
    first: dict[str, Node] = {}
    for node in context.nodes:
        yield from _name(context, node, first)
        if isinstance(node.state, State):
            yield from _structure(context, node, node.state)
            yield from _initial(context, node, node.state)
            yield from _done(context, node, node.state)
            yield from _targets(context, node, node.state)
        else:
            yield from _history(context, node, node.state)


def _name(context: Context, node: Node, first: dict[str, Node]) -> Iterator[DefinitionError]:
    if node.name in first:
        line = context.source.positions.line(first[node.name].path)
        yield context.error(
            node.path,
            f"The state `{node.name}` stands in the machine a second time (first on line {line}).",
            "Give one of them another name, also where they are inside of different states.",
        )
    first.setdefault(node.name, node)
    yield from _taken(context, node, node.name, "A state")
    for event in node.state.on if isinstance(node.state, State) else ():
        if event == DONE:
            continue
        yield from _taken(context, node, event, "An event", "on", event)
        if event in context.parents:
            yield context.error(
                (*node.path, "on", event),
                f"The event `{event}` has the name of a state, and the machine would mix them up.",
                "Choose another name, such as the state's in another tense.",
            )


def _taken(
    context: Context, node: Node, name: str, what: str, *inner: str
) -> Iterator[DefinitionError]:
    prefixes = _TAKEN_PREFIXES if inner else _OURS
    if name in RESERVED or name.startswith(prefixes):
        yield context.error(
            (*node.path, *inner),
            f"{what} can't be called `{name}`: the machine has that name for something else.",
            "Choose another name.",
        )


def _structure(context: Context, node: Node, state: State) -> Iterator[DefinitionError]:
    if state.states and state.parallel:
        yield context.error(
            (*node.path, "parallel"),
            f"The state `{node.name}` has both `states` and `parallel`.",
            "Keep one; put parallel states into a state of their own.",
        )
    if state.final and (state.inner() or state.on or state.history):
        yield context.error(
            node.path,
            f"The state `{node.name}` is an end, but has inner states or ways out.",
            "Take `final` out, or what follows it.",
        )
    if state.history and not state.states:
        yield context.error(
            (*node.path, "history"),
            f"The state `{node.name}` has a history, but no `states` to remember.",
            "Put the history into the state whose inner states it remembers.",
        )


def _initial(context: Context, node: Node, state: State) -> Iterator[DefinitionError]:
    path = (*node.path, "initial")
    if state.states and state.initial is None:
        yield context.error(
            (*node.path, "states"),
            f"The state `{node.name}` doesn't say in which of its states it begins.",
            "Add `initial` with the name of one of them.",
        )
    elif state.states and state.initial is not None:
        what = f"state inside of `{node.name}`"
        yield from context.unknown(path, what, state.initial, tuple(state.states))
    elif state.initial is not None:
        yield context.error(
            path,
            f"The state `{node.name}` has no inner `states` of which one could be initial.",
            "Take `initial` out; parallel states all begin at once.",
        )


def _done(context: Context, node: Node, state: State) -> Iterator[DefinitionError]:
    if DONE in state.on and not state.inner():
        yield context.error(
            (*node.path, "on", DONE),
            f"`{DONE}` happens when inner states have ended, and `{node.name}` has none.",
            "Name the event of an outcome of its step.",
        )
    elif DONE in state.on and not _can_end(state):
        yield context.error(
            (*node.path, "on", DONE),
            f"`{DONE}` never happens: not everything inside of `{node.name}` has an end.",
            "Add a state with `final: true` inside, in each of its parallel parts.",
        )
    outer = context.around(node.name)
    if state.final and outer and not any(DONE in context.states[name].on for name in outer):
        yield context.error(
            node.path,
            f"The state `{node.name}` ends what it is inside of, and nothing follows from that.",
            f"Add `on: {{{DONE}: STATE}}` to a state around it.",
        )


def _can_end(state: State) -> bool:
    if state.parallel:
        return all(inner.final or _can_end(inner) for inner in state.parallel.values())
    return any(inner.final for inner in state.inner().values())


def _targets(context: Context, node: Node, state: State) -> Iterator[DefinitionError]:
    known = (*context.states, *context.histories)
    for event, target in state.on.items():
        path = (*node.path, "on", event)
        if isinstance(target, Branch):
            yield from check_branch(context, node.name, event, target, path)
        else:
            yield from context.unknown(path, "state", target, known)


def _history(context: Context, node: Node, history: History) -> Iterator[DefinitionError]:
    holder = context.states[node.parent or ""]
    path = (*node.path, "default")
    if history.deep:
        inside = tuple(n for n in context.states if node.parent in context.around(n))
    else:
        inside = tuple(holder.inner())
    yield from context.unknown(path, f"state inside of `{node.parent}`", history.default, inside)
