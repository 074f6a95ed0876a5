"""Canonical bytes, digests and commitments.

Everything that is signed or chained is first made canonical (RFC 8785), so that anyone can
compute the same digest from the same JSON. A value of a form is never signed itself: the act
carries a *commitment*, SHA-256 over a random salt and the canonical value, and salt and value
travel beside it as an opening. Withholding or erasing an opening leaves every signature valid.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Any, TypeAlias

import rfc8785

Json: TypeAlias = Any
"""A value of JSON: None, bool, int, str, list or dict with str keys. Floats are not used."""

SALT_BYTES = 32


def canonical(value: Json) -> bytes:
    """Return the canonical JSON of `value` (RFC 8785), in UTF-8.

    Raises:
        rfc8785.CanonicalizationError: `value` isn't JSON, or holds a number out of range.
    """
    return rfc8785.dumps(value)


def sha256(data: bytes) -> str:
    """Return the SHA-256 of `data` in lower-case hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def digest(value: Json) -> str:
    """Return the SHA-256 (hexadecimal) of the canonical JSON of `value`."""
    return sha256(canonical(value))


def commit_to(salt: str, value: Json) -> str:
    """Return the commitment to `value` under `salt`.

    Args:
        salt: 32 random bytes in hexadecimal.
        value: any JSON value.

    Returns:
        SHA-256 (hexadecimal) over the salt's bytes followed by the canonical value.

    Raises:
        ValueError: the salt isn't 32 bytes of hexadecimal.
    """
    raw = bytes.fromhex(salt)
    if len(raw) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes, this one {len(raw)}")
    return sha256(raw + canonical(value))


def opens(commitment: str, salt: str, value: Json) -> bool:
    """Say whether salt and value open `commitment`."""
    try:
        return hmac.compare_digest(commitment, commit_to(salt, value))
    except (ValueError, rfc8785.CanonicalizationError):
        return False
