"""A PostgreSQL cluster of the tests' own: made, started and stopped here, and nobody else's.

Each test process that asks has one, in a temporary folder, reached by a socket in that folder.
PostgreSQL refuses to run as root, so root runs it as the account that Debian's package brings.
Its collation is not the one of bytes, because that of most installations isn't either.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from tests.support.eventually import LIMIT_SECONDS, eventually

_ACCOUNT = "postgres"
_ROLE = "countersign"
_MISSING = (
    "The tests run on PostgreSQL too, and it isn't installed: run deploy/test-packages.sh as "
    "root, or install PostgreSQL's server (Debian's package is `postgresql`)."
)
_SETTINGS = {"listen_addresses": "", "max_connections": "200", "shared_buffers": "64MB"}
"""What was confirmed is on the disk here as well: `fsync` stays on."""


def binaries() -> Path:
    """Return the folder of PostgreSQL's programs, the newest there is.

    Raises:
        pytest.fail.Exception: there is none, with what to install.
    """
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parent.parent.name)
    )
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    if on_path is None:
        pytest.fail(_MISSING, pytrace=False)
    return Path(on_path).resolve().parent


class Cluster:
    """A cluster in a folder of its own; it listens on a socket in that folder only."""

    def __init__(self) -> None:
        """Make the cluster; it doesn't run yet."""
        self._binaries = binaries()
        # Short, because a socket's path may have 107 bytes at the most.
        self._folder = Path(tempfile.mkdtemp(prefix="countersign-pg-"))
        self._as: dict[str, Any] = {"cwd": self._folder, "env": {"LC_ALL": "C", "PATH": os.defpath}}
        if os.geteuid() == 0:
            account = pwd.getpwnam(_ACCOUNT)
            os.chown(self._folder, account.pw_uid, account.pw_gid)
            self._as |= {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}
        self._data = self._folder / "data"
        self._names = itertools.count(1)
        self._process: subprocess.Popen[bytes] | None = None
        self._log = (self._folder / "log").open("ab")
        self._run("initdb", "--username", _ROLE, "--auth", "trust", "--encoding", "UTF8",
                  "--locale-provider", "icu", "--icu-locale", "en-US", "--locale", "C",
                  "--no-sync", "--pgdata", str(self._data))  # fmt: skip

    def start(self) -> None:
        """Start it, and return when it takes connections."""
        options = [word for name, value in _SETTINGS.items() for word in ("-c", f"{name}={value}")]
        command = [str(self._binaries / "postgres"), "-D", str(self._data), *options,
                   "-c", f"unix_socket_directories={self._folder}"]  # fmt: skip
        # It ends with this process, however that ends; setpriv comes with every Debian.
        tied = ["setpriv", "--pdeathsig", "QUIT", *command]
        self._process = subprocess.Popen(tied, stdout=self._log, stderr=self._log, **self._as)
        eventually(self._answers_or_has_ended, lambda: f"PostgreSQL starts: {self.log()}")
        assert self._process.poll() is None, self.log()

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop it: SIGINT rolls back what is open, SIGQUIT is `pg_ctl stop -m immediate`."""
        if self._process is not None:
            self._process.send_signal(how)
            self._process.wait(LIMIT_SECONDS)
            self._process = None

    def crash(self) -> None:
        """Stop it at once, in the middle of whatever it does; at the next start it recovers."""
        self.stop(signal.SIGQUIT)

    def kill_a_backend(self) -> None:
        """Kill a server process that serves somebody, so that PostgreSQL ends all others too.

        It is waited for if there is none just now. PostgreSQL has ended the others and recovered
        when this returns.
        """
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            victim = eventually(lambda: _somebodys_backend(connection), "somebody is served")
            assert victim is not None
            os.kill(victim, signal.SIGKILL)
            eventually(lambda: _is_cut(connection), lambda: f"all are ended: {self.log()}")
        eventually(self._answers, lambda: f"PostgreSQL recovers: {self.log()}")

    def url(self, name: str, role: str = _ROLE) -> str:
        """Return the address of one of its databases."""
        return f"postgresql://{role}@/{name}?host={self._folder}"

    def create(self, template: str = "template0") -> str:
        """Make a database like `template`, which nobody may be using; returns its name."""
        name = f"test_{next(self._names)}"
        words = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self.execute(words.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop(self, name: str) -> None:
        """Drop a database, whoever still uses it."""
        self.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def execute(self, statement: sql.SQL | sql.Composed) -> None:
        """Carry out a statement as the cluster's own role, outside of any transaction."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def log(self) -> str:
        """Return what it has said so far."""
        return (self._folder / "log").read_text(encoding="utf-8", errors="replace")

    def remove(self) -> None:
        """Stop it and remove all that it kept."""
        self.stop()
        self._log.close()
        shutil.rmtree(self._folder)

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url("postgres")).close()
        except psycopg.OperationalError:
            return False
        return True

    def _answers_or_has_ended(self) -> bool:
        assert self._process is not None
        return self._answers() or self._process.poll() is not None

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._binaries / program), *arguments]
        done = subprocess.run(command, stdout=self._log, stderr=self._log, check=False, **self._as)
        assert done.returncode == 0, self.log()


def _somebodys_backend(connection: psycopg.Connection[Any]) -> int | None:
    """Return the id of a process that serves somebody else, best one that is at work."""
    row = connection.execute(
        "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' "
        "AND pid <> pg_backend_pid() ORDER BY state = 'active' DESC LIMIT 1"
    ).fetchone()
    return None if row is None else int(row[0])


def _is_cut(connection: psycopg.Connection[Any]) -> bool:
    """Say whether the server has ended this connection."""
    try:
        connection.execute("SELECT 1")
    except psycopg.OperationalError:
        return True
    return False


@contextlib.contextmanager
def running_cluster() -> Iterator[Cluster]:
    """Run a cluster of one's own, for tests that stop it."""
    cluster = Cluster()
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.remove()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[Cluster]:
    """The test process's cluster; each test makes databases of its own in it."""
    with running_cluster() as cluster:
        yield cluster
