"""Words in sentences: numbers, lists, times."""

from datetime import UTC, datetime, timedelta

import pytest

from definitions.clock import stamp
from web.presenters.words import closing, counted, day, due, exactly, inside, listed, number, since

NOW = datetime(2026, 11, 23, 18, 0, tzinfo=UTC)  # a Monday


@pytest.mark.parametrize(
    ("age", "words"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=1), "one minute ago"),
        (timedelta(minutes=59), "59 minutes ago"),
        (timedelta(hours=2), "two hours ago"),
        (timedelta(hours=23), "23 hours ago"),
        (timedelta(days=1), "yesterday"),
        (timedelta(days=1, hours=12), "yesterday"),
        (timedelta(days=2), "two days ago"),
        (timedelta(days=13), "13 days ago"),
        (timedelta(days=14), "on 9 November"),
        (timedelta(days=400), "on 19 October 2025"),
        (timedelta(seconds=-5), "just now"),
    ],
)
def test_when_something_was(age: timedelta, words: str) -> None:
    assert since(stamp(NOW - age), NOW).words == words


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(minutes=30), "within 30 minutes"),
        (timedelta(hours=5, minutes=59), "within five hours"),
        (timedelta(hours=12), "by tomorrow"),
        (timedelta(days=1), "by tomorrow"),
        (timedelta(days=3), "by Thursday"),
        (timedelta(days=6), "by Sunday"),
        (timedelta(days=7), "by 30 November"),
        (timedelta(days=60), "by 22 January 2027"),
        (timedelta(0), "less than a minute late"),
        (timedelta(hours=-3), "three hours late"),
        (timedelta(days=-2), "two days late"),
    ],
)
def test_by_when_something_is_to_be_done(left: timedelta, words: str) -> None:
    assert due(stamp(NOW + left), NOW).words == words


def test_later_today_is_tonight() -> None:
    morning = NOW.replace(hour=8)
    assert due(stamp(NOW), morning).words == "by tonight"


def test_a_day_is_read_after_since() -> None:
    assert day(stamp(NOW), NOW).words == "23 November"
    assert day(stamp(NOW - timedelta(days=400)), NOW).words == "19 October 2025"


def test_the_exact_time_stands_beside_the_words() -> None:
    assert since(stamp(NOW), NOW).at == NOW


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(hours=36), "one day and twelve hours"),
        (timedelta(days=1, hours=2, minutes=3), "one day, two hours and three minutes"),
        (timedelta(hours=4), "four hours"),
        (timedelta(), "no time"),
    ],
)
def test_a_length_that_is_promised_is_told_whole(length: timedelta, words: str) -> None:
    assert exactly(length) == words


def test_lists_and_numbers_are_said_as_people_say_them() -> None:
    assert [listed(["Ada", "Bo", "Cy"][:n]) for n in range(4)] == [
        "",
        "Ada",
        "Ada and Bo",
        "Ada, Bo and Cy",
    ]
    assert listed(["Dana", "Emil"], "or") == "Dana or Emil"
    assert [counted(0, "file"), counted(1, "file"), counted(2, "file")] == [
        "no files",
        "one file",
        "two files",
    ]
    assert number(13_000) == "13,000"


@pytest.mark.parametrize(
    ("title", "read"),
    [
        ("Approve", "approve"),
        ("Not possible", "not possible"),
        ("I agree", "I agree"),
        ("I don't want it", "I don't want it"),
        ("I'm not free", "I'm not free"),
        ("SSH keys changed", "SSH keys changed"),
        ("A patch", "a patch"),
        ("", ""),
    ],
)
def test_a_title_inside_a_sentence_begins_small_unless_it_cannot(title: str, read: str) -> None:
    assert inside(title) == read


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (timedelta(0), "now"),
        (timedelta(seconds=20), "in less than a minute"),
        (timedelta(hours=5, minutes=59), "in five hours"),
        (timedelta(hours=12), "tomorrow"),
        (timedelta(days=1), "tomorrow"),
        (timedelta(days=3), "on Thursday"),
        (timedelta(days=7), "on 30 November"),
    ],
)
def test_when_something_closes_by_itself(left: timedelta, words: str) -> None:
    assert closing(stamp(NOW + left), NOW).words == words


def test_what_closes_late_today_closes_tonight() -> None:
    morning = NOW.replace(hour=7)
    assert closing(stamp(NOW.replace(hour=21)), morning).words == "tonight"
