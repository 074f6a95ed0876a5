"""An emergency patch while each part of the program is killed once: all that follows is there once.

What it files, queues and mails comes from commits of its own, carried on by what was killed.
"""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import select

from store import tables
from store.record.verify import verify_record
from tests.support.eventually import eventually
from worker.walks.model import Walk, named_walk
from worker.walks.player import Player
from worker.walks.site import own_site

PARTS = ("worker", "web", "temporal")


def killed(walk: Walk) -> Walk:
    """Return a walk in which each part is killed once, right after each of the first signatures."""
    parts, story = list(PARTS), []
    for step in walk.story:
        story.append(step)
        if step.sign is not None and parts:
            story.append(type(step).model_validate({"fail": parts.pop(0)}))
    assert not parts, "the walk has too few signatures"
    return walk.model_copy(update={"story": tuple(story)})


@pytest.mark.soak
@pytest.mark.parametrize("name", ["emergency-patch-good", "emergency-patch-failure"])
def test_dispute_queue_and_mails_are_there_exactly_once(name: str) -> None:
    with own_site() as site:
        assert not [one for one in Player(site, killed(named_walk(name))).play() if not one.ok]
        site.settle()
        cases, queued, outbox = tables.cases.c, tables.queued.c, tables.outbox.c

        def found() -> tuple[Counter[str], int, list[tuple[str, str, str]]]:
            with site.database.reading() as connection:
                kinds = Counter(connection.scalars(select(cases.process)))
                waits = len(connection.execute(select(queued.key)).all())
                query = select(outbox.case, outbox.subject, outbox.person)
                mails = [tuple(row) for row in connection.execute(query)]
            return kinds, waits, mails

        eventually(lambda: found()[0]["arbitration"] == 1, "the dispute was filed")
        kinds, waits, mails = found()
        assert kinds == {"emergency-patch": 1, "arbitration": 1}
        assert waits == 1
        told = [mail for mail in mails if "emergency patch was made" in mail[1]]
        assert told
        assert max(Counter(told).values()) == 1
        assert verify_record(site.database).ok
