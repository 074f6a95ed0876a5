"""`countersign up`, really started, in a folder of its own."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.support.eventually import LIMIT_SECONDS, eventually
from tests.support.tiers import first
from tests.worker.test_parts import alive, until_dead


def environment(folder: Path, **more: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "COUNTERSIGN_DATA_FOLDER": str(folder / "data"),
        "COUNTERSIGN_WEB_PORT": "0",
        "COUNTERSIGN_SAMPLE_WALKS": "false",
        **more,
    }


def countersign(folder: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "worker", *arguments],
        env=environment(folder, **more),
        capture_output=True,
        text=True,
        timeout=LIMIT_SECONDS,
        check=False,
    )


@contextmanager
def up(folder: Path, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """Run `countersign up --json` and yield it with what it said when it was ready."""
    with subprocess.Popen(
        [sys.executable, "-m", "worker", "up", "--json", *arguments],
        env=environment(folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        try:
            assert process.stdout
            assert process.stderr
            line = process.stdout.readline()
            yield process, json.loads(line or process.stderr.read())
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(LIMIT_SECONDS)


def status(url: str) -> int:
    """Return the status of a page; the socket waits while the web is started again."""

    def asked() -> int:
        try:
            with urllib.request.urlopen(url, timeout=LIMIT_SECONDS) as answer:  # noqa: S310 - our own
                return int(answer.status)
        except OSError:
            return 0

    return eventually(asked, f"{url} answers")


def until_another(file: Path, pid: int) -> None:
    """Wait until another process than this one has its id in the file."""
    eventually(lambda: file.read_text() not in {"", str(pid)}, f"{file.name} names another process")


@pytest.mark.soak
def test_one_command_starts_all_and_one_signal_stops_all(tmp_path: Path) -> None:
    with up(tmp_path) as (process, ready):
        assert ready["ok"]
        assert status(ready["url"] + "/sign-in") == 200
        assert set(ready["pids"]) == {"temporal", "worker", "web"}
        assert len(ready["people"]) == 25
        for person in ready["people"]:
            assert person["link"].startswith(ready["url"] + "/sign-in/")
            assert person["roles"]
        assert status(ready["people"][0]["link"]) == 200
        second = countersign(tmp_path, "up")
        assert second.returncode == 1
        assert "already" in second.stderr
        process.send_signal(signal.SIGINT)
        assert process.wait(LIMIT_SECONDS) == 0
        for pid in ready["pids"].values():
            until_dead(pid)


@pytest.mark.soak
def test_it_goes_on_where_it_was(tmp_path: Path) -> None:
    with up(tmp_path) as (_, first):
        pass
    with up(tmp_path) as (process, second):
        names = [person["name"] for person in first["people"]]
        assert [person["name"] for person in second["people"]] == names
        process.send_signal(signal.SIGTERM)
        assert process.wait(LIMIT_SECONDS) == 0
    verified = countersign(tmp_path, "record", "verify", "--json")
    report = json.loads(verified.stdout)
    assert verified.returncode == 0
    # The two keys and the people, once.
    assert report["ok"]
    assert report["entries"] == 2 + len(first["people"])


@pytest.mark.parametrize("part", first(["web", "worker", "temporal"], {"worker"}))
def test_a_killed_part_comes_back_and_it_is_said(tmp_path: Path, part: str) -> None:
    with up(tmp_path) as (process, ready):
        os.killpg(ready["pids"][part], signal.SIGKILL)
        assert process.stderr
        assert f"The {part} process ended (killed by SIGKILL)" in process.stderr.readline()
        until_another(tmp_path / "data" / "run" / f"{part}.pid", ready["pids"][part])
        assert status(ready["url"] + "/health") == 200


@pytest.mark.soak
def test_nothing_is_left_when_it_is_killed(tmp_path: Path) -> None:
    with up(tmp_path) as (process, ready):
        process.kill()
        process.wait(LIMIT_SECONDS)
        for pid in ready["pids"].values():
            until_dead(pid)
            assert not alive(pid)


@pytest.mark.soak
def test_stopping_while_it_starts_is_clean(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "worker", "up"],
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        address = tmp_path / "data" / "run" / "temporal.address"
        eventually(address.exists, "the Temporal server is started")
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate(timeout=LIMIT_SECONDS)
        assert process.returncode == 0
        assert errors == "Stopping …\n"


@pytest.mark.soak
def test_a_taken_port_is_a_sentence(tmp_path: Path) -> None:
    with up(tmp_path) as (_, ready):
        port = ready["url"].rpartition(":")[2]
        other = tmp_path / "other"
        other.mkdir()
        refused = countersign(other, "up", COUNTERSIGN_WEB_PORT=port)
        assert refused.returncode == 1
        assert f"can't listen on 127.0.0.1:{port}" in refused.stderr
        assert "Traceback" not in refused.stderr


@pytest.mark.soak
def test_without_a_sample_there_is_nobody(tmp_path: Path) -> None:
    with up(tmp_path, "--no-sample") as (_, ready):
        assert ready["people"] == []
