"""Everything dies at once in mid-load, ten times, and nobody asks again.

No client learns how its last act ended. After the parts were started again and the sweep has
settled what was pending, store and cases must agree on every act: each is accepted or refused,
what is accepted is in the record exactly once, and what clients were told before still holds.
On PostgreSQL: `test_all_at_once_postgresql.py`.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from random import Random

import pytest
from sqlalchemy import select

from store import tables
from tests.faults.agreement import agree, finish_all
from tests.faults.ledger import Answer, Attempt, Ledger, check_record
from tests.faults.load import Load
from tests.faults.people import Crew
from tests.support.databases import Databases
from tests.support.eventually import eventually
from tests.support.stack import Stack

pytestmark = pytest.mark.soak

SEED = int(os.environ.get("FAULTS_SEED", "20261123"))
TIMES = 10
DATABASE = "sqlite"
EVERYTHING = ("web", "worker", "temporal")


def kept_answers(stack: Stack) -> dict[str, bool | None]:
    """Return what the store says of every act that was ever kept: accepted, refused or open."""
    acts = tables.pending_acts.c
    with stack.database().reading() as connection:
        rows = connection.execute(select(acts.nonce, acts.result)).all()
    return {nonce: json.loads(text)["accepted"] if text else None for nonce, text in rows}


def judge(stack: Stack, ledger: Ledger) -> int:
    """Hold store, record and what was told together; returns how many had no answer."""
    kept = kept_answers(stack)
    accepted: list[Attempt] = []
    refused: list[Attempt] = []
    untold = 0
    for attempt in ledger.attempts:
        # What never reached the store was never signed, and must be nowhere.
        settled = kept.get(attempt.nonce, False)
        (accepted if settled else refused).append(attempt)
        if attempt.answer is Answer.NONE:
            untold += attempt.nonce in kept
        else:
            assert (attempt.answer is Answer.ACCEPTED) == settled, attempt.answers
    check_record(stack.database(), accepted=accepted, refused=refused)
    return untold


def test_everything_killed_at_once_ten_times(databases: Databases, tmp_path: Path) -> None:
    print(f"seed {SEED}")  # noqa: T201 - who sees it fail needs it
    rng = Random(SEED)  # noqa: S311 - to be repeated, not to be secret
    with (
        Stack(tmp_path / "data", database=databases.new(tmp_path), parts_die=True) as stack,
        Crew(stack, Ledger()) as crew,
    ):
        crew.sign_in("systems-administrator")
        nth = untold = 0
        while nth < TIMES or untold < TIMES:  # until so many were under way when all died
            load = Load(crew, SEED + nth, patient=False)
            with load.running():
                time.sleep(rng.uniform(1.0, 3.0))  # the random moment, not a hope
                eventually(lambda: None in kept_answers(stack).values(), "an act is under way")
                load.stop.set()
                stack.kill(*EVERYTHING)
                stack.start_all()
            eventually(lambda: None not in kept_answers(stack).values())
            untold = judge(stack, crew.ledger)
            agree(stack)
            nth += 1
        finished = finish_all(crew)
        print(f"{untold} settled untold, {finished} cases finished: {crew.ledger.count()}")  # noqa: T201
