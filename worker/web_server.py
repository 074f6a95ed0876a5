"""Serves the web: a program of its own, started by `worker.stack` or by `countersign web`.

Whole requests are read by one loop (waitress), and only then given to a thread: whoever sends
nothing, or a byte now and then, holds a socket and nobody's thread. What isn't read in time is
closed. Health has a thread of its own, so that it answers however busy the others are.
"""

from __future__ import annotations

import logging
import resource
import signal
import socket
import sys
import time
from typing import TYPE_CHECKING, Any, Final, cast

from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.receiver import ChunkedReceiver
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher
from waitress.utilities import BadRequest

from worker.settings import load_settings
from worker.stack import BACKLOG, FINISH_SECONDS
from worker.wsgi import build

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType

    from flask import Flask

HEADER_SECONDS: Final = 20.0
BODY_SECONDS: Final = 300.0
"""How long a whole request may take to come: 8 MB over a telephone take two minutes."""
IDLE_SECONDS: Final = 30
UNTAKEN_SECONDS: Final = 30.0
"""How long somebody may take nothing of an answer."""
ANSWER_SECONDS: Final = 300.0
"""How long a whole answer may take to go out."""
BIG_BODY: Final = 1024 * 1024
MOST_BIG: Final = 32
"""So many bodies beyond a megabyte are taken at once: they wait on the disk until whole."""
_CLEAN_SECONDS: Final = 2
_LOOK_SECONDS: Final = 0.5
_MOST_HEADERS: Final = 64 * 1024
_MOST_CONNECTIONS: Final = 4000
_MOST_AHEAD: Final = 8
"""So many requests may come on a connection before the first is answered; no browser sends two."""
_MOST_LINE: Final = 4096
"""The longest line between the pieces of a body that comes in pieces, and all that follows it."""
_NEVER: Final = sys.maxsize
_OTHER_FILES: Final = 200
"""Files that the process needs beside its connections."""
_HEALTH: Final = "/health"


class Dispatcher(ThreadedTaskDispatcher):
    """Threads for requests, and one for health."""

    def __init__(self, threads: int) -> None:
        super().__init__()
        self.health = ThreadedTaskDispatcher()
        self.health.set_thread_count(1)
        self.set_thread_count(threads)

    def add_task(self, task: Any) -> None:
        """Let the next free thread answer a request that has been read."""
        if task.requests[0].path == _HEALTH:
            self.health.add_task(task)
        else:
            super().add_task(task)


class Request(HTTPRequestParser):
    """A request; whatever can't be read of one is answered as that."""

    path = ""  # of one whose first line can't be read, too

    def received(self, data: bytes) -> int:
        """Take what was sent, and return how much of it belongs to this request."""
        taken = int(super().received(data))
        body = self.body_rcv
        if (
            isinstance(body, ChunkedReceiver)
            and not self.completed
            # Each piece that comes is put to what there is, and all of it searched again.
            and len(body.control_line) + len(body.trailer) > _MOST_LINE
        ):
            self.error = BadRequest("A line between chunks is too long")
            self.completed = True
        return taken

    def parse_header(self, header_plus: bytes) -> None:
        """Read the head.

        Raises:
            waitress.parser.ParsingError: it can't be read.
        """
        try:
            super().parse_header(header_plus)
        except ValueError as error:  # an address, or a number, that Python doesn't take
            raise ParsingError("HTTP message header invalid") from error


class Channel(HTTPChannel):
    """A connection; it knows since when a request is on its way, or an answer."""

    parser_class = Request
    began: float | None = None
    answers_since: float | None = None
    taken_last: tuple[float, float] = (0.0, 0.0)

    def received(self, data: bytes) -> bool:
        """Take what was sent."""
        before, was_big = self.request, self.is_big()
        taken = bool(super().received(data))
        if self.request is None:
            self.began = None
        elif self.request is not before:  # it may have begun in the piece that ended another
            self.began = time.monotonic()
        if not was_big and self.is_big() and self._too_many_are():
            self.will_close = True
        if len(self.requests) > _MOST_AHEAD:
            self.handle_close()  # `will_close` waits until something can be sent
        return taken

    def handle_close(self) -> None:
        """Close it, with the file in which half a body may be."""
        unfinished, self.request = self.request, None
        if unfinished is not None:
            unfinished.close()
        super().handle_close()

    def is_big(self) -> bool:
        """Say whether a large body is on its way here, or waits to be looked at."""
        there = [self.request, *self.requests]
        return any(
            max(one.content_length, one.body_bytes_received) > BIG_BODY for one in there if one
        )

    def _too_many_are(self) -> bool:
        assert isinstance(self.server, Server)  # noqa: S101 - which made it
        return sum(one.is_big() for one in self.server.channels()) > MOST_BIG

    def is_late(self, now: float) -> bool:
        """Say whether a request has been on its way for too long."""
        if self.request is None or self.began is None:
            return False
        if self.requests:  # nothing is read while an earlier one is answered
            self.began = now
            return False
        limit = BODY_SECONDS if self.request.headers_finished else HEADER_SECONDS
        return now - self.began > limit

    def is_left(self, now: float) -> bool:
        """Say whether whoever asked doesn't take the answer."""
        if not self.total_outbufs_len:
            self.answers_since = None
            return False
        if self.answers_since is None:
            self.answers_since = now
            self.taken_last = (self.last_activity, now)
        elif self.taken_last[0] != self.last_activity:
            self.taken_last = (self.last_activity, now)
        untaken, whole = now - self.taken_last[1], now - self.answers_since
        return untaken > UNTAKEN_SECONDS or whole > ANSWER_SECONDS


