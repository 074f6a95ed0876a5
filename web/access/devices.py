"""Known devices: browsers in which somebody has signed in before, each with tries of its own.

How often an address was tried anybody can make so. Whoever has signed in here before isn't counted
with them: their browser carries a cookie that says so (device cookies, as OWASP describes them). It
opens nothing; it only keeps strangers from using up a person's tries. It is bound to the password
that held then: whoever had that one can have made any number of devices known.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING, Final

from flask import request
from itsdangerous import BadSignature, URLSafeSerializer

from store.access.tokens import new_token
from web.services import settings

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

_DAYS: Final = 400
"""No browser keeps a cookie for longer."""
_MARK: Final = 32
_PERSON, _DEVICE, _PASSWORD = "p", "d", "w"


def known_device(person: str, stored: str | None) -> str:
    """Return the device's id if this person has signed in on it before, else "".

    Args:
        stored: their password as it is kept; with another one it is another device.
    """
    try:
        said = _serializer().loads(request.cookies.get(_cookie(), ""))
    except BadSignature:
        return ""
    if not isinstance(said, dict) or said.get(_PERSON) != person:
        return ""
    if said.get(_PASSWORD) != _mark(stored):
        return ""
    return str(said.get(_DEVICE, ""))


def remember_device(response: Response, person: str, stored: str | None) -> None:
    """Let the browser show that this person has signed in on it, until their password changes."""
    device = known_device(person, stored) or new_token()
    response.set_cookie(
        _cookie(),
        _serializer().dumps({_PERSON: person, _DEVICE: device, _PASSWORD: _mark(stored)}),
        max_age=_DAYS * 24 * 3600,
        path="/",
        secure=settings().secure,
        httponly=True,
        samesite="Lax",
    )


def _cookie() -> str:
    return "__Host-device" if settings().secure else "device"


def _mark(stored: str | None) -> str:
    """Return what tells one kept password from another, and nothing of either."""
    text = f"countersign-device-password/1\n{stored or ''}".encode()
    return hmac.new(settings().secret_key, text, hashlib.sha256).hexdigest()[:_MARK]


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(settings().secret_key, salt="countersign-device/1")
