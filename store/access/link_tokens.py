"""The token of a mail's link: what it says, signed; read only in the one form in which we write it.

Its key is the links' own, and its type and issuer are in what is signed, so nothing that is
signed elsewhere can pass for a link, nor a link for anything else.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from definitions.canonical import canonical
from store.access.tokens import token_hash
from store.signatures import ALGORITHM

if TYPE_CHECKING:
    from definitions.canonical import Json
    from store.signatures import SigningKey

_ISSUER: Final = "countersign"
_TYPE: Final = "link"
_LONGEST: Final = 4096
_ABOUT: Final = ("case", "step", "instance", "seat", "shown", "mail")
_TEXTS: Final = frozenset({*_ABOUT, "sub", "jti", "iat", "exp", "aud", "iss", "typ"})


@dataclass(frozen=True)
class LinkClaims:
    """What a link says of itself.

    Attributes:
        person: whose it is.
        shown: the digest of what they are asked to decide on.
        mail: the id of the entry that says that its mail was due.
        id: SHA-256 of the link's own id; what records name it by.
        expires_at: from then on it is dead, as a stamp.
    """

    person: str
    case: str
    step: str
    instance: str
    seat: str
    shown: str
    mail: str
    id: str
    expires_at: str


def sign_claims(claims: Mapping[str, Json], key: SigningKey) -> str:
    """Return the token that says this.

    Args:
        claims: all but issuer and type.
        key: the links' own.
    """
    payload = canonical({**claims, "iss": _ISSUER, "typ": _TYPE})
    signature = key.sign_bytes(payload)
    body = base64.urlsafe_b64encode(payload).rstrip(b"=").decode()
    return f"{signature['protected']}.{body}.{signature['signature']}"


def read(token: str, public_key: Mapping[str, Any], audience: str) -> LinkClaims | None:
    """Return what a link says, None if we didn't make exactly this one for these pages.

    Args:
        token: as it stood in the address.
        public_key: the link key's public half, as JWK.
        audience: the address under which the pages are served.
    """
    readable = len(token) <= _LONGEST and token.isascii() and _canonical_parts(token)
    if not public_key or not readable:
        return None
    try:
        found = jws.deserialize_compact(
            token.encode(), OKPKey.import_key(dict(public_key)), algorithms=[ALGORITHM]
        )
        data = json.loads(found.payload)
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    if not isinstance(data, dict) or set(data) != _TEXTS:
        return None
    if not all(isinstance(text, str) for text in data.values()):
        return None
    if (data["iss"], data["aud"], data["typ"]) != (_ISSUER, audience, _TYPE):
        return None
    return LinkClaims(
        person=data["sub"],
        **{name: data[name] for name in _ABOUT},
        id=token_hash(data["jti"]),
        expires_at=data["exp"],
    )


def _canonical_parts(token: str) -> bool:
    """Say whether each part is the only spelling of its bytes: no padding and no spare bits."""
    parts = token.split(".")
    try:
        decoded = [base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in parts]
    except (binascii.Error, ValueError):
        return False
    spelt = [base64.urlsafe_b64encode(each).rstrip(b"=").decode() for each in decoded]
    return len(parts) == 3 and spelt == parts  # noqa: PLR2004 - header, payload, signature
