"""A second version of a definition, as its authors would write it: the file with a seat more."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Final

from definitions.definition import Definition
from definitions.loader import load_file, load_library

_OBSERVER: Final = "      observer: {title: {en: observer}, role: systems-administrator}\n"
_WITNESS: Final = (
    "      witness: {title: {en: witness}, role: systems-administrator, "
    "or: [systems-administration-leader]}\n"
)


def with_a_witness(folder: Path) -> Path:
    """Write system-patch with a third seat where a patch is applied; return the folder."""
    folder.mkdir()
    written = (files("definitions") / "processes" / "system-patch.yaml").read_text("utf-8")
    before, after = written.split(_OBSERVER, 1)
    changed = before + _OBSERVER + _WITNESS + after
    (folder / "system-patch.yaml").write_text(changed, encoding="utf-8")
    return folder


def both_versions(folder: Path) -> tuple[Definition, Definition]:
    """Return system-patch as it is, and with a witness."""
    changed = load_file(with_a_witness(folder) / "system-patch.yaml").definition
    return load_library().current("system-patch"), changed
