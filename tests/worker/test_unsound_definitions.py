"""A definition that isn't in order is told of before anything begins, and nothing is changed."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.resources import files
from pathlib import Path


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
        timeout=60,
        check=False,
    )
    assert ran.returncode == 1
    assert "There is no role `king`" in ran.stderr
    assert "kings-patch.yaml:" in ran.stderr
    assert "Remedy:" in ran.stderr
    assert "Traceback" not in ran.stderr
    assert not list(data.glob("*.sqlite"))
