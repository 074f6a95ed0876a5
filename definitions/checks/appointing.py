"""People whom the case itself appoints: drawn by lot, or bound by how a step was closed."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.checks.context import OPENER, Context
from definitions.errors import DefinitionError
from definitions.reading import KeyPath
from definitions.rules.seats import ALWAYS_BARRED


def check_draws(context: Context) -> Iterator[DefinitionError]:
    """Check each person drawn: from whom, where, without whom."""
    for name, draw in context.body.draws.items():
        path: KeyPath = ("draws", name)
        yield from _name(context, name, path, (OPENER, *context.body.people))
        yield from context.unknown_role((*path, "role"), draw.role)
        yield from context.unknown((*path, "on"), "step", draw.on, tuple(context.body.steps))
        if draw.otherwise is None:
            yield context.error(
                path,
                "Nobody may be left to be drawn, and nothing says what follows then.",
                "Add `otherwise` with the event that is sent.",
            )
        known = (*context.people(), *(n for n in ALWAYS_BARRED if n not in context.body.people))
        for index, person in enumerate(draw.not_):
            here = (*path, "not", index)
            yield from context.unknown(here, "person of the case", person, known)
            if person == name:
                yield context.error(here, "Nobody is drawn beside themselves.", "Take it out.")


def check_bound(context: Context) -> Iterator[DefinitionError]:
    """Check each person whom a step's outcome binds."""
    for name, bound in context.body.bound.items():
        path: KeyPath = ("bound", name)
        taken = (OPENER, *context.body.people, *context.body.draws)
        yield from _name(context, name, path, taken)
        yield from context.unknown_step((*path, "signer"), bound.signer)
        step = context.body.steps.get(bound.signer)
        if step is None:
            continue
        what = f"seat of `{bound.signer}`"
        yield from context.unknown((*path, "seat"), what, bound.seat, tuple(step.seats))
        if bound.seat in step.seats and step.seats[bound.seat].may_be_absent():
            yield context.error(
                (*path, "seat"),
                f"The seat `{bound.seat}` of `{bound.signer}` isn't there for every choice: then "
                "it would bind nobody.",
                "Name a seat that is always there.",
            )
        if step.each is not None or step.vote is not None:
            yield context.error(
                (*path, "signer"),
                f"`{bound.signer}` is signed by many (a list, or a vote), and binds nobody.",
                "Name a step that is signed off as a whole.",
            )


def _name(
    context: Context, name: str, path: KeyPath, taken: tuple[str, ...]
) -> Iterator[DefinitionError]:
    if name in taken:
        yield context.error(
            path,
            f"The person `{name}` comes from somewhere else already.",
            "Choose another name.",
        )
