"""What a schedule opens: by a moment that has come, once, for whoever held the role then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, text, update

from definitions.acts import CommitReply, CommitRequest, Head, SignedAct
from definitions.canonical import Json
from definitions.clock import stamp
from definitions.refusals import Refusal
from definitions.timetable import cause_of, tick_id
from store import tables
from store.commitments import committed
from store.pausing import Pauser, is_paused, pause, paused_since
from store.record.rebuild import rebuild
from store.record.verify import verify_record
from store.signatures import SigningKey, sign
from store.ticking import (
    last_told,
    open_waiting,
    openings_to_send,
    take_tick,
    waiting_ticks,
)
from tests.support.community import Desk

FIRST_ON = {"sqlite"}

SUMMARY = "board-summary"
JANUARY, APRIL = "2027-01-01T06:00:00.000Z", "2027-04-01T06:00:00.000Z"
LEADER = "systems-administration-leader"


@pytest.fixture
def quarter(desk: Desk) -> Desk:
    """A desk on the day on which a quarter's summary opens."""
    desk.clock.pass_time(datetime(2027, 1, 1, 6, 0, 1, tzinfo=UTC) - desk.clock.now())
    return desk


def told(desk: Desk, at: str = JANUARY, process: str = SUMMARY) -> str:
    definition = desk.definition(process)
    return take_tick(desk.database, desk.clock, desk.worker_key, definition, at)


def waiting(desk: Desk) -> list[CommitRequest]:
    """Return the openings that wait, as the case's workflow would send them."""
    with desk.database.reading() as connection:
        acts = openings_to_send(connection)
    text_of = desk.definition(SUMMARY).text
    return [CommitRequest(act.signed, Head(), text_of) for act in acts]


def send(desk: Desk, request: CommitRequest) -> CommitReply:
    case = str(request.signed.act["case"])
    return desk.committer.commit(request, process=SUMMARY, workflow=case)


def opened(desk: Desk, at: str = JANUARY) -> str:
    assert told(desk, at) == "taken"
    (request,) = waiting(desk)
    assert send(desk, request).result == "committed"
    return str(request.signed.act["case"])


def in_store(desk: Desk, what: Callable[[Connection], object]) -> Any:
    with desk.database.writing() as connection:
        return what(connection)


def test_a_moment_opens_one_case_for_the_roles_holder(quarter: Desk) -> None:
    case = opened(quarter)
    assert case == tick_id(SUMMARY, JANUARY)
    state = quarter.state(case)
    assert state.people["opener"] == (quarter.person("sam"),)
    values = tables.openings.c
    with quarter.database.reading() as connection:
        period = connection.scalar(select(values.value).where(values.act_id == case))
        assert last_told(connection) == {SUMMARY: JANUARY}
    assert period == '"2026-10-01 to 2026-12-31"'
    assert verify_record(quarter.database).ok


def test_the_same_moment_twice_opens_one_case(quarter: Desk) -> None:
    assert (told(quarter), told(quarter)) == ("taken", "known")
    (request,) = waiting(quarter)
    assert send(quarter, request).result == "committed"
    assert send(quarter, request).result == "known"
    assert told(quarter) == "known"
    assert waiting(quarter) == []


@pytest.mark.parametrize(
    ("at", "process", "answer"),
    [
        (APRIL, SUMMARY, "early"),
        ("2027-01-01T05:00:00.000Z", SUMMARY, "strange"),
        ("2026-10-01T06:00:00.000Z", SUMMARY, "strange"),
        (JANUARY, "system-patch", "strange"),
    ],
)
def test_no_other_moment_is_believed(quarter: Desk, at: str, process: str, answer: str) -> None:
    assert told(quarter, at, process) == answer
    assert waiting(quarter) == []


def test_no_moment_before_the_last_one_is_believed(quarter: Desk) -> None:
    quarter.clock.pass_time(timedelta(days=91))
    assert told(quarter, APRIL) == "taken"
    assert told(quarter, JANUARY) == "strange"


def end_role(desk: Desk) -> None:
    grants = tables.grants.c
    now = stamp(desk.clock.now())
    held = (grants.role == LEADER) & grants.until.is_(None)
    ended = update(tables.grants).where(held).values(until=now)
    in_store(desk, lambda connection: connection.execute(ended))


