"""The project's own files agree with one another."""

import ast
import re
import tomllib
from importlib.metadata import entry_points, packages_distributions
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
ROOMS = ("definitions", "workflows", "activities", "store", "web", "worker")
_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)")


def project() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def named(group: str) -> list[Requirement]:
    """Return what `pyproject.toml` names in a dependency group, with the groups it includes."""
    found: list[Requirement] = []
    for item in project()["dependency-groups"][group]:
        if isinstance(item, dict):
            found += named(item["include-group"])
        else:
            found.append(Requirement(item))
    return found


def runtime() -> list[Requirement]:
    return [Requirement(item) for item in project()["project"]["dependencies"]]


def locked(lock: str) -> dict[str, list[str]]:
    """Return the versions that a lock file pins, by canonical name; each must have a hash."""
    versions: dict[str, list[str]] = {}
    text = re.sub(r"\A(#.*\n)+", "", (ROOT / lock).read_text(encoding="utf-8"))
    for block in re.split(r"\n(?=\S)", text):
        match = _LOCKED.match(block)
        assert match, f"{lock} has a line that pins nothing: {block.splitlines()[0]}"
        assert "--hash=sha256:" in block, f"{lock} pins {match[1]} without a hash"
        versions.setdefault(canonicalize_name(match[1]), []).append(match[2])
    return versions


@pytest.mark.parametrize(
    ("lock", "requirements"),
    [
        ("requirements.txt", [*runtime(), *named("build")]),
        ("requirements-dev.txt", [*runtime(), *named("dev")]),
    ],
    ids=["requirements.txt", "requirements-dev.txt"],
)
def test_every_named_dependency_is_locked_with_a_hash(
    lock: str, requirements: list[Requirement]
) -> None:
    pins = locked(lock)
    for requirement in requirements:
        versions = pins.get(canonicalize_name(requirement.name))
        assert versions, f"{requirement.name} is not in {lock}: run `make lock`"
        for version in versions:
            assert requirement.specifier.contains(version, prereleases=True)


def imported() -> set[str]:
    """Return the packages that bring what tests, benchmarks and docs import."""
    folders = [ROOT / name for name in ("tests", "bench", "docs")]
    modules = set[str]()
    for path in (path for folder in folders for path in folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, ast.Import):
                modules |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module:
                modules.add(node.module)
    bring = packages_distributions()
    found = (package for module in modules for package in bring.get(module.partition(".")[0], ()))
    return {canonicalize_name(package) for package in found}


def run_by_name() -> set[str]:
    """Return the packages whose commands the Makefile or the checks before a commit run."""
    files = ("Makefile", ".ci/run", ".pre-commit-config.yaml")
    text = "\n".join((ROOT / file).read_text(encoding="utf-8") for file in files)
    commands = set(re.findall(r"(?:\$\(BIN\)|\.venv/bin)/([\w-]+)", text))
    scripts = entry_points(group="console_scripts")
    found = {script.dist.name for script in scripts if script.dist and script.name in commands}
    # What isn't written in Python (ruff, uv) brings its command without an entry point.
    return {canonicalize_name(name) for name in found | commands}


PLUGINS = {
    "pytest-asyncio": "asyncio_mode",
    "pytest-cov": "--cov",
    "pytest-timeout": "timeout =",
    "pytest-xdist": "-n=",
}
"""What nobody imports or runs, with words of the Makefile or of pyproject.toml that use it."""


def test_every_package_for_development_is_used() -> None:
    files = ("Makefile", "pyproject.toml")
    text = "\n".join((ROOT / file).read_text(encoding="utf-8") for file in files)
    used = imported() | run_by_name() | {name for name, words in PLUGINS.items() if words in text}
    used |= {f"types-{canonicalize_name(name)}" for name in used | {one.name for one in runtime()}}
    group = [one for one in project()["dependency-groups"]["dev"] if isinstance(one, str)]
    unused = {canonicalize_name(Requirement(one).name) for one in group} - used
    assert unused == set(), "take them out of pyproject.toml, and run `make lock`"


