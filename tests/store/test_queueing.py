"""What a case queues is on the list of the next case that takes it: of one, and of no other."""

import pytest
from sqlalchemy import select, text, update

from definitions.clock import stamp
from definitions.rules.ruled import possible
from store import tables
from store.cases import load_definition
from store.deciding import Decided
from store.record.rebuild import rebuild
from store.record.verify import verify_record
from store.rulings import what_it_does
from tests.support.admitting import AdmittingDesk, admitting_desk
from tests.support.community import Desk

FIRST_ON = {"sqlite"}


@pytest.fixture
def noting(desk: Desk) -> AdmittingDesk:
    return admitting_desk(desk)


def note(desk: AdmittingDesk) -> str:
    """Do something that is queued; return the case's number."""
    case = desk.begin("noting", "mia", subject="sid")
    assert desk.sign_off(case, "mia", "idle", "one", "done").result == "committed"
    return desk.state(case).number


def sum_up(desk: AdmittingDesk) -> str:
    return desk.begin("summary", "mia", subject="sid")


def listed(desk: AdmittingDesk, case: str) -> list[str]:
    """Return the numbers of what a case has on its list."""
    return [one.number for one in desk.state(case).taken.values()]


def waiting(desk: AdmittingDesk) -> list[str]:
    rows = tables.queued.c
    with desk.database.reading() as connection:
        query = select(rows.number).where(rows.taken_by.is_(None)).order_by(rows.at, rows.key)
        return list(connection.scalars(query))


def test_the_next_case_takes_all_that_waits_and_no_other_does(noting: AdmittingDesk) -> None:
    numbers = [note(noting), note(noting)]
    assert waiting(noting) == numbers
    first = sum_up(noting)
    later = note(noting)
    second = sum_up(noting)
    assert listed(noting, first) == numbers
    assert listed(noting, second) == [later]
    assert waiting(noting) == []
    assert [item.id for item in noting.state(first).items["summing"]] == [
        "rest",
        "queued-1",
        "queued-2",
    ]
    text_of = noting.state(first).taken["queued-1"].text
    assert text_of == {"en": f"{numbers[0]}: Noting"}
    assert verify_record(noting.database).ok


def test_what_a_ruling_would_do_is_shown_to_whoever_only_reads(noting: AdmittingDesk) -> None:
    """PostgreSQL locks no rows for them."""
    case = sum_up(noting)
    note(noting)
    state = noting.state(case)
    with noting.database.reading() as connection:
        definition = load_definition(connection, state.definition)
        (close,) = (one for one in possible(definition, state) if one.kind == "close")
        decided = what_it_does(connection, definition, state, close, stamp(noting.clock.now()))
    assert isinstance(decided, Decided)


def test_each_thing_is_signed_and_then_kept(noting: AdmittingDesk) -> None:
    note(noting)
    case = sum_up(noting)
    for item in ("rest", "queued-1"):
        assert noting.state(case).ended is None
        done = noting.sign_off(case, "mia", "summing", f"teller:{item}", "told")
        assert done.result == "committed"
    assert noting.state(case).ended == "told"
    assert listed(noting, sum_up(noting)) == []


def test_what_was_not_signed_at_the_end_waits_for_the_next(noting: AdmittingDesk) -> None:
    number = note(noting)
    told = note(noting)
    case = sum_up(noting)
    noting.sign_off(case, "mia", "summing", "teller:queued-2", "told")
    noting.do(case, "mia", "withdraw", values={"comment": "Too early."})
    assert waiting(noting) == [number]
    assert told not in waiting(noting)
    assert listed(noting, sum_up(noting)) == [number]
    assert verify_record(noting.database).ok


def test_an_entry_says_what_it_took_and_no_other_does(noting: AdmittingDesk) -> None:
    number = note(noting)
    case = sum_up(noting)
    facts = noting.facts_of_last(case)
    assert [one["number"] for one in facts.waiting] == [number]
    note(noting)
    noting.sign_off(case, "mia", "summing", "teller:rest", "told")
    assert noting.facts_of_last(case).waiting == ()


def test_it_follows_from_the_record(noting: AdmittingDesk) -> None:
    note(noting)
    case = sum_up(noting)
    note(noting)
    at = "2026-11-30T12:00:00.000Z"
    report = rebuild(noting.database, at=at, worker_key=noting.worker_key, dry_run=True)
    assert report.changed == {}
    with noting.database.writing() as connection:
        connection.execute(update(tables.queued).values(taken_by=None))
        connection.execute(text("DELETE FROM queued WHERE taken_by IS NULL AND number LIKE '%.2'"))
    report = rebuild(noting.database, at=at, worker_key=noting.worker_key)
    assert set(report.changed) == {"queued"}
    rows = tables.queued.c
    with noting.database.reading() as connection:
        assert connection.scalars(select(rows.taken_by).order_by(rows.at)).all() == [case, None]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("UPDATE cases SET state = replace(state, '{number}: Noting', 'Nothing')", "stored state"),
    ],
)
def test_what_was_altered_is_found(noting: AdmittingDesk, change: str, why: str) -> None:
    number = note(noting)
    sum_up(noting)
    with noting.database.writing() as connection:
        connection.execute(text(change.replace("{number}", number)))
    report = verify_record(noting.database)
    assert any(why in bad.why for bad in report.bad)


def test_a_thing_on_two_lists_is_found(noting: AdmittingDesk) -> None:
    """Whoever changes the row before a commit gets it onto a second list, by the worker's hand."""
    number = note(noting)
    first = sum_up(noting)
    with noting.database.writing() as connection:
        connection.execute(update(tables.queued).values(taken_by=None))
    second = sum_up(noting)
    assert listed(noting, first) == listed(noting, second) == [number]
    (bad,) = verify_record(noting.database).bad
    assert bad.stream in {first, second}
    assert "another case has" in bad.why


def test_what_nobody_queued_is_found(noting: AdmittingDesk) -> None:
    note(noting)
    with noting.database.writing() as connection:
        connection.execute(update(tables.queued).values(text='{"en":"Something else"}'))
    case = sum_up(noting)
    bad, altered = verify_record(noting.database).bad
    assert (bad.stream, bad.why.partition(":")[0]) == (
        case,
        "it has on a list what no case has queued",
    )
    assert altered.why == "a row of it in `queued` was altered"