def test_where_nobody_holds_the_role_it_waits_until_somebody_does(quarter: Desk) -> None:
    end_role(quarter)
    quarter.clock.pass_time(timedelta(seconds=1))
    assert told(quarter) == "taken"
    assert waiting(quarter) == []
    open_waiting(quarter.database, quarter.clock, quarter.worker_key)
    with quarter.database.reading() as connection:
        (one,) = waiting_ticks(connection)
    assert (one.process, one.at, one.role) == (SUMMARY, JANUARY, LEADER)
    now = stamp(quarter.clock.now())
    row = {"person": quarter.person("sue"), "role": LEADER, "since": now, "act_id": "made-up-0001"}
    in_store(quarter, lambda connection: connection.execute(insert(tables.grants).values(row)))
    quarter.clock.pass_time(timedelta(seconds=1))
    open_waiting(quarter.database, quarter.clock, quarter.worker_key)
    open_waiting(quarter.database, quarter.clock, quarter.worker_key)
    (request,) = waiting(quarter)
    end_role(quarter)
    # Who held the role when the opening was made is the opener.
    quarter.clock.pass_time(timedelta(minutes=1))
    assert send(quarter, request).result == "committed"
    case = str(request.signed.act["case"])
    assert quarter.state(case).people["opener"] == (quarter.person("sue"),)


def test_it_is_opened_for_who_is_there_before_who_is_away(quarter: Desk) -> None:
    now = stamp(quarter.clock.now())
    row = {"person": quarter.person("sue"), "role": LEADER, "since": now, "act_id": "made-up-0001"}
    in_store(quarter, lambda connection: connection.execute(insert(tables.grants).values(row)))
    first = opened(quarter)
    assert quarter.state(first).people["opener"] == (quarter.person("sam"),)
    quarter.clock.pass_time(timedelta(days=91))
    quarter.away("sam", date(2027, 4, 2), date(2027, 4, 9))
    quarter.clock.pass_time(timedelta(days=1))
    second = opened(quarter, APRIL)
    assert quarter.state(second).people["opener"] == (quarter.person("sue"),)


def forged(
    desk: Desk,
    key: SigningKey,
    values: dict[str, Json] | None = None,
    cause: Json = None,
    **changes: Any,
) -> CommitRequest:
    """Return an opening made up from the true one, signed with a key."""
    (true,) = waiting(desk)
    act, openings = true.signed.read(), true.signed.openings
    if values is not None:
        commitments, openings = committed(values)
        act = replace(act, values=commitments)
    if cause is not None:
        act = replace(act, auth={"kind": "system", "cause": cause})
    act = replace(act, **changes)
    return CommitRequest(
        SignedAct(act.to_json(), [sign(act, key)], openings), Head(), true.definition
    )


def refused_as(desk: Desk, request: CommitRequest) -> str:
    reply = send(desk, request)
    assert reply.result == "refused", reply
    return str((reply.refusal or {})["code"])


def test_what_no_schedule_opened_is_refused(quarter: Desk) -> None:
    told(quarter)
    key = quarter.worker_key
    april = tick_id(SUMMARY, APRIL)
    elsewhere = cause_of("system-patch", JANUARY)
    odd = {"schedule": SUMMARY, "at": "in January"}
    for request, code in (
        (forged(quarter, quarter.web_key), "bad-signature"),
        (forged(quarter, key, cause=cause_of(SUMMARY, APRIL)), "no-tick"),
        (forged(quarter, key, cause=cause_of(SUMMARY, APRIL), id=april, case=april), "no-tick"),
        (forged(quarter, key, cause=elsewhere), "no-tick"),
        (forged(quarter, key, cause=odd), "no-parent"),
        (forged(quarter, key, cause={}), "no-parent"),
        (forged(quarter, key, at=APRIL), "no-tick"),
        (forged(quarter, key, {"period": "For ever"}), "not-scheduled"),
        (forged(quarter, key, actor=quarter.person("sam")), "bad-signature"),
    ):
        assert refused_as(quarter, request) == code
    in_store(quarter, lambda connection: connection.execute(delete(tables.ticks)))
    with quarter.database.reading() as connection:
        acts = tables.pending_acts.c
        assert connection.scalar(select(acts.nonce)) == tick_id(SUMMARY, JANUARY)


def test_no_person_opens_a_case_under_such_an_id(
    quarter: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quarter, "nonce", lambda: tick_id(SUMMARY, JANUARY))
    request = quarter.opening("sam", {"period": "Mine"}, process=SUMMARY)
    assert refused_as(quarter, request) == "childs-id"


