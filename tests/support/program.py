"""`countersign` as another environment has it: a wheel's, or an earlier commit's.

Unlike `tests.support.stack` this imports nothing of the program under test: it runs its command
and speaks HTTP with it, so that what is tested is that environment's code and not this tree's.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from tests.support.eventually import LIMIT_SECONDS
from tests.worker.test_parts import until_dead
from worker.walks.forms import Page
from worker.walks.model import Open, Sign
from worker.walks.person import Answer, Someone

_NUMBER: Final = re.compile(r"\b[a-z]\d{8}\.\d+\b")


@dataclass(frozen=True)
class Program:
    """One environment's program over a data folder.

    Attributes:
        python: the environment's interpreter; what is beside it is found first.
        folder: where commands are run: neither the tree nor the environment.
        more: further settings, as environment variables.
    """

    python: Path
    folder: Path
    more: Mapping[str, str] = field(default_factory=dict)

    def environment(self) -> dict[str, str]:
        """Nothing of the test's own environment but where the system's programs are."""
        return {
            "PATH": f"{self.python.parent}:{os.defpath}",
            "HOME": str(self.folder),
            "COUNTERSIGN_WEB_PORT": "0",
            "COUNTERSIGN_SAMPLE_WALKS": "false",
            "COUNTERSIGN_WEB_TRIES_BY_CLIENT": "100000",
            **self.more,
        }

    def command(self, *arguments: str) -> list[str]:
        return [str(self.python), "-P", "-m", "worker", *arguments]

    def run(self, *command: str) -> str:
        """Run something to its end and return what it printed; it must succeed."""
        ran = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    def told(self, *arguments: str) -> Any:
        """Run a command of the program with `--json` and return the object that it printed."""
        return json.loads(self.run(*self.command(*arguments, "--json")))

    def file_of(self, module: str) -> Path:
        """Return the file that this environment imports a module from."""
        told = self.run(str(self.python), "-P", "-c", f"import {module} as it; print(it.__file__)")
        return Path(told.strip())

    @contextmanager
    def up(self, command: Sequence[str] = (), *, kill: bool = False) -> Iterator[Running]:
        """Run `countersign up`; in the end stop it nicely, or kill it.

        Args:
            command: the command's words instead of `python -m worker`.
        """
        with subprocess.Popen(
            [*(command or self.command()), "up", "--json"],
            cwd=self.folder,
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                assert process.stdout
                assert process.stderr
                line = process.stdout.readline()
                assert line, process.stderr.read()
                ready = json.loads(line)
                yield Running(ready)
            finally:
                process.send_signal(signal.SIGKILL if kill else signal.SIGINT)
                process.communicate(timeout=LIMIT_SECONDS)
        for pid in ready["pids"].values():
            until_dead(pid)  # they end with who started them, but may take a moment


@dataclass
class Running:
    """The program while it runs, with the people of its sample community.

    Attributes:
        ready: what it printed when it was ready.
    """

    ready: dict[str, Any]
    _visitors: dict[str, Someone] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return str(self.ready["url"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for visitor in self._visitors.values():
            visitor.close()

    def someone(self, address: str) -> Someone:
        """Return somebody's browser, signed in by the link that `up` printed for them."""
        if address not in self._visitors:
            links = {one["address"]: one["link"] for one in self.ready["people"]}
            self._visitors[address] = Someone(self.url, links[address])
        return self._visitors[address]

    def open(self, address: str, process: str, wanted: Open) -> str:
        """Open a case and return its number."""
        someone = self.someone(address)
        check = someone.fill(f"/open/{process}", f"/open/{process}", wanted.fields)
        assert isinstance(check, Page), check
        form = check.form(f"/open/{process}")
        assert form, check.text
        answer = someone.send(form, {})
        assert isinstance(answer, Answer), answer.text
        assert answer.accepted, answer.sentence
        number = _NUMBER.search(answer.sentence)
        assert number, answer.sentence
        return number[0]

    def sign(self, address: str, number: str, wanted: Sign) -> None:
        """Sign a step of a case, and expect that it is recorded."""
        seat = f"/{wanted.seat}" if wanted.seat else ""
        someone = self.someone(address)
        page = someone.read(f"/cases/{number}/sign/{wanted.step}{seat}")
        assert isinstance(page, Page), page
        form = next(f for f in page.forms if f"/sign/{wanted.step}" in f.action)
        answer = someone.send(form, wanted.fields, ("outcome", wanted.outcome))
        assert isinstance(answer, Answer), answer.text
        assert answer.accepted, answer.sentence

    def html(self, address: str, path: str) -> str:
        """Return a page as it is sent."""
        return self.someone(address).file(path).decode()

    def page(self, address: str, path: str) -> Page:
        """Return a page that somebody may see, as it is read."""
        page = self.someone(address).read(path)
        assert isinstance(page, Page), page
        return page
