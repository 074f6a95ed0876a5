"""A ruling of each kind on cases of each process that states its rulings, as the stories tell them.

Each does what its preview said (`tests/replay/ruling_stories.py` compares), the cases are finished
afterwards, and the record is good.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from definitions.loader import load_library
from definitions.ruling import Rulings
from store.record.verify import verify_record
from tests.replay.people import PeopleStory
from tests.replay.ruling_stories import RULINGS
from tests.support.apart import kinds, reconcile
from tests.support.engine import make_engine
from tests.support.house import COMMUNITY, House, housed

pytestmark = pytest.mark.soak

STORIES = [story for story in RULINGS if story.__name__.startswith("arbitration_")]
MADE: set[tuple[str, str]] = set()
"""Processes, and the kinds of rulings that were made on their cases."""


@pytest.fixture
async def house(server: tuple[WorkflowEnvironment, Path], tmp_path: Path) -> AsyncIterator[House]:
    environment, folder = server
    loaded = {one.process: one for one in load_library().definitions()}
    (tmp_path / "keys").symlink_to(folder / "keys")
    engine = make_engine(environment.client, tmp_path, list(loaded.values()), community=COMMUNITY)
    async with housed(engine, loaded, sandboxed=False) as made:
        yield made


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.__name__)
async def test_rulings_do_what_was_foreseen_and_cases_end(house: House, story: PeopleStory) -> None:
    for case in (await story(house)).values():
        state = house.state(case)
        assert state.ended
        MADE.update((state.process, one.ruling.kind) for one in state.rulings)
        assert kinds(await reconcile(house.engine, case)) == []
    assert verify_record(house.engine.database).ok


def test_each_kind_that_a_process_states_was_made() -> None:
    stated = {
        (one.process, kind)
        for one in load_library().definitions()
        for kind in ("authorise", "override", "close", "reinstate")
        if one.body.rulings != Rulings() and getattr(one.body.rulings, kind)
    }
    assert stated <= MADE, stated - MADE
