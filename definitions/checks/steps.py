"""Steps: where they stand, what they cover, what is given in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from definitions.checks.context import Context
from definitions.checks.fields import check_field
from definitions.errors import DefinitionError
from definitions.model import Covers, FieldSpec, Step
from definitions.reading import KeyPath
from definitions.rules.values import COMMENT_NAME


def check_steps(context: Context) -> Iterator[DefinitionError]:
    """Check that steps and waiting states belong together, then each step but for its seats."""
    for name in context.states:
        nothing = name not in context.body.steps and not context.waits_for_child(name)
        if context.is_waiting(name) and nothing:
            yield context.error(
                context.path(name),
                f"Nobody has anything to do in the state `{name}`: it has no step.",
                f"Add `{name}` under `steps`, or make it an end (`final: true`).",
            )
    for name, step in context.body.steps.items():
        path: KeyPath = ("steps", name)
        yield from _place(context, name, path)
        yield from _outcomes(context, step, path)
        yield from _need(context, step, path)
        yield from _covers(context, name, step.covers, (*path, "covers"))
        yield from _evidence(context, step.evidence, (*path, "evidence"))


def _place(context: Context, name: str, path: KeyPath) -> Iterator[DefinitionError]:
    if name not in context.states and not context.near(name, context.states):
        yield context.error(
            path,
            f"No state is called like the step `{name}`: a case would never come to it.",
            f"Add the state `{name}` to the machine, with an event that leads to it, or take the "
            "step out.",
        )
    elif name not in context.states:
        yield from context.unknown_state(path, name)
    elif not context.is_waiting(name):
        yield context.error(
            path,
            f"A step can't stand at `{name}`: it is an end, or has inner states.",
            "Put the step at a state inside of it, or before it.",
        )


def _outcomes(context: Context, step: Step, path: KeyPath) -> Iterator[DefinitionError]:
    several = len(step.seats) > 1 or any(seat.count != 1 for seat in step.seats.values())
    if several and all(outcome.at == "once" for outcome in step.outcomes.values()):
        yield context.error(
            (*path, "outcomes"),
            "Every outcome is `at: once`: the first signature decides, whatever seats there are.",
            "Let the outcome that all must agree on be `at: all`, or ask for one signature only.",
        )


def _need(context: Context, step: Step, path: KeyPath) -> Iterator[DefinitionError]:
    if step.need == "all":
        return
    here = (*path, "need")
    if step.vote is not None or step.each is not None:
        yield context.error(
            here,
            "Where a body votes, or things are signed one by one, it is settled which seats are "
            "enough.",
            "Take `need` out, or give these seats a step of their own.",
        )
        return
    for seat in [name for name, spec in step.seats.items() if spec.may_be_absent()]:
        yield context.error(
            here,
            f"The seat `{seat}` isn't there for every choice, and nobody could say what is enough "
            "without it.",
            "Let its `count` be 1 at least for every choice, or take `need` out.",
        )
    for index, one in enumerate(step.need):
        for place, seat in enumerate(one):
            yield from context.unknown((*here, index, place), "seat", seat, tuple(step.seats))
    for index, one in enumerate(step.need):
        less = next((o for o in step.need if o is not one and set(o) <= set(one)), None)
        if less is not None:
            yield context.error(
                (*here, index),
                f"{_seats(one)} can never be what decides: {_seats(less)} is enough already.",
                "Take this one out, or the other.",
            )
    for seat in [seat for seat in step.seats if not any(seat in one for one in step.need)]:
        yield context.error(
            here,
            f"The seat `{seat}` is in none of these: whoever fills it has decided nothing.",
            "Add it to one, or take the seat out.",
        )


def _seats(names: Sequence[str]) -> str:
    return " with ".join(f"`{name}`" for name in names)


def _covers(
    context: Context, name: str, covers: Covers | None, path: KeyPath
) -> Iterator[DefinitionError]:
    if covers is None:
        return
    for index, field in enumerate(covers.fields):
        yield from context.unknown_field((*path, "fields", index), field)
    if covers.reopen is None:
        return
    here = (*path, "reopen")
    if covers.reopen not in context.states:
        yield from context.unknown_state(here, covers.reopen)
        return
    outer = context.parents[covers.reopen]
    if context.states[covers.reopen].final:
        yield context.error(
            here,
            f"A case can't be taken back to `{covers.reopen}`: that is an end.",
            "Name the state in which the decision is taken again.",
        )
    elif outer is not None and context.states[outer].parallel:
        yield context.error(
            here,
            f"`{covers.reopen}` can't be reopened alone: all that runs beside it would begin anew.",
            "Name the state inside of it in which the decision is taken again.",
        )
    elif _beside(context, name, covers.reopen):
        yield context.error(
            here,
            f"`{covers.reopen}` runs beside `{name}`: taken back to it, the case would never come "
            f"to `{name}` again.",
            f"Name `{name}`, a state before it in its own region, or one before both.",
        )


def _beside(context: Context, one: str, other: str) -> bool:
    """Say whether two states are in different regions of one parallel state."""
    around = _around(context, one)
    common = next((outer for outer in _around(context, other) if outer in around), None)
    return common is not None and context.states[common].parallel is not None


def _around(context: Context, name: str) -> list[str]:
    found, outer = [], context.parents.get(name)
    while outer is not None:
        found.append(outer)
        outer = context.parents.get(outer)
    return found


def _evidence(
    context: Context, evidence: Mapping[str, FieldSpec], path: KeyPath
) -> Iterator[DefinitionError]:
    for name, spec in evidence.items():
        yield from check_field(context, (*path, name), spec)
        if name == COMMENT_NAME:
            yield context.error(
                (*path, name),
                "Evidence can't be called `comment`: every step has a comment of its own.",
                "Choose another name.",
            )
