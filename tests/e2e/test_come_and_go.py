"""Somebody comes and goes, over HTTP: admitted by a motion and by nothing else, then out at once.

The background check and the motion are cases of their own; worker and Temporal server are killed
twice in between. What the walks show of pages is shown again here in the directory's tables.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, select

from definitions.clock import parse
from store import tables
from store.queries.directory import Holding, holdings_of
from worker.record_commands import verify
from worker.walks.model import Walk, load_walk, named_walk
from worker.walks.player import Player
from worker.walks.site import Site, own_site

pytestmark = pytest.mark.soak

PERSON = "fenna.achterveld@example.org"
ROLE, LIST = "software-assessor", "repository-access-list"
LEAVES = """
walk: then-leaves
title: The same person resigns
process: termination
kind: trigger
people: {fenna: fenna.achterveld@example.org}
story:
  - open:
      by: fenna
      fields: {subject: fenna, trigger: resignation, reason: Too much., area: software-assessor}
  - expect: {state: follow_up, holds: {fenna: []}}
"""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with own_site() as running:
        yield running


@dataclass(frozen=True)
class Played:
    """What the two stories left behind: the numbers of their cases, and who held what."""

    admitted: str
    motions: list[Any]
    left: str
    holdings: tuple[Holding, ...]


def play(site: Site, walk: Walk) -> str:
    """Play a walk, and return the number of its case."""
    player = Player(site, walk)
    wrong = [(one.do, one.detail) for one in player.play() if not one.ok]
    assert not wrong
    return player.number


@pytest.fixture(scope="module")
def played(site: Site, tmp_path_factory: pytest.TempPathFactory) -> Played:
    file = tmp_path_factory.mktemp("walk") / "then-leaves.yaml"
    file.write_text(LEAVES, encoding="utf-8")
    killed = named_walk("onboarding-failure")
    assert sorted(step.fail for step in killed.story if step.fail) == [
        "temporal", "temporal", "worker", "worker",
    ]  # fmt: skip
    admitted = play(site, killed)
    left = play(site, load_walk(file))
    with site.database.reading() as connection:
        motions = motions_of(connection, admitted)
        holdings = holdings_of(connection, site.person_of(PERSON))
    return Played(admitted, motions, left, holdings)


def motions_of(connection: Connection, number: str) -> list[Any]:
    """Return number and end of the motions that a case has opened, in their order."""
    cases, children = tables.cases.c, tables.children.c
    parent = select(cases.case).where(cases.number == number).scalar_subquery()
    query = (
        select(cases.number, cases.outcome)
        .join(tables.children, children.child == cases.case)
        .where(children.parent == parent, cases.process == "motion")
        .order_by(cases.opened_at)
    )
    return list(connection.execute(query).all())


def test_role_and_list_rest_on_the_motion_that_was_carried_and_on_nothing_else(
    played: Played,
) -> None:
    assert [ended for _, ended in played.motions] == ["inquorate", "carried"]
    carried = played.motions[-1].number
    given = [one for one in played.holdings if one.what in {ROLE, LIST}]
    assert sorted(one.what for one in given) == sorted([ROLE, LIST])
    assert {(one.began.authority, one.began.case) for one in given} == {(carried, played.admitted)}


def test_nothing_else_was_changed_in_the_directory(site: Site, played: Played) -> None:
    """After its foundation the directory has four entries: two begin, two end."""
    entries = tables.entries.c
    query = select(entries.kind).where(
        entries.stream == "directory", entries.kind.in_(["granted", "ended"])
    )
    with site.database.reading() as connection:
        kinds = list(connection.scalars(query.order_by(entries.seq)))
    assert kinds == ["granted", "granted", "ended", "ended"]


def test_access_is_closed_in_the_act_that_triggers_it(site: Site, played: Played) -> None:
    cases, entries = tables.cases.c, tables.entries.c
    with site.database.reading() as connection:
        case = connection.scalar(select(cases.case).where(cases.number == played.left))
        opened = connection.scalar(
            select(entries.at).where(entries.stream == case, entries.seq == 1)
        )
    for one in played.holdings:
        if one.what in {ROLE, LIST}:
            assert one.ended is not None
            assert one.ended.authority == played.left
            waited = parse(str(one.until)) - parse(str(opened))
            print(f"from trigger to closed access: {waited}")  # noqa: T201 - asked for in figures
            assert waited == timedelta()


def test_the_record_of_all_this_is_whole(site: Site, played: Played) -> None:
    assert played.left
    found = asyncio.run(verify(site.settings, ask_cases=True))
    assert found["ok"], found
