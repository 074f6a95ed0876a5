"""Walks on PostgreSQL: of each process one way to its good end; crashes have tests of their own."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.databases import Databases
from tests.worker.test_walks import PROCESSES, are_as_told, plays_as_told, walks_of
from worker.cli import commands
from worker.walks.model import named_walk

DATABASE = "postgresql"


def test_one_whole_process(
    databases: Databases, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    walk, url = named_walk("system-patch-good"), databases.new(tmp_path)
    arguments = ["walk", walk.walk, "--database", url, "--json"]
    status = commands.main(arguments, standalone_mode=False)
    are_as_told(status, json.loads(capsys.readouterr().out), [walk])


@pytest.mark.soak
def test_the_good_walks_are_right_one_after_the_other(databases: Databases, tmp_path: Path) -> None:
    walks = [walks_of(process, "good", "trigger")[0] for process in PROCESSES]
    plays_as_told(walks, "--database", databases.new(tmp_path))