class Server(TcpWSGIServer):
    """Listens on a socket that is open already."""

    channel_class = Channel

    def channels(self) -> list[Channel]:
        """Return the connections that there are."""
        return list(cast("dict[int, Channel]", self.active_channels).values())

    def maintenance(self, now: float) -> None:
        """Close what is idle, and what takes too long to come or to be taken."""
        super().maintenance(cast("int", now))  # as its own loop calls it
        at = time.monotonic()
        for channel in self.channels():
            if channel.is_left(at):
                channel.handle_close()
            elif channel.is_late(at):
                channel.will_close = True

    def busy(self) -> bool:
        """Say whether something is still to be answered."""
        return any(one.requests or one.total_outbufs_len for one in self.channels())

    def turn(self) -> None:
        """Read and write what can be, or wait for a moment."""
        files = cast("Any", self)._map  # noqa: SLF001 - as its own `run` does
        self.asyncore.loop(timeout=_LOOK_SECONDS, map=files, use_poll=True, count=1)


def make_server(app: Flask, listening: socket.socket, threads: int, max_body: int) -> Server:
    """Return the server; it accepts from now on, and answers once `serve` is called.

    Args:
        app: what answers.
        listening: the socket on which it listens already.
        threads: how many requests are answered at once.
        max_body: the longest body of a request, in bytes.
    """
    options = Adjustments(
        sockets=[listening],
        threads=threads,
        backlog=BACKLOG,
        ident=None,
        connection_limit=_connections(),
        channel_timeout=IDLE_SECONDS,
        cleanup_interval=_CLEAN_SECONDS,
        max_request_header_size=_MOST_HEADERS,
        max_request_body_size=max_body,
        inbuf_overflow=BIG_BODY,
        outbuf_high_watermark=_NEVER,  # a thread would wait until somebody takes their answers
        asyncore_use_poll=True,
        log_socket_errors=False,  # who closes a connection is no news
        clear_untrusted_proxy_headers=False,  # the application knows whom it believes
    )
    about = (listening.family, listening.type, listening.proto, listening.getsockname())
    return Server(
        app,
        map={},
        _sock=listening,
        dispatcher=Dispatcher(threads),
        adj=options,
        sockinfo=about,
        bind_socket=False,
    )


class Stop:
    """Whether the process was told to stop."""

    def __init__(self, signals: Iterable[signal.Signals] = ()) -> None:
        """Be told by signals, where there are any."""
        self.told = False
        for one in signals:
            signal.signal(one, self._tell)

    def _tell(self, _number: int, _frame: FrameType | None) -> None:
        self.told = True


def serve(server: Server, stop: Stop) -> None:
    """Answer requests until told to stop; those under way are answered first, if that is soon."""
    while not stop.told:
        server.turn()
    server.accepting = False
    until = time.monotonic() + FINISH_SECONDS
    while server.busy() and time.monotonic() < until:
        server.turn()


def _connections() -> int:
    """Return how many connections there may be; each is an open file."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _MOST_CONNECTIONS + _OTHER_FILES
    if soft < wanted:
        soft = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return max(1, min(_MOST_CONNECTIONS, soft - _OTHER_FILES))


def _listening(bind: str) -> socket.socket:
    """Return the socket that a word names: `fd://7`, or an address to listen on."""
    if bind.startswith("fd://"):
        return socket.socket(fileno=int(bind.removeprefix("fd://")))
    host, _, port = bind.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    return socket.create_server(
        (host, int(port)),
        family=socket.AF_INET6 if ":" in host else socket.AF_INET,
        backlog=BACKLOG,
    )


def main(bind: str) -> None:
    """Serve until told to stop.

    Raises:
        WorkerError: settings or keys can't be used.
        definitions.errors.DefinitionsError: a definition is not in order.
    """
    stop = Stop((signal.SIGTERM, signal.SIGINT))
    settings = load_settings(None)
    app = build()
    # That the queue is long is no news to the operator; that answers are late is, elsewhere.
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    # A body that is longer than we take gets our own sentence, up to twice that.
    longest = 2 * int(app.config["MAX_CONTENT_LENGTH"])
    serve(make_server(app, _listening(bind), settings.web.threads, longest), stop)


if __name__ == "__main__":
    main(sys.argv[1])
