"""Copies a PostgreSQL database with PostgreSQL's own tools, and puts a copy back.

Neither the address nor the password stands on a command line, where others on the machine could
read them: the tools find them in a file of mode 0600 and in their environment. A copy is put back
in one transaction, together with what must hold as soon as it is there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import make_url

from worker.errors import CommandRefused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SERVICE: Final = "countersign"
_PLAIN: Final = ("--no-owner", "--no-privileges")


def dump_postgresql(url: str, target: Path, tables: Sequence[str]) -> None:
    """Copy those of the tables that there are, as they stand at one moment.

    Args:
        url: the database's address.
        target: a new file; gets mode 0600.
        tables: their names; there must be one of them at least.

    Raises:
        CommandRefused: `pg_dump` is missing or fails.
    """
    os.close(os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    with _service(url) as environment:
        wanted = [f"--table={table}" for table in tables]
        _run(["pg_dump", "--format=custom", *_PLAIN, *wanted, f"--file={target}"], environment)


def check_dump(file: Path) -> None:
    """Look whether a copy can be read to its end.

    Raises:
        CommandRefused: it can't.
    """
    with tempfile.TemporaryDirectory(dir=file.parent) as folder:
        _as_script(file, Path(folder) / "script.sql")


def load_postgresql(
    url: str, file: Path | None, folder: Path, *, before: Sequence[str], after: Sequence[str]
) -> None:
    """Put a copy back; all of it or nothing.

    Args:
        url: of a database in which nobody works.
        file: what `dump_postgresql` wrote; None puts nothing back.
        folder: where to keep the statements for a moment.
        before: statements that make room for it, in the same transaction.
        after: statements that must hold as soon as it is there, likewise.

    Raises:
        CommandRefused: `pg_restore` or `psql` is missing or fails; nothing was changed.
    """
    with tempfile.TemporaryDirectory(dir=folder) as made, _service(url) as environment:
        scripts = [Path(made) / name for name in ("before.sql", "copy.sql", "after.sql")]
        for script, statements in ((scripts[0], before), (scripts[2], after)):
            _write(script, "".join(f"{statement};\n" for statement in statements))
        if file is None:
            _write(scripts[1], "")
        else:
            _as_script(file, scripts[1])
        options = ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"]
        files = [f"--file={script}" for script in scripts]
        _run(["psql", *options, "--output=/dev/null", *files], environment)


def _as_script(file: Path, target: Path) -> None:
    _write(target, "")
    _run(["pg_restore", *_PLAIN, "--exit-on-error", f"--file={target}", str(file)], {})


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)


@contextmanager
def _service(address: str) -> Iterator[dict[str, str]]:
    """Give the environment in which PostgreSQL's tools find the database."""
    url = make_url(address)
    known = {"host": url.host, "port": url.port, "user": url.username, "dbname": url.database}
    given = {name: value for name, value in url.query.items() if isinstance(value, str)}
    lines = [f"{name}={value}" for name, value in {**known, **given}.items() if value is not None]
    with tempfile.NamedTemporaryFile("w", suffix=".service", encoding="utf-8") as file:  # 0600
        file.write("\n".join([f"[{_SERVICE}]", *lines, ""]))
        file.flush()
        secret = {} if url.password is None else {"PGPASSWORD": url.password}
        yield {"PGSERVICEFILE": file.name, "PGSERVICE": _SERVICE, **secret}


def _run(command: Sequence[str], environment: dict[str, str]) -> None:
    program = shutil.which(command[0])
    if program is None:
        raise CommandRefused(
            f"{command[0]} isn't installed, and PostgreSQL is copied with it: install PostgreSQL's "
            "client programs (Debian: postgresql-client), not older than the server."
        )
    done = subprocess.run(  # noqa: S603 - PostgreSQL's own, with arguments of ours
        [program, *command[1:]],
        env=os.environ | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        said = " ".join(done.stderr.split())[-600:]
        raise CommandRefused(f"{command[0]} failed with status {done.returncode}: {said}")
