"""Many cases at once, as rows only: for lists and for what pages cost."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select

from definitions.clock import stamp
from store import tables
from tests.support.acting import World

BEGUN = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def copies(world: World, number: str, count: int) -> None:
    """Copy a case with its first entry and its waiting rows many times, each a minute older."""
    source = world.state(number).case
    with world.stack.database.writing() as connection:
        for index in range(count):
            copy, new = f"{source}-{index:04}", f"{number}{index:04}"
            for table, column in (
                (tables.streams, "stream"),
                (tables.entries, "stream"),
                (tables.cases, "case"),
                (tables.waiting, "case"),
                (tables.signatures, "case"),
            ):
                query = select(table).where(table.c[column] == source)
                for row in connection.execute(query).mappings().all():
                    values = {**row, column: copy}
                    if "act_id" in values:
                        values["act_id"] = f"{row['act_id']}-{index:04}"
                    if "number" in values:
                        values["number"] = new
                    if "since" in values:
                        values["since"] = stamp(BEGUN - timedelta(minutes=index))
                    connection.execute(insert(table).values(values))
