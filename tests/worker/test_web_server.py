"""Whoever sends nothing, or a little now and then, holds a socket and nobody's thread.

The real server on a real socket, with an application of two threads. Nothing here depends on how
fast anything is: what must not wait for the slow is answered while they are still at it.
"""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial

import pytest
from flask import Flask, request

from tests.support.eventually import LIMIT_SECONDS, eventually
from worker import web_server
from worker.web_server import BIG_BODY, Server, Stop, make_server, serve

THREADS, MANY = 2, 40
LONGEST = 4 * BIG_BODY
LONG = b"x" * (20 * BIG_BODY)


@dataclass
class Served:
    """A server that runs, and what its application waits for."""

    server: Server
    port: int
    go_on: threading.Event = field(default_factory=threading.Event)

    def ask(self, path: str, method: str = "GET", body: bytes = b"") -> tuple[int, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=LIMIT_SECONDS)
        with closing(connection):
            connection.request(method, path, body=body or None)
            answer = connection.getresponse()
            return answer.status, answer.read()

    def say(self, text: bytes) -> socket.socket:
        """Open a connection and send something, and no more."""
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=LIMIT_SECONDS)
        connection.sendall(text)
        return connection


@contextmanager
def serving() -> Iterator[Served]:
    app, go_on = Flask("tried"), threading.Event()

    @app.get("/page")
    def page() -> str:
        return "a page"

    @app.get("/health")
    def health() -> str:
        return "well"

    @app.get("/waits")
    def waits() -> str:
        assert go_on.wait(LIMIT_SECONDS)
        return "at last"

    @app.get("/long")
    def long() -> bytes:
        return LONG

    @app.post("/takes")
    def takes() -> str:
        return str(len(request.get_data()))

    listening, stop = socket.create_server(("127.0.0.1", 0)), Stop()
    server = make_server(app, listening, THREADS, LONGEST)
    running = threading.Thread(target=serve, args=(server, stop))
    running.start()
    try:
        yield Served(server, listening.getsockname()[1], go_on)
    finally:
        go_on.set()
        stop.told = True
        running.join(LIMIT_SECONDS)
        server.task_dispatcher.shutdown()
        for channel in server.channels():
            channel.handle_close()
        server.close()
    assert not running.is_alive()


@pytest.fixture
def served() -> Iterator[Served]:
    with serving() as served:
        yield served


@pytest.mark.parametrize(
    "begins",
    [
        b"",
        b"GET /page HTTP/1.1\r\nHost: a.example\r\nX-Slow: ",
        b"POST /takes HTTP/1.1\r\nHost: a.example\r\nContent-Length: 100\r\n\r\nhalf",
    ],
    ids=["idle", "half a header", "half a body"],
)
def test_many_who_send_nothing_more_keep_nobody_waiting(served: Served, begins: bytes) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(closing(served.say(begins))) for _ in range(MANY)]
        eventually(lambda: len(served.server.channels()) >= MANY)
        assert served.ask("/page") == (200, b"a page")
        assert served.ask("/health") == (200, b"well")
        assert served.ask("/takes", "POST", b"x" * 2000) == (200, b"2000")
        assert all(one.fileno() >= 0 for one in slow)


def test_health_answers_while_every_thread_is_busy(served: Served) -> None:
    asking = [threading.Thread(target=served.ask, args=("/waits",)) for _ in range(THREADS + 1)]
    for one in asking:
        one.start()
    eventually(lambda: sum(bool(one.requests) for one in served.server.channels()) > THREADS)
    assert served.ask("/health") == (200, b"well")
    served.go_on.set()
    for one in asking:
        one.join(LIMIT_SECONDS)


def _takes_big(served: Served, number: int) -> bool:
    return sum(one.is_big() for one in served.server.channels()) == number


def _is_closed(connection: socket.socket) -> bool:
    connection.settimeout(LIMIT_SECONDS)
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True


