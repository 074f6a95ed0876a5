"""A definition that isn't in order is told of before anything begins, and nothing is changed."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import pytest

from definitions.errors import DefinitionsError
from store.cases import registered_versions
from tests.support.eventually import LIMIT_SECONDS
from worker.prepare import opened, prepared
from worker.settings import load_settings


def test_an_unsound_definition_stops_the_start_with_file_line_and_remedy(tmp_path: Path) -> None:
    good = (files("definitions") / "processes" / "system-patch.yaml").read_text(encoding="utf-8")
    bad = good.replace("process: system-patch", "process: kings-patch")
    bad = bad.replace("number: p", "number: k").replace(
        "role: systems-administrator}", "role: king}"
    )
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "kings-patch.yaml").write_text(bad, encoding="utf-8")
    data = tmp_path / "data"
    environment = os.environ | {
        "COUNTERSIGN_DATA_FOLDER": str(data),
        "COUNTERSIGN_DEFINITIONS_FOLDERS": str(folder),
    }
    ran = subprocess.run(
        [sys.executable, "-m", "worker", "migrate"],
        capture_output=True,
        text=True,
        env=environment,
        timeout=LIMIT_SECONDS,
        check=False,
    )
    assert ran.returncode == 1
    assert "There is no role `king`" in ran.stderr
    assert "kings-patch.yaml:" in ran.stderr
    assert "Remedy:" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not list(data.glob("*.sqlite"))


def test_a_definition_that_breaks_its_own_invariant_is_never_registered(tmp_path: Path) -> None:
    """Every part of it fits; only going through all its paths shows what it would allow."""
    good = (files("definitions") / "processes" / "system-patch.yaml").read_text(encoding="utf-8")
    observer = "      observer: {title: {en: observer}, role: systems-administrator}\n"
    assert observer in good
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "system-patch.yaml").write_text(good.replace(observer, "", 1), encoding="utf-8")
    settings = load_settings(
        None,
        {
            "COUNTERSIGN_DATA_FOLDER": str(tmp_path / "data"),
            "COUNTERSIGN_DEFINITIONS_FOLDERS": str(folder),
        },
    )
    with pytest.raises(DefinitionsError, match="Two Systems Administrators apply"):  # noqa: SIM117
        with prepared(settings):
            pytest.fail("an unsound definition was accepted")
    with opened(settings) as (_keys, database), database.reading() as connection:
        assert not registered_versions(connection)
