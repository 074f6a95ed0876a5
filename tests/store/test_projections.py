from datetime import timedelta

from sqlalchemy import select

from store import tables
from tests.support.community import Desk

FIRST_ON = {"sqlite"}


def waiting(desk: Desk) -> set[tuple[str, str, str, int, bool]]:
    columns = tables.waiting.c
    query = select(columns.step, columns.seat, columns.role, columns.missing, columns.overdue)
    with desk.database.reading() as connection:
        return {(r[0], r[1], r[2], r[3], r[4]) for r in connection.execute(query)}


def barred(desk: Desk) -> set[tuple[str, str]]:
    columns = tables.waiting_barred.c
    with desk.database.reading() as connection:
        rows = connection.execute(select(columns.seat, columns.person)).all()
    return {(row[0], row[1]) for row in rows}


def signatures(desk: Desk) -> list[tuple[str, str, bool]]:
    columns = tables.signatures.c
    query = select(columns.actor, columns.outcome, columns.counts).order_by(columns.act_id)
    with desk.database.reading() as connection:
        return [(row[0], row[1], row[2]) for row in connection.execute(query)]


def test_the_inbox_follows_the_case(desk: Desk) -> None:
    case = desk.open("sue")
    lead, admin = "systems-administration-leader", "systems-administrator"
    assert waiting(desk) == {("approval", "lead", lead, 1, False)}
    desk.sign_off(case, "sam", "approval", "lead", "approve")
    assert waiting(desk) == {
        ("applying", "executor", admin, 1, False),
        ("applying", "observer", admin, 1, False),
    }
    desk.sign_off(case, "sue", "applying", "executor", "applied")
    assert waiting(desk) == {("applying", "observer", admin, 1, False)}
    assert barred(desk) == {("observer", desk.person("sue"))}
    desk.clock.pass_time(timedelta(days=7))
    desk.send(desk.tick(case, "deadline", "applying"))
    assert waiting(desk) == {("applying", "observer", admin, 1, True)}
    desk.do(case, "sue", "retract", step="applying")
    assert {row[1] for row in waiting(desk)} == {"executor", "observer"}
    assert barred(desk) == set()


def test_an_ended_case_waits_for_nobody(desk: Desk) -> None:
    case = desk.open("sue")
    desk.do(case, "sue", "withdraw", values={"comment": "Not needed."})
    assert desk.state(case).ended == "withdrawn"
    assert waiting(desk) == set()


def test_signatures_stay_and_say_whether_they_count(desk: Desk) -> None:
    case = desk.open("sue")
    desk.sign_off(case, "sam", "approval", "lead", "approve")
    desk.sign_off(case, "sue", "applying", "executor", "applied")
    assert [row[2] for row in signatures(desk)] == [True, True]
    desk.do(case, "sue", "retract", step="applying")
    assert signatures(desk) == [
        (desk.person("sam"), "approve", True),
        (desk.person("sue"), "applied", False),
    ]
    assert desk.do(case, "sue", "amend", values={"servers": "signer"}).result == "committed"
    assert desk.state(case).configuration == ("approval",)
    assert [row[2] for row in signatures(desk)] == [False, False]
