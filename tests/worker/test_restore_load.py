"""A backup under load, restored elsewhere: everything that it holds goes on there."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from store import tables
from store.database import Database
from store.restoring import awaits_reconcile
from tests.faults.agreement import agree, finish_all
from tests.faults.ledger import Ledger
from tests.faults.load import Load
from tests.faults.people import Crew
from tests.support.databases import Databases
from tests.support.eventually import eventually
from tests.support.stack import Stack
from worker.backup import backup
from worker.errors import CommandRefused
from worker.restore import restore

pytestmark = pytest.mark.soak


def recorded(database: Database) -> set[str]:
    with database.reading() as connection:
        return set(connection.scalars(select(tables.entries.c.act_id)))


def waits(database: Database) -> bool:
    with database.reading() as connection:
        return awaits_reconcile(connection)


def unanswered(database: Database) -> bool:
    """Say whether an act of the backup is still to be sent again: it may open a case."""
    acts = tables.pending_acts.c
    with database.reading() as connection:
        query = select(acts.nonce).where(acts.settled_at.is_(None)).limit(1)
        return connection.scalar(query) is not None


def stack_in(folder: Path, databases: Databases) -> Stack:
    # What the copy holds as under way was under way in a worker that is gone.
    return Stack(folder, database=databases.new(folder), parts_die=True)


def test_a_backup_under_load_goes_on_in_another_folder(
    tmp_path: Path, databases: Databases
) -> None:
    with stack_in(tmp_path / "data", databases) as stack, Crew(stack, Ledger()) as crew:
        crew.sign_in("systems-administrator")
        with Load(crew, 1).running():
            eventually(lambda: len(crew.states()) > 5)
            made = backup(stack.settings, tmp_path / "backup")
            after = len(recorded(stack.database()))
            eventually(lambda: len(recorded(stack.database())) > after + 10)
        with pytest.raises(CommandRefused, match="Stop Countersign first"):
            restore(stack.settings, made.folder, only=None, replace=True)
        crew.ledger.settle()
        agree(stack)
        before = recorded(stack.database())
    other = stack_in(tmp_path / "other", databases)
    restored = restore(other.settings, tmp_path / "backup", only=None, replace=False)
    assert restored.manifest == made.manifest.digest
    assert waits(other.database())
    with other:
        eventually(lambda: not waits(other.database()))
        eventually(lambda: not unanswered(other.database()))
        missing = before - recorded(other.database())
        assert missing
        agree(other)
        with Crew(other, Ledger()) as crew:
            finish_all(crew)
        agree(other)
    databases.drop()
