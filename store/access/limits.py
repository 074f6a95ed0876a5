"""Rate limits that hold over restarts and for all processes: counts in the database.

A window begins with its first try and ends after its length; what is counted is named by a
keyed hash, so that nobody reads from the table who tried what.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from definitions.clock import parse, stamp
from store.tables.access import rate_limits

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True)
class RateLimit:
    """So many tries in so many seconds."""

    tries: int
    seconds: int


def take(connection: Connection, key: str, limit: RateLimit, now: str) -> int:
    """Count one try, unless there were too many already.

    Args:
        connection: A writing one.
        key: A keyed hash of what is counted.
        limit: How many tries there are.
        now: The time, as a stamp.

    Returns:
        0 if there was a try left; else in how many seconds there is one again.
    """
    connection.execute(delete(rate_limits).where(rate_limits.c.expires_at <= now))
    ends = stamp(parse(now) + timedelta(seconds=limit.seconds))
    # Each database has its own word for "insert or update", which alone is safe side by side.
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    row = connection.execute(
        insert(rate_limits)
        .values(key=key, count=1, expires_at=ends)
        .on_conflict_do_update(index_elements=["key"], set_={"count": rate_limits.c.count + 1})
        .returning(rate_limits.c.count.label("count_"), rate_limits.c.expires_at)
    ).one()
    if row.count_ <= limit.tries:
        return 0
    return max(1, math.ceil((parse(row.expires_at) - parse(now)).total_seconds()))
