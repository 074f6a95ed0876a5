"""Which cases came before is counted by the commit, and said in its entry."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text, update

from store import tables
from store.record.between import Repeats
from store.record.rebuild import rebuild
from store.record.verify import verify_record
from tests.support.admitting import AdmittingDesk, admitting_desk
from tests.support.community import Desk
from tests.support.eventually import LIMIT_SECONDS

FIRST_ON = {"sqlite"}
KEY = "enter-told-0"
MANY = 6


@pytest.fixture
def alarms(desk: Desk) -> AdmittingDesk:
    return admitting_desk(desk)


def alarm(desk: AdmittingDesk, outcome: str = "done") -> str:
    """Let something be done, or nothing; return the case."""
    case = desk.begin("alarming", "mia", subject="sid")
    assert desk.sign_off(case, "mia", "idle", "one", outcome).result == "committed"
    return case


def subjects(desk: AdmittingDesk) -> list[str]:
    """Return what the Board's list was told."""
    outbox = tables.outbox.c
    with desk.database.reading() as connection:
        return list(connection.scalars(select(outbox.subject).order_by(outbox.queued_at)))


def pass_days(desk: AdmittingDesk, days: int) -> None:
    desk.clock.pass_time(timedelta(days=days))


def numbers(desk: AdmittingDesk, *cases: str) -> tuple[str, ...]:
    return tuple(desk.state(case).number for case in cases)


def test_the_board_is_told_of_the_third_within_the_period_and_of_each_after_it(
    alarms: AdmittingDesk,
) -> None:
    first = alarm(alarms)
    assert alarms.facts_of_last(first).repeats == {KEY: ()}
    pass_days(alarms, 2)
    alarm(alarms, "nothing")  # that isn't one
    second = alarm(alarms)
    assert subjects(alarms) == []
    pass_days(alarms, 2)
    third = alarm(alarms)
    assert alarms.state(third).repeats[KEY].earlier == numbers(alarms, first, second)
    pass_days(alarms, 2)
    fourth = alarm(alarms)
    assert alarms.state(fourth).repeats[KEY].earlier == numbers(alarms, first, second, third)
    (three, four) = numbers(alarms, third, fourth)
    assert subjects(alarms) == [f"{three}: number 3", f"{four}: number 4"]
    pass_days(alarms, 4)  # the first two are older than a week then
    assert alarms.state(alarm(alarms)).repeats[KEY].earlier == numbers(alarms, third, fourth)
    assert len(subjects(alarms)) == 3
    assert verify_record(alarms.database).ok


def test_a_case_counts_from_when_it_came_there_whatever_happens_in_it_later(
    alarms: AdmittingDesk,
) -> None:
    first = alarm(alarms)
    pass_days(alarms, 8)
    for step, outcome in (("told", "anew"), ("idle", "done")):
        assert alarms.sign_off(first, "mia", step, "one", outcome).result == "committed"
    assert alarms.facts_of_last(first).repeats == {}
    assert alarms.state(alarm(alarms)).repeats[KEY].earlier == ()
    assert verify_record(alarms.database).ok


def test_cases_that_come_there_at_once_count_each_other_in_one_order(alarms: AdmittingDesk) -> None:
    cases = [alarms.begin("alarming", "mia", subject="sid") for _ in range(MANY)]
    begin = threading.Barrier(MANY)

    def come(case: str) -> str:
        begin.wait(LIMIT_SECONDS)
        return alarms.sign_off(case, "mia", "idle", "one", "done").result

    with ThreadPoolExecutor(MANY) as pool:
        assert set(pool.map(come, cases)) == {"committed"}
    counted = [len(alarms.state(case).repeats[KEY].earlier) for case in cases]
    assert sorted(counted) == list(range(MANY))
    assert len(subjects(alarms)) == MANY - 2
    assert verify_record(alarms.database).ok


def test_it_follows_from_the_record(alarms: AdmittingDesk) -> None:
    for _ in range(3):
        alarm(alarms)
    at = "2026-11-30T12:00:00.000Z"
    report = rebuild(alarms.database, at=at, worker_key=alarms.worker_key, dry_run=True)
    assert report.changed == {}
    assert verify_record(alarms.database).ok


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("UPDATE cases SET process = 'leaving' WHERE \"case\" = '{first}'", "doesn't count"),
        ("UPDATE cases SET updated_at = '2020' WHERE \"case\" = '{first}'", "doesn't count"),
    ],
)
def test_what_is_hidden_from_the_count_is_found(
    alarms: AdmittingDesk, change: str, why: str
) -> None:
    """Whoever changes the row before a commit has it count less, by the worker's hand."""
    first = alarm(alarms)
    with alarms.database.writing() as connection:
        connection.execute(text(change.replace("{first}", first)))
    pass_days(alarms, 1)
    second = alarm(alarms)
    assert alarms.state(second).repeats[KEY].earlier == ()
    with alarms.database.writing() as connection:
        connection.execute(text("UPDATE cases SET process = 'alarming'"))
    bad = verify_record(alarms.database).bad
    assert [one.stream for one in bad if why in one.why] == [second]


def _say_that_it_came(desk: AdmittingDesk, case: str, before: str, after: str) -> None:
    """Change in the stored state, by whoever has the database, when a case came there."""
    change = update(tables.cases).where(tables.cases.c.case == case)
    old, new = f'"at":"{before}', f'"at":"{after}'
    with desk.database.writing() as connection:
        changed = func.replace(tables.cases.c.state, old, new)
        connection.execute(change.values(state=changed, updated_at="2030"))


def test_what_came_too_long_ago_is_found_where_it_is_counted(alarms: AdmittingDesk) -> None:
    first = alarm(alarms)
    year = alarms.state(first).repeats[KEY].at[:4]
    pass_days(alarms, 8)
    _say_that_it_came(alarms, first, year, "3026")
    second = alarm(alarms)
    _say_that_it_came(alarms, first, "3026", year)
    (number,) = numbers(alarms, first)
    assert alarms.state(second).repeats[KEY].earlier == (number,)
    bad, trace = verify_record(alarms.database).bad
    assert (bad.stream, f"counts {number} as an earlier" in bad.why) == (second, True)
    assert (trace.stream, trace.why) == (first, "a row of it in `cases` was altered")


def test_two_that_count_each_other_are_found(alarms: AdmittingDesk) -> None:
    first, second = alarm(alarms), alarm(alarms)
    one, two = (alarms.state(case) for case in (first, second))
    both = Repeats()
    noted = one.repeats[KEY].model_copy(update={"earlier": (two.number,)})
    both.take(one.model_copy(update={"repeats": {KEY: noted}}))
    both.take(two)
    assert {case for case, why in both.strange() if "count each other" in why} == {first, second}
