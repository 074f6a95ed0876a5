"""The numbers of cases: `LYYYYMMDD.n`, n counting from 1 each day (UTC) for each letter."""

from datetime import UTC, datetime

from sqlalchemy import Connection, insert, update

from store import tables


def allot(connection: Connection, letter: str, now: datetime) -> str:
    """Return the next number; it is given back if the transaction fails.

    Args:
        connection: of a writing transaction.
        letter: of the process.
        now: the commit's time, aware.
    """
    day = now.astimezone(UTC).strftime("%Y%m%d")
    numbers = tables.numbers.c
    n = connection.scalar(
        update(tables.numbers)
        .where(numbers.letter == letter, numbers.day == day)
        .values(n=numbers.n + 1)
        .returning(numbers.n)
    )
    if n is None:
        n = 1
        connection.execute(insert(tables.numbers).values(letter=letter, day=day, n=n))
    return f"{letter}{day}.{n}"
