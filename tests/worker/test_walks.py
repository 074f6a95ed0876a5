"""The walks: all of them go as they say, and one that tells something untrue is caught."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import nullcontext
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from definitions.errors import DefinitionsError
from definitions.loader import load_library
from tests.support.databases import sqlite_database
from tests.support.tiers import first
from worker.cli import commands
from worker.errors import CommandRefused
from worker.sample import sample_walks
from worker.walks.model import Walk, all_walks, load_walk, named_walk
from worker.walks.player import Player
from worker.walks.site import Site, own_site

KINDS = {"refused", "late", "failure"}
PROCESSES = load_library().processes()
NAMES = [walk.walk for walk in all_walks()]
QUICK = {"motion-good", "system-patch-refused", "termination-board", "emergency-patch-good"}

FOREIGN = Path(__file__).parents[1] / "definitions" / "foreign"
FOREIGN_NAMES = sorted(path.stem for path in (FOREIGN / "walks").glob("*.yaml"))
FOREIGN_QUICK = {"itil-change-high", "joint-approval-together", "production-access-extended"}


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


@cache
def brought() -> tuple[Walk, ...]:
    return all_walks()


def walks_of(process: str, *kinds: str) -> list[Walk]:
    walks = [walk for walk in brought() if walk.process == process]
    return [walk for walk in walks if not kinds or walk.kind in kinds]


@pytest.mark.parametrize("process", PROCESSES)
def test_each_process_has_a_walk_of_each_kind_and_to_each_end(process: str) -> None:
    body = load_library().current(process).body
    walks = walks_of(process)
    amended = {"amended"} if body.amend else set()
    kinds = {walk.kind for walk in walks}
    assert kinds >= KINDS | amended
    assert kinds & {"good", "trigger"}
    expected = {
        step.expect.state for w in walks for step in w.story if step.expect and not step.expect.in_
    }
    assert expected >= {name for name, state in body.machine.states.items() if state.final}


def test_a_termination_is_told_for_each_of_its_triggers() -> None:
    opened = {
        step.open.fields["trigger"]
        for walk in walks_of("termination", "trigger")
        for step in walk.story
        if step.open
    }
    assert opened == set(load_library().current("termination").field("trigger").choices or {})


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """One stack in which all walks are played, one after the other, as `walk --all` does it.

    It has other organisations' definitions too, beside ours.
    """
    with own_site(FOREIGN) as running:
        yield running


@pytest.mark.parametrize("name", first(NAMES, QUICK))
def test_each_walk_goes_as_it_says(site: Site, name: str) -> None:
    walk = named_walk(name)
    played = list(Player(site, walk).play())
    assert not [one for one in played if not one.ok]
    assert len(played) == len(walk.story)


@pytest.mark.parametrize("name", first(FOREIGN_NAMES, FOREIGN_QUICK))
def test_each_walk_of_another_organisation_goes_as_it_says(site: Site, name: str) -> None:
    walk = load_walk(FOREIGN / "walks" / f"{name}.yaml")
    played = list(Player(site, walk).play())
    assert not [one for one in played if not one.ok]
    assert len(played) == len(walk.story)


@pytest.mark.soak
def test_the_command_plays_all_that_are_brought_and_tells_each_step(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Fewer are brought here, since each of the others has a test of its own."""
    picked = ["abc-refused", "system-patch-refused"]
    monkeypatch.setattr("worker.walks.model._names", lambda: picked)
    status = commands.main(["walk", "--all", "--json"], standalone_mode=False)
    are_as_told(status, json.loads(capsys.readouterr().out), [named_walk(name) for name in picked])


def plays_as_told(walks: list[Walk], *more: str) -> None:
    status, told = countersign("walk", *(walk.walk for walk in walks), *more)
    are_as_told(status, told, walks)


def are_as_told(status: int, told: Any, walks: list[Walk]) -> None:
    """The command's answer tells these walks, each step of each, and all went well."""
    assert (status, told["ok"]) == (0, True), [walk for walk in told["walks"] if not walk["ok"]]
    assert [walk["walk"] for walk in told["walks"]] == [walk.walk for walk in walks]
    for walk, played in zip(walks, told["walks"], strict=True):
        assert (played["kind"], played["ok"]) == (walk.kind, True)
        assert [set(step) for step in played["steps"]] == [
            {"do", "ok", "detail"} for _ in walk.story
        ]


def test_each_walk_is_about_a_process_and_in_a_file_of_its_name() -> None:
    assert {walk.process for walk in brought()} == set(PROCESSES)
    for walk in brought():
        assert named_walk(walk.walk) == walk
    with pytest.raises(CommandRefused, match="There are: abc-"):
        named_walk("../organisation")


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


@pytest.mark.soak
def test_a_walk_that_tells_something_untrue_is_caught(tmp_path: Path) -> None:
    with own_site() as site:
        for name, step in UNTRUE_STEPS.items():
            file = tmp_path / f"{name}.yaml"
            file.write_text(f"{UNTRUE}{step}\n", encoding="utf-8")
            played = list(Player(site, load_walk(file)).play())
            assert [one.ok for one in played] == [True, False], name


@pytest.mark.parametrize("way", first(["in this process", "started"], {"in this process"}))
def test_the_command_fails_with_a_walk_that_fails(
    site: Site,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    way: str,
) -> None:
    file = tmp_path / "untrue.yaml"
    file.write_text(f"{UNTRUE}{UNTRUE_STEPS['other state']}\n", encoding="utf-8")
    if way == "started":
        status, told = countersign("walk", "--file", str(file))
    else:  # on the site that runs already
        monkeypatch.setattr("worker.walks.command.own_site", lambda *_: nullcontext(site))
        arguments = ["walk", "--file", str(file), "--json"]
        status = commands.main(arguments, standalone_mode=False)
        told = json.loads(capsys.readouterr().out)
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
    assert len([load_walk(file) for file in sample_walks()]) == 7
