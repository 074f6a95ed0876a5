"""Numbers as they stand in addresses: anything may stand there, and only what can be is taken."""

from __future__ import annotations

from flask import request

_MOST = 2**53 - 1
"""The largest whole number that every program reads alike (RFC 8259, section 6)."""


def whole_number(name: str) -> int | None:
    """Return what stands in the address under this name; None if it isn't a number from 0 on."""
    found = request.args.get(name, type=int)
    return found if found is not None and 0 <= found <= _MOST else None
