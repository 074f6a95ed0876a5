"""Forms that only our own pages can send.

Every unsafe request carries a token that belongs to the visitor's session or, for those who have
none, to a cookie of its own. Beside it, what the browser says of the request's origin must be us.
The token is `random.HMAC(key, random, session)`: nothing is stored for it.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, cast

from flask import g, request

from definitions.refusals import Refusal
from web.current import current_person, session_token
from web.refused import Refused
from web.services import settings
from web.single_use import SAFE

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.wrappers import Response

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
_NONCE_BYTES = 16


def protect(app: Flask) -> None:
    """Hold every request to it, and give templates `csrf_token()`."""
    app.jinja_env.globals["csrf_token"] = csrf_token
    app.before_request(_check)
    app.after_request(_give_cookie)


def csrf_token() -> str:
    """Return a token for a form of this page."""
    nonce = secrets.token_hex(_NONCE_BYTES)
    return f"{nonce}.{_mac(nonce, _bound_to(make=True))}"


def forms_cookie() -> str:
    """Return the name of the cookie of visitors who aren't signed in."""
    return "__Host-form" if settings().secure else "form"


def _check() -> None:
    if request.method in SAFE or request.endpoint is None:
        return
    token = request.form.get(FIELD) or request.headers.get(HEADER, "")
    if not (from_us() and _good(token)):
        raise Refused(_refusal(), 403, heading="This form is no longer good.")


def from_us() -> bool:
    """Say whether the browser, as far as it tells, sent this from a page of ours."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("Origin", "")
    return not origin or origin in {settings().origin, request.host_url.rstrip("/")}


def _good(token: str) -> bool:
    nonce, _, mac = token.partition(".")
    bound_to = _bound_to(make=False)
    right = _mac(nonce, bound_to)
    return bool(bound_to) and hmac.compare_digest(mac.encode(), right.encode())


def _bound_to(*, make: bool) -> str:
    """Return the secret that the browser keeps: its session's, or its forms' cookie."""
    if current_person() is not None:
        return "session:" + session_token()
    cookie = request.cookies.get(forms_cookie(), "")
    if not cookie and make:
        if "forms_cookie" not in g:
            g.forms_cookie = secrets.token_urlsafe(32)
        cookie = cast("str", g.forms_cookie)
    return f"form:{cookie}" if cookie else ""


def _mac(nonce: str, bound_to: str) -> str:
    text = f"countersign-form/1\n{nonce}\n{bound_to}".encode()
    return hmac.new(settings().secret_key, text, hashlib.sha256).hexdigest()


def _give_cookie(response: Response) -> Response:
    if "forms_cookie" in g:
        response.set_cookie(
            forms_cookie(),
            g.forms_cookie,
            path="/",
            secure=settings().secure,
            httponly=True,
            samesite="Lax",
        )
    return response


def _refusal() -> Refusal:
    return Refusal(
        code="csrf",
        sentence=(
            "This form was made for another session, or wasn't sent from a page of ours. "
            "Nothing was done."
        ),
        remedy="Go back, load the page again, and send it from there.",
    )
