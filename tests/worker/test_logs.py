"""Logs hold no tokens, whoever writes there: gunicorn too, and what an operator lets it log."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator

import pytest
from gunicorn.config import Config

from store.access.tokens import new_token
from worker.logs import WebLog, WithoutTokens, hide_tokens


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """What gunicorn's logs write, with every request logged."""
    logs = [logging.getLogger(f"gunicorn.{name}") for name in ("error", "access")]
    before = [(log.handlers[:], log.propagate, log.level) for log in logs]
    config = Config()
    config.set("accesslog", "-")
    log, stream = WebLog(config), io.StringIO()
    for one in (log.error_log, log.access_log):
        for handler in one.handlers:
            assert isinstance(handler, logging.StreamHandler)
            handler.setStream(stream)
    yield stream
    for one, (handlers, propagate, level) in zip(logs, before, strict=True):
        one.handlers[:], one.propagate = handlers, propagate
        one.setLevel(level)


def test_gunicorn_says_at_which_kind_of_address_something_failed(written: io.StringIO) -> None:
    secret = new_token()
    error, access = logging.getLogger("gunicorn.error"), logging.getLogger("gunicorn.access")
    try:
        int(f"/sign-in/{secret}")
    except ValueError:
        error.exception("Error handling request %s", f"/link/{secret}.{secret}.{secret}")
    error.warning("Invalid request from ip=127.0.0.1: %r", f"GET /sign-in/{secret} {secret} HTTP/1")
    access.info(
        '127.0.0.1 "GET /link/%s HTTP/1.1" 200 "https://a.example/sign-in/%s"', *[secret] * 2
    )
    text = written.getvalue()
    assert secret not in text
    assert "Error handling request /link/…" in text
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
