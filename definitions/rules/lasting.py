"""How long something lasts, and until when: lengths by what a case's form says."""

from __future__ import annotations

from collections.abc import Mapping

from definitions.canonical import Json
from definitions.clock import parse, stamp
from definitions.model import LengthBy, duration


def after(moment: str, length: str) -> str:
    """Return the time `length` (ISO 8601) after `moment` (RFC 3339)."""
    return stamp(parse(moment) + duration(length))


def length_of(length: str | LengthBy, known: Mapping[str, Json]) -> str:
    """Return how long it is (ISO 8601) by what the case's form says now.

    Args:
        known: plain values of the fields that rules read; the field that decides is among them.
    """
    return length.lengths()[str(known[length.by])] if isinstance(length, LengthBy) else length
