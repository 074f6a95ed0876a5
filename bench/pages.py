"""What the pages for reading cost the server: milliseconds of CPU, with one case and with many.

python bench/pages.py [--json] [--cases N]

Nothing is asserted; the goal is 50 ms.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from http import HTTPStatus
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

if not __package__:  # run as a file: `bench` is found from the folder above
    sys.path[0] = str(Path(__file__).resolve().parent.parent)

from bench.figures import print_figures
from bench.world import world_in
from tests.support.acting import World
from tests.support.copies import copies

ROUNDS = 20


def measure(world: World, name: str, path: str) -> float:
    """Return how much CPU time a page takes, in milliseconds."""
    world.as_(name).get(path)
    begun = time.process_time()
    for _ in range(ROUNDS):
        answer = world.as_(name).get(path)
        if answer.status_code != HTTPStatus.OK:
            raise SystemExit(f"{path} answered {answer.status_code}")
    return (time.process_time() - begun) * 1000 / ROUNDS


def figures(cases: int) -> Iterator[dict[str, Any]]:
    """Fill an installation and yield what its pages cost."""
    with TemporaryDirectory(prefix="countersign-bench-") as folder, world_in(Path(folder)) as world:
        patch = world.open_application_patch("Mia")
        world.stack.clock.pass_time(timedelta(minutes=1))
        number = world.open_system_patch("Sue")
        copies(world, number, cases)
        for name, person, path in (
            ("inbox", "Lena", "/inbox"),
            ("case", "Rose", f"/cases/{patch}"),
            ("sign", "Lena", f"/cases/{number}/sign/approval/lead"),
            ("definition", "Mia", "/definitions/application-patch"),
        ):
            yield {"name": f"page_cpu_ms_{name}", "ours": round(measure(world, person, path), 1)}


def main() -> None:
    """Measure, and print a table or JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--cases", type=int, default=200)
    options = parser.parse_args()
    print_figures(list(figures(options.cases)), as_json=options.json)


if __name__ == "__main__":
    main()
