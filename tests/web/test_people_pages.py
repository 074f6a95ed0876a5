"""People, teams and access lists: what holds, by what, as it stood; and saying that one is away."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from definitions.clock import stamp
from store import tables
from store.record.verify import verify_record
from store.staffing import ask_again
from tests.support.acting import World
from tests.support.html import StrictPage
from tests.support.web import Stack

PAGES = ("/people", "/teams", "/lists", "/teams/systems-administration", "/teams/board")


def text(world: World, path: str, name: str = "Mia") -> str:
    answer = world.as_(name).get(path)
    assert answer.status_code == 200, answer.text
    page = StrictPage(answer.text)
    assert page.findings == []
    return " ".join(" ".join(page.texts).split())


def ended(world: World, name: str, list_: str) -> None:
    """Let a place on a list end now, as a row alone: how it is recorded is the store's test."""
    columns = tables.list_entries.c
    with world.stack.database.writing() as connection:
        connection.execute(
            update(tables.list_entries)
            .where(columns.person == world.people[name], columns.list == list_)
            .values(until=world.stack.now())
        )


@pytest.mark.parametrize("path", PAGES)
def test_every_member_reads_the_pages_and_each_takes_a_day(world: World, path: str) -> None:
    assert text(world, path)
    assert "As it stood at the end of 1 January 2026 (UTC)." in text(world, f"{path}?on=2026-01-01")
    assert "isn't a day" in text(world, f"{path}?on=yesterday")
    assert "isn't a day" in text(world, f"{path}?on=9999-12-31")
    assert "isn't a day" in text(world, f"{path}?on=0001-01-01")
    assert "if nothing changes" in text(world, f"{path}?on=2031-01-01")


@pytest.mark.parametrize("path", ["/people/nobody", "/teams/nothing", "/lists/nothing"])
def test_what_is_not_there_is_not_found(world: World, path: str) -> None:
    assert world.as_("Mia").get(path).status_code == 404


def test_people_are_found_by_name(world: World) -> None:
    found = text(world, "/people?q=oak")
    assert "One person has “oak” in the name." in found
    assert "Lena Oak" in found
    assert "Sue Elm" not in found
    assert "Nobody's name has “xyzzy” in it." in text(world, "/people?q=xyzzy")
    assert "<script>" not in world.as_("Mia").get("/people?q=<script>").text


def test_a_person_has_roles_and_lists_with_the_motion_behind_them(world: World) -> None:
    page = text(world, f"/people/{world.people['Lena']}")
    for word in ("Systems Administrator", "Physical Access List", "SSH Access List"):
        assert word in page
    assert "by motion m20261005.2" in page
    assert "by the first directory" in text(world, f"/people/{world.people['Sue']}")


def test_before_the_community_was_founded_nobody_held_anything(world: World) -> None:
    page = text(world, f"/people/{world.people['Lena']}?on=2026-11-01")
    assert "On none of them." in page
    assert "To come" in page


def test_what_ended_stands_in_the_history_and_as_it_stood_before(world: World) -> None:
    lena = f"/people/{world.people['Lena']}"
    world.stack.clock.pass_time(timedelta(days=3))
    ended(world, "Lena", "ssh-access-list")
    world.stack.clock.pass_time(timedelta(days=1))
    for path in (lena, "/lists/ssh-access-list"):
        now = text(world, path)
        assert "until 26 November" in now
        assert now.index("Ended") < now.index("until 26 November")
        before = text(world, f"{path}?on=2026-11-24")
        assert "As it stood at the end of 24 November 2026" in before
    on = text(world, "/lists/ssh-access-list?on=2026-11-24")
    assert on.index("Lena Oak") < on.index("Ended")


def test_the_motion_is_a_link_where_it_is_a_case_here(world: World) -> None:
    number = world.open_system_patch("Sue")
    with world.stack.database.writing() as connection:
        openings = tables.openings
        connection.execute(
            update(openings).where(openings.c.name == "motion").values(value=f'"{number}"')
        )
    page = world.as_("Mia").get(f"/people/{world.people['Lena']}").text
    assert f'href="/cases/{number}"' in page


def test_a_list_says_who_is_on_it_and_who_manages_it(world: World) -> None:
    page = text(world, "/lists/ssh-access-list")
    assert "Managed by Lena Oak" in page
    assert "includes by default all on Physical Access List" in page
    assert "Lena Oak" in page[page.index("On the list") :]


