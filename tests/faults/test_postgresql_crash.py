"""PostgreSQL itself dies under load: a server process is killed, or all of it stops at once.

It recovers by its own log; the program finds its connections gone, and goes on with new ones.
What was answered "accepted" is in the record exactly once, and nobody is shown a stack trace.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from sqlalchemy.exc import OperationalError

from tests.faults.agreement import agree, finish_all
from tests.faults.ledger import Answer, Ledger
from tests.faults.load import Load
from tests.faults.people import Crew
from tests.support.postgres import Cluster, running_cluster
from tests.support.stack import Stack

pytestmark = pytest.mark.soak

SEED = int(os.environ.get("FAULTS_SEED", "20261123"))
CRASHES = 4
PARTS = ("temporal", "worker", "web")


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A cluster of the test's own, since the others need theirs alive."""
    with running_cluster() as cluster:
        yield cluster


def test_postgresql_crashes_under_load(cluster: Cluster, tmp_path: Path) -> None:
    print(f"seed {SEED}")  # noqa: T201 - who sees it fail needs it
    rng = Random(SEED)  # noqa: S311 - to be repeated, not to be secret
    with (
        Stack(tmp_path / "data", database=cluster.url(cluster.create()), parts_die=True) as stack,
        Crew(stack, Ledger()) as crew,
    ):
        crew.sign_in("systems-administrator")
        # The clients look into the store to see what they may do; that fails while it is away.
        with Load(crew, SEED, shrugs_off=(OperationalError,)).running():
            for nth in range(CRASHES):
                time.sleep(rng.uniform(1.0, 2.5))  # the random moment, not a hope
                if nth % 2:
                    cluster.kill_a_backend()
                else:
                    cluster.crash()
                    cluster.start()
        assert all(stack.running(part) for part in PARTS), "a part died of it"
        crew.ledger.settle()
        crew.ledger.judge(stack.database())
        agree(stack)
        finished = finish_all(crew)
        crew.ledger.judge(stack.database())
        agree(stack)
        print(f"{finished} cases finished; answers: {crew.ledger.count()}")  # noqa: T201


def test_while_postgresql_is_away_people_are_told_so_in_a_sentence(
    cluster: Cluster, tmp_path: Path
) -> None:
    with (
        Stack(tmp_path / "data", database=cluster.url(cluster.create()), parts_die=True) as stack,
        Crew(stack, Ledger()) as crew,
    ):
        opener = crew.holding("systems-administrator")[0]
        opening = crew.open(opener)
        assert crew.ledger.ask_again(opening) is Answer.ACCEPTED
        number = crew.state(opening.nonce).number
        browser, path = crew.browser(opener), f"/cases/{number}/comment"
        form = browser.form(path, path)
        assert form is not None
        cluster.crash()
        for shown in (
            browser.post(path, form.values | {"comment": "Is anybody there?"}),
            browser.get("/inbox"),
        ):
            assert shown is not None
            assert shown.status_code == 503
            assert "The records can't be reached just now" in browser.words(shown)
            for inner in ("Traceback", "psycopg", "sqlalchemy", "SELECT"):
                assert inner not in shown.text
        cluster.start()
        assert browser.page("/inbox").text
        attempt = crew.comment(number, opener)
        assert attempt is not None
        assert crew.ledger.ask_again(attempt) is Answer.ACCEPTED
        agree(stack)
