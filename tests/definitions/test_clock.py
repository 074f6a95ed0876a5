from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from definitions.clock import FileClock, FixedClock, SystemClock, parse, stamp

MOMENTS = st.datetimes(
    min_value=datetime(1970, 1, 1),  # noqa: DTZ001 - hypothesis adds the zone
    max_value=datetime(9998, 12, 31),  # noqa: DTZ001
    timezones=st.just(UTC),
)


def test_a_time_is_written_in_utc_with_milliseconds() -> None:
    in_vienna = datetime(2026, 10, 18, 11, 30, 0, 123999, tzinfo=timezone(timedelta(hours=2)))
    assert stamp(in_vienna) == "2026-10-18T09:30:00.123Z"


@given(MOMENTS, MOMENTS)
def test_written_times_sort_as_they_follow_and_come_back(one: datetime, other: datetime) -> None:
    assert abs(parse(stamp(one)) - one) < timedelta(milliseconds=1)
    if stamp(one) != stamp(other):
        assert (stamp(one) < stamp(other)) == (one < other)


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        stamp(datetime(2026, 1, 1))  # noqa: DTZ001 - that is the point


@pytest.mark.parametrize("text", ["", "2026-10-18", "2026-10-18T09:30:00Z", "9:30", "x" * 24])
def test_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a time"):
        parse(text)


def test_clocks_that_share_a_file_move_together(tmp_path: Path) -> None:
    path = tmp_path / "clock"
    one, other = FileClock(path), FileClock(path)
    assert one.offset() == 0.0
    one.move_to_offset(3 * 86400)
    assert other.now() - SystemClock().now() > timedelta(days=2, hours=23)
    path.write_text("")
    assert other.offset() == 0.0


def test_a_fixed_clock_stands_until_it_is_moved() -> None:
    clock = FixedClock(datetime(2026, 1, 1, tzinfo=UTC))
    assert clock.now() == clock.now()
    clock.pass_time(timedelta(days=1))
    assert stamp(clock.now()) == "2026-01-02T00:00:00.000Z"
