"""Words in sentences: numbers, lists, and times as people say them.

All times are UTC; the page shows the exact one beside the words.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from definitions.clock import parse
from web.page_models import Moment

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten",
            "eleven", "twelve")  # fmt: skip
_DAY = timedelta(days=1)
_UNITS = ((_DAY, "day"), (timedelta(hours=1), "hour"), (timedelta(minutes=1), "minute"))
_WEEK = 6  # days within which a weekday's name can only mean one day
_FORTNIGHT = 14


def number(count: int) -> str:
    """Return a small number as a word, a large one in digits."""
    return _NUMBERS[count] if 0 <= count < len(_NUMBERS) else f"{count:,}"


def counted(count: int, noun: str, plural: str = "") -> str:
    """Return a number with its noun: `one day`, `two days`."""
    return f"{number(count)} {noun if count == 1 else plural or noun + 's'}"


def listed(words: Sequence[str], last: str = "and") -> str:
    """Return a list as one says it: `Ada, Bo and Cleo`."""
    if len(words) <= 1:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def capital(sentence: str) -> str:
    """Return the sentence with a capital at its beginning."""
    return sentence[:1].upper() + sentence[1:]


def inside(title: str) -> str:
    """Return a title as it reads inside a sentence: `approve`, but `I agree` and `SSH keys`."""
    first = title.split(maxsplit=1)[0] if title.strip() else ""
    if first == "I" or first.startswith("I'") or (len(first) > 1 and first.isupper()):
        return title
    return title[:1].lower() + title[1:]


def since(at: str, now: datetime) -> Moment:
    """Return when something was: `just now`, `two hours ago`, `on 2 November`."""
    time = parse(at)
    age = now - time
    if age < timedelta(minutes=1):
        words = "just now"
    elif age < _DAY:
        words = f"{_length(age)} ago"
    elif (now.date() - time.date()).days == 1:
        words = "yesterday"
    elif age < _FORTNIGHT * _DAY:
        words = f"{counted((now.date() - time.date()).days, 'day')} ago"
    else:
        words = f"on {_date(time, now)}"
    return Moment(at=time, words=words)


def due(at: str, now: datetime) -> Moment:
    """Return by when something is to be done: `by Thursday`, or `two days late`."""
    time = parse(at)
    if time <= now:
        return Moment(at=time, words=f"{_length(now - time)} late")
    days = (time.date() - now.date()).days
    if days == 0:
        words = "by tonight" if time - now > timedelta(hours=6) else f"within {_length(time - now)}"
    elif days == 1:
        words = "by tomorrow"
    elif days <= _WEEK:
        words = f"by {time:%A}"
    else:
        words = f"by {_date(time, now)}"
    return Moment(at=time, words=words)


def closing(at: str, now: datetime) -> Moment:
    """Return when something ends by itself, to be read after `closes`: `on Thursday`."""
    time = parse(at)
    days = (time.date() - now.date()).days
    if time <= now:
        words = "now"
    elif time - now < timedelta(hours=12):
        words = f"in {_length(time - now)}"
    elif days <= 1:
        words = "tomorrow" if days else "tonight"
    else:
        words = f"on {time:%A}" if days <= _WEEK else f"on {_date(time, now)}"
    return Moment(at=time, words=words)


def day(at: str, now: datetime) -> Moment:
    """Return a day, to be read after `since` or `until`: `23 November`."""
    time = parse(at)
    return Moment(at=time, words=_date(time, now))


def last_day(until: str, now: datetime) -> str:
    """Return the last day before something is over: `3 December`."""
    return _date(parse(until) - timedelta(milliseconds=1), now)


def duration_words(length: timedelta) -> str:
    """Return a length of time in its largest whole unit: `seven days`."""
    return _length(length)


def exactly(length: timedelta) -> str:
    """Return a length of time in all its units: `one day and twelve hours`; `no time` for none."""
    told, rest = [], length
    for unit, noun in _UNITS:
        count, rest = divmod(rest, unit)
        told += [counted(count, noun)] if count else []
    return listed(told) or "no time"


def _length(length: timedelta) -> str:
    for unit, noun in _UNITS:
        count = length // unit
        if count:
            return counted(count, noun)
    return "less than a minute"


def _date(time: datetime, now: datetime) -> str:
    return f"{time.day} {time:%B}" if time.year == now.year else f"{time.day} {time:%B %Y}"
