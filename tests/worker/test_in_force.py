"""Which program's start puts which versions in force: the later one, and no mere command."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select

from definitions.loader import load_library
from store import tables
from store.in_force import versions_in_force
from store.record.verify import verify_record
from store.restoring import IN_FORCE
from tests.support.changed_definition import with_a_witness
from worker.cli import commands
from worker.folders import make_folders
from worker.prepare import opened, unlocked
from worker.settings import Settings, load_settings

PROCESS = "system-patch"


def program(data: Path, definitions: str = "") -> Settings:
    """Return the settings of one of two programs on the same data."""
    environment = {"COUNTERSIGN_DATA_FOLDER": str(data)}
    if definitions:
        environment["COUNTERSIGN_DEFINITIONS_FOLDERS"] = definitions
    settings = load_settings(None, environment)
    make_folders(settings)
    return settings


def in_force(settings: Settings) -> tuple[str | None, int]:
    """Return which version of the process is in force, and how many entries there were."""
    entries = tables.entries.c
    with opened(settings) as (_keys, database):
        with database.reading() as connection:
            versions = versions_in_force(connection)
            query = select(func.count()).where(entries.kind == IN_FORCE)
            count = connection.scalar(query.select_from(tables.entries)) or 0
        assert verify_record(database).ok
    assert set(versions) == {*load_library().processes()}
    return versions[PROCESS], count


def start(settings: Settings, *, rules: bool = True) -> None:
    with unlocked(settings, proved=False, in_force=rules):
        pass


def test_of_two_programs_that_start_in_turn_the_later_one_rules(tmp_path: Path) -> None:
    old = program(tmp_path / "data")
    new = program(tmp_path / "data", str(with_a_witness(tmp_path / "own")))
    before = load_library().current(PROCESS).version
    start(old)
    assert in_force(old) == (before, 1)
    start(old)
    assert in_force(old) == (before, 1), "nothing differs, so nothing is written"
    start(new)
    after, count = in_force(new)
    assert after not in {None, before}
    assert count == 2
    start(old, rules=False)
    assert in_force(old) == (after, 2), "a link for somebody puts no definition in force"
    start(old)
    assert in_force(old) == (before, 3)


@pytest.mark.parametrize("command", ["link", "sign-out"])
def test_commands_that_only_want_something_else_put_nothing_in_force(
    tmp_path: Path, command: str
) -> None:
    old = program(tmp_path / "data")
    start(old)
    own = str(with_a_witness(tmp_path / "own"))
    environment = {
        "COUNTERSIGN_DATA_FOLDER": str(tmp_path / "data"),
        "COUNTERSIGN_DEFINITIONS_FOLDERS": own,
    }
    start(program(tmp_path / "data", own), rules=False)  # registered, so that nothing is proved
    CliRunner().invoke(commands, [command, "nobody@example.org"], env=environment)
    assert in_force(old) == (load_library().current(PROCESS).version, 1)
