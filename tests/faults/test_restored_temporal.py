"""Temporal is put back to an hour ago, under today's database: no seat is filled twice.

People send forms that they had open, before the stores were compared and after. The worker
compares them by itself at its start.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.people import Crew
from tests.faults.restored import FORMS, Story, entries, recorded, run, waits
from tests.support.databases import Databases
from tests.support.eventually import eventually

pytestmark = pytest.mark.soak

DATABASE = "sqlite"


def test_temporal_was_put_back(databases: Databases, tmp_path: Path) -> None:
    story = Story(tmp_path, databases.new(tmp_path))
    story.live()
    stack = story.stack()
    before = entries(stack)
    stack.stop()
    story.restore("temporal")
    stack = story.stack()
    try:
        for part in ("temporal", "web"):
            stack.start(part)
        assert waits(stack)
        print(run(stack, "reconcile", "--dry-run"))  # noqa: T201 - who reads the output wants it
        with Crew(stack, story.ledger) as crew:
            story.send(crew, story.forms[:FORMS])
            stack.start("worker")
            eventually(lambda: not waits(stack))
            assert {act: entries(stack).get(act) for act in before} == before
            story.send(crew, story.forms[FORMS:])
            story.again(crew)
            story.end(stack, crew)
            found = {one["found"] for one in recorded(stack)}
            assert {"behind", "missing"} <= found <= {"behind", "missing", "ended-but-running"}
            print(stack.log("worker").partition("compared it with the other:")[2][:6000])  # noqa: T201
    finally:
        stack.stop()
    databases.drop()
