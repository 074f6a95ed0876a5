"""Processes of other organisations can be said: each is in order, beside the library's."""

from pathlib import Path

import pytest

from worker.definitions_commands import check, check_words
from worker.walks.model import load_walk

FOLDER = Path(__file__).parent / "foreign"
FILES = sorted(FOLDER.glob("*.yaml"))
WALKS = [load_walk(path) for path in sorted((FOLDER / "walks").glob("*.yaml"))]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_it_is_in_order(file: Path) -> None:
    found = check([], [file])
    assert found["ok"], check_words(found)


@pytest.mark.parametrize("process", [file.stem for file in FILES])
def test_it_has_a_walk_that_goes_well_and_one_that_is_refused(process: str) -> None:
    assert {walk.kind for walk in WALKS if walk.process == process} >= {"good", "refused"}
