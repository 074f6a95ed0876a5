"""Times: until when a step should be done, when people are reminded, what a choice decides of it.

That a step whose deadline is put off can be open then is `told.py`'s part, which goes through the
machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from definitions.catalogue import Extend
from definitions.checks.context import Context
from definitions.errors import DefinitionError
from definitions.model import LengthBy, Step, duration, lengths
from definitions.reading import KeyPath


def check_times(context: Context) -> Iterator[DefinitionError]:
    """Check the deadline and the reminders of each step."""
    for name, step in context.body.steps.items():
        path: KeyPath = ("steps", name)
        if step.deadline is not None:
            yield from check_length(context, step.deadline.after, (*path, "deadline", "after"))
        for index, reminder in enumerate(step.reminders):
            yield from check_length(context, reminder, (*path, "reminders", index))
        yield from _idle(context, step, path)
        yield from _going_on(context, step, path)
        yield from _reminders(context, step, path)
    for index, effect in enumerate(context.body.effects):
        if effect.extend is not None:
            yield from _extended(context, effect.extend, ("effects", index, "extend"))


def check_length(
    context: Context, length: str | LengthBy, path: KeyPath
) -> Iterator[DefinitionError]:
    """Check that a length of time is known whichever choice is made, and may be seen."""
    if not isinstance(length, LengthBy):
        return
    field = context.body.start.fields.get(length.by)
    if field is None:
        yield from context.unknown_field((*path, "by"), length.by)
        return
    if field.type != "choice" or not field.required:
        yield context.error(
            (*path, "by"),
            f"`{length.by}` can't say how long it is: it isn't a choice that must be made.",
            "Name a field with `type: choice` and `required: true`.",
        )
    if length.by in context.body.privacy.fields:
        yield context.error(
            (*path, "by"),
            f"`{length.by}` is confidential, and until when a step is open tells what was chosen.",
            "Name a field that everybody sees who sees the case (9.5), or one length for all.",
        )
    for choice in field.choices or {}:
        if choice not in length.lengths():
            yield context.error(
                path,
                f"There is no length of time for the choice `{choice}`.",
                f"Add `{choice}:` with a duration such as P3D or PT12H.",
            )
    for choice in length.lengths():
        what = f"choice of `{length.by}`"
        yield from context.unknown((*path, choice), what, choice, tuple(field.choices or ()))


def _idle(context: Context, step: Step, path: KeyPath) -> Iterator[DefinitionError]:
    deadline = step.deadline
    # The deadline of a vote closes it; nothing more need happen then.
    idle = deadline is not None and deadline.event is None and not deadline.tell
    if idle and step.vote is None:
        yield context.error(
            (*path, "deadline"),
            "Nothing happens when this deadline passes.",
            "Add `event`, or `tell` with those who should hear of it.",
        )


def _going_on(context: Context, step: Step, path: KeyPath) -> Iterator[DefinitionError]:
    if step.vote is not None and step.deadline is not None and step.deadline.goes_on:
        yield context.error(
            (*path, "deadline", "goes_on"),
            "A vote that begins anew needs its whole time anew: nobody has voted in it yet, and "
            "past its end it would be counted at once.",
            "Take `goes_on` out.",
        )


def _extended(context: Context, extend: Extend, path: KeyPath) -> Iterator[DefinitionError]:
    yield from context.unknown_step((*path, "step"), extend.step)
    yield from check_length(context, extend.by, (*path, "by"))
    step = context.body.steps.get(extend.step)
    if step is not None and step.deadline is None:
        yield context.error(
            (*path, "step"),
            f"`{extend.step}` has no deadline that could be put off.",
            "Give that step a `deadline`, or name one that has.",
        )
    if not any(lengths(extend.by)):
        yield context.error(
            (*path, "by"),
            "This puts off nothing: its length is none.",
            "Write by how much the deadline is put off, such as PT4H or P3D.",
        )


def _reminders(context: Context, step: Step, path: KeyPath) -> Iterator[DefinitionError]:
    if step.deadline is None:
        return
    for index, reminder in enumerate(step.reminders):
        for choice, when, end in _together(reminder, step.deadline.after):
            if duration(when) >= duration(end):
                at = f" with `{choice}`" if choice else ""
                yield context.error(
                    (*path, "reminders", index),
                    f"The reminder after {when} comes when the deadline ({end}) is over{at}.",
                    "Remind before the deadline.",
                )


def _together(one: str | LengthBy, other: str | LengthBy) -> Iterator[tuple[str, str, str]]:
    """Yield the choice and both lengths; of two that different fields decide, the worst case.

    That is the longest of the one beside the shortest of the other, since nothing is known of how
    the fields go together.
    """
    if isinstance(one, LengthBy) and isinstance(other, LengthBy) and one.by == other.by:
        for choice, length in one.lengths().items():
            if choice in other.lengths():
                yield choice, length, other.lengths()[choice]
        return
    firsts, seconds = _told(one), _told(other)
    if firsts and seconds:
        (first, longest), (second, shortest) = max(firsts, key=_long), min(seconds, key=_long)
        yield first or second, longest, shortest


def _told(length: str | LengthBy) -> list[tuple[str, str]]:
    return list(length.lengths().items()) if isinstance(length, LengthBy) else [("", length)]


def _long(told: tuple[str, str]) -> timedelta:
    return duration(told[1])
