"""Logs hold no tokens, whoever writes there: the web's server too."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest

from store.access.tokens import new_token
from worker.logs import WithoutTokens, hide_tokens


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What this process's log writes, as the web sets it up."""
    root, stream = logging.getLogger(), io.StringIO()
    before, level = root.handlers[:], root.level
    root.handlers[:] = [logging.StreamHandler(stream)]
    hide_tokens(root)
    root.setLevel(logging.INFO)
    yield stream
    root.handlers[:] = before
    root.setLevel(level)


def test_the_server_says_at_which_kind_of_address_something_failed(written: io.StringIO) -> None:
    secret = new_token()
    server = logging.getLogger("waitress")
    try:
        int(f"/sign-in/{secret}")
    except ValueError:
        server.exception("Exception while serving %s", f"/link/{secret}.{secret}.{secret}")
    server.warning("Invalid request: %r", f"GET /sign-in/{secret} {secret} HTTP/1")
    server.info('"GET /link/%s HTTP/1.1" 200 "https://a.example/sign-in/%s"', *[secret] * 2)
    text = written.getvalue()
    assert secret not in text
    assert "Exception while serving /link/…" in text
    assert "ValueError: invalid literal for int() with base 10: '/sign-in/…'" in text
    assert '"GET /link/… HTTP/1.1" 200' in text


def test_hiding_twice_hides_once() -> None:
    log, handler = logging.getLogger("countersign.test"), logging.StreamHandler(io.StringIO())
    log.addHandler(handler)
    hide_tokens(log)
    first = handler.formatter
    hide_tokens(log)
    assert handler.formatter is first
    assert isinstance(first, WithoutTokens)
    log.error("at %s", "/link/abc")
    log.removeHandler(handler)
    assert handler.stream.getvalue().endswith("at /link/…\n")
