"""What the store needs to be told; `worker` reads it from file and environment."""

from dataclasses import dataclass, field

ACT_HOURS = 72.0
"""What was signed before a weekend on which nothing worked counts after it."""


@dataclass(frozen=True)
class StoreSettings:
    """Where the database is, and how long to wait for it.

    Attributes:
        database_url: `sqlite:////absolute/path.db`, or `postgresql://user@host/name`.
        busy_timeout_seconds: how long a write waits for another process's write (SQLite), or
            for a row's lock (PostgreSQL), before it fails.
        read_connections: how many connections one process keeps for reading.
        act_hours: for how long what a person signed may be under way to the record.
        seal_key: seals the rows that let somebody in; without it they can't be used.
    """

    database_url: str
    busy_timeout_seconds: float = 10.0
    read_connections: int = 10
    act_hours: float = ACT_HOURS
    seal_key: bytes | None = field(default=None, repr=False)
