"""Who held what when, by which motion; teams with too few who are there; asking again."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import Connection, update

from definitions.catalogue import Effect
from definitions.clock import stamp
from definitions.rules import DeedDue
from store import tables
from store.deeds import conflicts, do
from store.directory import roles_of
from store.queries.directory import (
    Holding,
    available,
    holdings_of,
    holdings_of_list,
    holdings_of_roles,
    on_lists,
    staffed,
)
from store.record.verify import verify_record
from store.staffing import ask_again, unfillable
from tests.support.community import Desk

FIRST_ON = {"sqlite"}

DAY = timedelta(days=1)
MOTION = "m20261101.1"


def now(desk: Desk) -> str:
    return stamp(desk.clock.now())


def effect(desk: Desk, case: str, name: str, effect: dict[str, object], seq: int = 1) -> None:
    """Do an effect as the commit of a case would."""
    made = Effect.model_validate({"enter": "done", **effect})
    given = made.grant or made.end
    assert given is not None
    what = str(given.role or given.list)
    due = DeedDue(f"enter-done-{seq}", made, "done", (desk.person(name),), what, MOTION)
    with desk.database.writing() as connection:
        do(connection, case, (due,), seq=seq, at=now(desk), worker_key=desk.worker_key)


def grant(desk: Desk, case: str, name: str, seq: int = 1, **what: str) -> None:
    grant = {"person": "subject", "authority": "case", **what}
    effect(desk, case, name, {"grant": grant}, seq)


def end(desk: Desk, case: str, name: str, seq: int = 2, **what: str) -> None:
    effect(desk, case, name, {"end": {"person": "subject", "authority": "case", **what}}, seq)


def is_whole_but_for_causes(desk: Desk) -> bool:
    """Say whether the record is whole, but for the one thing invented here: the cases' effects."""
    bad = verify_record(desk.database).bad
    return all("it didn't do what entry" in one.why or "no case has done" in one.why for one in bad)


def told(found: tuple[Holding, ...]) -> list[tuple[str, str, bool]]:
    return [(one.of, one.what, one.until is not None) for one in found]


@pytest.fixture
def case(desk: Desk) -> str:
    return desk.open("sue")


def test_what_came_with_the_first_file_names_its_motion(desk: Desk) -> None:
    with desk.database.reading() as connection:
        found = holdings_of(connection, desk.person("sam"))
    assert {(one.of, one.what) for one in found} == {
        ("role", "member"),
        ("role", "systems-administrator"),
        ("role", "systems-administration-leader"),
        ("list", "physical-access-list"),
        ("list", "ssh-access-list"),
    }
    assert {one.began.authority for one in found} == {"m20261005.2"}
    assert {one.began.case for one in found} == {""}
    assert {one.began.known for one in found} == {frozenset()}


def test_a_grant_and_its_end_name_case_and_motion(desk: Desk, case: str) -> None:
    desk.clock.pass_time(DAY)
    grant(desk, case, "mia", list="physical-access-list")
    granted = now(desk)
    desk.clock.pass_time(DAY)
    end(desk, case, "mia", list="all")
    number = desk.state(case).number
    with desk.database.reading() as connection:
        found = [one for one in holdings_of(connection, desk.person("mia")) if one.of == "list"]
        ssh = holdings_of_list(connection, "ssh-access-list")
        assert desk.person("mia") in on_lists(connection, granted)["ssh-access-list"]
        assert desk.person("mia") not in on_lists(connection, now(desk))["ssh-access-list"]
    assert told(tuple(found)) == [
        ("list", "physical-access-list", True),
        ("list", "ssh-access-list", True),
    ]
    for one in found:
        assert one.ended is not None
        assert (one.began.authority, one.began.case) == (MOTION, number)
        assert (one.ended.authority, one.ended.case) == (MOTION, number)
        assert one.began.known == {number}
        assert one.counts(granted)
        assert not one.counts(now(desk))
    assert next(one.person for one in ssh) == desk.person("mia"), "the newest comes first"
    assert is_whole_but_for_causes(desk)


