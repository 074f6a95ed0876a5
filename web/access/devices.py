"""Known devices: browsers in which somebody has signed in before, each with tries of its own.

How often an address was tried anybody can make so. Whoever has signed in here before isn't counted
with them: their browser carries a cookie that says so (device cookies, as OWASP describes them). It
opens nothing; it only keeps strangers from using up a person's tries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import request
from itsdangerous import BadSignature, URLSafeSerializer

from store.access.tokens import new_token
from web.services import settings

if TYPE_CHECKING:
    from werkzeug.wrappers import Response

_DAYS: Final = 400
"""No browser keeps a cookie for longer."""
_PERSON, _DEVICE = "p", "d"


def known_device(person: str) -> str:
    """Return the device's id if this person has signed in on it before, else ""."""
    try:
        said = _serializer().loads(request.cookies.get(_cookie(), ""))
    except BadSignature:
        return ""
    if not isinstance(said, dict) or said.get(_PERSON) != person:
        return ""
    return str(said.get(_DEVICE, ""))


def remember_device(response: Response, person: str) -> None:
    """Let the browser show from now on that this person has signed in on it."""
    device = known_device(person) or new_token()
    response.set_cookie(
        _cookie(),
        _serializer().dumps({_PERSON: person, _DEVICE: device}),
        max_age=_DAYS * 24 * 3600,
        path="/",
        secure=settings().secure,
        httponly=True,
        samesite="Lax",
    )


def _cookie() -> str:
    return "__Host-device" if settings().secure else "device"


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(settings().secret_key, salt="countersign-device/1")
