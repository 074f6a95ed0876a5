"""Setting up installs what is locked, whatever newer releases there are by then.

pip 23 takes what is wanted with an extra (`coverage[toml]`, say) in its newest release, although
the lock pins another, and then refuses it because the lock has no hash of it. So the locks are
complete and nothing is resolved. `pip check` asks whether anything lacks, but for what is wanted
with an extra: that is asked here.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.support.small_index import SmallProject
from tests.test_project import locked, named, runtime

LOCKED = {"asker": "1.0", "asked": "1.0", "helper": "1.0"}
MENDED = Version("23.3")
"""The first pip that resolves what is wanted with an extra to what is locked."""


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment with nothing in it, made as set-up makes it."""
    project = SmallProject.made(tmp_path_factory.mktemp("setup") / "empty")
    done = project.make(".venv/bin/python")
    assert done.ok, done.said
    return project.environment


@pytest.fixture
def project(environment: Path, tmp_path: Path) -> SmallProject:
    return SmallProject.made(tmp_path / "project", environment)


def test_the_locked_releases_are_installed_beside_newer_ones(project: SmallProject) -> None:
    done = project.make("setup-dev")
    assert done.ok, done.said
    assert project.installed().items() >= LOCKED.items()


def test_pip_that_resolves_takes_what_is_not_locked(project: SmallProject) -> None:
    # So the test above can fail: these are the words of our Makefile, but for one.
    said = project.make("--eval", "words: ; @echo $(INSTALL)", "words").said.split()
    assert "--no-deps" in said
    words = " ".join(word for word in said if word != "--no-deps")
    done = project.make("setup-dev", f"INSTALL={words}")
    refused = not done.ok and "asked-2.0" in done.said
    assert refused or Version(project.pip()) >= MENDED, done.said


def test_a_lock_that_lacks_something_is_noticed_and_named(project: SmallProject) -> None:
    project.forget("asked")
    done = project.make("setup-dev")
    assert not done.ok
    assert "requires asked, which is not installed" in done.said


def wanted(requirement: Requirement, seen: set[tuple[str, str]]) -> Iterator[str]:
    """Yield what a requirement brings into this environment, each as often as it is wanted."""
    name = canonicalize_name(requirement.name)
    for extra in ("", *requirement.extras):
        if (name, extra) in seen:
            continue
        seen.add((name, extra))
        yield name
        for text in distribution(name).requires or ():
            further = Requirement(text)
            if further.marker is None or further.marker.evaluate({"extra": extra}):
                yield from wanted(further, seen)


@pytest.mark.parametrize(
    ("lock", "requirements"),
    [
        ("requirements.txt", [*runtime(), *named("build")]),
        ("requirements-dev.txt", [*runtime(), *named("dev")]),
    ],
    ids=["requirements.txt", "requirements-dev.txt"],
)
def test_each_lock_holds_all_that_is_wanted_here(
    lock: str, requirements: list[Requirement]
) -> None:
    pins, seen = locked(lock), set[tuple[str, str]]()
    found = {name for requirement in requirements for name in wanted(requirement, seen)}
    assert {name: distribution(name).version in pins.get(name, ()) for name in found} == (
        dict.fromkeys(found, True)
    )
