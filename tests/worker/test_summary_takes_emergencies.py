"""What the Board's summary is about: each emergency patch, once, whatever its dispute becomes.

And each change of configuration, once as well.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select
from temporalio.testing import TimeSkipper

from definitions.clock import stamp
from definitions.loader import load_library
from definitions.state import CaseState
from definitions.timetable import next_after, tick_id
from store import tables
from store.record.verify import verify_record
from tests.support.eventually import eventually
from worker.keys import load_keys
from worker.temporal_client import connect
from worker.walks.model import Walk, load_walk, named_walk
from worker.walks.player import Player
from worker.walks.site import Site, own_site
from workflows.names import SCHEDULE_ID

SUMMARY = """
walk: summary
title: A summary is written of what waits for it
process: board-summary
kind: good
people:
  bartho: bartho.limmerick@example.org
  ruth: ruth.silberquell@example.org
  anselm: anselm.vogelsanger@example.org
story:
  - open: {by: bartho, fields: {period: October to December 2026}}
"""
WRITTEN = """
  - sign:
      by: bartho
      step: documenting
      seat: "lead:rest"
      outcome: documented
      fields: {text: No.}
  - expect: {state: noting}
  - sign: {by: ruth, step: noting, outcome: noted}
  - sign: {by: anselm, step: noting, outcome: noted}
  - expect: {state: closed}
"""
ONE = """  - sign:
      by: bartho
      step: documenting
      seat: "lead:queued-%d"
      outcome: documented
      fields: {text: Yes.}
"""


def play(site: Site, walk: Walk) -> None:
    assert not [one for one in Player(site, walk).play() if not one.ok]


CHANGING = ("emergency-patch", "system-patch", "application-patch")
"""Processes whose cases change what runs on the servers; all that the tests play here do."""


def states_of(site: Site) -> list[CaseState]:
    """Return the states of all cases, in the order in which they were opened."""
    cases = tables.cases.c
    with site.database.reading() as connection:
        ids = connection.scalars(select(cases.case).order_by(cases.opened_at)).all()
    return [site.state(case) for case in ids]


@pytest.mark.soak
def test_each_emergency_patch_is_in_exactly_one_summary(tmp_path: Path) -> None:
    """The second summary has what came after the first, and nothing else."""
    file = tmp_path / "summary.yaml"
    with own_site() as site:
        for after, queued in ((("good", "failure"), 2), (("amended",), 1), ((), 0)):
            for name in after:
                play(site, named_walk(f"emergency-patch-{name}"))
            lines = [ONE % (number + 1) for number in range(queued)]
            file.write_text(SUMMARY + "".join(lines) + WRITTEN.lstrip("\n"), encoding="utf-8")
            play(site, load_walk(file))
        states = states_of(site)
    summaries = [state for state in states if state.process == "board-summary"]
    taken = [one.case for state in summaries for one in state.taken.values()]
    assert sorted(taken) == sorted(s.case for s in states if s.process == "emergency-patch")
    assert [len(state.taken) for state in summaries] == [2, 1, 0]


def pass_quarter(site: Site) -> str:
    """Let time pass until right after the schedule's next moment; return that moment."""
    schedule = load_library().current("board-summary").body.start.schedule
    assert schedule is not None
    at = next_after(schedule, site.clock.now())
    length = at - site.clock.now() + timedelta(minutes=1)
    site.pass_time(length)

    async def skip() -> None:
        client = await connect(site.settings, load_keys(site.settings.keys_folder).codec)
        scheduler = f"temporal-sys-scheduler:{SCHEDULE_ID}board-summary"
        await TimeSkipper(client).fast_forward(client.get_workflow_handle(scheduler), length)

    asyncio.run(skip())
    case = tick_id("board-summary", stamp(at))
    eventually(lambda: site.has_case(case), f"the summary of {at} is open")
    return case


@pytest.mark.soak
def test_every_quarter_brings_a_summary_and_each_change_is_in_one() -> None:
    """Nobody opens one; the first is never even written."""
    with own_site() as site:
        opened = []
        emergencies = ("emergency-patch-good", "emergency-patch-failure")
        changes = ("system-patch-good", "application-patch-good", "system-patch-failure")
        for played in (emergencies, ("emergency-patch-amended", *changes), ()):
            for name in played:
                play(site, named_walk(name))
            opened.append(pass_quarter(site))
        states = states_of(site)
        assert verify_record(site.database).ok
    summaries = [state for state in states if state.process == "board-summary"]
    assert [state.case for state in summaries] == opened
    taken = [one.case for state in summaries for one in state.taken.values()]
    assert sorted(taken) == sorted(s.case for s in states if s.process in CHANGING)
    assert [len(state.taken) for state in summaries] == [2, 4, 0]
