"""Runs of pytest with a test of hypothesis: the same examples each time, or a seed that is told."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.tiers import first

ROOT = Path(__file__).parents[1]
SAMPLE = """
from pathlib import Path
from hypothesis import given, strategies as st

@given(st.integers())
def test_sample(number):
    with Path(__file__).with_name("tried").open("a") as file:
        print(number, file=file)
"""


def tried(folder: Path, tests: str, *more: str) -> tuple[str, str]:
    """Run the sample; return which examples were tried, and what the run said."""
    file = folder / "tried"
    file.unlink(missing_ok=True)
    (folder / "pytest.ini").touch()
    (folder / "test_sample.py").write_text(SAMPLE, encoding="utf-8")
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "tests.support.examples"),
            # Without the other plugins it starts in a third of the time.
            *("-p", "_hypothesis_pytestplugin", "-p", "xdist.plugin"),
            *("-p", "no:cacheprovider", f"--rootdir={folder}", f"--confcutdir={folder}"),
            *("-c", str(folder / "pytest.ini"), *more, str(folder / "test_sample.py")),
        ],
        cwd=ROOT,
        env={**os.environ, "COUNTERSIGN_TESTS": tests, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    said = ran.stdout + ran.stderr
    assert (ran.returncode == 0) is file.exists(), said
    return file.read_text(encoding="utf-8") if file.exists() else "", said


def test_the_examples_are_the_same_each_time(tmp_path: Path) -> None:
    first, said = tried(tmp_path, "")
    assert tried(tmp_path, "")[0] == first != ""
    assert "Random examples" not in said


@pytest.mark.parametrize(
    "more", first([((),), (("-n", "1"),)], {"alone"}, ["alone", "in a worker"])
)
def test_in_the_soak_they_are_others_each_time_and_can_be_repeated(
    tmp_path: Path, more: tuple[str, ...]
) -> None:
    first, said = tried(tmp_path, "soak", *more)
    assert tried(tmp_path, "soak", *more)[0] != first != ""
    seed = re.search(r"COUNTERSIGN_TESTS=soak with (--hypothesis-seed=\d+) repeats them", said)
    assert seed, said
    assert tried(tmp_path, "soak", seed[1], *more)[0] == first


def test_another_tier_is_refused(tmp_path: Path) -> None:
    found, said = tried(tmp_path, "sok")
    assert not found
    assert "COUNTERSIGN_TESTS is 'sok'; there are: countersign, soak." in said
