"""Everything that follows from the record is made anew from it, and equals what stood there."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from definitions.clock import stamp
from store import tables
from store.absences import Absence
from store.access.passwords import set_password
from store.cases import report_stopped
from store.database import Database
from store.record.comparing import PARENTS_FIRST
from store.record.rebuild import RebuildReport, rebuild
from store.record.verify import verify_record
from tests.support.by_hand import by_hand
from tests.support.community import Desk

FIRST_ON = {"sqlite"}

Dump = dict[str, list[tuple[Any, ...]]]


@pytest.fixture
def cases(desk: Desk) -> dict[str, str]:
    """A busy week: cases that ended in all ways, and open ones in all states."""
    today = desk.clock.now().date()
    assert isinstance(desk.away("sue", today, today + timedelta(days=9)), Absence)
    done = desk.open("sue")
    desk.sign_off(done, "sam", "approval", "lead", "approve")
    desk.sign_off(done, "sue", "applying", "executor", "applied")
    desk.sign_off(done, "sid", "applying", "observer", "applied")
    desk.sign_off(done, "sid", "documenting", "scribe", "document", log_entry="Done.")
    withdrawn = desk.open("sid")
    desk.do(withdrawn, "sid", "withdraw", values={"comment": "Not needed."})
    rejected = desk.open("sue")
    desk.sign_off(rejected, "sam", "approval", "lead", "reject", comment="Not now.")
    late = desk.open("sue")
    amended = desk.open("sid")
    desk.sign_off(amended, "sam", "approval", "lead", "approve")
    desk.do(amended, "sid", "amend", values={"servers": "signer"})
    retracted = desk.open("sue")
    desk.sign_off(retracted, "sam", "approval", "lead", "approve")
    desk.sign_off(retracted, "sue", "applying", "executor", "applied")
    desk.do(retracted, "sue", "retract", step="applying")
    declined = desk.open("sue")
    desk.sign_off(declined, "sam", "approval", "lead", "approve")
    comment = {"comment": "I am away."}
    desk.do(declined, "sid", "decline", step="applying", seat="observer", values=comment)
    desk.clock.pass_time(timedelta(days=4))
    for kind in ("remind", "deadline"):
        assert desk.send(desk.tick(late, kind, "approval")).result == "committed"
    desk.do(late, "mia", "comment", values={"comment": "Why does it take so long?"})
    report_stopped(desk.database, late, "The worker could not write.")
    names = ("done", "withdrawn", "rejected", "late", "amended", "retracted", "declined")
    found = (done, withdrawn, rejected, late, amended, retracted, declined)
    assert desk.state(declined).steps["applying"].declined
    assert desk.state(late).configuration == ("escalated",)
    return dict(zip(names, found, strict=True))


def dump(database: Database) -> Dump:
    """Return all rows of all tables but what a rebuild records of itself."""
    with database.reading() as connection:
        found = {
            name: sorted(map(tuple, connection.execute(select(table))), key=repr)
            for name, table in tables.metadata.tables.items()
        }
        own = connection.scalars(
            select(tables.entries.c.act_id).where(tables.entries.c.kind == "rebuilt")
        ).all()
    found["openings"] = [row for row in found["openings"] if row[0] not in own]
    found["entries"] = [row for row in found["entries"] if row[3] not in own]
    found["streams"] = [row for row in found["streams"] if row[0] != "system"]
    return found


def rebuilt(desk: Desk, *, dry_run: bool = False) -> RebuildReport:
    at = stamp(desk.clock.now())
    return rebuild(desk.database, at=at, worker_key=desk.worker_key, dry_run=dry_run)


def test_an_untouched_store_stays_exactly_as_it_is(desk: Desk, cases: dict[str, str]) -> None:
    with desk.database.reading() as connection:
        before = {
            name: connection.execute(select(table)).all()
            for name, table in tables.metadata.tables.items()
        }
    assert rebuilt(desk) == RebuildReport({})
    with desk.database.reading() as connection:
        for name, table in tables.metadata.tables.items():
            assert connection.execute(select(table)).all() == before[name], name


def test_what_was_deleted_comes_back(desk: Desk, cases: dict[str, str], database_url: str) -> None:
    before = dump(desk.database)
    for table in (table.name for table in PARENTS_FIRST if before[table.name]):
        with by_hand(database_url) as hand:
            # That a case has stopped, and why, doesn't follow from the record.
            where = " WHERE status <> 'stopped'" if table == "cases" else ""
            missing = hand.execute(f"DELETE FROM {table}{where}").rowcount  # noqa: S608 - of ours
        assert rebuilt(desk, dry_run=True).changed == {table: {"missing": missing}}
        assert dump(desk.database) != before
        assert rebuilt(desk).changed == {table: {"missing": missing}}
        assert dump(desk.database) == before
    assert verify_record(desk.database).ok


ALTERED = [
    "UPDATE cases SET state='{}', known='{}', outcome='done', opener='p-none'",
    "UPDATE cases SET status='ended' WHERE status='running'",
    "UPDATE cases SET status='running', stopped_reason='None.' WHERE status='ended'",
    "UPDATE cases SET number='x' || number, process='other', opened_at='', updated_at=''",
    "UPDATE cases SET ended_at='2031-01-01T00:00:00.000Z'",
    "UPDATE waiting SET missing=7, due=NULL, since='', instance='9'",
    "UPDATE waiting SET role='member' WHERE role <> ''",
    "UPDATE waiting_barred SET person='p-none'",
    "UPDATE signatures SET counts=(NOT counts), actor='p-none', at=''",
    "UPDATE numbers SET n=1",
    "UPDATE people SET name='Somebody', language='xx', until=''",
    "UPDATE addresses SET place=place+1, address='x' || address",
    "UPDATE grants SET role='x' || role",
    "UPDATE grants SET until='', act_id='none'",
    "UPDATE grants SET authority='m20990101.1'",
    "UPDATE list_entries SET until='', authority=NULL",
    "UPDATE absences SET until='2031-01-01T00:00:00.000Z'",
    "UPDATE keys SET since='2020-01-01T00:00:00.000Z', jwk='{}'",
]


def test_what_was_altered_is_as_it_was(
    desk: Desk, cases: dict[str, str], database_url: str
) -> None:
    before = dump(desk.database)
    for statement in ALTERED:
        with by_hand(database_url) as hand:
            assert hand.execute(statement).rowcount
        assert rebuilt(desk).changed, statement
        assert dump(desk.database) == before, statement
    assert verify_record(desk.database).ok


def test_two_cases_with_each_others_numbers_get_their_own(
    desk: Desk, cases: dict[str, str], database_url: str
) -> None:
    before = dump(desk.database)
    one, other = cases["done"], cases["late"]
    numbers = {case: desk.state(case).number for case in (one, other)}
    with by_hand(database_url) as hand:
        statement = 'UPDATE cases SET number=? WHERE "case"=?'
        for case, number in ((one, "none"), (other, numbers[one]), (one, numbers[other])):
            hand.execute(statement, [number, case])
    assert rebuilt(desk).changed == {"cases": {"altered": 2}}
    assert dump(desk.database) == before


ADDED = """
INSERT INTO people VALUES ('p-none', 'Nobody', 'en', '2026', NULL);
INSERT INTO addresses VALUES ('nobody@example.org', 'p-none', 0, NULL);
INSERT INTO grants VALUES ('p-none', 'member', '2026', NULL, 'none', NULL, NULL);
INSERT INTO list_entries (person, list, since, act_id)
    VALUES ('p-none', 'ssh-access-list', '2026', 'none');