def test_both_locks_pin_the_same_versions() -> None:
    development = locked("requirements-dev.txt")
    for name, versions in locked("requirements.txt").items():
        assert development[name] == versions, f"the locks disagree on {name}: run `make lock`"


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_locks_name_no_host_and_no_path(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert not re.search(r"://|--index|--extra|--find-links|file:|(^|\s)/", text)


@pytest.mark.parametrize("room", [*ROOMS, "tests"])
def test_each_room_has_a_readme_of_three_to_ten_sentences(room: str) -> None:
    text = (ROOT / room / "README.md").read_text(encoding="utf-8")
    prose = " ".join(line for line in text.splitlines() if not line.startswith("#"))
    prose = re.sub(r"`[^`]*`", "code", prose)
    sentences = re.findall(r"[.?!](?=\s|$)", prose)
    assert 3 <= len(sentences) <= 10


def test_rooms_are_packaged_typed_and_linted() -> None:
    settings = project()["tool"]
    packaged = settings["setuptools"]["packages"]["find"]["include"]
    assert {pattern.rstrip("*") for pattern in packaged} == set(ROOMS)
    assert set(settings["importlinter"]["root_packages"]) == set(ROOMS)
    assert set(settings["coverage"]["run"]["source"]) == set(ROOMS)
    for room in ROOMS:
        assert (ROOT / room / "py.typed").is_file()


def test_every_folder_with_code_is_a_package() -> None:
    # Without an __init__.py setuptools leaves a folder out of the wheel, and mypy sees it alone.
    code = [path for room in ROOMS for path in (ROOT / room).rglob("*.py")]
    folders = {path.parent for path in code if "migrations" not in path.parts}
    assert [str(f) for f in sorted(folders) if not (f / "__init__.py").is_file()] == []


def test_the_layers_name_every_room() -> None:
    contracts = project()["tool"]["importlinter"]["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["type"] == "layers")
    assert {room.strip() for layer in layers for room in layer.split("|")} == set(ROOMS)


def test_every_rule_that_is_switched_off_says_why() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lint = text.split("[tool.ruff.lint]")[1].split("[tool.ruff.lint.pydocstyle]")[0]
    switched_off = re.findall(r'^    ("[A-Z]+\d*",.*)$', lint, flags=re.MULTILINE)
    assert switched_off
    for line in switched_off:
        assert re.search(r"# \w", line), f"no reason beside {line}"


def test_tests_wait_in_one_way() -> None:
    """A loop of one's own has a limit of one's own, and some machine is slower than that."""
    own = re.compile(
        r"time\.((monotonic|time)\(\)|sleep\()"
        r"(?!.*# (the random moment|measured|the fault's own time))"
    )
    # The one way of waiting, and the runner of the soak, which is no test.
    allowed = {ROOT / "tests" / "support" / "eventually.py", ROOT / "tests" / "soak.py"}
    for file in sorted((ROOT / "tests").rglob("*.py")):
        lines = file.read_text(encoding="utf-8").splitlines()
        found = [line.strip() for line in lines if own.search(line)]
        assert not found or file in allowed, f"{file.name}: use tests.support.eventually: {found}"


def test_what_security_md_says_is_shown_is_there() -> None:
    """Each cell that says stopped or noticed names its test; each named test is one of ours."""
    text = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
    named = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", text)
    assert named
    for file, test in named:
        source = (ROOT / file).read_text(encoding="utf-8")
        assert not test or re.search(rf"^(async )?def {test}\(", source, re.MULTILINE), test
    numbers = {int(one) for one in re.findall(r"^(\d+)\. `tests/", text, re.MULTILINE)}
    rows = [line for line in text.splitlines() if line.startswith("| ") and "---" not in line]
    cells = [cell for row in rows[1:] for cell in row.strip("| ").split(" | ")[1:]]
    for cell in cells:
        found = {int(one) for one in re.findall(r"\b(\d{1,2})\b", cell)}
        assert found <= numbers, cell
        assert found or not re.search("stopped|noticed", cell), cell
