"""Nonces of forms: each form carries one, and it becomes the id of the act that the form makes.

So one form is one act, however often it is sent.
"""

from __future__ import annotations

import re
import secrets

from flask import request

from web.page_models import Hidden

NONCE = "nonce"
_BYTES = 16
_FORM = re.compile(r"[A-Za-z0-9_-]{22}")


def new_nonce() -> str:
    """Return 128 random bits as text that fits into an address."""
    return secrets.token_urlsafe(_BYTES)


def posted_nonce() -> str:
    """Return the nonce of the form that was sent; a new one where it brought none of ours."""
    sent = request.form.get(NONCE, "")
    return sent if _FORM.fullmatch(sent) else new_nonce()


def hidden_nonce(nonce: str = "") -> Hidden:
    """Return the field that carries a nonce, a new one by default."""
    return Hidden(name=NONCE, value=nonce or new_nonce())
