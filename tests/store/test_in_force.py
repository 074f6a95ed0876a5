"""Cases begin under the version that is in force, and under no other that is registered here.

The attack: an older, laxer version stays registered for as long as there are cases. Whoever brings
a form of it back, signed by the web as any other, would rule by it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from definitions.acts import ActResult, CommitRequest, Head
from definitions.canonical import canonical
from definitions.clock import stamp
from definitions.definition import Definition
from definitions.refusals import NOT_IN_FORCE, Refusal
from store import tables
from store.cases import register_definition
from store.children import children_to_start
from store.in_force import (
    VERSIONS,
    current_in,
    put_in_force,
    renew_openings,
    versions_in_force,
    why_not_in_force,
)
from store.record.rebuild import rebuild
from store.record.verify import Bad, verify_record
from store.restoring import IN_FORCE
from store.streams import SYSTEM_STREAM
from store.sweeping import believed
from store.ticking import open_waiting, openings_to_send, take_tick
from tests.support.admitting import LIBRARY, AdmittingDesk, admitting_desk
from tests.support.by_hand import by_hand
from tests.support.changed_definition import both_versions
from tests.support.community import Desk

FIRST_ON = {"sqlite"}
SUMMARY, JANUARY = "board-summary", "2027-01-01T06:00:00.000Z"


@dataclass
class Versions:
    """A desk with two versions of one process: `old`, under which it opens cases, and `new`."""

    desk: Desk
    old: Definition
    new: Definition

    def start(self, *definitions: Definition) -> dict[str, str | None]:
        """Do what the start of a program with these definitions does."""
        desk = self.desk
        desk.clock.pass_time(timedelta(minutes=1))
        at = stamp(desk.clock.now())
        with desk.database.writing() as connection:
            for one in definitions:
                register_definition(connection, one)
            changed = put_in_force(connection, definitions, at, desk.worker_key)
            renew_openings(connection, desk.worker_key)
        desk.clock.pass_time(timedelta(minutes=1))
        return changed

    def entries(self) -> list[dict[str, Any]]:
        """Return what the entries say, in order."""
        entries, openings = tables.entries.c, tables.openings.c
        query = (
            select(openings.value)
            .join(tables.entries, entries.act_id == openings.act_id)
            .where(entries.stream == SYSTEM_STREAM, entries.kind == IN_FORCE)
            .order_by(entries.seq)
        )
        with self.desk.database.reading() as connection:
            return [json.loads(value) for value in connection.scalars(query)]

    def refused(self, request: CommitRequest) -> Refusal:
        reply = self.desk.send(request)
        assert reply.result == "refused", reply
        return Refusal.from_json(reply.refusal or {})


@pytest.fixture
def versions(desk: Desk, tmp_path: Path) -> Versions:
    return Versions(desk, *both_versions(tmp_path / "own"))


def found(desk: Desk) -> tuple[Bad, ...]:
    return verify_record(desk.database).bad


def test_an_opening_under_an_older_version_is_refused_for_good(versions: Versions) -> None:
    desk = versions.desk
    versions.start(versions.old)
    desk.open("sue")
    request = desk.opening("sid")
    versions.start(versions.new)
    refusal = versions.refused(request)
    assert refusal.code == NOT_IN_FORCE
    assert "isn't the one in force" in refusal.sentence
    assert refusal.remedy == "Open the form again and send it anew."
    assert desk.log[-1]["code"] == NOT_IN_FORCE
    # Who was told no can rely on it, whatever is in force later.
    versions.start(versions.old)
    assert versions.refused(request).code == NOT_IN_FORCE
    desk.open("sid")
    assert verify_record(desk.database).ok


def test_a_case_lives_on_under_the_version_that_it_began_under(versions: Versions) -> None:
    desk = versions.desk
    versions.start(versions.old)
    case = desk.open("sue")
    versions.start(versions.new)
    assert desk.sign_off(case, "sam", "approval", "lead", "approve", comment="Go").result == (
        "committed"
    )
    assert verify_record(desk.database).ok


def test_each_change_is_one_entry_and_the_later_start_rules(versions: Versions) -> None:
    old, new = versions.old, versions.new
    process = old.process
    assert versions.start(old) == {process: old.version}
    assert versions.start(old) == {}
    assert versions.start(new) == {process: new.version}
    assert versions.start(old) == {process: old.version}
    assert versions.entries() == [
        {process: old.version},
        {process: new.version},
        {process: old.version},
    ]
    with versions.desk.database.reading() as connection:
        assert versions_in_force(connection) == {process: old.version}
    assert verify_record(versions.desk.database).ok


def test_what_a_start_brings_no_more_is_not_in_force_any_more(versions: Versions) -> None:
    desk = versions.desk
    other = desk.definition("application-patch")
    versions.start(versions.old, other)
    assert versions.start(other) == {versions.old.process: None}
    refusal = versions.refused(desk.opening("sue"))
    assert "No new cases of “" in refusal.sentence
    with desk.database.reading() as connection, pytest.raises(LookupError):
        current_in(connection, versions.old.process, desk.definition)
    assert versions.start(other) == {}
    assert verify_record(desk.database).ok


def test_what_was_never_put_in_force_is_refused_once_something_was(versions: Versions) -> None:
    desk = versions.desk
    desk.open("sue")  # nothing was recorded yet: whatever is registered goes
    with desk.database.reading() as connection:
        assert why_not_in_force(connection, versions.old) is None
    versions.start(desk.definition("application-patch"))
    assert versions.refused(desk.opening("sid")).code == NOT_IN_FORCE
    assert verify_record(desk.database).ok, "cases from before are taken as they are"


def brought_back(versions: Versions, url: str) -> str:
    """Open a case under the old version, with the database in one's hands; hide it afterwards."""
    desk, query = versions.desk, "UPDATE in_force SET version=? WHERE process=?"
    with by_hand(url) as connection:
        connection.execute(query, [versions.old.version, versions.old.process])
    case = desk.open("sid")
    with by_hand(url) as connection:
        connection.execute(query, [versions.new.version, versions.old.process])
    return case


