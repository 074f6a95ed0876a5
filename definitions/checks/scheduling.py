"""Schedules: that what opens by itself can be opened so, for somebody who might open it too."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from definitions.checks.context import Context
from definitions.checks.effects import check_placeholders
from definitions.clock import stamp
from definitions.errors import DefinitionError
from definitions.reading import KeyPath
from definitions.rules.values import check_values
from definitions.timetable import WORDS, Schedule, given, next_after

_HERE: KeyPath = ("start", "schedule")
_SOME_DAY = datetime(2026, 1, 1, tzinfo=UTC)


def check_schedule(context: Context) -> Iterator[DefinitionError]:
    """Check when cases open by themselves, for whom, and with which form."""
    start = context.body.start
    schedule = start.schedule
    if schedule is None:
        return
    yield from context.unknown_role((*_HERE, "opener"), schedule.opener)
    if schedule.opener not in start.roles:
        yield context.error(
            (*_HERE, "opener"),
            f"`{schedule.opener}` couldn't open such a case: `start.roles` doesn't name it.",
            "Name a role that may, or add it to `start.roles`.",
        )
    if start.when:
        yield context.error(
            _HERE,
            "A choice decides who may open the case, and nobody makes it here.",
            "Take `when` or `schedule` out.",
        )
    names = tuple(schedule.with_)
    for name in names:
        yield from context.unknown_field((*_HERE, "with", name), name)
    if all(name in start.fields for name in names):
        yield from _form(context, schedule)


def _form(context: Context, schedule: Schedule) -> Iterator[DefinitionError]:
    fields = context.body.start.fields
    for name, one in schedule.with_.items():
        here: KeyPath = (*_HERE, "with", name)
        if one.text is not None:
            found = list(check_placeholders(context, one.text, (*here, "text"), WORDS))
            yield from found
            if found:
                return
        kinds = ("choice",) if one.choice is not None else ("string", "text")
        if fields[name].type not in kinds:
            yield context.error(
                here,
                f"The field is of type `{fields[name].type}`, and a {kinds[-1]} is given.",
                "Give something that the field takes.",
            )
            return
    some = stamp(next_after(schedule, _SOME_DAY))
    for refusal in check_values(fields, given(schedule, some)):
        yield context.error(
            (*_HERE, "with"),
            f"The form wouldn't be taken: {refusal.sentence}",
            f"Say under `with` what `{refusal.field}` holds.",
        )
