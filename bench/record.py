"""How fast the record is verified, beside plain SHA-256 over the same bytes.

python bench/record.py [--json] [--entries N]

`store.record.verify` reads every entry strictly, checks its place in the chain, its signature
and its openings, and computes the state after it anew. Beside it: the same entries' texts read
from the same database and hashed, each once. Entries of cases are made by the real commit.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

if not __package__:  # run as a file: `bench` is found from the folder above
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from sqlalchemy import select

from bench.figures import print_figures
from bench.world import world_in
from store import tables
from store.database import Database
from store.record.verify import verify_record
from tests.support.acting import World

_ROUNDS = 3


def fill(world: World, entries: int) -> None:
    """Let people act until there are about so many entries."""
    while world.count("entries") < entries:
        world.stack.clock.pass_time(timedelta(minutes=1))  # people may act so often a minute
        number = world.open_system_patch("Sue")
        world.sign("Lena", number, "approval", "lead", outcome="approve")
        world.sign("Sue", number, "applying", "executor", outcome="applied")
        world.sign("Sid", number, "applying", "observer", outcome="applied")
        world.sign("Sid", number, "documenting", "scribe", outcome="document", log_entry="Done.")


def verify(database: Database) -> int:
    """Verify everything; return the number of entries."""
    report = verify_record(database)
    if not report.ok:
        raise SystemExit(f"The record doesn't hold: {report.first_bad}")
    return report.entries


def hash_only(database: Database) -> int:
    """Hash each entry's text; return the number of entries."""
    with database.reading() as connection:
        texts = connection.scalars(select(tables.entries.c.text)).all()
    return len([hashlib.sha256(text.encode()).hexdigest() for text in texts])


def per_second(work: Callable[[Database], int], database: Database) -> float:
    """Return entries per second of CPU: the best of some rounds."""
    rates = []
    for _ in range(_ROUNDS):
        begun = time.process_time()
        entries = work(database)
        rates.append(entries / (time.process_time() - begun))
    return max(rates)


def measure(entries: int) -> list[dict[str, Any]]:
    """Return the figures."""
    with TemporaryDirectory(prefix="countersign-bench-") as folder, world_in(Path(folder)) as world:
        fill(world, entries)
        database = world.stack.database
        ours, bare = per_second(verify, database), per_second(hash_only, database)
        count = world.count("entries")
    return [
        {
            "name": "entries_verified_per_second",
            "ours": round(ours),
            "bare": round(bare),
            "ratio": round(ours / bare, 4),
            "entries": count,
        }
    ]


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--entries", type=int, default=500)
    options = parser.parse_args()
    print_figures(measure(options.entries), as_json=options.json)


if __name__ == "__main__":
    main()