def test_a_case_under_a_version_that_was_not_in_force_is_named(
    versions: Versions, database_url: str
) -> None:
    versions.start(versions.old)
    before = versions.desk.open("sue")
    versions.start(versions.new)
    case = brought_back(versions, database_url)
    bad = found(versions.desk)
    assert [(one.stream, one.seq) for one in bad] == [(case, 1)]
    assert versions.old.version[:12] in bad[0].why
    assert "wasn't in force when it was opened" in bad[0].why
    assert before != case


def test_within_ten_seconds_either_version_is_good(versions: Versions, database_url: str) -> None:
    versions.start(versions.old)
    versions.start(versions.new)
    desk = versions.desk
    desk.clock.pass_time(timedelta(seconds=-55))
    brought_back(versions, database_url)
    assert found(desk) == ()
    desk.clock.pass_time(timedelta(seconds=6))
    case = brought_back(versions, database_url)
    assert [one.stream for one in found(desk)] == [case]


TAMPERING: Mapping[str, str] = {
    "altered": "UPDATE in_force SET version='0'",
    "since": "UPDATE in_force SET since='2026-01-01T00:00:00.000Z'",
    "taken out": "DELETE FROM in_force",
    "added": "INSERT INTO in_force VALUES ('another', 'x', 'y', 'z')",
}


@pytest.mark.parametrize("how", TAMPERING)
def test_what_is_in_force_follows_from_the_record(
    versions: Versions, database_url: str, how: str
) -> None:
    versions.start(versions.old)
    with by_hand(database_url) as connection:
        connection.execute(TAMPERING[how])
    (bad,) = found(versions.desk)
    assert bad.stream == SYSTEM_STREAM
    assert "is in force isn't as it was recorded" in bad.why
    desk, at = versions.desk, stamp(versions.desk.clock.now())
    changed = rebuild(desk.database, at=at, worker_key=desk.worker_key).changed
    assert list(changed) == ["in_force"]
    assert found(desk) == ()


def test_entries_of_what_is_in_force_cannot_be_emptied(
    versions: Versions, database_url: str
) -> None:
    versions.start(versions.old)
    with by_hand(database_url) as connection:
        connection.execute("DELETE FROM openings WHERE name=?", [VERSIONS])
    bad = found(versions.desk)
    assert [(one.stream, one.why) for one in bad] == [
        (SYSTEM_STREAM, "which definitions came into force was erased")
    ]


# --- openings that no person makes --------------------------------------------------------------


def _changed(definition: Definition) -> Definition:
    """Return a definition that says the same, in another version."""
    data = json.loads(definition.text)
    data["definition"]["summary"] = {"en": "As before."}
    return Definition.from_text(canonical(data).decode())


@pytest.fixture
def admitting(desk: Desk) -> AdmittingDesk:
    return admitting_desk(desk)


def start(desk: Desk, *definitions: Definition) -> None:
    Versions(desk, *definitions[:1], *definitions[:1]).start(*definitions)


def others(process: str) -> list[Definition]:
    return [one for one in LIBRARY.values() if one.process != process]


def waiting(desk: Desk, parent: str) -> CommitRequest:
    """Return the opening of a child that waits, as it would be sent now."""
    with desk.database.reading() as connection:
        (act,) = children_to_start(connection, parent)
        rows = tables.definitions.c
        version = str(act.signed.act["definition"])
        whole = connection.scalar(select(rows.text).where(rows.version == version))
    return CommitRequest(act.signed, Head(), whole)


