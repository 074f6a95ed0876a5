"""A test that fails tells what went wrong below it: the last troubles in every log, and where.

Whatever a test starts writes its log (`*.log`) below a folder of the test's, or of a fixture of
it that several tests share; pytest keeps those folders (`tmp_path_retention_policy`). The report
of a failure names each and shows the last warnings, errors and tracebacks of each log in it.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

LINES = 30
_TROUBLE = re.compile(
    r"\b(WARN|WARNING|ERROR|CRITICAL|FATAL|PANIC)\b|level\W{1,4}(warn|error|critical|fatal|panic)"
)
_TRACEBACK = "Traceback (most recent call last)"


def troubles(lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines that warn or tell of an error, and tracebacks with all their lines."""
    within = False
    for line in lines:
        if _TRACEBACK in line:
            within = True
            yield line
        elif within:
            # Its last line names the exception, and begins where the first one did.
            within = line.startswith((" ", "\t")) or not line
            yield line
        elif _TROUBLE.search(line):
            yield line


@dataclass(eq=False)  # pytest keeps its plugins in sets
class ToldLogs:
    """Knows which folders were made for which test, or for which fixture of it."""

    fixtures: list[tuple[str, pytest.Item | pytest.Collector]] = field(default_factory=list)
    made: list[tuple[str, pytest.Item | pytest.Collector, Path]] = field(default_factory=list)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[object], request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        self.fixtures.append((fixturedef.argname, request.node))
        try:
            return (yield)
        finally:
            self.fixtures.pop()

    def note(self, folder: Path) -> None:
        """Note for whom a folder is that has been made just now."""
        if self.fixtures:
            self.made.append((*self.fixtures[-1], folder))

    def folders(self, item: pytest.Item) -> list[Path]:
        """Return the folders of a test and of the fixtures that it stands on."""
        names = set(getattr(item, "fixturenames", ()))
        above = item.listchain()
        return [folder for name, node, folder in self.made if name in names and node in above]

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        report = yield
        if report.failed:
            for folder in self.folders(item):
                report.sections.append((f"kept folder of {report.when}", str(folder)))
                report.sections += [
                    (f"last troubles in {file.relative_to(folder)}", told)
                    for file in sorted(folder.rglob("*.log"))
                    if (told := _last(file))
                ]
        return report


def _last(file: Path) -> str:
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:  # what is stopped just now may take its files with it
        return ""
    return "\n".join(list(troubles(lines))[-LINES:])


def pytest_configure(config: pytest.Config) -> None:
    told, patch = ToldLogs(), pytest.MonkeyPatch()
    mktemp = pytest.TempPathFactory.mktemp

    def noted(factory: pytest.TempPathFactory, *arguments: Any, **more: Any) -> Path:
        folder = mktemp(factory, *arguments, **more)
        told.note(folder)
        return folder

    patch.setattr(pytest.TempPathFactory, "mktemp", noted)
    config.add_cleanup(patch.undo)
    config.pluginmanager.register(told, "told-logs")
