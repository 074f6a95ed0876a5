"""When cases of a process open by themselves, and with what: the pure part of schedules.

A schedule is a calendar: on a day of some months, at a time of the day, always in UTC. It follows
from the definition alone which moments are of it, what a case that opens at one of them is given,
and which id that case has: so a moment that is told twice opens one case.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated

from pydantic import Field, model_validator

from definitions.acts import SYSTEM, Act
from definitions.canonical import Json, sha256
from definitions.clock import parse, stamp
from definitions.parts import Id, Part, Text, filled

WORDS = ("from", "until")
"""What the words given to a scheduled case may name: the first and the last day of its period."""
_CASE_ID = 32


class GivenText(Part):
    """What a field of a scheduled case holds: words, or a choice.

    Words may name `{from}` and `{until}`: the day of the moment before, and the last day before
    this one.
    """

    text: Text | None = None
    choice: Id | None = None

    @model_validator(mode="after")
    def _one(self) -> GivenText:
        if len(self.model_dump(exclude_none=True)) != 1:
            raise ValueError("give exactly one of text, choice")
        return self


class Schedule(Part):
    """Opens a case by itself, on a day of these months at a time of the day (UTC).

    Attributes:
        day: the day of the month; up to the 28th, which every month has.
        opener: of whose holders the case's opener is one.
        with_: the case's fields.
    """

    months: tuple[Annotated[int, Field(ge=1, le=12)], ...] = Field(min_length=1)
    day: int = Field(ge=1, le=28)
    at: str = Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="UTC")
    opener: Id
    with_: dict[Id, GivenText] = Field(default={}, alias="with")

    def hour(self) -> int:
        """Return the hour of the day, in UTC."""
        return int(self.at[:2])

    def minute(self) -> int:
        """Return the minute of the hour."""
        return int(self.at[3:])


def is_of(schedule: Schedule, at: datetime) -> bool:
    """Say whether a moment is one of the schedule's."""
    return at in set(_moments(schedule, at.year))


def next_after(schedule: Schedule, at: datetime) -> datetime:
    """Return the schedule's first moment after a time."""
    return next(one for one in _around(schedule, at) if one > at)


def last_before(schedule: Schedule, at: datetime) -> datetime:
    """Return the schedule's last moment before a time."""
    return [one for one in _around(schedule, at) if one < at][-1]


def _around(schedule: Schedule, at: datetime) -> list[datetime]:
    years = (at.year - 1, at.year, at.year + 1)
    return [moment for year in years for moment in _moments(schedule, year)]


def _moments(schedule: Schedule, year: int) -> Iterator[datetime]:
    for month in sorted(set(schedule.months)):
        yield datetime(year, month, schedule.day, schedule.hour(), schedule.minute(), tzinfo=UTC)


def given(schedule: Schedule, at: str) -> dict[str, Json]:
    """Return the values of the case that opens at a moment (a stamp)."""
    moment = parse(at)
    known = {
        "from": last_before(schedule, moment).date().isoformat(),
        "until": (moment - timedelta(days=1)).date().isoformat(),
    }
    return {
        name: filled(one.text, known) if one.text is not None else one.choice
        for name, one in schedule.with_.items()
    }


def tick_id(process: str, at: str) -> str:
    """Return the id of the case that opens at a moment; no person can give a case such an id."""
    return sha256(f"tick:{process}:{at}".encode())[:_CASE_ID]


def cause_of(process: str, at: str) -> dict[str, Json]:
    """Return what a scheduled case's opening says of why it was opened."""
    return {"schedule": process, "at": at}


def moment_of(act: Act) -> str | None:
    """Return at which moment of a schedule a case was opened (a stamp); None if by none.

    That there is such a schedule and that it has this moment is asked elsewhere.
    """
    cause = act.auth.get("cause")
    if act.kind != "open" or act.actor != SYSTEM or not isinstance(cause, dict):
        return None
    at = cause.get("at")
    try:
        same = isinstance(at, str) and stamp(parse(at)) == at
    except ValueError:
        return None
    return str(at) if same and set(cause) == {"schedule", "at"} else None
