"""The walks of other organisations' processes: they run as they are written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.tiers import first
from worker.walks.model import load_walk
from worker.walks.player import Player
from worker.walks.site import Site, own_site

FOLDER = Path(__file__).parents[1] / "definitions" / "foreign"
NAMES = sorted(path.stem for path in (FOLDER / "walks").glob("*.yaml"))
QUICK = {"itil-change-high", "joint-approval-together", "production-access-extended"}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with own_site(FOLDER) as running:
        yield running


@pytest.mark.parametrize("name", first(NAMES, QUICK))
def test_each_walk_goes_as_it_says(site: Site, name: str) -> None:
    walk = load_walk(FOLDER / "walks" / f"{name}.yaml")
    played = list(Player(site, walk).play())
    assert not [one for one in played if not one.ok]
    assert len(played) == len(walk.story)
