"""What every answer tells the browser, and which requests are answered at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import request

from definitions.refusals import Refusal
from web.refused import Refused
from web.services import settings
from web.single_use import carries_token

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.wrappers import Response

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; script-src 'self'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
# `same-origin` and not `no-referrer`: with the latter a browser sends `Origin: null` with our own
# forms, and we could no longer tell them from others'.
_ALWAYS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_TWO_YEARS = 2 * 365 * 24 * 3600


def add_headers(app: Flask) -> None:
    """Refuse requests for other hosts, and put the headers on every answer."""
    app.before_request(_check_host)
    app.after_request(_add)


def _check_host() -> None:
    if request.host in settings().hosts or request.endpoint == "system.health":
        return
    refusal = Refusal(
        code="other-host",
        sentence="This address isn't the one under which these pages are served.",
        remedy=f"Go to {settings().public_url}.",
    )
    raise Refused(refusal, 421, heading="Wrong address.")


def _add(response: Response) -> Response:
    for name, value in _ALWAYS.items():
        response.headers[name] = value
    if carries_token():  # whoever is asked next learns our name, and not the address
        response.headers["Referrer-Policy"] = "strict-origin"
    if settings().secure:
        response.headers["Strict-Transport-Security"] = f"max-age={_TWO_YEARS}"
    # Pages show what only one person may see, and forms hold tokens: no cache keeps them. What is
    # the same for everybody says so itself.
    response.headers.setdefault("Cache-Control", "no-store")
    response.vary.update({"Cookie", "Accept"})
    return response
