"""Random tokens: made once, shown once, kept as a hash; and kept out of what is written down."""

import hashlib
import re
import secrets
from typing import Final

TOKEN_BYTES = 32
LINKS: Final = ("/link/", "/sign-in/")
"""The paths of our pages below which an address holds a token."""
HIDDEN: Final = "…"
"""What is written in the place of a token."""

_IN_ADDRESS: Final = re.compile(rf"({'|'.join(LINKS)})[^\s/?#\"'<>\\]+")
# 256 bits in base64url, also where an address was cut or torn; digests and names aren't mixed so.
_BY_LOOKS: Final = re.compile(
    r"(?<![A-Za-z0-9_-])(?=[A-Za-z0-9_-]*[A-Z])(?=[A-Za-z0-9_-]*[a-z])(?=[A-Za-z0-9_-]*[0-9])"
    r"[A-Za-z0-9_-]{43,}"
)


def new_token() -> str:
    """Return 256 random bits as text that fits into an address and a cookie."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def token_hash(token: str) -> str:
    """Return what is stored of a token: it can't be guessed, so one SHA-256 is enough."""
    return hashlib.sha256(token.encode()).hexdigest()


def without_tokens(text: str) -> str:
    """Return a text for a log or for an operator, with whatever may be a token taken out."""
    return _BY_LOOKS.sub(HIDDEN, _IN_ADDRESS.sub(rf"\1{HIDDEN}", text))
