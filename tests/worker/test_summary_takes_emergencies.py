"""What the Board's summary is about: each emergency patch, once, whatever its dispute becomes."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from definitions.state import CaseState
from store import tables
from worker.walks.model import Walk, load_walk, named_walk
from worker.walks.player import Player
from worker.walks.site import Site, own_site

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
