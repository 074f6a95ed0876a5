"""What time it is, and how times are written: RFC 3339, in UTC, with milliseconds and `Z`.

Nobody asks the machine for the time except through a `Clock` that was handed in, so that tests
and walks move the clocks of all parts together. Times as text sort as they follow each other.
"""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

_STAMP = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z")


class Clock(Protocol):
    """Something that knows the time."""

    def now(self) -> datetime:
        """Return the time, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the machine's time in UTC."""
        return datetime.now(UTC)


class FileClock:
    """The machine's clock plus an offset in seconds that a small file holds.

    Several processes that read the same file move together; without the file the offset is 0.
    The file is read each time, because another process may have changed it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def now(self) -> datetime:
        """Return the machine's time in UTC, moved by the offset.

        Raises:
            ValueError: the file holds something else than a number of seconds.
        """
        return datetime.now(UTC) + timedelta(seconds=self.offset())

    def offset(self) -> float:
        """Return the offset in seconds."""
        try:
            text = self._path.read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return 0.0
        return float(text) if text else 0.0

    def move_to_offset(self, seconds: float) -> None:
        """Set the offset, in seconds, for everybody who reads the file.

        The file is replaced whole, so that no reader sees half a number.
        """
        new = self._path.with_name(self._path.name + ".new")
        new.write_text(f"{seconds}\n", encoding="ascii")
        new.replace(self._path)


class FixedClock:
    """A clock that stands still until it is moved; for rules and tests that need one time."""

    def __init__(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        """Return the time at which it stands."""
        return self._at

    def pass_time(self, length: timedelta) -> None:
        """Move it on by `length`."""
        self._at += length


def stamp(at: datetime) -> str:
    """Return the time as text, such as `2026-10-18T09:30:00.000Z`; finer parts are cut off.

    Raises:
        ValueError: the time doesn't say which zone it is in.
    """
    if at.tzinfo is None:
        raise ValueError("a time without a zone could mean several moments; hand in an aware one")
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at.microsecond // 1000:03d}Z"


def parse(text: str) -> datetime:
    """Return the time that `stamp` wrote, aware, in UTC.

    Raises:
        ValueError: it isn't a time of that form.
    """
    if not _STAMP.fullmatch(text):
        raise ValueError(f"{text!r} is not a time like 2026-10-18T09:30:00.000Z")
    return datetime.fromisoformat(text)


def exactly(at: str) -> str:
    """Return a stamp for a sentence: `23 November 2026, 18:04 UTC`."""
    time = parse(at)
    return f"{time.day} {time:%B %Y, %H:%M} UTC"
