"""Where to go on after signing in: a place of ours, never an address that somebody handed in."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request

from web.single_use import carries_token

_LONGEST = 500


def local_path(text: str) -> str:
    """Return `text` if it is a path of this site, else "".

    Browsers take two slashes, a backslash or control characters at the start for another host.
    """
    plain = text.isascii() and text.isprintable() and "\\" not in text and len(text) <= _LONGEST
    if not plain or not text.startswith("/") or text.startswith("//"):
        return ""
    try:
        parts = urlsplit(text)
    except ValueError:
        return ""
    return "" if parts.scheme or parts.netloc else text


def next_of_request() -> str | None:
    """Return the page that was asked for, with its query, if one can come back to it.

    Never one with a token: it would stand in an address where nobody guards it.
    """
    if carries_token():
        return None
    path = request.full_path if request.query_string else request.path
    return local_path(path) or None
