"""What the proof finds that doesn't hold."""

from __future__ import annotations

from dataclasses import dataclass

from definitions.reading import KeyPath


@dataclass(frozen=True)
class Finding:
    """Something that doesn't hold.

    Attributes:
        path: the part of the file that it is about.
        sentence: what is wrong; `remedy`: what to do about it.
        walk: the path that shows it, as a walk file; None where no path is needed.
    """

    path: KeyPath
    sentence: str
    remedy: str
    walk: str | None = None
