"""Events: each that is sent is handled where it is sent, each that is handled is sent.

Steps send them by outcomes and deadlines; child cases that end, grants that the matrix forbids,
and draws for which nobody is left send them too.
"""

from __future__ import annotations

from collections.abc import Iterator

from definitions.checks.context import Context
from definitions.errors import DefinitionError
from definitions.machine import DONE
from definitions.model import State
from definitions.reading import KeyPath


def check_events(context: Context) -> Iterator[DefinitionError]:
    """Check what is sent against what states handle."""
    sent = [*_sent(context), *_sent_by_effects(context)]
    for step, event, path in sent:
        around = (step, *context.around(step))
        if not any(event in context.states[name].on for name in around):
            yield context.error(
                path,
                f"The state `{step}` says nothing about the event `{event}`.",
                f"Add it under `on` of `{step}` (or of a state around it): `{event}: STATE`.",
            )
        yield from _heard_elsewhere(context, step, event, path)
    for node in context.nodes:
        for event in node.state.on if isinstance(node.state, State) else ():
            senders = {step for step, name, _ in sent if name == event}
            inside = (s for s in senders if node.name in (s, *context.around(s)))
            if event != DONE and not any(inside):
                yield context.error(
                    (*node.path, "on", event),
                    f"Nobody sends the event `{event}` in the state `{node.name}`.",
                    "Name it as the event of an outcome or a deadline of its step, or take it out; "
                    "a child case, a grant or a draw can send one too.",
                )


def _sent(context: Context) -> Iterator[tuple[str, str, KeyPath]]:
    """Yield each event that a step sends: step, event and place."""
    for name, step in context.body.steps.items():
        if name not in context.states:
            continue  # a finding of its own
        for outcome, spec in step.outcomes.items():
            yield name, spec.event, ("steps", name, "outcomes", outcome, "event")
        if step.deadline and step.deadline.event:
            yield name, step.deadline.event, ("steps", name, "deadline", "event")


def _sent_by_effects(context: Context) -> Iterator[tuple[str, str, KeyPath]]:
    """Yield each event that is sent because of what happens by itself in a state."""
    for index, effect in enumerate(context.body.effects):
        state, path = effect.enter or "", ("effects", index)
        if state not in context.states:
            continue  # a finding of its own
        for outcome, event in effect.open.on.items() if effect.open else ():
            yield state, event, (*path, "open", "on", outcome)
        if effect.grant and effect.grant.otherwise:
            yield state, effect.grant.otherwise, (*path, "grant", "otherwise")
    for name, draw in context.body.draws.items():
        if draw.otherwise and draw.on in context.states:
            yield draw.on, draw.otherwise, ("draws", name, "otherwise")
            # Who declines once the office was accepted leaves it vacant.
            for step, rule in context.body.steps.items():
                seats = (seat.person for seat in rule.seats.values())
                if step != draw.on and step in context.states and name in seats:
                    yield step, draw.otherwise, ("draws", name, "otherwise")


def _heard_elsewhere(
    context: Context, step: str, event: str, path: KeyPath
) -> Iterator[DefinitionError]:
    """Yield a finding for each parallel state that would move with the event of this step.

    The machine tells an event to all active states: the other region would go on unsigned.
    """
    around = (step, *context.around(step))
    for name, state in context.states.items():
        if event not in state.on or name in around:
            continue
        common = next((outer for outer in context.around(name) if outer in around), None)
        if common not in (None, step) and context.states[common or ""].parallel:
            yield context.error(
                path,
                f"The event `{event}` of `{step}` would move `{name}` too, which runs beside it.",
                "Give the events of parallel states different names.",
            )
