"""The long tier of the tests: `make soak`, or `python -m tests.soak`.

Two processes keep two cores busy meanwhile, as on a shared machine. Round after round, each a
pytest of its own with a fresh seed, everything runs whose outcome may follow from a moment or a
seed, with all that is marked `soak`, until the minutes are up; a round that has begun is finished.

SOAK_MINUTES sets the minutes, SOAK_SEED the seed that all others follow from. Logs and reports are
in var/soak. Tests get `COUNTERSIGN_TESTS=soak`, the seed as FAULTS_SEED and as hypothesis's, and a
longer limit, because only what hangs shall reach it.
"""

from __future__ import annotations

import itertools
import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import NoReturn
from xml.etree import ElementTree as ET

from worker import tethered

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "var" / "soak"
MINUTES = 60.0
BUSY_CORES = 2
TEST_SECONDS = 1800
MARK = "pytest.mark.soak"
PARTS: Mapping[str, Sequence[str]] = {
    "hypothesis": (),
    "stalls": ("tests/faults/test_stalls*.py",),
    "crashes": (
        "tests/faults/test_all_at_once*.py",
        "tests/faults/test_failpoints*.py",
        "tests/faults/test_postgresql_crash.py",
        "tests/faults/test_random_kills*.py",
    ),
    "restores": ("tests/faults/test_restored_*.py", "tests/worker/test_restore*.py"),
    "crowds": ("tests/faults/test_crowd*.py", "tests/store/test_concurrent_commits.py"),
    "walks": ("tests/worker/test_walks*.py",),
    "benches": ("tests/test_bench.py",),
    "wheel": ("tests/test_wheel.py", "tests/test_setup.py"),
    "previous commit": ("tests/e2e/test_previous_commit.py",),
    "marked": (),
}
"""What a round is of: patterns of files. Those that use hypothesis and those in which a test is
marked, and that no other part has, are found when it starts."""


@dataclass(frozen=True)
class Outcome:
    """How a round ended: the tests that passed, those that failed, and pytest's last line."""

    passed: int
    failed: Sequence[str]
    last: str


def parts(patterns: Mapping[str, Sequence[str]] = PARTS) -> dict[str, list[str]]:
    """Return the files of each part that has any."""
    found = {
        name: sorted(str(path.relative_to(ROOT)) for one in some for path in ROOT.glob(one))
        for name, some in patterns.items()
    }
    every = sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests").rglob("test_*.py"))
    texts = {name: (ROOT / name).read_text(encoding="utf-8") for name in every}
    if "hypothesis" in found:
        found["hypothesis"] = [n for n, text in texts.items() if "from hypothesis import" in text]
    if "marked" in found:
        placed = {name for names in found.values() for name in names}
        marked = (n for n, text in texts.items() if MARK in text)
        found["marked"] = [name for name in marked if name not in placed]
    return {name: names for name, names in found.items() if names}


def run(files: Sequence[str], seed: int, log: Path) -> Outcome:
    """Run the tests of these files, marked or not, with a seed; what they print is in `log`."""
    results = log.with_suffix(".xml")
    options = {
        "--timeout": TEST_SECONDS,
        "--hypothesis-seed": seed,
        "--junitxml": results,
    }
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-m",
        "",
        *(f"{k}={v}" for k, v in options.items()),
        *files,
    ]
    own = {
        "COUNTERSIGN_TESTS": "soak",
        "FAULTS_SEED": str(seed),
        "FAULTS_REPORTS": str(log.parent),
    }
    with log.open("wb") as output:
        done = subprocess.run(
            command, cwd=ROOT, env=os.environ | own, check=False,
            stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
        )  # fmt: skip
    lines = log.read_text(encoding="utf-8", errors="replace").strip().splitlines()
    passed, failed = _counted(results)
    if done.returncode and not failed:
        failed = [f"pytest ended with {done.returncode}"]
    return Outcome(passed, failed, lines[-1].strip("= ") if lines else "it said nothing")


def _counted(results: Path) -> tuple[int, list[str]]:
    if not results.exists():
        return 0, []
    # pytest wrote it a moment ago.
    cases = list(ET.parse(results).getroot().iter("testcase"))  # noqa: S314
    failed = [
        f"{case.get('classname')}::{case.get('name')}"
        for case in cases
        if {"failure", "error", "skipped"} & {child.tag for child in case}
    ]
    return len(cases) - len(failed), failed


@contextmanager
def busy_cores(number: int = BUSY_CORES) -> Iterator[None]:
    """Keep so many cores busy while the block runs; what does so ends with this process."""
    spin = [sys.executable, "-I", "-S", "-c", "while True: pass"]
    tied = [sys.executable, "-I", "-S", tethered.__file__, str(os.getpid()), *spin]
    spinning = [subprocess.Popen(tied) for _ in range(number)]
    try:
        yield
    finally:
        for one in spinning:
            one.kill()
            one.wait()


def soak(minutes: float, seed: int, files: Mapping[str, Sequence[str]], folder: Path) -> int:
    """Run round after round until the time is up; returns 1 if anything failed, 0 otherwise."""
    _say(f"seed {seed}, {minutes:g} minutes, logs in {folder}")
    rng = Random(seed)  # noqa: S311 - to be repeated, not to be secret
    begun = time.monotonic()
    outcomes: list[Outcome] = []
    turns = itertools.cycle(files)
    while time.monotonic() - begun < minutes * 60:
        part, own = next(turns), rng.randrange(10**8)
        log = folder / f"{len(outcomes) + 1:03}-{part.replace(' ', '-')}.log"
        outcome = run(files[part], own, log)
        outcomes.append(outcome)
        _say(f"{log.stem}, seed {own}: {outcome.last}")
        for name in outcome.failed:
            _say(f"  failed: {name}")
    passed = sum(one.passed for one in outcomes)
    failed = sum(len(one.failed) for one in outcomes)
    took = (time.monotonic() - begun) / 60
    _say(f"{took:.0f} minutes, {len(outcomes)} rounds, {passed} passed, {failed} failed")
    # A soak in which nothing ran proves nothing.
    return int(failed > 0 or passed == 0)


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - who runs it follows it


def _end(_signal: int, _frame: object) -> NoReturn:
    sys.exit("Told to end.")


def main() -> int:
    """Soak as the environment says."""
    signal.signal(signal.SIGTERM, _end)
    minutes = float(os.environ.get("SOAK_MINUTES") or MINUTES)
    seed = int(os.environ.get("SOAK_SEED") or secrets.randbelow(10**8))
    folder = FOLDER / f"{datetime.now(UTC):%Y-%m-%d-%H%M%S}"
    folder.mkdir(parents=True)
    with busy_cores():
        return soak(minutes, seed, parts(), folder)


if __name__ == "__main__":
    sys.exit(main())