def test_what_is_lent_for_a_time_ends_by_itself(desk: Desk, case: str) -> None:
    grant(desk, case, "mia", role="tester", lasts="P7D")
    with desk.database.reading() as connection:
        (lent,) = holdings_of_roles(connection, ["tester"])
        later = stamp(desk.clock.now() + 7 * DAY)
        assert "tester" in roles_of(connection, desk.person("mia"), now(desk))
        assert "tester" not in roles_of(connection, desk.person("mia"), later)
    assert lent.until == later
    assert lent.ended is None


def test_when_a_grant_begins_and_how_long_it_lasts_are_two_things(desk: Desk, case: str) -> None:
    grant(desk, case, "mia", role="tester", begins="P7D", lasts="P30D")
    decided = desk.clock.now()
    with desk.database.reading() as connection:
        (lent,) = holdings_of_roles(connection, ["tester"])
        for days, holds in ((0, False), (6, False), (7, True), (36, True), (37, False)):
            at = stamp(decided + days * DAY)
            assert ("tester" in roles_of(connection, desk.person("mia"), at)) is holds, days
    assert (lent.since, lent.until) == (stamp(decided + 7 * DAY), stamp(decided + 37 * DAY))
    assert is_whole_but_for_causes(desk)


def test_what_would_begin_later_ends_with_everything_else(desk: Desk, case: str) -> None:
    grant(desk, case, "mia", role="tester", begins="P7D")
    desk.clock.pass_time(DAY)
    end(desk, case, "mia", role="all")
    with desk.database.reading() as connection:
        (never,) = holdings_of_roles(connection, ["tester"])
        for days in (0, 7, 400):
            at = stamp(desk.clock.now() + days * DAY)
            assert "tester" not in roles_of(connection, desk.person("mia"), at)
    assert never.ended is not None
    assert is_whole_but_for_causes(desk)


def test_a_grant_for_good_is_not_swallowed_by_one_for_a_time(desk: Desk, case: str) -> None:
    grant(desk, case, "mia", role="tester", lasts="P7D")
    grant(desk, case, "mia", seq=2, role="tester")
    grant(desk, case, "mia", seq=3, role="tester", lasts="P30D")
    with desk.database.reading() as connection:
        found = holdings_of_roles(connection, ["tester"])
        later = stamp(desk.clock.now() + 400 * DAY)
        assert "tester" in roles_of(connection, desk.person("mia"), later)
    assert {one.until for one in found} == {stamp(desk.clock.now() + 7 * DAY), None}
    assert len(found) == 2, "the third adds nothing to the second"
    assert is_whole_but_for_causes(desk)


def test_a_grant_from_now_on_is_not_swallowed_by_one_that_begins_later(
    desk: Desk, case: str
) -> None:
    grant(desk, case, "mia", role="tester", begins="P7D")
    grant(desk, case, "mia", seq=2, role="tester", lasts="P9D")
    with desk.database.reading() as connection:
        assert "tester" in roles_of(connection, desk.person("mia"), now(desk))
        assert len(holdings_of_roles(connection, ["tester"])) == 2
    grant(desk, case, "mia", seq=3, role="tester", begins="P8D", lasts="P9D")
    with desk.database.reading() as connection:
        assert len(holdings_of_roles(connection, ["tester"])) == 2
    end(desk, case, "mia", seq=4, role="tester")
    with desk.database.reading() as connection:
        for days in (0, 8, 400):
            at = stamp(desk.clock.now() + days * DAY)
            assert "tester" not in roles_of(connection, desk.person("mia"), at)
    assert is_whole_but_for_causes(desk)


def test_what_begins_later_excludes_from_now_on(desk: Desk, case: str) -> None:
    grant(desk, case, "mia", role="access-engineer", begins="P7D")
    tester = Effect.model_validate(
        {"enter": "done", "grant": {"person": "subject", "role": "tester", "authority": "case"}}
    )
    due = DeedDue("k", tester, "done", (desk.person("mia"),), "tester", MOTION)
    with desk.database.writing() as connection:
        assert conflicts(connection, (due,), now(desk))


def test_what_begins_later_does_not_count_before(desk: Desk) -> None:
    begins = stamp(desk.clock.now() + 3 * DAY)
    with desk.database.writing() as connection:
        columns = tables.grants.c
        connection.execute(
            update(tables.grants)
            .where(columns.person == desk.person("bea"), columns.role == "board-member")
            .values(since=begins)
        )
    with desk.database.reading() as connection:
        (one,) = holdings_of_roles(connection, ["board-member"])
        assert roles_of(connection, desk.person("bea"), now(desk)) == ("member",)
        assert "board-member" in roles_of(connection, desk.person("bea"), begins)
    assert not one.counts(now(desk))
    assert one.counts(begins)


