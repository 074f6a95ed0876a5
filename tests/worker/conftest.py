"""One stack for the tests of this room that need the whole program."""

from collections.abc import Iterator

import pytest

from tests.support.stack import Stack
from tests.support.stack_desk import Office, open_office


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    # As `countersign up` has it, but that the sweep is done by hand, and answers are waited for.
    own = {
        "COUNTERSIGN_WORKER_SWEEP_SECONDS": "3600",
        "COUNTERSIGN_WORKER_WATCH_SECONDS": "3600",
        "COUNTERSIGN_WEB_ANSWER_SECONDS": "60",
    }
    with Stack(tmp_path_factory.mktemp("stack") / "data", own, parts_die=True) as running:
        yield running


@pytest.fixture(scope="session")
def office(stack: Stack) -> Iterator[Office]:
    office = open_office(stack)
    yield office
    office.cases.close()
