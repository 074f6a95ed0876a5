"""How long the inbox takes to answer with many open steps in the store.

python bench/inbox.py [--json] [--sizes 1000,100000]

The store is filled with copies of one real open case (rows straight into the tables); the web
application answers in this process, so what is timed is the server's work on a page, from the
request to the last byte, as the median of many. Each size is measured for somebody for whom few
steps wait and for somebody for whom all of them do; `inbox_ms_SIZE` is the latter, whose page
is the full one. Also their second page, a page from the middle, and a case's page.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

if not __package__:  # run as a file: `bench` is found from the folder above
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from sqlalchemy import Table, insert, select

from bench.figures import print_figures
from bench.world import world_in
from definitions.clock import stamp
from store import tables
from tests.support.acting import World
from web.reading import to_text

SIZES = (1_000, 100_000)
_BEGUN = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
_ROUNDS = 30
_TABLES: tuple[tuple[Table, str], ...] = (
    (tables.streams, "stream"),
    (tables.entries, "stream"),
    (tables.openings, ""),
    (tables.cases, "case"),
    (tables.waiting, "case"),
    (tables.waiting_barred, "case"),
)
MANY, FEW = "Lena", "Rita"
"""A team leader, for whom every copy waits; somebody for whom only a few other cases do."""


def fill(world: World, number: str, begin: int, end: int) -> None:
    """Copy a case with all its rows, each copy a minute older than the one before."""
    source = world.state(number).case
    for table, column in _TABLES:
        with world.stack.database.reading() as connection:
            key = table.c[column] == source if column else table.c.act_id == source
            rows = [dict(row) for row in connection.execute(select(table).where(key)).mappings()]
        if not rows:
            continue
        with world.stack.database.writing() as connection:
            made = [_copy(row, column, index) for index in range(begin, end) for row in rows]
            connection.execute(insert(table), made)


def _copy(row: Mapping[str, Any], column: str, index: int) -> dict[str, Any]:
    mark = f"{index:06}"
    copy = dict(row)
    for name in (column, "act_id", "sha256"):
        if name in copy and name:
            copy[name] = f"{row[name]}-{mark}"
    if "number" in copy:
        copy["number"] = f"{row['number']}{mark}"
        # The state names the case: pages read it.
        copy["state"] = row["state"].replace(row["number"], copy["number"])
        copy["state"] = copy["state"].replace(f'"{row["case"]}"', f'"{copy["case"]}"')
    if "since" in copy:
        copy["since"] = stamp(_BEGUN - timedelta(minutes=index))
    return copy


def time_of(world: World, name: str, path: str) -> float:
    """Return how long a page takes, in milliseconds: the median."""
    _get(world, name, path)
    taken = []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        _get(world, name, path)
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken) * 1000


def _get(world: World, name: str, path: str) -> None:
    answer = world.as_(name).get(path)
    if answer.status_code != HTTPStatus.OK or not answer.data:
        raise SystemExit(f"{path} answered {answer.status_code}")


def pages(world: World, number: str, size: int) -> Iterator[dict[str, Any]]:
    """Yield the figures of one size."""
    case = world.state(number).case
    far = to_text((0, stamp(_BEGUN - timedelta(minutes=size // 2)), case, "approval"))
    near = to_text((0, stamp(_BEGUN - timedelta(minutes=24)), case, "approval"))
    for name, person, path in (
        ("inbox", MANY, "/inbox"),
        ("inbox_few", FEW, "/inbox"),
        ("inbox_second_page", MANY, f"/inbox?after={near}"),
        ("inbox_middle_page", MANY, f"/inbox?after={far}"),
        ("case_page", MANY, f"/cases/{number}"),
    ):
        yield {"name": f"{name}_ms_{size}", "ours": round(time_of(world, person, path), 2)}


def measure(sizes: Sequence[int]) -> list[dict[str, Any]]:
    """Return the figures of all sizes, and for each page the largest's ratio to the smallest's."""
    figures: dict[str, dict[str, Any]] = {}
    with TemporaryDirectory(prefix="countersign-bench-") as folder, world_in(Path(folder)) as world:
        world.open_application_patch("Mia")
        number, filled = world.open_system_patch("Sue"), 1
        for size in sizes:
            fill(world, number, filled, size)
            filled = size
            figures |= {one["name"]: one for one in pages(world, number, size)}
    small, large = f"_ms_{sizes[0]}", f"_ms_{sizes[-1]}"
    for name, one in figures.items():
        if name.endswith(large) and sizes[0] != sizes[-1]:
            before = figures[name.removesuffix(large) + small]["ours"]
            one["ratio"] = round(one["ours"] / before, 3)
    return list(figures.values())


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--sizes", default=",".join(map(str, SIZES)), help="open steps")
    options = parser.parse_args()
    sizes = [int(text) for text in options.sizes.split(",")]
    print_figures(measure(sizes), as_json=options.json)


if __name__ == "__main__":
    main()
