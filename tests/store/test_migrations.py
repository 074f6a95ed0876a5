"""Migrations with data in them, up and down a step at a time, on both databases.

What a downgrade loses its docstring says; everything else must be there again, to the byte.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta

import pytest
from sqlalchemy import Column, Table, inspect, select

from definitions.acts import ActResult
from definitions.clock import stamp
from definitions.refusals import Refusal
from store import attachments, tables
from store.access.limits import RateLimit, take
from store.access.links import make_link
from store.access.passwords import set_password
from store.access.sessions import begin_session
from store.database import MIGRATIONS, Database
from store.pending import settle, store_act
from store.record.rebuild import rebuild
from store.record.verify import verify_record
from store.refusing import refused_before
from tests.support.community import Desk

Rows = dict[str, list[tuple[object, ...]]]

REVISIONS = sorted(file.stem for file in (MIGRATIONS / "versions").glob("*.py"))
LOST = {
    "0001": {table.name for table in tables.metadata.sorted_tables},
    "0002": {"rate_limits", "credentials", "sessions", "sign_in_links"},
    "0003": {"marks"},
    "0004": set(),
    "0005": set(),
    "0006": {
        "absences",
        "bounces",
        "case_links",
        "children",
        "electors",
        "list_entries",
        "mail_choices",
        "notices",
    },
    "0007": {"queued"},
    "0008": set(),
    "0009": {"ticks", "pauses"},
    "0010": set(),
    "0011": {"named_cases"},
    "0012": {"refused_acts"},
    "0013": {"forged_rows", "personal_mails"},
    "0014": {"in_force"},
}
"""What is gone after the downgrade of a revision: the tables whose rows it drops."""
EMPTIED = {"0013": {"sessions", "sign_in_links", "case_links"}}
"""What is gone after the upgrade to a revision: rows of tables that stay."""
SEALED = ("sessions", "sign_in_links", "credentials", "addresses", "case_links")
ADDED = {
    "grants": {"authority", "end_act_id"},
    "outbox": {"person", "link", "attach"},
    **{table: {"mac"} for table in SEALED},
}
"""The columns that 0006, 0010 and 0013 add to older tables, and drop again: they may be empty."""


@pytest.fixture
def filled(desk: Desk) -> Desk:
    """A community with a running and an ended case, and a row in every table."""
    running = desk.open("sue")
    desk.clock.pass_time(timedelta(days=2))
    assert desk.send(desk.tick(running, "remind", "approval")).result == "committed"
    desk.sign_off(running, "sam", "approval", "lead", "approve", comment="Go on.")
    assert desk.sign_off(running, "sue", "applying", "executor", "applied").result == "committed"
    ended = desk.open("sid")
    desk.do(ended, "sid", "withdraw", values={"comment": "Not needed."})
    at, sue = stamp(desk.clock.now()), desk.person("sue")
    waits = desk.opening("sue").signed
    store_act(desk.database, waits, person=sue, form_digest="d", at=at)
    attachments.put(desk.database, bytes(range(256)), media_type="text/x-patch", at=at)
    with desk.database.writing() as connection:
        begin_session(connection, sue, {"kind": "link"}, at, 12)
        make_link(connection, sue, at, 60)
        set_password(connection, sue, "argon2id", at)
        take(connection, "key", RateLimit(5, 60), at)
        connection.execute(tables.marks.insert().values(name="restored", since=at, about="{}"))
        for table, row in later_rows(running, sue, at).items():
            connection.execute(tables.metadata.tables[table].insert().values(row))
    return desk


def later_rows(case: str, person: str, at: str) -> dict[str, dict[str, object]]:
    """Return a row for each table since 0006."""
    held: dict[str, object] = {"person": person, "since": at, "act_id": "directory:1:founded"}
    link: dict[str, object] = {
        "person": person,
        "case": case,
        "step": "approval",
        "instance": "1",
        "seat": "lead",
    }
    return {
        "list_entries": held | {"list": "ssh-access-list"},
        "absences": held | {"until": at},
        "children": {"child": "c", "parent": case, "name": "motion"},
        "electors": {"case": case, "step": "approval", "person": person},
        "notices": {"key": "k", "case": case, "kind": "child_ended", "about": "{}", "at": at},
        "mail_choices": {"person": person, "digest": True, "changed_at": at},
        "bounces": {"address": "a@b.org", "since": at, "last_at": at, "count": 1, "reason": "550"},
        "queued": {
            "key": "q",
            "process": "summary",
            "case": case,
            "number": "p20260101.1",
            "text": "{}",
            "at": at,
        },
        "ticks": {"case": "t", "process": "summary", "at": at, "version": "v"},
        "named_cases": {"case": case, "field": "appealed", "named": "c"},
        "pauses": held | {"process": "summary"},
        "in_force": {"process": "summary", "version": "v", "since": at, "act_id": "a"},
        "refused_acts": {
            "act_id": "r",
            "digest": "d",
            "case": case,
            "code": "not-open",
            "refusal": "{}",
            "at": at,
        },
        "personal_mails": {
            "key": "k",
            "person": person,
            "to_address": "a@b.org",
            "to_name": "A",
            "subject": "s",
            "body": "b",
            "queued_at": at,
        },
        "forged_rows": {
            "table": "sessions",
            "row": "h",
            "person": person,
            "since": at,
            "last_at": at,
        },
        "case_links": link
        | {"token_hash": "h", "shown": "d", "mail_key": "m", "issued_at": at, "expires_at": at},
    }


def rows(database: Database, names: Sequence[str]) -> Rows:
    """Return all rows of these tables, without the columns that a later revision adds."""
    with database.reading() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(select(*kept(table)))), key=str)
            for table in tables.metadata.sorted_tables
            if table.name in names
        }


def kept(table: Table) -> list[Column[object]]:
    return [column for column in table.c if column.name not in ADDED.get(table.name, ())]


def names(database: Database) -> set[str]:
    with database.reading() as connection:
        return set(inspect(connection).get_table_names()) - {"alembic_version"}


def test_every_table_has_a_row(filled: Desk) -> None:
    held = rows(filled.database, sorted(tables.metadata.tables))
    assert [name for name, found in held.items() if not found] == []


def test_each_revision_says_what_its_downgrade_loses() -> None:
    assert [name[:4] for name in REVISIONS] == sorted(LOST)
    for name in REVISIONS:
        module = importlib.import_module(f"store.migrations.versions.{name}")
        assert re.search(r"\blost\b", module.downgrade.__doc__), name


@pytest.mark.parametrize("revision", sorted(LOST, reverse=True))
def test_a_step_down_and_up_again_keeps_all_but_what_it_says(filled: Desk, revision: str) -> None:
    database = filled.database
    before = rows(database, sorted(names(database)))
    down = sorted(LOST, reverse=True)
    steps = down[: down.index(revision) + 1]
    lost: set[str] = set()
    for step in steps:
        lost |= LOST[step]
        at = {"0001": "base"}.get(step, ([*down, ""])[down.index(step) + 1])
        database.downgrade(at)
        assert names(database) == set(before) - lost
        assert rows(database, sorted(names(database))) == {
            name: found for name, found in before.items() if name not in lost
        }
    for step in reversed(steps):
        database.migrate(step)
    after = rows(database, sorted(before))
    for step in steps:
        lost |= EMPTIED.get(step, set())
    assert after == {name: [] if name in lost else found for name, found in before.items()}


def test_what_was_told_to_be_refused_before_there_was_a_memory_is_taken_in(filled: Desk) -> None:
    database, at = filled.database, stamp(filled.clock.now())
    told, waits = filled.opening("sue").signed, filled.opening("sue").signed
    for one in (told, waits):
        store_act(database, one, person=filled.person("sue"), form_digest="d", at=at)
    refusal = Refusal("not-open", "This step isn't open.", "3.2.3")
    settle(database, told.act["id"], asdict(ActResult.refused(refusal)), at)
    database.downgrade("0011")
    database.migrate()
    with database.reading() as connection:
        assert refused_before(connection, told.act) == refusal
        assert refused_before(connection, waits.act) is None


def test_after_the_way_down_and_up_the_record_verifies_and_cases_go_on(filled: Desk) -> None:
    database = filled.database
    database.downgrade("0001")
    database.migrate()
    at = stamp(filled.clock.now())
    assert not rebuild(database, at=at, worker_key=filled.worker_key).left
    assert verify_record(database).ok
    with database.reading() as connection:
        query = select(tables.cases.c.case).where(tables.cases.c.status == "running")
        case = connection.scalars(query).one()
    filled.clock.pass_time(timedelta(hours=1))
    reply = filled.do(case, "sid", "comment", values={"comment": "Still here."})
    assert reply.result == "committed", reply.refusal
    assert verify_record(database).ok
