"""What effects did, and the cases that a case opened, come back with the record that was lost."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Connection, select

from definitions.acts import Head
from definitions.clock import stamp
from store import tables
from store.notices import notices_for
from store.recommit import Mended, Recommitter
from store.record.rebuild import RebuildReport, rebuild
from store.record.verify import verify_record
from tests.faults.files import copy_database, put_back
from tests.support.admitting import AdmittingDesk, admitting_desk, current
from tests.support.by_hand import by_hand
from tests.support.community import Desk

FIRST_ON = {"sqlite"}

Dump = dict[str, list[tuple[Any, ...]]]
OF_CASES = ("children", "electors", "notices", "grants", "list_entries")


@pytest.fixture
def admitting(desk: Desk) -> AdmittingDesk:
    return admitting_desk(desk)


def dump(desk: AdmittingDesk, *but: str) -> Dump:
    """Return all rows of all tables but some."""
    with desk.database.reading() as connection:
        return {
            name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for name, table in tables.metadata.tables.items()
            if name not in but
        }


def _nothing(_connection: Connection, _head: Head) -> None:
    """Record nothing: only what comes back is looked at here."""


def mend(desk: AdmittingDesk, case: str) -> Mended:
    made = Recommitter(desk.database, desk.worker_key, current)
    process = "admitting" if case.startswith("nonce") else "motion"
    return made.mend(case, process, desk.confirmed[case], _nothing)


def test_all_comes_back_byte_for_byte(admitting: AdmittingDesk, database_url: str) -> None:
    before = copy_database(database_url)
    case = admitting.admit("mia", "systems-administrator", "physical-access-list")
    child = admitting.state(case).children["motion"].case
    after = dump(admitting, "definitions")
    put_back(database_url, before)
    assert dump(admitting, "definitions") != after
    opening, rest = admitting.confirmed[case][:1], admitting.confirmed[case][1:]
    admitting.confirmed[case] = opening
    assert mend(admitting, case).problem == ""
    assert mend(admitting, child).problem == ""
    admitting.confirmed[case] = rest
    assert mend(admitting, case).problem == ""
    assert dump(admitting, "definitions") == after
    assert verify_record(admitting.database).ok


@pytest.mark.parametrize("first", ["parent", "child"])
def test_whichever_is_mended_first_nothing_is_missed(
    admitting: AdmittingDesk, database_url: str, first: str
) -> None:
    before = copy_database(database_url)
    case = admitting.admit("mia", "systems-administrator", "physical-access-list")
    child = admitting.state(case).children["motion"].case
    after = dump(admitting, "pending_acts")
    put_back(database_url, before)
    for one in (case, child) if first == "parent" else (child, case):
        assert mend(admitting, one).problem == ""
    assert notices_for(admitting.database, case) == []
    assert dump(admitting, "pending_acts") == after
    assert verify_record(admitting.database).ok


def test_an_end_that_was_not_taken_in_is_not_forgotten(
    admitting: AdmittingDesk, database_url: str
) -> None:
    before = copy_database(database_url)
    case = admitting.begin("admitting", "mia", subject="mia", role="none", access="none")
    child = admitting.open_child(case)
    admitting.vote(child, "bea", "aye")
    admitting.close(child)
    waiting = notices_for(admitting.database, case)
    put_back(database_url, before)
    assert mend(admitting, child).problem == ""
    assert notices_for(admitting.database, case) == []
    assert mend(admitting, case).problem == ""
    assert notices_for(admitting.database, case) == waiting
    assert len(waiting) == 1


def test_effects_that_the_directory_has_already_are_not_done_twice(
    admitting: AdmittingDesk, database_url: str
) -> None:
    case = admitting.admit("mia", "systems-administrator", "ssh-access-list")
    before = copy_database(database_url)
    admitting.confirmed.clear()
    again = admitting.admit("mia", "systems-administrator", "physical-access-list")
    after = dump(admitting, "pending_acts", "definitions")
    put_back(database_url, before)
    assert again != case
    for one in admitting.confirmed:
        assert mend(admitting, one).problem == ""
    assert dump(admitting, "pending_acts", "definitions") == after


def rebuilt(desk: AdmittingDesk) -> RebuildReport:
    return rebuild(desk.database, at=stamp(desk.clock.now()), worker_key=desk.worker_key)


def busy(desk: AdmittingDesk) -> None:
    """Let people come and go, and leave votes open."""
    desk.admit("mia", "board-member", "physical-access-list")
    desk.open("bea", values={"proposal": "Shall we?"}, process="motion")
    waits = desk.begin("admitting", "sue", subject="sid", role="none", access="none")
    desk.open_child(waits)
    ended = desk.begin("admitting", "sue", subject="sid", role="none", access="none")
    child = desk.open_child(ended)
    desk.vote(child, "bea", "aye")
    desk.close(child)
    desk.begin("leaving", "sue", subject="sid")


def test_an_untouched_store_stays_as_it_is(admitting: AdmittingDesk) -> None:
    busy(admitting)
    before = dump(admitting)
    assert before["notices"]
    assert before["electors"]
    assert rebuilt(admitting) == RebuildReport({})
    assert dump(admitting) == before
    assert verify_record(admitting.database).ok


def test_what_was_deleted_comes_back(admitting: AdmittingDesk, database_url: str) -> None:
    busy(admitting)
    before = dump(admitting, "entries", "openings", "streams")
    for table in OF_CASES:
        with by_hand(database_url) as hand:
            missing = hand.execute(f"DELETE FROM {table}").rowcount  # noqa: S608 - of ours
        assert missing > 0, table
        assert rebuilt(admitting).changed == {table: {"missing": missing}}
        assert dump(admitting, "entries", "openings", "streams") == before


ALTERED = [
    "UPDATE children SET name='other'",
    "UPDATE electors SET person='p-' || person",
    "UPDATE notices SET taken_at=NULL, about='{}', at=''",
    "UPDATE grants SET authority='q20990101.1', until=NULL, end_act_id=NULL",
    "UPDATE list_entries SET authority=NULL, until='2099'",
]


def test_what_was_altered_is_put_right(admitting: AdmittingDesk, database_url: str) -> None:
    busy(admitting)
    before = dump(admitting, "entries", "openings", "streams")
    for change in ALTERED:
        with by_hand(database_url) as hand:
            hand.execute(change)
        bad = [one.stream for one in verify_record(admitting.database).bad]
        assert bad, change
        assert (bad == ["directory"]) == (change in ALTERED[3:]), change
        (table,) = rebuilt(admitting).changed
        assert change.startswith(f"UPDATE {table} ")
        assert dump(admitting, "entries", "openings", "streams") == before
