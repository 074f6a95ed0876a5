"""Which versions were in force when: by the system's stream, asked of every case's opening.

As between any two streams, within ten seconds either order is good. Of cases from before the first
such entry nothing is known.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field

from sqlalchemy import Connection

from definitions.canonical import Json
from definitions.clock import parse, stamp
from store.in_force import in_force_rows
from store.record.history import LEEWAY
from store.record.reading import stored_entries
from store.restoring import IN_FORCE
from store.streams import SYSTEM_STREAM, MalformedEntryError, read_entry


@dataclass
class Versions:
    """What was in force from when on, by process, after each entry that changed it."""

    moments: list[tuple[str, dict[str, Json]]] = field(default_factory=list)

    @classmethod
    def read(cls, connection: Connection) -> Versions:
        """Return it; what can't be read is named where the stream itself is verified."""
        found = cls()
        for stored in stored_entries(connection, SYSTEM_STREAM):
            with contextlib.suppress(
                MalformedEntryError, ValueError, TypeError, KeyError, AttributeError
            ):
                entry = read_entry(stored.text)
                if entry.act["kind"] != IN_FORCE:
                    continue
                values = {name: one.value for name, one in stored.openings.items()}
                rows = in_force_rows(values, str(entry.facts["time"]), str(entry.act["id"]))
                before = found.moments[-1][1] if found.moments else {}
                now = before | {str(row["process"]): row["version"] for row in rows}
                found.moments.append((str(entry.facts["time"]), now))
        return found

    def were(self, process: str, version: str, at: str) -> bool:
        """Say whether a version was in force at nearly that time, or nothing is known of it."""
        moment = parse(at)
        early, late = stamp(moment - LEEWAY), stamp(moment + LEEWAY)
        before = [one for since, one in self.moments if since <= early]
        near = [one for since, one in self.moments if early < since <= late]
        return not before or any(one.get(process) == version for one in (before[-1], *near))
