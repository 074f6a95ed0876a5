"""What is built holds the program and nothing else, and runs from an empty environment.

The wheel is built from the source distribution, so that both are complete. The environment gets
what `requirements.txt` pins, from the index that pip and uv are set to, with hashes; nothing of
this tree's environment is in it.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from tests.support.program import Program, Running
from worker.walks.model import Open, named_walk

pytestmark = pytest.mark.soak

ROOT: Final = Path(__file__).parent.parent
ROOMS: Final = ("definitions", "workflows", "activities", "store", "web", "worker")
BESIDE: Final = ("bench", "deploy", "docs", "tests")
FILES: Final = ("LICENSE", "MANIFEST.in", "README.md", "pyproject.toml")
BUILD: Final = "import setuptools.build_meta as b, sys; getattr(b, sys.argv[1])(sys.argv[2])"
LEFT_OUT: Final = shutil.ignore_patterns("__pycache__", "*.pyc", ".*")


def build(tree: Path, what: str, into: Path) -> Path:
    """Build the wheel or the source distribution of a tree, with the setuptools installed here."""
    command = [sys.executable, "-P", "-c", BUILD, what, str(into)]
    subprocess.run(command, cwd=tree, check=True, capture_output=True, timeout=120)
    return next(into.iterdir())


@dataclass(frozen=True)
class Built:
    """The tree that was built from, the source distribution, and the wheel made from that."""

    tree: Path
    sdist: Path
    wheel: Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    folder = tmp_path_factory.mktemp("built")
    # A copy: building leaves folders behind, and takes up what an earlier building has left.
    for name in (*ROOMS, *BESIDE):
        shutil.copytree(ROOT / name, folder / "tree" / name, ignore=LEFT_OUT)
    for name in FILES:
        shutil.copy(ROOT / name, folder / "tree" / name)
    for name in ("sdist", "wheel", "unpacked"):
        (folder / name).mkdir()
    sdist = build(folder / "tree", "build_sdist", folder / "sdist")
    with tarfile.open(sdist) as packed:
        packed.extractall(folder / "unpacked", filter="data")
    unpacked = next((folder / "unpacked").iterdir())
    return Built(folder / "tree", sdist, build(unpacked, "build_wheel", folder / "wheel"))


@pytest.fixture(scope="module")
def program(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Program:
    folder = tmp_path_factory.mktemp("installed")
    python = folder / "environment" / "bin" / "python"
    uv = [str(Path(sys.executable).with_name("uv")), "--no-config", "--quiet"]
    pinned = ["--require-hashes", "--requirements", str(ROOT / "requirements.txt")]
    for command in (
        ["venv", "--python", sys.executable, str(folder / "environment")],
        ["pip", "install", "--python", str(python), *pinned],
        ["pip", "install", "--python", str(python), "--no-deps", "--offline", str(built.wheel)],
    ):
        subprocess.run([*uv, *command], check=True, timeout=280)
    (folder / "elsewhere").mkdir()
    return Program(python, folder / "elsewhere")


@pytest.fixture(scope="module")
def running(program: Program) -> Iterator[Running]:
    # By its command, and with no setting but the ports: data comes to where it is started.
    with program.up([str(program.python.with_name("countersign"))]) as up, up:
        yield up


def of_rooms(tree: Path) -> set[str]:
    """Return what of a tree belongs into a wheel."""
    files = {path for room in ROOMS for path in (tree / room).rglob("*") if path.is_file()}
    return {str(path.relative_to(tree)) for path in files} - {f"{room}/README.md" for room in ROOMS}


def test_the_wheel_holds_all_files_of_the_rooms_and_nothing_else(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as packed:
        names = {name for name in packed.namelist() if not name.endswith("/")}
    held = {name for name in names if ".dist-info/" not in name}
    assert held == of_rooms(built.tree)
    about = {name.partition(".dist-info/")[2] for name in names - held}
    assert about >= {"METADATA", "RECORD", "entry_points.txt", "licenses/LICENSE"}


def test_the_source_distribution_holds_what_the_wheel_is_built_from(built: Built) -> None:
    with tarfile.open(built.sdist) as packed:
        files = {one.name.partition("/")[2] for one in packed.getmembers() if one.isfile()}
    own = {name for name in files if ".egg-info/" not in name}
    assert own == {*of_rooms(built.tree), *FILES, "PKG-INFO", "setup.cfg"}


def test_the_environment_has_nothing_of_this_tree(program: Program) -> None:
    for room in ROOMS:
        assert program.python.parent.parent in program.file_of(room).parents
    found = program.run(
        str(program.python),
        "-P",
        "-c",
        "import importlib.util as i; print([i.find_spec(n) for n in ('tests', 'bench', 'docs')])",
    )
    assert found.strip() == "[None, None, None]"


def test_it_is_up_with_pages_drawings_and_style(program: Program, running: Running) -> None:
    assert (program.folder / "var" / "countersign.sqlite").is_file()
    nkiru = "nkiru.adebanwe@example.org"
    assert "Nothing waits for you" in running.page(nkiru, "/").text
    definition = running.html(nkiru, "/definitions/application-patch")
    assert "<svg" in definition
    assert "Nobody both reviews and tests" in definition
    style = definition.partition('rel="stylesheet" href="')[2].partition('"')[0]
    assert b"--tone" in running.someone(nkiru).file(style)
    assert "9.1.2" in running.html(nkiru, "/policy/9.1.2")


def test_a_case_opens_and_waits(running: Running) -> None:
    walk = named_walk("system-patch-good")
    opening = next(step.open for step in walk.story if step.open)
    assert isinstance(opening, Open)
    number = running.open(walk.addresses[opening.by], walk.process, opening)
    assert number in running.page(walk.addresses["bartho"], "/").text


def test_its_commands_work(program: Program, running: Running) -> None:
    checked = program.told("definitions", "check")
    assert checked["ok"]
    assert program.told("record", "verify")["ok"]
    # The walk uploads a patch that the wheel brings, and plays in a stack of its own.
    assert program.told("walk", "application-patch-good")["ok"]
