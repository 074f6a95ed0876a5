"""Draws who acts and what they fill into forms, where neither matters for what is shown."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from definitions.model import FieldSpec
from tests.support.playing import PACKAGES, patch_value

PEOPLE = ("ann", "bob", "cat", "dan", "eve", "fay")

people = st.sampled_from(PEOPLE)


def value_of(name: str, spec: FieldSpec, draw: Any) -> Any:
    """Draw a value that the field takes."""
    match spec.type:
        case "choice":
            return draw(st.sampled_from(sorted(spec.choices or {})))
        case "person":
            return draw(people)
        case "attestation":
            return True
        case "packages":
            return PACKAGES
        case "patch":
            return patch_value("ada@example.org")
        case "file":
            kind = (spec.kinds or ("text/plain",))[0]
            return {"sha256": "a" * 64, "name": name, "size": 3, "media_type": kind}
        case _:
            return draw(st.sampled_from(["A", "B", "C"]))
