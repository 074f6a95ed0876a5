"""One effect that a move of the machine causes."""

from __future__ import annotations

from dataclasses import dataclass

from definitions.catalogue import Effect


@dataclass(frozen=True)
class Due:
    """One effect that a move causes: its key, the effect, and the state that it belongs to."""

    key: str
    effect: Effect
    state: str
