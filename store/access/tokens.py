"""Random tokens: made once, shown once, kept as a hash."""

import hashlib
import secrets

TOKEN_BYTES = 32


def new_token() -> str:
    """Return 256 random bits as text that fits into an address and a cookie."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> str:
    """Return what is stored of a token: it can't be guessed, so one SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()
