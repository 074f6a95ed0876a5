"""The program's own definitions with a few more, of which only those few are read anew."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from definitions.loader import Library, load_file, load_library


def with_more(folder: Path, texts: Mapping[str, str]) -> Library:
    """Write these definitions into a folder, and return ours with them.

    Args:
        folder: made if it doesn't exist.
        texts: the definitions by process.
    """
    folder.mkdir(exist_ok=True)
    for process, text in texts.items():
        (folder / f"{process}.yaml").write_text(text, encoding="utf-8")
    return load_library().with_sources([load_file(folder / f"{name}.yaml") for name in texts])
