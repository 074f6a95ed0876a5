"""How much CPU time processes have used, with all that they started (Linux's /proc)."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

_SESSION, _USER, _SYSTEM = 3, 11, 12
"""Places after the program's name in /proc/PID/stat (proc(5)): session, utime, stime."""


class CpuTimes:
    """The CPU times of some processes; a process that leads a session counts with all of it."""

    def __init__(self, processes: Mapping[str, int]) -> None:
        self._processes = dict(processes)
        self._tick = os.sysconf("SC_CLK_TCK")

    def read(self) -> dict[str, float]:
        """Return the seconds so far, by the processes' names."""
        found = dict.fromkeys(self._processes, 0.0)
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                rest = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
            except OSError:
                continue  # it ended in between
            belongs = (int(stat.parent.name), int(rest[_SESSION]))
            for name, process in self._processes.items():
                if process in belongs:
                    found[name] += (int(rest[_USER]) + int(rest[_SYSTEM])) / self._tick
        return found

    def since(self, before: Mapping[str, float], more: Mapping[str, float]) -> dict[str, float]:
        """Return what was used since `before`, added to `more`."""
        now = self.read()
        return {name: now[name] - before[name] + more.get(name, 0.0) for name in now}
