"""Where the machine leads: every state can be reached, and leads to an end; the library agrees."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from statemachine.exceptions import InvalidDefinition

from definitions.checks.context import Context
from definitions.checks.rulings import check_rulings
from definitions.checks.states import check_states
from definitions.checks.steps import check_steps
from definitions.checks.taking_back import check_amend, check_withdraw
from definitions.errors import DefinitionError
from definitions.machine import compile_chart
from definitions.model import State


def check_ways(context: Context) -> Iterator[DefinitionError]:
    """Check where states lead, if all that they name is there."""
    before = (check_states, check_steps, check_amend, check_withdraw, check_rulings)
    if any(True for check in before for _ in check(context)):
        return  # what is named but missing leads nowhere; that is said already
    found = [*_unreachable(context), *_without_end(context)]
    yield from found
    if not found:
        yield from _refused_by_library(context)


def _unreachable(context: Context) -> Iterator[DefinitionError]:
    reached = _closure(context, [context.body.machine.initial], taken_back=True)
    for name in context.states:
        outer = context.parents[name]
        if name not in reached and (outer is None or outer in reached):
            yield context.error(
                context.path(name),
                f"No way leads to the state `{name}`.",
                "Let an event of another state lead to it, or take it out.",
            )


def _without_end(context: Context) -> Iterator[DefinitionError]:
    ends = {name for name, state in context.body.machine.states.items() if state.final}
    for name in context.states:
        if context.is_waiting(name) and not ends & _closure(context, [name]):
            yield context.error(
                context.path(name),
                f"From the state `{name}` no way leads to an end: a case would be caught in it.",
                "Give it (or a state around it) an event in `on` that leads further.",
            )


def _closure(context: Context, start: Iterable[str], *, taken_back: bool = False) -> frozenset[str]:
    """Return what can be reached from some states.

    Args:
        taken_back: whether amending, withdrawing and rulings count as ways.
    """
    seen: set[str] = set()
    todo = list(start)
    while todo:
        name = todo.pop()
        if name in seen:
            continue
        seen.add(name)
        todo.extend(_next(context, name))
        if taken_back:
            todo.extend(_taken_back(context, name))
    return frozenset(seen)


def _next(context: Context, name: str) -> Iterator[str]:
    """Yield what can be active with a state or after it; rather too much than too little."""
    outer = context.parents[name]
    if outer is not None:
        yield outer
    if name in context.histories:
        yield context.histories[name].default
        return
    state: State = context.states[name]
    for event in state.on:
        yield from state.targets(event)
    if state.initial is not None:
        yield state.initial
    yield from state.parallel or ()


def _taken_back(context: Context, name: str) -> Iterator[str]:
    yield from (*context.body.rulings.override, *context.body.rulings.close)
    withdraw, amend = context.body.withdraw, context.body.amend
    if withdraw is not None and name in withdraw.during:
        yield withdraw.to
    if amend is not None and name in amend.during:
        for step in context.body.steps.values():
            if step.covers and step.covers.reopen:
                yield step.covers.reopen


def _refused_by_library(context: Context) -> Iterator[DefinitionError]:
    try:
        compile_chart(context.body)
    except InvalidDefinition as error:
        yield context.error(
            ("machine",),
            f"python-statemachine refuses this machine: {error}.",
            "Mend the states that it names.",
        )
