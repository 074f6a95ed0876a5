"""A run of pytest with tests that fail: what `support/told_logs.py` adds to what is told."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.tiers import first
from tests.support.told_logs import LINES, troubles

ROOT = Path(__file__).parents[1]
LEVEL = re.compile(r"(INFO|WARNING|ERROR) [^:]*$")
SAMPLE = """
import pytest

def write(folder, *lines):
    folder.mkdir(exist_ok=True)
    (folder / "part.log").write_text("\\n".join(lines))

@pytest.fixture(scope="module")
def shared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("shared")
    write(folder / "data", "INFO all is well", "ERROR the shared one broke")
    return folder

@pytest.fixture(scope="module")
def others(tmp_path_factory):
    write(tmp_path_factory.mktemp("others"), "ERROR nobody asks")

def test_good(tmp_path, others):
    write(tmp_path, "ERROR of one that passes")

def test_bad(tmp_path, shared):
    write(tmp_path, "INFO quiet", *[f"WARNING number {n}." for n in range(40)])
    assert False, "for a reason"

@pytest.fixture
def broken(tmp_path):
    write(tmp_path, "ERROR of the set-up")
    raise RuntimeError("it doesn't start")

def test_not_set_up(broken):
    pass
"""


def told(folder: Path, *more: str) -> str:
    (folder / "pytest.ini").touch()
    (folder / "test_sample.py").write_text(SAMPLE, encoding="utf-8")
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "tests.support.told_logs"),
            *("-p", "no:cacheprovider", f"--rootdir={folder}", f"--confcutdir={folder}"),
            *(f"--basetemp={folder / 'kept'}", str(folder / "test_sample.py"), *more),
            *("-c", str(folder / "pytest.ini")),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == pytest.ExitCode.TESTS_FAILED, ran.stdout + ran.stderr
    return ran.stdout


@pytest.mark.parametrize(
    "more", first([((),), (("-n", "1"),)], {"alone"}, ["alone", "in a worker"])
)
def test_a_failure_tells_the_last_troubles_of_its_own_logs(
    tmp_path: Path, more: tuple[str, ...]
) -> None:
    said = told(tmp_path, *more)
    assert "1 failed, 1 passed, 1 error" in said
    assert said.count("last troubles in data/part.log") == 1
    lines = said.splitlines()
    assert [line for line in lines if LEVEL.match(line)] == [
        "ERROR of the set-up",
        "ERROR the shared one broke",
        *(f"WARNING number {n}." for n in range(40 - LINES, 40)),
    ]
    kept = [Path(line) for line in lines if line.startswith(str(tmp_path / "kept"))]
    assert {folder.name for folder in kept} == {"test_bad0", "shared0", "test_not_set_up0"}
    assert all(folder.is_dir() for folder in kept)


def test_a_traceback_is_told_whole() -> None:
    log = [
        "INFO before",
        "Traceback (most recent call last):",
        '  File "x.py", line 1',
        "ValueError: no such thing",
        "INFO after",
        'time=1 level=ERROR msg="x"',
        '{"level": "warn"}',
        "an error in small letters",
    ]
    assert list(troubles(log)) == [*log[1:4], *log[5:7]]
