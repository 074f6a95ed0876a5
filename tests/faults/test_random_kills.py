"""Thirty kills at random moments under load, each of a random part; then the ledger decides.

The moments and victims follow from the seed that is printed; how far the clients are at a moment
follows from the machine. FAULTS_SEED sets another seed, KILLS another number of kills.
On PostgreSQL: `test_random_kills_postgresql.py`.
"""

from __future__ import annotations

import os
import time
from pathlib import Path
from random import Random

import pytest

from tests.faults.agreement import agree, finish_all
from tests.faults.ledger import Ledger
from tests.faults.load import Load
from tests.faults.people import Crew
from tests.faults.watch import Watch
from tests.support.databases import Databases
from tests.support.stack import Stack

pytestmark = pytest.mark.soak

SEED = int(os.environ.get("FAULTS_SEED", "20261123"))
KILLS = int(os.environ.get("KILLS", "30"))
KILLS_IN_A_ROUND = 5
VICTIMS = ("worker", "web", "temporal")
LONGEST_SECONDS = 1.2
DATABASE = "sqlite"


@pytest.mark.timeout(5400)
def test_thirty_kills_lose_and_double_nothing(databases: Databases, tmp_path: Path) -> None:
    print(f"seed {SEED}")  # noqa: T201 - who sees it fail needs it
    rng = Random(SEED)  # noqa: S311 - to be repeated, not to be secret
    with (
        Stack(tmp_path / "data", database=databases.new(tmp_path), parts_die=True) as stack,
        Crew(stack, Ledger()) as crew,
    ):
        crew.sign_in("systems-administrator")
        with Watch(stack, f"random-kills-{databases.kind}", SEED) as watch:
            before = 0
            with Load(crew, SEED).running():
                for nth in range(1, KILLS + 1):
                    time.sleep(rng.uniform(0, LONGEST_SECONDS))  # the random moment, not a hope
                    victim = rng.choice(VICTIMS)
                    stack.kill(victim)
                    stack.start(victim)
                    if nth % KILLS_IN_A_ROUND == 0:
                        attempts = crew.ledger.attempts
                        watch.end_round(attempts[before:])
                        before = len(attempts)
            crew.ledger.settle()
            watch.end_round(crew.ledger.attempts[before:])
        crew.ledger.judge(stack.database())
        agree(stack)
        finished = finish_all(crew)
        crew.ledger.judge(stack.database())
        agree(stack)
        print(f"{finished} cases finished; answers: {crew.ledger.count()}")  # noqa: T201
