"""A refusal: what was refused, by which section, and what the person can do."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Final

from definitions.canonical import Json

NOT_IN_FORCE: Final = "not-in-force"
"""The code of a refusal to open a case under a version that isn't in force."""


@dataclass(frozen=True)
class Refusal:
    """The answer "no", as a value. It changes nothing, wherever it is given.

    Attributes:
        code: a short stable word for programs (`barred`, `outdated`, `not-open` …).
        sentence: what was refused and why, addressed to the person who acted.
        section: the section of the policy behind it, or None where it is no rule of the
            policy but of the form (a missing comment, say).
        remedy: what the person can do now.
        field: the field of the form that it is about, if it is about one.
    """

    code: str
    sentence: str
    section: str | None = None
    remedy: str = ""
    field: str | None = None

    def to_json(self) -> dict[str, Json]:
        """Return it as JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: dict[str, Json]) -> Refusal:
        """Read it from JSON."""
        return cls(**data)
