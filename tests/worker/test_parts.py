import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.eventually import LIMIT_SECONDS, eventually
from worker.errors import PartFailed
from worker.parts import Part

MADE: list[Part] = []


def part(tmp_path: Path, program: str, *, stop_seconds: float = LIMIT_SECONDS) -> Part:
    """Return a part that runs a small program; it is ready when `ready` exists."""
    (tmp_path / "program.py").write_text(program)
    made = Part(
        name="sample",
        command=[sys.executable, "-u", str(tmp_path / "program.py")],
        environment={"SAMPLE": "x"},
        log=tmp_path / "log" / "sample.log",
        ready=lambda _pid: (tmp_path / "ready").exists(),
        stop_seconds=stop_seconds,
        folder=tmp_path,
    )
    MADE.append(made)
    return made


@pytest.fixture(autouse=True)
def nothing_stays() -> Iterator[None]:
    """Kill what a test has started, also when it fails."""
    yield
    while MADE:
        MADE.pop().kill()


READY = "import pathlib, signal, sys, time\npathlib.Path('ready').touch()\n"


def alive(pid: int) -> bool:
    """Say whether a process runs (one that nobody has waited for yet doesn't)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def until_dead(pid: int) -> None:
    """Wait until a process has ended."""
    eventually(lambda: not alive(pid), f"process {pid} ends")


def test_a_part_starts_becomes_ready_and_stops_when_told(tmp_path: Path) -> None:
    program = "import signal, sys\nsignal.signal(15, lambda *_: sys.exit(3))\n"
    sample = part(tmp_path, program + READY + "signal.pause()")
    sample.start()
    assert sample.wait_ready(LIMIT_SECONDS)
    assert sample.pid is not None
    assert os.getpgid(sample.pid) == sample.pid != os.getpgid(0)
    sample.stop()
    assert not sample.running
    assert sample.how_it_ended() == "exit status 3"


def test_one_that_does_not_listen_is_killed(tmp_path: Path) -> None:
    program = "import signal\nsignal.signal(15, signal.SIG_IGN)\n" + READY + "signal.pause()"
    sample = part(tmp_path, program, stop_seconds=0.2)
    sample.start()
    sample.wait_ready(LIMIT_SECONDS)
    sample.stop()
    assert sample.how_it_ended() == "killed by SIGKILL"


def test_one_that_ends_early_is_reported_with_its_last_words(tmp_path: Path) -> None:
    sample = part(tmp_path, "raise SystemExit('no such luck')")
    sample.start()
    with pytest.raises(PartFailed, match=r"(?s)exit status 1.*no such luck"):
        sample.wait_ready(LIMIT_SECONDS)


def test_one_that_is_never_ready_is_reported(tmp_path: Path) -> None:
    sample = part(tmp_path, "import signal\nsignal.pause()")
    sample.start()
    with pytest.raises(PartFailed, match=r"wasn't ready within 0\.2 seconds"):
        sample.wait_ready(0.2)
    sample.kill()


def test_waiting_can_be_given_up(tmp_path: Path) -> None:
    sample = part(tmp_path, "import signal\nsignal.pause()")
    sample.start()
    assert not sample.wait_ready(LIMIT_SECONDS, given_up=lambda: True)
    sample.kill()


def test_killing_reaches_what_it_started(tmp_path: Path) -> None:
    program = (
        "import os, pathlib, signal\n"
        "child = os.fork()\n"
        "if child: pathlib.Path('child').write_text(str(child)); pathlib.Path('ready').touch()\n"
        "signal.pause()"
    )
    sample = part(tmp_path, program)
    sample.start()
    sample.wait_ready(LIMIT_SECONDS)
    child = int((tmp_path / "child").read_text())
    assert alive(child)
    sample.kill()
    until_dead(child)


def test_a_part_dies_with_whoever_started_it(tmp_path: Path) -> None:
    starter = f"""
import pathlib, sys
from tests.worker.test_parts import READY, part
sample = part(pathlib.Path({str(tmp_path)!r}), READY + "signal.pause()")
sample.start()
sample.wait_ready({LIMIT_SECONDS})
print(sample.pid, flush=True)
sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", starter],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    ) as starting:
        assert starting.stdout
        pid = int(starting.stdout.readline())
        assert alive(pid)
        starting.send_signal(signal.SIGKILL)
    until_dead(pid)
