"""What is loaded at the start is taken out of later garbage collections."""

from __future__ import annotations

import subprocess
import sys

KEEPS = (
    "import gc; from worker.heap import keep_for_good; "
    "before = gc.get_freeze_count(); keep_for_good(); "
    "print(before, gc.get_freeze_count() > 1000)"
)


def test_what_is_loaded_is_kept_for_good() -> None:
    """In a process of its own: what tests are run by has done so already."""
    said = subprocess.run([sys.executable, "-c", KEEPS], capture_output=True, check=True, text=True)
    assert said.stdout.split() == ["0", "True"]
