"""An opening that no person made and whose version was overtaken: its run makes room for another.

It was with Temporal already when the newer version came into force. Nobody could open a form
again, so it is signed anew, and is the same case.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError
from temporalio.common import WorkflowIDReusePolicy

from definitions.clock import stamp
from definitions.definition import Definition
from definitions.refusals import NOT_IN_FORCE
from store import tables
from store.cases import register_definition
from store.children import OpenedBySystem, children_to_start, keep_opening
from store.in_force import put_in_force, renew_openings
from tests.support.cases import PACKAGES, open_case
from tests.support.changed_definition import both_versions
from tests.support.engine import Engine
from worker.reconcile.findings import Kind
from worker.reconcile.reading import carried_case

CHILD = "child-of-a-case"


def put(engine: Engine, *definitions: Definition) -> None:
    """Do what the start of a program with these definitions does, a minute after the last."""
    at = stamp(engine.clock.now())
    with engine.database.writing() as connection:
        for one in definitions:
            register_definition(connection, one)
        put_in_force(connection, definitions, at, engine.worker_key)


async def test_what_was_signed_anew_is_judged_under_the_same_id(
    engine: Engine, tmp_path: Path
) -> None:
    old, new = both_versions(tmp_path / "own")
    put(engine, old)
    parent = await open_case(engine, old, "bo", PACKAGES)
    with engine.database.writing() as connection:
        row = {"child": CHILD, "parent": parent.id, "name": "patch"}
        connection.execute(insert(tables.children).values(row))
        cause = {"case": parent.id, "seq": 1, "effect": "patch"}
        opened = OpenedBySystem(CHILD, old, cause, stamp(engine.clock.now()))
        person = engine.people["bo"].id
        keep_opening(connection, opened, dict(PACKAGES), person, engine.worker_key)
        (waits,) = children_to_start(connection, parent.id)
    put(engine, new)
    answer, handle = await engine.open(old, waits.signed)
    assert (answer.refusal or {})["code"] == NOT_IN_FORCE
    with pytest.raises(WorkflowFailureError):
        await handle.result()
    assert (await handle.describe()).status is WorkflowExecutionStatus.FAILED
    # Nobody closed it from outside: there is nothing to tell an operator.
    (run,) = (await carried_case(engine.client, CHILD)).runs
    assert run.ended is Kind.COMPLETED
    with engine.database.writing() as connection:
        assert renew_openings(connection, engine.worker_key) == [CHILD]
        (waits,) = children_to_start(connection, parent.id)
    answer, _ = await engine.open(
        new, waits.signed, reuse=WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY
    )
    # Now it is judged for what it is: a system patch is opened by people alone.
    assert (answer.refusal or {})["code"] == "no-parent"
    assert waits.signed.act["definition"] == new.version
