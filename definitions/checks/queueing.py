"""What is queued for another process: that its cases take it, and that somebody queues it."""

from __future__ import annotations

from collections.abc import Iterator

from definitions.checks.context import Context
from definitions.checks.effects import check_placeholders
from definitions.errors import DefinitionError
from definitions.model import Body
from definitions.reading import KeyPath

_WORDS = ("number", "title")


def check_queues(context: Context) -> Iterator[DefinitionError]:
    """Check each effect that queues something, and the list that takes up what others queue."""
    for index, effect in enumerate(context.body.effects):
        if effect.queue is None:
            continue
        path: KeyPath = ("effects", index, "queue")
        yield from check_placeholders(context, effect.queue.text, (*path, "text"), _WORDS)
        if not context.library:
            continue
        yield from _for(context, effect.queue.for_, (*path, "for"))
        other = context.library.get(effect.queue.for_)
        if other is not None and not _lists(other):
            yield context.error(
                (*path, "for"),
                f"`{effect.queue.for_}` has no list for what is queued: nobody would ever see it.",
                "Let a step of it have `each: {queued: true}`, or name another process.",
            )
    yield from _taken(context)


def _for(context: Context, name: str, path: KeyPath) -> Iterator[DefinitionError]:
    """Check that the process for which something is queued is there."""
    near = context.near(name, context.library)
    if name in context.library:
        return
    yield context.error(
        path,
        f"There is no process `{name}`.",
        f"Did you mean `{near}`?"
        if near
        else "If it is in a file that isn't in force yet, check both files together; otherwise "
        f"name one of these: {', '.join(context.library)}.",
    )


def _taken(context: Context) -> Iterator[DefinitionError]:
    lists = _lists(context.body)
    for name in lists[1:]:
        yield context.error(
            ("steps", name, "each", "queued"),
            f"What is queued is on the list of `{lists[0]}` already, and can be on one alone.",
            "Take `queued` out of one of the two.",
        )
    others = context.library.values()
    queued = {e.queue.for_ for body in others for e in body.effects if e.queue is not None}
    if lists and context.library and context.body.process not in queued:
        yield context.error(
            ("steps", lists[0], "each", "queued"),
            f"No process queues anything for `{context.body.process}`.",
            "Add an effect `queue` to one that should, or take `queued` out.",
        )


def _lists(body: Body) -> list[str]:
    return [name for name, step in body.steps.items() if step.each and step.each.queued]