INSERT INTO absences VALUES ('p-none', '2026', '2027', 'none');
INSERT INTO credentials VALUES ('p-none', 'hash', '2026', NULL);
INSERT INTO sessions VALUES ('hash', 'p-none', '{}', '2026', '2026', '2099', NULL);
INSERT INTO sign_in_links VALUES ('hash', 'p-none', '2026', '2099', NULL, NULL);
INSERT INTO keys SELECT 'kid', "use", jwk, since, until FROM keys WHERE "use"='web';
INSERT INTO cases SELECT 'none', 'p20990101.1', process, version, opener, state, known, status,
    stopped_reason, outcome, opened_at, ended_at, updated_at FROM cases WHERE "case"='LATE';
INSERT INTO waiting SELECT 'none', step, instance, seat, role, person, missing, since, due,
    overdue FROM waiting WHERE "case"='LATE';
INSERT INTO waiting_barred VALUES ('LATE', 'escalated', 'lead', '', 'p-none');
INSERT INTO outbox VALUES
    ('none:1', 'none', 'a', 'b', 'c', 'd', '2026', NULL, NULL, NULL, NULL, NULL);
INSERT INTO outbox_readers VALUES ('p-none', 'none:1')
"""


def test_what_was_added_goes_with_all_that_hangs_on_it(
    desk: Desk, cases: dict[str, str], database_url: str
) -> None:
    before = dump(desk.database)
    with desk.database.writing() as connection:
        set_password(connection, desk.person("ada"), "hash", "2026")
        kept = connection.execute(select(tables.credentials)).all()
    with by_hand(database_url) as hand:
        for statement in ADDED.split(";"):
            hand.execute(statement.replace("LATE", cases["late"]))
    changed = rebuilt(desk).changed
    assert {name: counts["extra"] for name, counts in changed.items()} == {
        "people": 1,
        "addresses": 1,
        "grants": 1,
        "list_entries": 1,
        "absences": 1,
        "keys": 1,
        "cases": 1,
        "waiting": 1,
        "waiting_barred": 1,
    }
    assert dump(desk.database) == before | {"credentials": list(map(tuple, kept))}
    assert verify_record(desk.database).ok


def test_a_number_that_was_given_is_not_given_again(
    desk: Desk, cases: dict[str, str], database_url: str
) -> None:
    with by_hand(database_url) as hand:
        hand.execute("UPDATE numbers SET n=9")
    report = rebuilt(desk)
    assert report.changed == {}
    assert report.left == (
        ("p20261018.9", "9 numbers were given, but the record has none after 7"),
    )
    assert not report.to_json()["ok"]


def test_a_state_that_can_not_be_computed_stays_and_is_said(
    desk: Desk, cases: dict[str, str], database_url: str
) -> None:
    before = dump(desk.database)
    with by_hand(database_url) as hand:
        hand.execute(
            "DELETE FROM openings WHERE act_id IN (SELECT act_id FROM entries WHERE stream=?)",
            [cases["amended"]],
        )
        for table in ("waiting", "waiting_barred", "signatures"):
            hand.execute(f"DELETE FROM {table}")  # noqa: S608 - a table of ours
    report = rebuilt(desk)
    assert report.left == (
        (cases["amended"], "values were erased; the stored state is the recorded one"),
    )
    assert dump(desk.database) | {"openings": []} == before | {"openings": []}


def test_without_values_and_without_its_state_a_case_is_left_alone(
    desk: Desk, cases: dict[str, str], database_url: str
) -> None:
    case = cases["amended"]
    with by_hand(database_url) as hand:
        erased = "DELETE FROM openings WHERE act_id IN (SELECT act_id FROM entries WHERE stream=?)"
        hand.execute(erased, [case])
        hand.execute('DELETE FROM cases WHERE "case"=?', [case])
    assert dict(rebuilt(desk).left)[case].endswith("values were erased, and the state isn't stored")


def test_what_somebody_erased_of_a_person_is_not_missed(
    desk: Desk, cases: dict[str, str], database_url: str
) -> None:
    before = dump(desk.database)
    with by_hand(database_url) as hand:
        hand.execute("DELETE FROM openings WHERE act_id='directory:1:founded'")
    report = rebuilt(desk)
    assert report.changed == {}
    assert report.left == (("directory", f"values about {desk.person('ada')} were erased"),)
    assert dump(desk.database) | {"openings": []} == before | {"openings": []}


def test_what_stands_on_a_record_that_was_altered_is_left_alone(
    desk: Desk, cases: dict[str, str], database_url: str
) -> None:
    with by_hand(database_url) as hand:
        hand.execute("UPDATE entries SET text=replace(text, 'sign_off', 'sign_of_')")
        hand.execute("UPDATE waiting SET missing=7")
        hand.execute("UPDATE signatures SET counts=(NOT counts)")
    report = rebuilt(desk)
    assert {stream for stream, _ in report.left} == {
        case for name, case in cases.items() if name not in {"late", "withdrawn"}
    }
    with desk.database.reading() as connection:
        rows = connection.execute(select(tables.waiting.c.case, tables.waiting.c.missing)).all()
    assert {case for case, missing in rows if missing != 7} == {cases["late"]}


def test_a_rebuild_that_mended_something_is_recorded(
    desk: Desk, cases: dict[str, str], database_url: str
) -> None:
    with by_hand(database_url) as hand:
        hand.execute("DELETE FROM waiting")
    rebuilt(desk, dry_run=True)
    rebuilt(desk)
    rebuilt(desk)
    with desk.database.reading() as connection:
        entries = tables.entries.c
        assert (
            len(connection.scalars(select(entries.seq).where(entries.kind == "rebuilt")).all()) == 1
        )