def test_a_child_that_waits_is_signed_anew_under_what_is_in_force(
    admitting: AdmittingDesk,
) -> None:
    motion = LIBRARY["motion"]
    start(admitting, motion, *others("motion"))
    parent = admitting.begin("admitting", "mia", subject="sid", role="none", access="none")
    sent = waiting(admitting, parent)
    start(admitting, _changed(motion), *others("motion"))
    # What was under way meanwhile is refused, and that isn't the last word.
    reply = admitting.send(sent, process="motion")
    assert (reply.refusal or {})["code"] == NOT_IN_FORCE
    case = str(sent.signed.act["id"])
    with admitting.database.reading() as connection:
        no = ActResult.refused(Refusal.from_json(reply.refusal or {}))
        assert believed(connection, case, case, no) is None
    now = waiting(admitting, parent)
    assert now.signed.act["definition"] == _changed(motion).version
    assert now.signed.values() == sent.signed.values()
    assert admitting.send(now, process="motion").result == "committed"
    assert verify_record(admitting.database).ok


def test_a_child_opens_under_what_is_in_force_whatever_its_program_brings(
    admitting: AdmittingDesk,
) -> None:
    newer = _changed(LIBRARY["motion"])
    start(admitting, newer, *others("motion"))
    parent = admitting.begin("admitting", "mia", subject="sid", role="none", access="none")
    assert waiting(admitting, parent).signed.act["definition"] == newer.version


def test_a_child_that_came_to_wait_during_a_start_is_found_by_the_sweep(
    admitting: AdmittingDesk, database_url: str
) -> None:
    motion = LIBRARY["motion"]
    start(admitting, motion, *others("motion"))
    parent = admitting.begin("admitting", "mia", subject="sid", role="none", access="none")
    newer = _changed(motion)
    with admitting.database.writing() as connection:
        register_definition(connection, newer)
        at = stamp(admitting.clock.now())
        put_in_force(connection, [newer, *others("motion")], at, admitting.worker_key)
    open_waiting(admitting.database, admitting.clock, admitting.worker_key)
    assert waiting(admitting, parent).signed.act["definition"] == newer.version


@pytest.fixture
def quarter(desk: Desk) -> Desk:
    desk.clock.pass_time(datetime(2027, 1, 1, 5, 30, tzinfo=UTC) - desk.clock.now())
    return desk


@pytest.mark.parametrize("when", ["before it is made", "while it waits"])
def test_a_scheduled_case_opens_under_what_is_in_force(quarter: Desk, when: str) -> None:
    older = quarter.definition(SUMMARY)
    newer = _changed(older)
    start(quarter, older)
    quarter.clock.pass_time(timedelta(minutes=30))
    database, clock, key = quarter.database, quarter.clock, quarter.worker_key
    if when == "before it is made":
        with database.writing() as connection:
            connection.execute(text("UPDATE grants SET until='2026-12-01' WHERE role LIKE '%er'"))
    assert take_tick(database, clock, key, older, JANUARY) == "taken"
    start(quarter, newer)
    with database.writing() as connection:
        connection.execute(text("UPDATE grants SET until=NULL"))
    open_waiting(database, clock, key)
    with database.reading() as connection:
        (act,) = openings_to_send(connection)
    assert act.signed.act["definition"] == newer.version
    request = CommitRequest(act.signed, Head(), newer.text)
    assert quarter.send(request, process=SUMMARY).result == "committed"
    assert verify_record(database).ok


def test_a_schedule_that_is_not_in_force_opens_nothing(quarter: Desk) -> None:
    older = quarter.definition(SUMMARY)
    start(quarter, older)
    quarter.clock.pass_time(timedelta(minutes=30))
    database, clock, key = quarter.database, quarter.clock, quarter.worker_key
    assert take_tick(database, clock, key, older, JANUARY) == "taken"
    start(quarter, quarter.definition("system-patch"))
    with database.reading() as connection:
        (act,) = openings_to_send(connection)
    reply = quarter.send(CommitRequest(act.signed, Head(), older.text), process=SUMMARY)
    assert (reply.refusal or {})["code"] == NOT_IN_FORCE
    start(quarter, older)
    assert quarter.send(CommitRequest(act.signed, Head(), older.text), process=SUMMARY).result == (
        "committed"
    )


def test_a_program_without_the_version_in_force_reads_it_from_here(versions: Versions) -> None:
    def none(process: str) -> Definition:
        raise LookupError(process)

    versions.start(versions.new)
    desk = versions.desk
    with desk.database.reading() as connection:
        for own in (none, desk.definition):
            assert current_in(connection, versions.new.process, own) == versions.new


def test_what_is_written_again_after_a_loss_is_not_asked_for_its_version(
    versions: Versions,
) -> None:
    """`store.recommit` takes what Temporal had confirmed, under whatever version that was."""
    desk = versions.desk
    versions.start(versions.old)
    request = desk.opening("sue")
    assert desk.send(request).result == "committed"
    versions.start(versions.new)
    assert desk.send(request).result == "known"