def test_it_follows_from_the_record(quarter: Desk) -> None:
    case = opened(quarter)
    now = stamp(quarter.clock.now())
    assert rebuild(quarter.database, at=now, worker_key=quarter.worker_key).changed == {}
    in_store(quarter, lambda connection: connection.execute(delete(tables.ticks)))
    assert [bad.stream for bad in verify_record(quarter.database).bad] == [case]
    report = rebuild(quarter.database, at=now, worker_key=quarter.worker_key)
    assert report.changed == {"ticks": {"missing": 1}}
    assert verify_record(quarter.database).ok
    in_store(quarter, lambda c: c.execute(update(tables.ticks).values(at=APRIL)))
    assert [bad.stream for bad in verify_record(quarter.database).bad] == [case]
    assert set(rebuild(quarter.database, at=now, worker_key=quarter.worker_key).changed) == {
        "ticks"
    }
    assert verify_record(quarter.database).ok


def test_a_moment_without_a_case_is_left_alone_by_rebuilding(quarter: Desk) -> None:
    told(quarter)
    now = stamp(quarter.clock.now())
    assert rebuild(quarter.database, at=now, worker_key=quarter.worker_key).changed == {}
    assert len(waiting(quarter)) == 1


def test_another_opener_is_found(quarter: Desk) -> None:
    case = opened(quarter)
    sue = quarter.person("sue")
    early = "2026-10-01T00:00:00.000Z"
    row = {"person": sue, "role": LEADER, "since": early, "act_id": "made-up-0001"}
    in_store(quarter, lambda connection: connection.execute(insert(tables.grants).values(row)))
    assert case in [bad.stream for bad in verify_record(quarter.database).bad]


def says(desk: Desk, name: str, *, paused: bool, nonce: str = "") -> Refusal | None:
    at = stamp(desk.clock.now())
    auth: dict[str, Json] = {"kind": "link", "at": at}
    pauser = Pauser(desk.person(name), nonce or desk.nonce(), auth, at, desk.web_key)
    return in_store(desk, lambda c: pause(c, pauser, SUMMARY, paused=paused))  # type: ignore[no-any-return]


def operator(desk: Desk) -> str:
    """Make somebody an operator, beside the record; return their first name."""
    row = {"person": desk.person("mia"), "role": "operator", "act_id": "made-up-0002"}
    since = {"since": "2026-10-01T00:00:00.000Z"}
    in_store(desk, lambda c: c.execute(insert(tables.grants).values(row | since)))
    return "mia"


def test_an_operator_pauses_it_and_lets_it_go_on(quarter: Desk) -> None:
    name = operator(quarter)
    assert says(quarter, name, paused=True, nonce="form-of-the-operator-1") is None
    assert says(quarter, name, paused=True) is None
    assert says(quarter, name, paused=True, nonce="form-of-the-operator-1") is None
    with quarter.database.reading() as connection:
        assert is_paused(connection, SUMMARY)
        assert list(paused_since(connection)) == [SUMMARY]
    assert told(quarter) == "paused"
    assert says(quarter, name, paused=False) is None
    assert told(quarter) == "taken"
    entries = tables.entries.c
    with quarter.database.reading() as connection:
        query = select(entries.kind, entries.actor).where(entries.kind.like("schedule-%"))
        kinds = [tuple(row) for row in connection.execute(query.order_by(entries.seq))]
    mia = quarter.person("mia")
    assert kinds == [("schedule-paused", mia), ("schedule-resumed", mia)]


def test_nobody_else_pauses_it(quarter: Desk) -> None:
    refusal = says(quarter, "sam", paused=True)
    assert refusal is not None
    assert refusal.code == "not-operator"
    assert told(quarter) == "taken"


def test_that_it_is_paused_follows_from_the_record(quarter: Desk) -> None:
    name = operator(quarter)
    says(quarter, name, paused=True)
    now = stamp(quarter.clock.now())
    in_store(quarter, lambda connection: connection.execute(delete(tables.pauses)))
    assert "system" in [bad.stream for bad in verify_record(quarter.database).bad]
    changed = rebuild(quarter.database, at=now, worker_key=quarter.worker_key).changed
    assert changed["pauses"] == {"missing": 1}
    made_up = text("INSERT INTO pauses VALUES ('another', 'x', 'y', 'z')")
    in_store(quarter, lambda connection: connection.execute(made_up))
    assert "system" in [bad.stream for bad in verify_record(quarter.database).bad]
