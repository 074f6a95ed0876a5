"""Cases that the previous commit's code opened are finished by this one's.

The previous commit is checked out beside, and runs with the packages of this environment, but
with none of this tree's modules. It is stopped once in order and once by SIGKILL.
"""

from __future__ import annotations

import io
import subprocess
import sysconfig
import tarfile
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.program import Program, Running
from worker.walks.model import Open, Sign, Walk, named_walk

pytestmark = pytest.mark.soak

ROOT = Path(__file__).parents[2]
ROOMS = ("definitions", "workflows", "activities", "store", "web", "worker")
WALKS = ("system-patch-good", "application-patch-good")
SHALLOW = (
    "This clone has no commit before HEAD, so nothing says whether running cases survive the "
    "step from it to this one. Fetch at least two commits: `git fetch --deepen=1`, or "
    "fetch-depth 2 where a service checks out."
)


def previous_commit(folder: Path, repository: Path = ROOT) -> None:
    """Unpack the commit before HEAD."""
    found = subprocess.run(
        ["git", "rev-parse", "--verify", "--quiet", "HEAD^^{commit}"],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert found.returncode == 0, SHALLOW
    archive = subprocess.run(
        ["git", "archive", "--format=tar", found.stdout.strip(), *ROOMS],
        cwd=repository,
        capture_output=True,
        check=True,
    )
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as packed:
        packed.extractall(folder, filter="data")


def environment_of(tree: Path, folder: Path) -> Path:
    """Make an environment with a tree's modules and our packages; return its interpreter.

    A path file of another environment isn't followed from here, so that this tree, installed
    for editing, stays outside.
    """
    venv.create(folder, with_pip=False, symlinks=True)
    lib = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    (lib / "tree.pth").write_text(f"{tree}\n{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    (folder / "bin" / "temporal").symlink_to(Path(sysconfig.get_path("scripts")) / "temporal")
    return folder / "bin" / "python"


@dataclass(frozen=True)
class Part:
    """A walk's acts, of which the previous code does the first and this code the rest."""

    walk: Walk
    number: str
    left: Sequence[Sign]

    def finish(self, running: Running) -> None:
        for sign in self.left:
            running.sign(self.walk.addresses[sign.by], self.number, sign)


def begin(running: Running, name: str, signs: int) -> Part:
    """Open a case, and sign so many of the walk's steps."""
    walk = named_walk(name)
    acts = [details for _, details in (step.named() for step in walk.story)]
    opening = next(act for act in acts if isinstance(act, Open))
    signing = [act for act in acts if isinstance(act, Sign)]
    number = running.open(walk.addresses[opening.by], walk.process, opening)
    for sign in signing[:signs]:
        running.sign(walk.addresses[sign.by], number, sign)
    return Part(walk, number, signing[signs:])


@dataclass(frozen=True)
class Begun:
    """What the previous commit's code has left behind."""

    data: dict[str, str]
    folder: Path
    parts: Sequence[Part]


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Begun:
    folder = tmp_path_factory.mktemp("previous")
    tree, elsewhere = folder / "tree", folder / "elsewhere"
    elsewhere.mkdir()
    previous_commit(tree)
    data = {"COUNTERSIGN_DATA_FOLDER": str(folder / "data")}
    program = Program(environment_of(tree, folder / "venv"), elsewhere, data)
    for room in ROOMS:
        assert program.file_of(room) == tree / room / "__init__.py"
    parts = []
    # Signed once; signed to the last step but one. The way between is this code's.
    for kill, signs in ((False, (1, 1)), (True, (2, 5))):
        with program.up(kill=kill) as running, running:
            parts += [begin(running, *each) for each in zip(WALKS, signs, strict=True)]
            for part in ("worker", "web"):
                command = Path(f"/proc/{running.ready['pids'][part]}/cmdline").read_bytes()
                assert str(program.python).encode() in command
    # What ran was compiled beside its source: these modules came from that tree.
    for module in ("workflows/case", "activities/cases", "store/commit", "web/app"):
        room, _, name = module.partition("/")
        assert list((tree / room / "__pycache__").glob(f"{name}.*.pyc")), module
    return Begun(data, elsewhere, parts)


def test_a_clone_without_a_past_is_told_what_it_lacks(tmp_path: Path) -> None:
    repository = tmp_path / "repository"
    for command in (
        ["init", "--quiet", str(repository)],
        ["-C", str(repository), "commit", "--quiet", "--allow-empty", "--message", "The first."],
    ):
        author = ["-c", "user.name=Tests", "-c", "user.email=tests@example.org"]
        subprocess.run(["git", *author, *command], check=True)
    with pytest.raises(AssertionError, match="Fetch at least two commits"):
        previous_commit(tmp_path / "tree", repository)


def test_cases_of_the_previous_commit_are_finished_by_this_one(begun: Begun) -> None:
    python = Path(sysconfig.get_path("scripts")) / "python"
    program = Program(python, begun.folder, begun.data)
    assert program.file_of("workflows.case") == ROOT / "workflows" / "case.py"
    with program.up() as running, running:
        for part in begun.parts:
            opener = next(iter(part.walk.addresses.values()))
            assert "Waiting" in running.page(opener, f"/cases/{part.number}").text
            part.finish(running)
            title = running.html(opener, f"/cases/{part.number}").partition("</title>")[0]
            assert " Applied " in title, title
        record = program.told("record", "verify")
        assert record["ok"], record
        assert not record["unasked"]
