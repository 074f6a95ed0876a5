"""The security log: JSON lines that say what was refused, to whom, and who became whom.

Many alike within a minute become one counted line. Lines hold ids and never a token, a
password, or a value of a form; who writes a line hands in ids only. The file's mode is 0600.
Several processes may write the same file: each line is one `write` at the file's end. Each line
may go elsewhere as well (`copies`): what stands on this machine its owner can change.
"""

from __future__ import annotations

import errno
import json
import logging
import os
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeAlias

from definitions.clock import Clock, stamp

_log = logging.getLogger(__name__)
_ALIKE = timedelta(minutes=1)
_LONGEST = 200
_AUTHPRIV_NOTICE = 10 * 8 + 5
_SYSLOG_SECONDS = 1.0

Fact: TypeAlias = str | int | None


@dataclass
class _Seen:
    first: datetime
    last: datetime
    again: int = 0


class SecurityLog:
    """Writes the log. One object for each process; threads may share it."""

    def __init__(
        self,
        path: Path,
        clock: Clock,
        room: str = "web",
        copies: Sequence[Callable[[str], None]] = (),
    ) -> None:
        """Keep where to write.

        Args:
            path: The file; it is made when the first line is written.
            clock: What time it is.
            room: Who writes: `web` or `worker`.
            copies: What takes each line elsewhere; one that fails holds nothing up.
        """
        self._path = path
        self._clock = clock
        self._room = room
        self._copies = copies
        self._lock = threading.Lock()
        self._seen: dict[str, _Seen] = {}

    def record(self, what: str, **facts: Fact) -> None:
        """Note that something was refused, or that somebody came in or went.

        Args:
            what: A short stable word: `csrf`, `not-allowed`, `sign-in`.
            facts: Ids that say who, where and about what; None is left out, long text is cut.
        """
        kept = {name: _short(fact) for name, fact in facts.items() if fact is not None}
        alike = json.dumps({"room": self._room, "what": what, **kept}, sort_keys=True)
        now = self._clock.now()
        with self._lock:
            lines = self._over(now)
            seen = self._seen.get(alike)
            if seen is None:
                self._seen[alike] = _Seen(now, now)
                lines.append(_line(alike, at=stamp(now), count=1))
            else:
                seen.last = now
                seen.again += 1
            self._write(lines)

    def flush(self) -> None:
        """Write what was only counted so far; called when the process ends."""
        with self._lock:
            self._write(self._over(None))

    def _over(self, now: datetime | None) -> list[str]:
        """Take away what is older than a minute (all, without a time); return its counted lines."""
        over = [
            alike
            for alike, seen in self._seen.items()
            if now is None or not seen.first <= now < seen.first + _ALIKE
        ]
        gone = [(alike, self._seen.pop(alike)) for alike in over]
        return [
            _line(alike, at=stamp(seen.last), count=seen.again, since=stamp(seen.first))
            for alike, seen in gone
            if seen.again
        ]

    def _write(self, lines: list[str]) -> None:
        if not lines:
            return
        try:
            _append(self._path, "".join(lines))
        except OSError as error:
            # What was refused stays refused whether or not that can be written down here.
            _log.error("the security log can't be written (%s): %s", error, "".join(lines).rstrip())
        for copy in self._copies:
            for line in lines:
                try:
                    copy(line)
                except OSError:
                    _log.exception("a line of the security log could not be copied")


def to_file(path: Path) -> Callable[[str], None]:
    """Return what adds lines to another file, of mode 0600 if it is made."""

    def copy(line: str) -> None:
        _append(path, line)

    return copy


def _append(path: Path, text: str) -> None:
    """Add to a file's end, in one write.

    Raises:
        OSError: Not all of it could be written.
    """
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        data = text.encode()
        if os.write(file, data) < len(data):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    finally:
        os.close(file)


def to_syslog(address: str | tuple[str, int]) -> Callable[[str], None]:
    """Return what sends lines to syslog, as security messages (RFC 5424, facility 10).

    Args:
        address: A socket's path, or host and port (UDP).
    """

    def copy(line: str) -> None:
        family = socket.AF_UNIX if isinstance(address, str) else socket.AF_INET
        host = address if isinstance(address, str) else address[0]
        if not isinstance(address, str) and ":" in host:
            family = socket.AF_INET6
        with socket.socket(family, socket.SOCK_DGRAM) as one:
            one.settimeout(_SYSLOG_SECONDS)
            one.sendto(f"<{_AUTHPRIV_NOTICE}>countersign: {line.strip()}".encode(), address)

    return copy


def _short(fact: str | int) -> str | int:
    return fact if isinstance(fact, int) else fact[:_LONGEST]


def _line(alike: str, **more: str | int) -> str:
    return json.dumps({"at": more["at"], **json.loads(alike), **more}) + "\n"
