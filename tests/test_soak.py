"""The runner of the long tier counts what passes and fails, and ends what it started."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from tests import soak
from tests.support.eventually import eventually

ONE_ROUND_MINUTES = 1e-6
PASSES_AND_FAILS = """
import os
def test_passes():
    pass
def test_tells_its_seed():
    assert not os.environ["FAULTS_SEED"], "the seed was " + os.environ["FAULTS_SEED"]
"""


def run(folder: Path, test: str) -> int:
    """Soak one file of tests for one round."""
    path = folder / "test_one.py"
    path.write_text(test, encoding="utf-8")
    return soak.soak(ONE_ROUND_MINUTES, 1, {"a part": [str(path)]}, folder)


def test_it_says_what_failed_and_hands_the_seed_on(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tmp_path, PASSES_AND_FAILS) == 1
    _, outcome, failed, last = capsys.readouterr().out.splitlines()
    assert outcome.startswith("001-a-part, seed ")
    assert "1 failed, 1 passed" in outcome
    assert failed.startswith("  failed: ")
    assert failed.endswith("::test_tells_its_seed")
    assert last == "0 minutes, 1 rounds, 1 passed, 1 failed"
    seed = outcome.partition("seed ")[2].partition(":")[0]
    assert f"the seed was {seed}" in (tmp_path / "001-a-part.log").read_text(encoding="utf-8")


def test_a_round_without_tests_fails(tmp_path: Path) -> None:
    assert run(tmp_path, "") == 1


def test_busy_cores_end_with_the_block() -> None:
    def children() -> set[str]:
        return set(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split())

    before = children()
    with soak.busy_cores():
        busy = children() - before
        assert len(busy) == soak.BUSY_CORES
    eventually(lambda: not children() & busy)


def test_every_part_has_files_and_every_marked_test_is_in_one() -> None:
    found: Mapping[str, Sequence[str]] = soak.parts()
    assert found.keys() | {"marked"} == soak.PARTS.keys() | {"marked"}
    for pattern in (pattern for some in soak.PARTS.values() for pattern in some):
        assert list(soak.ROOT.glob(pattern)), f"{pattern} is of no file"
    placed = {name for names in found.values() for name in names}
    for path in (soak.ROOT / "tests").rglob("test_*.py"):
        if soak.MARK in path.read_text(encoding="utf-8"):
            assert str(path.relative_to(soak.ROOT)) in placed
