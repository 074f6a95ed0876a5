"""The walks: all of them go as they say, and one that tells something untrue is caught."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from definitions.errors import DefinitionsError
from definitions.loader import load_library
from tests.support.databases import Databases, sqlite_database
from worker.errors import CommandRefused
from worker.sample import sample_walks
from worker.walks.model import all_walks, load_walk
from worker.walks.player import Player
from worker.walks.site import own_site

DATABASE = "sqlite"
KINDS = {"good", "refused", "late", "amended", "failure"}


def countersign(*arguments: str, seconds: int = 280) -> tuple[int, Any]:
    """Run the command; return its status and the one JSON object that it prints."""
    ran = subprocess.run(
        [sys.executable, "-m", "worker", *arguments, "--json"],
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )
    return ran.returncode, json.loads(ran.stdout)


def test_each_process_has_a_walk_of_each_kind() -> None:
    walks = all_walks()
    for process in load_library().processes():
        assert {walk.kind for walk in walks if walk.process == process} >= KINDS


def test_every_step_of_every_walk_is_right(databases: Databases, tmp_path: Path) -> None:
    """On PostgreSQL: `test_walks_postgresql.py`."""
    status, told = countersign("walk", "--all", "--database", databases.new(tmp_path))
    assert told["ok"], [walk for walk in told["walks"] if not walk["ok"]]
    assert status == 0
    played = {walk["walk"]: walk for walk in told["walks"]}
    for walk in all_walks():
        assert played[walk.walk]["kind"] == walk.kind
        assert [set(step) for step in played[walk.walk]["steps"]] == [
            {"do", "ok", "detail"} for _ in walk.story
        ]


UNTRUE = """
walk: untrue
title: A Member can't approve, whatever a walk says
process: system-patch
kind: good
people:
  nkiru: nkiru.adebanwe@example.org
  fenna: fenna.achterveld@example.org
story:
  - open:
      by: nkiru
      fields:
        packages: "jq/stable 1.7 amd64 [upgradable from: 1.6]"
        servers: webdb
        reason: A weakness.
"""


UNTRUE_STEPS = {
    "not accepted": "  - sign: {by: fenna, step: approval, seat: lead, outcome: approve}",
    "other section": """  - refuse-expected:
      section: "7.4"
      sign: {by: fenna, step: approval, seat: lead, outcome: approve}""",
    "not refused": """  - refuse-expected:
      section: "3.2.3"
      comment: {by: fenna, text: Hello.}""",
    "other state": "  - expect: {state: done}",
    "other inbox": "  - expect: {waits_for: [fenna]}",
}


def test_a_walk_that_tells_something_untrue_is_caught(tmp_path: Path) -> None:
    with own_site() as site:
        for name, step in UNTRUE_STEPS.items():
            file = tmp_path / f"{name}.yaml"
            file.write_text(f"{UNTRUE}{step}\n", encoding="utf-8")
            played = list(Player(site, load_walk(file)).play())
            assert [one.ok for one in played] == [True, False], name


def test_the_command_fails_with_a_walk_that_fails(tmp_path: Path) -> None:
    file = tmp_path / "untrue.yaml"
    file.write_text(f"{UNTRUE}{UNTRUE_STEPS['other state']}\n", encoding="utf-8")
    status, told = countersign("walk", "--file", str(file))
    assert status == 1
    assert not told["ok"]
    assert [one["ok"] for one in told["walks"][0]["steps"]] == [True, False]


def test_walks_are_not_played_in_a_database_that_is_used(tmp_path: Path) -> None:
    with (
        sqlite_database(tmp_path),
        pytest.raises(CommandRefused, match="make an empty one"),
        own_site(database=f"sqlite:///{tmp_path / 'countersign.db'}"),
    ):
        pass


def test_a_walk_that_cannot_be_read_names_its_line(tmp_path: Path) -> None:
    file = tmp_path / "wrong.yaml"
    file.write_text(f"{UNTRUE}  - pass-time: three days\n", encoding="utf-8")
    with pytest.raises(DefinitionsError, match=r"wrong\.yaml:16"):
        load_walk(file)


def test_the_sample_cases_can_be_read() -> None:
    assert len([load_walk(file) for file in sample_walks()]) == 5
