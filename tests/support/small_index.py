"""A tiny project with invented packages, and the folder of wheels that pip takes them from.

`asker` wants `asked` with an extra, and of `asked` there is a newer release than the locked one.
`asked` wants `helper` for that extra. Nothing is fetched: pip is told of this folder alone.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
MAKEFILE = ROOT / "Makefile"
_WHEEL = "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_PROJECT = """\
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""
_BACKEND = """\
import pathlib, shutil
def build_editable(folder, config_settings=None, metadata_directory=None):
    wheel = pathlib.Path(__file__).parent / "wheels" / "project-1.0-py3-none-any.whl"
    return pathlib.Path(shutil.copy(wheel, folder)).name
"""
"""Builds without setuptools, which the folder of wheels doesn't hold."""


@dataclass(frozen=True)
class Done:
    """How a command ended, and all that it said."""

    ok: bool
    said: str


@dataclass(frozen=True)
class SmallProject:
    """The project, with the Makefile of ours and a Python environment of its own."""

    folder: Path

    @classmethod
    def made(cls, folder: Path, environment: Path | None = None) -> SmallProject:
        """Make it in a folder that doesn't exist.

        Args:
            environment: an environment to copy, which is quicker than making one.
        """
        folder.mkdir()
        if environment is not None:
            shutil.copytree(environment, folder / ".venv", symlinks=True)
        wheels = folder / "wheels"
        wheels.mkdir()
        _wheel(wheels, "project", "1.0", "asker")
        locked = {
            "asker": _wheel(wheels, "asker", "1.0", "asked[more]"),
            "asked": _wheel(wheels, "asked", "1.0", 'helper; extra == "more"', extra="more"),
            "helper": _wheel(wheels, "helper", "1.0"),
        }
        _wheel(wheels, "asked", "2.0", 'helper; extra == "more"', extra="more")
        (folder / "pyproject.toml").write_text(_PROJECT, encoding="utf-8")
        (folder / "backend.py").write_text(_BACKEND, encoding="utf-8")
        made = cls(folder)
        made.lock(locked)
        return made

    @property
    def environment(self) -> Path:
        """Where things are installed."""
        return self.folder / ".venv"

    def lock(self, digests: Mapping[str, str]) -> None:
        """Write both locks: release 1.0 of each, with its hash."""
        lines = [f"{name}==1.0 --hash=sha256:{digest}\n" for name, digest in digests.items()]
        for lock in ("requirements.txt", "requirements-dev.txt"):
            (self.folder / lock).write_text("".join(lines), encoding="utf-8")

    def forget(self, name: str) -> None:
        """Take a package out of both locks."""
        for lock in ("requirements.txt", "requirements-dev.txt"):
            path = self.folder / lock
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            kept = [line for line in lines if not line.startswith(f"{name}==")]
            assert len(kept) == len(lines) - 1
            path.write_text("".join(kept), encoding="utf-8")

    def make(self, *words: str) -> Done:
        """Run our Makefile here."""
        command = ["make", f"--file={MAKEFILE}", f"PYTHON={sys.executable}", *words]
        return self._run(command)

    def installed(self) -> dict[str, str]:
        """Return the releases that are installed, by name."""
        done = self._run([".venv/bin/python", "-m", "pip", "freeze"])
        pins = (line.partition("==") for line in done.said.splitlines() if "==" in line)
        return {name: version for name, _, version in pins}

    def pip(self) -> str:
        """Return the version of the pip that installs."""
        return self._run([".venv/bin/python", "-m", "pip", "--version"]).said.split()[1]

    def _run(self, command: list[str]) -> Done:
        ours = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LC_ALL": "C.UTF-8"}
        pips = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": "wheels"}
        done = subprocess.run(
            command, cwd=self.folder, env=ours | pips, check=False,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        return Done(done.returncode == 0, done.stdout)


def _wheel(folder: Path, name: str, version: str, *wants: str, extra: str = "") -> str:
    """Make a wheel and return its SHA-256."""
    metadata = [f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"]
    metadata += [f"Provides-Extra: {extra}\n"] if extra else []
    metadata += [f"Requires-Dist: {want}\n" for want in wants]
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        wheel.writestr(f"{name}.py", "")
        wheel.writestr(f"{name}-{version}.dist-info/METADATA", "".join(metadata))
        wheel.writestr(f"{name}-{version}.dist-info/WHEEL", _WHEEL)
        wheel.writestr(f"{name}-{version}.dist-info/RECORD", "")
    return hashlib.sha256(path.read_bytes()).hexdigest()
