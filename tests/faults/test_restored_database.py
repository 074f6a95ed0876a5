"""The database is put back to an hour ago, under today's Temporal: no confirmed act is lost.

People send forms that they had open, before the stores were compared and after. On PostgreSQL:
`test_restored_database_postgresql.py`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.ledger import Answer
from tests.faults.people import Crew
from tests.faults.restored import FORMS, Story, entries, recorded, run, waits
from tests.support.databases import Databases

pytestmark = pytest.mark.soak

DATABASE = "sqlite"


def test_the_database_was_put_back(databases: Databases, tmp_path: Path) -> None:
    story = Story(tmp_path, databases.new(tmp_path))
    story.live()
    stack = story.stack()
    before = entries(stack)
    stack.stop()
    story.restore("database")
    stack = story.stack()
    try:
        for part in ("temporal", "web"):
            stack.start(part)
        lost = set(before) - set(entries(stack))
        assert len(lost) > 50, "too little was lost to show anything"
        assert waits(stack)
        print(run(stack, "reconcile", "--dry-run"))  # noqa: T201 - who reads the output wants it
        with Crew(stack, story.ledger) as crew:
            early = story.send(crew, story.forms[:FORMS])
            told = [attempt.answer for attempt in early]
            assert Answer.NONE in told
            assert Answer.ACCEPTED not in told, "nobody works yet"
            print(run(stack, "reconcile"))  # noqa: T201
            assert not waits(stack)
            now = entries(stack)
            assert {act: now.get(act) for act in before} == before, "byte for byte"
            stack.start("worker")
            story.send(crew, story.forms[FORMS:])
            story.again(crew)
            story.end(stack, crew)
            assert {one["found"] for one in recorded(stack)} == {"ahead"}
    finally:
        stack.stop()
    databases.drop()