def test_small_teams_are_flagged_with_their_section(world: World) -> None:
    page = text(world, "/teams")
    assert "The Access team has 0 of the two members" in page
    assert "9.1.2" in page


def test_somebody_in_two_teams_is_named(world: World) -> None:
    with world.stack.database.writing() as connection:
        held = {"person": world.people["Rose"], "since": world.stack.now(), "act_id": "x"}
        connection.execute(insert(tables.grants).values(held | {"role": "support-engineer"}))
    assert "Rose Bay: One person is active in more than one team" in text(world, "/teams")
    page = text(world, f"/people/{world.people['Rose']}")
    assert "should not be one person" in page


def away(world: World, name: str, since: str, until: str) -> int:
    data = world.form(name, "/me", "/me/away").send(since=since, until=until)
    return world.post(name, "/me/away", data).status_code


def test_one_says_that_one_is_away_and_everybody_sees_it(world: World) -> None:
    assert away(world, "Lena", "2026-11-23", "2026-11-25") == 303
    assert "You are away until 25 November." in text(world, "/me", "Lena")
    assert "Lena is away until 25 November." in text(world, f"/people/{world.people['Lena']}")
    for path in ("/people", "/teams/systems-administration", "/lists/ssh-access-list"):
        assert "away until 25 November" in text(world, path)
    assert verify_record(world.stack.database).ok


def test_one_comes_back(world: World) -> None:
    assert away(world, "Lena", "2026-11-23", "2026-11-25") == 303
    form = world.form("Lena", "/me", "/me/back")
    assert world.post("Lena", "/me/back", form.send()).status_code == 303
    assert "away until" not in text(world, "/people")
    assert verify_record(world.stack.database).ok


@pytest.mark.parametrize(
    ("since", "until", "says"),
    [
        ("2026-11-25", "2026-11-24", "The last day lies before the first."),
        ("", "2026-11-24", "Choose a day."),
        ("soon", "later", "Choose a day."),
        ("2026-11-01", "2026-11-02", "That is over already."),
        ("2028-01-01", "2028-01-02", "within a year"),
    ],
)
def test_days_that_cannot_be_are_refused_and_what_was_typed_stays(
    world: World, since: str, until: str, says: str
) -> None:
    data = world.form("Lena", "/me", "/me/away").send(since=since, until=until)
    answer = world.post("Lena", "/me/away", data)
    assert answer.status_code == 422
    assert says in answer.text
    if until != "later":  # a field for days can't show that
        assert f'value="{until}"' in answer.text
    assert "away until" not in text(world, "/people")


def test_nobody_speaks_for_another(world: World) -> None:
    assert away(world, "Lena", "2026-11-23", "2026-11-25") == 303
    form = world.form("Lena", "/me", "/me/back").send()
    form["csrf_token"] = world.as_("Sue").token()
    assert world.post("Sue", "/me/back", form).status_code == 422
    assert "away until 25 November" in text(world, "/people")


def test_who_is_away_is_named_so_where_a_case_says_who_can_sign(world: World) -> None:
    number = world.open_system_patch("Sue")
    assert away(world, "Lena", "2026-11-23", "2026-11-25") == 303
    page = text(world, f"/cases/{number}")
    assert "Lena (away until 25 November) can" in page


def test_what_nobody_can_finish_stands_on_the_teams_page_and_the_operators(world: World) -> None:
    number = world.open_system_patch("Sue")
    ask_again(world.stack.database, world.stack.now())
    assert away(world, "Lena", "2026-11-23", "2026-11-25") == 303
    ask_again(world.stack.database, stamp(world.stack.clock.now()))
    for path in ("/teams", "/teams/systems-administration"):
        page = text(world, path)
        assert number in page
        assert "nobody who is there can give it" in page
    operator = world.stack.add_person("Opal", ("operator",))
    answer = world.stack.signed_in(operator).get("/operator")
    assert "nobody who is there can give it" in answer.text


def test_who_left_holds_nothing_but_keeps_their_history(stack: Stack) -> None:
    who = stack.add_person("Gone Person", ("member", "tester"))
    with stack.database.writing() as connection:
        people = tables.people
        connection.execute(
            update(people).where(people.c.person == who).values(until="2026-06-01T00:00:00.000Z")
        )
    reader = stack.signed_in(stack.add_person("Mia", ("member",)))
    page = reader.get(f"/people/{who}").text
    assert "No longer of the community" in page
    assert "holds no role now" in page
    assert "Tester" in reader.get(f"/people/{who}?on=2026-05-01").text
