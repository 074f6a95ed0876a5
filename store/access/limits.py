"""Rate limits that hold over restarts and for all processes: counts in the database.

A window begins with its first try and ends after its length; what is counted is named by a
keyed hash, so that nobody reads from the table who tried what.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import case, delete, select

from definitions.clock import parse, stamp
from store.inserting import insert_into
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
    _drop_old(connection, now)
    ends = stamp(parse(now) + timedelta(seconds=limit.seconds))
    over = rate_limits.c.expires_at <= now
    again = {
        "count": case((over, 1), else_=rate_limits.c.count + 1),
        "expires_at": case((over, ends), else_=rate_limits.c.expires_at),
    }
    row = connection.execute(
        insert_into(connection, rate_limits)
        .values(key=key, count=1, expires_at=ends)
        .on_conflict_do_update(index_elements=["key"], set_=again)
        .returning(rate_limits.c.count.label("count_"), rate_limits.c.expires_at)
    ).one()
    if row.count_ <= limit.tries:
        return 0
    return max(1, math.ceil((parse(row.expires_at) - parse(now)).total_seconds()))


def _drop_old(connection: Connection, now: str) -> None:
    """Drop counts that are over, but for those that another counts at this moment.

    Two who both drop several would otherwise wait for each other (PostgreSQL).
    """
    keys = rate_limits.c.key
    old = select(keys).where(rate_limits.c.expires_at <= now).with_for_update(skip_locked=True)
    connection.execute(delete(rate_limits).where(keys.in_(old)))