def sentences(desk: Desk, team: str) -> list[str]:
    with desk.database.reading() as connection:
        return [one.sentence for one in staffed(connection, now(desk)) if one.team == team]


def test_a_team_of_which_too_few_are_there_is_flagged(desk: Desk) -> None:
    assert sentences(desk, "systems-administration") == []
    today = desk.clock.now().date()
    for name in ("sue", "sam"):
        desk.away(name, today, today + DAY)
    (sentence,) = sentences(desk, "systems-administration")
    assert "has 1 of the two members" in sentence
    assert sentence.endswith("because others are away.")
    with desk.database.reading() as connection:
        there = available(connection, now(desk))
    assert there["systems-administrator"] == (desk.person("sid"),)
    assert there["systems-administration-leader"] == ()
    desk.clock.pass_time(3 * DAY)
    assert sentences(desk, "systems-administration") == []


def test_a_team_that_is_too_small_is_told_once(desk: Desk) -> None:
    today = desk.clock.now().date()
    before = sentences(desk, "access")
    desk.away("ada", today, today + DAY)
    assert sentences(desk, "access") == before


def known(desk: Desk) -> list[tuple[str, str]]:
    with desk.database.reading() as connection:
        return [(one.case, one.step) for one in unfillable(connection)]


def asked(desk: Desk) -> list[str]:
    return [one.case for one in ask_again(desk.database, now(desk))]


def test_an_absence_makes_open_steps_unfillable_and_coming_back_mends_it(
    desk: Desk, case: str
) -> None:
    assert asked(desk) == []
    desk.away("sam", desk.clock.now().date(), desk.clock.now().date() + DAY)
    assert asked(desk) == [case]
    assert asked(desk) == [], "it is told once"
    assert known(desk) == [(case, "approval")]
    with desk.database.reading() as connection:
        (one,) = unfillable(connection)
    assert "nobody who is there can give it" in one.sentence
    assert "one more Systems Administration team leader" in one.remedy
    assert one.roles == ("systems-administration-leader",)
    desk.clock.pass_time(2 * DAY)
    assert asked(desk) == [], "time alone is a change too"
    assert known(desk) == []


def test_an_absence_that_begins_later_is_asked_about_when_it_begins(desk: Desk, case: str) -> None:
    assert asked(desk) == []
    today = desk.clock.now().date()
    desk.away("sam", today + 2 * DAY, today + 3 * DAY)
    assert asked(desk) == []
    desk.clock.pass_time(2 * DAY)
    assert asked(desk) == [case]


def test_a_role_that_ends_is_asked_about_and_only_where_it_is_named(desk: Desk, case: str) -> None:
    assert asked(desk) == []
    end(desk, case, "ada", role="access-leader")
    assert asked(desk) == []
    end(desk, case, "sam", seq=3, role="systems-administration-leader")
    assert asked(desk) == [case]
    grant(desk, case, "sid", seq=4, role="systems-administration-leader")
    assert asked(desk) == []
    assert known(desk) == []


def test_a_case_that_has_moved_on_is_shown_no_longer(desk: Desk, case: str) -> None:
    assert asked(desk) == []
    desk.away("sam", desk.clock.now().date(), desk.clock.now().date() + DAY)
    assert asked(desk) == [case]
    assert desk.sign_off(case, "sam", "approval", "lead", "approve").result == "committed"
    assert known(desk) == [], "who is away can sign all the same"


def marks(connection: Connection) -> int:
    return len(connection.execute(tables.marks.select()).all())


def test_where_nothing_changed_nothing_is_asked_or_written(desk: Desk, case: str) -> None:
    asked(desk)
    with desk.database.reading() as connection:
        before = connection.execute(tables.marks.select()).all()
    desk.clock.pass_time(DAY)
    assert asked(desk) == []
    with desk.database.reading() as connection:
        assert connection.execute(tables.marks.select()).all() == before
        assert marks(connection) == 1
