"""Steps with a list: something is on it, and who may add to it is known."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.checks.context import Context
from definitions.errors import DefinitionError
from definitions.reading import KeyPath


def check_lists(context: Context) -> Iterator[DefinitionError]:
    """Check the list of each step that has one."""
    for name, step in context.body.steps.items():
        if step.each is None:
            continue
        path: KeyPath = ("steps", name, "each")
        if not step.each.items:
            yield context.error(
                path,
                "Nothing is on this list at first, so that the step could never be finished.",
                "Add `items: {id: words}`.",
            )
        for index, role in enumerate(step.each.grow):
            yield from context.unknown_role((*path, "grow", index), role)
        if step.vote is not None:
            yield context.error(
                path, "A body votes once, not on each thing of a list.", "Take `each` out."
            )
