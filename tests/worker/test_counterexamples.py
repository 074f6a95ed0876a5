"""Counterexamples over HTTP, as `countersign walk --file` plays them: two of them, both ways.

`tests/definitions/proof/test_mutants.py` plays every one of them by the rules alone.
"""

from __future__ import annotations

import json
import subprocess
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from definitions.checks import check_source
from definitions.errors import Counterexample
from definitions.loader import load_file, load_library

LACKING = {
    "Nothing is applied": ("covers: {fields: [packages, servers, reason], reopen: approval}\n"
                           "    reminders: [P2D]"),
    "Two Systems Administrators apply":
        "      observer: {title: {en: observer}, role: systems-administrator}\n",
}  # fmt: skip
"""Parts of the definition of patches to system software, each with the invariant that needs it."""


def walk(file: Path, *more: str) -> Any:
    ran = subprocess.run(
        [sys.executable, "-m", "worker", "walk", "--file", str(file), "--json", *more],
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    (played,) = json.loads(ran.stdout)["walks"]
    assert ran.returncode == (0 if played["ok"] else 1)
    return played


def faulty(folder: Path, says: str) -> tuple[Path, Path]:
    """Write a definition without a part, and the walk that shows what follows."""
    original = files("definitions") / "processes" / "system-patch.yaml"
    text = original.read_text(encoding="utf-8")
    part = LACKING[says]
    assert part in text
    without = "covers: {fields: [servers, reason], reopen: approval}\n    reminders: [P2D]"
    text = text.replace(part, without if part.startswith("covers") else "", 1)
    own = folder / "own"
    own.mkdir()
    (own / "system-patch.yaml").write_text(text, encoding="utf-8")
    found = check_source(load_file(own / "system-patch.yaml")).findings
    (shown,) = (f for f in found if isinstance(f, Counterexample) and says in f.args[2])
    file = folder / "walk.yaml"
    file.write_text(shown.walk, encoding="utf-8")
    return own, file


@pytest.mark.soak
@pytest.mark.parametrize(
    ("says", "refused"),
    [
        ("Nothing is applied", "bartho sign approval approve"),
        ("Two Systems Administrators apply", "jorun sign documenting document"),
    ],
)
def test_a_counterexample_reaches_the_bad_state_and_ours_refuses_it(
    tmp_path: Path, says: str, refused: str
) -> None:
    own, file = faulty(tmp_path, says)
    bad = walk(file, "--definitions", str(own))
    assert bad["ok"], bad["steps"][-1]
    good = walk(file)
    assert [step["do"] for step in good["steps"] if not step["ok"]] == [refused]


def test_the_program_brings_only_definitions_that_are_proved() -> None:
    assert all(check_source(source).ok for source in load_library().sources)
