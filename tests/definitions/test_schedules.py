"""Schedules: which moments they have, what a case that opens by one is given, what is refused."""

from __future__ import annotations

import copy
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given as drawn
from hypothesis import strategies as st
from pydantic import ValidationError

from definitions.acts import Act, Facts, shown_digest
from definitions.canonical import Json, commit_to
from definitions.checks import check_parts
from definitions.clock import parse, stamp
from definitions.definition import Definition
from definitions.loader import Source, load_library
from definitions.reading import Positions
from definitions.refusals import Refusal
from definitions.rules import apply
from definitions.timetable import (
    Schedule,
    cause_of,
    given,
    is_of,
    last_before,
    moment_of,
    next_after,
    tick_id,
)

SUMMARY = load_library().current("board-summary")
JANUARY = "2027-01-01T06:00:00.000Z"
QUARTERLY = Schedule(
    months=(10, 1, 4, 7), day=1, at="06:00", opener="systems-administration-leader"
)
SALT = "ab" * 32
GONE = object()


def test_its_moments_follow_each_other() -> None:
    at, found = datetime(2026, 11, 30, 12, tzinfo=UTC), []
    for _ in range(5):
        at = next_after(QUARTERLY, at)
        found.append(stamp(at)[:16])
    assert found == [
        "2027-01-01T06:00",
        "2027-04-01T06:00",
        "2027-07-01T06:00",
        "2027-10-01T06:00",
        "2028-01-01T06:00",
    ]


@drawn(
    months=st.lists(st.integers(1, 12), min_size=1),
    day=st.integers(1, 28),
    at=st.times().map(lambda time: f"{time:%H:%M}"),
    now=st.datetimes(datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - the strategy adds the zone
)
def test_a_time_lies_between_two_of_its_moments(
    months: list[int], day: int, at: str, now: datetime
) -> None:
    schedule = Schedule(months=tuple(months), day=day, at=at, opener="member")
    after, before = next_after(schedule, now), last_before(schedule, now)
    assert before < now < after
    assert is_of(schedule, after)
    assert is_of(schedule, before)
    assert not is_of(schedule, after + timedelta(seconds=1))
    # Nothing lies between the two but the time itself, if that is one.
    assert next_after(schedule, before) == (now if is_of(schedule, now) else after)


def test_what_it_gives_names_its_period() -> None:
    schedule = SUMMARY.body.start.schedule
    assert schedule is not None
    assert given(schedule, JANUARY) == {"period": "2026-10-01 to 2026-12-31"}


def opening(values: dict[str, Json], **changes: Any) -> Act:
    commitments = {name: commit_to(SALT, value) for name, value in values.items()}
    act = Act(
        id=tick_id("board-summary", JANUARY),
        case=tick_id("board-summary", JANUARY),
        kind="open",
        actor="system",
        definition=SUMMARY.version,
        shown=shown_digest(SUMMARY.version, commitments),
        auth={"kind": "system", "cause": cause_of("board-summary", JANUARY)},
        at=JANUARY,
        values=commitments,
    )
    return replace(act, **changes)


def outcome(values: dict[str, Json], **changes: Any) -> str:
    """Return `opened`, or the code of the refusal."""
    facts = Facts(JANUARY, (), "s20270101.1", {"opener": ("p-1",)})
    changed = apply(SUMMARY, None, opening(values, **changes), values, facts)
    return changed.code if isinstance(changed, Refusal) else "opened"


def test_the_rules_let_it_open_exactly_what_it_says() -> None:
    said: dict[str, Json] = {"period": "2026-10-01 to 2026-12-31"}
    later = "2027-01-02T06:00:00.000Z"

    def cause(process: str, at: str) -> dict[str, Json]:
        return {"kind": "system", "cause": cause_of(process, at)}

    assert outcome(said) == "opened"
    assert outcome({"period": "Another"}) == "not-scheduled"
    assert outcome({}) == "not-scheduled"
    assert outcome(said, id="another-case-01", case="another-case-01") == "not-scheduled"
    assert outcome(said, auth=cause("system-patch", JANUARY)) == "not-scheduled"
    other = tick_id("board-summary", later)
    assert outcome(said, id=other, case=other, auth=cause("board-summary", later)) == (
        "not-scheduled"
    )
    assert outcome(said, actor="p-1") == "childs-id"
    assert outcome(said, auth={"kind": "system", "cause": {"case": "x", "seq": 1}}) == (
        "not-yours-to-open"
    )


@pytest.mark.parametrize(
    "auth",
    [
        {},
        {"cause": None},
        {"cause": {"schedule": "x"}},
        {"cause": {"schedule": "x", "at": 3}},
        {"cause": {"schedule": "x", "at": "tomorrow"}},
        {"cause": {"schedule": "x", "at": JANUARY, "more": 1}},
    ],
)
def test_what_names_no_moment_is_none(auth: dict[str, Json]) -> None:
    assert moment_of(opening({}, auth=auth)) is None
    assert moment_of(opening({})) == JANUARY
    assert moment_of(opening({}, kind="comment")) is None


SLIPS: list[tuple[str, Any, str]] = [
    ("schedule/opener", "pilot", "There is no role `pilot`"),
    ("schedule/opener", "tester", "`tester` couldn't open such a case"),
    ("schedule/with/period", GONE, "The form wouldn't be taken"),
    ("schedule/with/perio", {"text": "x"}, "There is no field `perio`"),
    ("schedule/with/period", {"text": "{since}"}, "since"),
    ("schedule/with/period", {"text": "x" * 101}, "The form wouldn't be taken"),
    ("schedule/with/period", {"choice": "low"}, "of type `string`, and a choice is given"),
    ("fields/period/type", "person", "of type `person`, and a text is given"),
]


def findings(data: Any) -> str:
    file = "board-summary.yaml"
    source = Source(Definition.build(data, {}), Positions(file, {}), file)
    return "\n".join(str(one) for one in check_parts(source))


def changed(path: str, value: Any) -> Any:
    data = copy.deepcopy(SUMMARY.written())
    at, *inner, last = data["start"], *path.split("/")
    for key in inner:
        at = at[key]
    if value is GONE:
        del at[last]
    else:
        at[last] = value
    return data


def test_as_it_is_nothing_is_found() -> None:
    assert findings(SUMMARY.written()) == ""


@pytest.mark.parametrize(("path", "value", "says"), SLIPS)
def test_a_slip_is_found(path: str, value: Any, says: str) -> None:
    assert says in findings(changed(path, value))


def test_it_does_not_go_with_a_choice_that_decides_who_opens() -> None:
    choice = {"type": "choice", "title": "Why", "required": True, "choices": {"a": "A"}}
    data = changed("fields/why", choice)
    data["start"]["when"] = {"why": {"a": {"roles": ["board-member"]}}}
    data["start"]["schedule"]["with"]["why"] = {"choice": "a"}
    assert "A choice decides who may open the case" in findings(data)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("schedule/months", []),
        ("schedule/months", [13]),
        ("schedule/day", 29),
        ("schedule/at", "24:00"),
        ("schedule/at", "6:00"),
        ("schedule/with/period", {"text": "x", "choice": "y"}),
        ("schedule/with/period", {"person": "opener"}),
    ],
)
def test_what_is_no_schedule_is_not_read(path: str, value: Any) -> None:
    with pytest.raises(ValidationError):
        Definition.build(changed(path, value), {})


def test_a_moment_is_a_time_of_day_in_utc() -> None:
    assert parse(JANUARY).tzinfo is UTC