@pytest.mark.parametrize(
    "begins",
    [b"GET /page HTTP/1.1\r\nX-Slow: ", b"POST /takes HTTP/1.1\r\nContent-Length: 9\r\n\r\nx"],
    ids=["half a header", "half a body"],
)
def test_what_does_not_come_in_time_is_closed(
    served: Served, begins: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(served.say(begins)) as slow:
        eventually(lambda: any(one.began is not None for one in served.server.channels()))
        monkeypatch.setattr(web_server, "HEADER_SECONDS", 0.0)
        monkeypatch.setattr(web_server, "BODY_SECONDS", 0.0)
        assert _is_closed(slow)


def test_only_so_many_large_bodies_are_taken_at_once(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_server, "MOST_BIG", 2)
    begins = b"POST /takes HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\nx" % (2 * BIG_BODY)
    with ExitStack() as stack:
        for number in range(1, 3):
            stack.enter_context(closing(served.say(begins)))
            eventually(partial(_takes_big, served, number))
        assert _is_closed(stack.enter_context(closing(served.say(begins))))
        assert served.ask("/page") == (200, b"a page")
    eventually(lambda: not any(one.is_big() for one in served.server.channels()))
    body = b"x" * (2 * BIG_BODY)
    assert served.ask("/takes", "POST", body) == (200, str(len(body)).encode())


def test_what_is_far_too_large_is_refused_before_it_is_read(served: Served) -> None:
    begins = b"POST /takes HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % (LONGEST + 1)
    with closing(served.say(begins)) as large:
        assert large.recv(100).startswith(b"HTTP/1.1 413 ")


_UNREADABLE = [
    b"GET\r\n\r\n",
    b"get /page HTTP/1.1\r\n\r\n",
    b"GET /page HTTP/1.1\r\nno header\r\n\r\n",
    b"GET /page HTTP/1.1\r\nHost: a\nX: b\r\n\r\n",
    b"GET http://[::1/page HTTP/1.1\r\n\r\n",
    b"POST /takes HTTP/1.1\r\nContent-Length: " + b"9" * 5000 + b"\r\n\r\n",
]


@pytest.mark.parametrize("text", _UNREADABLE, ids=[one[:24].decode() for one in _UNREADABLE])
def test_what_cannot_be_read_is_answered_as_that_and_leaves_nothing(
    served: Served, text: bytes
) -> None:
    with closing(served.say(text)) as alone:
        assert b" 400 Bad Request" in alone.recv(100)
    # Behind a request that is in order: its thread goes on to it.
    with closing(served.say(b"GET /page HTTP/1.1\r\nHost: a\r\n\r\n" + text)) as behind:
        said = b""
        while more := behind.recv(4096):
            said += more
        assert said.startswith(b"HTTP/1.1 200 ")
        assert b" 400 Bad Request" in said
    eventually(lambda: not served.server.channels())


@pytest.mark.parametrize("before", [b"", b"1;", b"0\r\n"], ids=["size", "extension", "trailer"])
def test_what_stands_between_chunks_is_short(served: Served, before: bytes) -> None:
    begins = b"POST /takes HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
    with closing(served.say(begins + before + b"a" * 5000)) as endless:
        assert endless.recv(100).startswith(b"HTTP/1.1 400 ")


def test_large_bodies_count_that_do_not_say_how_long_they_are(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_server, "MOST_BIG", 1)
    begins = b"POST /takes HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n200000\r\n"
    with closing(served.say(begins + b"x" * (BIG_BODY + 1))):
        eventually(partial(_takes_big, served, 1))
        with closing(served.say(begins)) as another, suppress(OSError):
            another.sendall(b"x" * (BIG_BODY + 1))
            assert _is_closed(another)


def test_who_does_not_take_answers_holds_no_thread(
    served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    asks = b"GET /long HTTP/1.1\r\nHost: a\r\n\r\n" * 3
    with ExitStack() as stack:
        for _ in range(THREADS):
            stack.enter_context(closing(served.say(asks)))
        eventually(
            lambda: (
                sum(one.total_outbufs_len > 2 * len(LONG) for one in served.server.channels())
                == THREADS
            )
        )
        assert served.ask("/page") == (200, b"a page")
        assert served.ask("/long") == (200, LONG)
        monkeypatch.setattr(web_server, "UNTAKEN_SECONDS", 0.0)
        eventually(lambda: not served.server.channels())


def test_who_asks_for_very_much_before_an_answer_is_cut_off(served: Served) -> None:
    with closing(served.say(b"GET /page HTTP/1.1\r\nHost: a\r\n\r\n" * 100)) as greedy:
        said = b""
        with suppress(ConnectionResetError):
            while more := greedy.recv(4096):
                said += more
        assert said.count(b"a page") < 100
    eventually(lambda: not served.server.channels())


def test_what_is_under_way_is_answered_before_it_stops() -> None:
    answers: list[tuple[int, bytes]] = []
    with serving() as served:
        asking = threading.Thread(target=lambda: answers.append(served.ask("/waits")))
        asking.start()
        eventually(served.server.busy)
        threading.Timer(0.2, served.go_on.set).start()
    asking.join(LIMIT_SECONDS)
    assert answers == [(200, b"at last")]
