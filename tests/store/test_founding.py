from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from definitions.clock import FixedClock, stamp
from store import directory, tables
from store.database import Database
from store.founding import (
    AlreadyFoundedError,
    CommunityFileError,
    CommunityRow,
    found_community,
    read_community,
)
from store.record.reading import stored_entries
from store.record.verify import verify_record
from store.signatures import SigningKey
from tests.support.community import COMMUNITY, Desk

FIRST_ON = {"sqlite"}

HEADER = "name, emails, roles, leads, language\n"


def problems(text: str) -> list[str]:
    with pytest.raises(CommunityFileError) as caught:
        read_community(text)
    return [str(problem) for problem in caught.value.problems]


def test_a_file_is_read_line_by_line() -> None:
    text = (
        "\ufeffName,Emails,Roles,Leads,Language\r\n\r\n"
        '"Root, Sam", SAM@example.org  sam@home.example,'
        "member systems-administrator,systems-administration,\r\n"
        "Mia   Member, mia@example.org, , , de\r\n"
    )
    assert read_community(text) == (
        CommunityRow(
            3,
            "Root, Sam",
            ("sam@example.org", "sam@home.example"),
            ("systems-administrator",),
            ("systems-administration",),
            "en",
        ),
        CommunityRow(4, "Mia Member", ("mia@example.org",), (), (), "de"),
    )


@pytest.mark.parametrize(
    ("lines", "says"),
    [
        ("Mia, mia@example.org, , ,", None),
        ("Mia, mia@example.org, ,", "Line 2: There are 4 columns where 5 are needed."),
        (", mia@example.org, , ,", "Line 2: There is no name."),
        ("M\u200bia, mia@example.org, , ,", "Line 2: The name is longer"),
        ("Mia, , , ,", "Line 2: There is no address."),
        ("Mia, mia(at)example.org, , ,", "“mia(at)example.org” isn't a plain e-mail address."),
        ("Mia, mia@example.org, systems-administratr, ,", "Did you mean systems-administrator?"),
        ("Mia, mia@example.org, x, ,", "There is no role “x”. There are: access-engineer,"),
        ("Mia, mia@example.org, , suport,", "There is no team “suport” to lead. Did you mean"),
        ("Mia, mia@example.org, , , English", "“English” isn't a language."),
        ("Mia, m@example.org M@example.org, , ,", "stands in line 2 already"),
        ('Mia, "mia@example.org, , ,', "Line 2: This isn't CSV"),
        ("", "There is nobody in this file."),
    ],
)
def test_what_is_wrong_is_said_with_its_line(lines: str, says: str | None) -> None:
    if says is None:
        assert len(read_community(HEADER + lines)) == 1
    else:
        assert says in problems(HEADER + lines)[0]


def test_all_that_is_wrong_is_said_at_once() -> None:
    text = HEADER + "A, a@example.org, x, ,\nB, b, , ,\nC, a@example.org, , ,\n"
    assert [line.partition(":")[0] for line in problems(text)] == ["Line 2", "Line 3", "Line 4"]


@pytest.mark.parametrize("header", ["", "name, emails\n", "a,b,c,d,e\n"])
def test_another_header_is_refused(header: str) -> None:
    (problem,) = problems(header + "Mia, mia@example.org, , ,\n")
    assert problem == (
        "Line 1: The first line must name the columns: name, emails, roles, leads, language. "
        "Write exactly that line first; lists and motion may follow."
    )


MORE = "name, emails, roles, leads, language, lists, motion\n"


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("M, m@example.org, , , , ssh-access-list,", "is for Systems Administrators only. (Policy"),
        ("M, m@example.org, , , , ssh-acces-list,", "Did you mean ssh-access-list?"),
        ("M, m@example.org, , , , , motion 7", "“motion 7” isn't the number of a motion"),
    ],
)
def test_lists_and_motions_that_cannot_be_are_refused(line: str, says: str) -> None:
    assert says in problems(MORE + line)[0]


@pytest.mark.parametrize(
    ("header", "line", "lists", "motion"),
    [
        ("name, emails, roles, leads, language, motion\n", "m20261102.1", (), "m20261102.1"),
        ("name, emails, roles, leads, language, lists\n", "physical-access-list", 1, ""),
    ],
)
def test_either_column_may_be_left_out(header: str, line: str, lists: object, motion: str) -> None:
    (row,) = read_community(f"{header}Sue, sue@example.org, systems-administrator, , , {line}\n")
    assert row.lists == (("physical-access-list",) if lists else ())
    assert row.motion == motion


def test_who_only_keeps_the_program_running_is_no_member_by_that(
    database: Database, tmp_path: Path
) -> None:
    text = HEADER + (
        "Olga Ops, olga@example.org, operator, ,\n"
        "Pia Both, pia@example.org, operator member, ,\n"
        "Sam Root, sam@example.org, systems-administrator, ,\n"
    )
    key = SigningKey.create(tmp_path / "key.jwk")
    worker_key = SigningKey.create(tmp_path / "worker.jwk")
    clock = FixedClock(datetime(2026, 11, 23, tzinfo=UTC))
    rows = read_community(text)
    found = found_community(database, rows, clock=clock, web_key=key, worker_key=worker_key)
    with database.reading() as connection:
        now = stamp(clock.now())
        held = {
            one.name: tuple(sorted(directory.roles_of(connection, one.id, now)))
            for one in found.people
        }
    assert held == {
        "Olga Ops": ("operator",),
        "Pia Both": ("member", "operator"),
        "Sam Root": ("member", "systems-administrator"),
    }


def test_lists_and_past_motions_are_recorded(database: Database, tmp_path: Path) -> None:
    """Whoever is on the physical list is on the SSH list by default (Policy 3.4.2)."""
    rows = read_community(
        MORE
        + "Sue, sue@example.org, systems-administrator, , , physical-access-list, m20261102.1\n"
        + "Sid, sid@example.org, systems-administrator, , , ssh-access-list,\n"
        + "Mia, mia@example.org, , , , ,\n"
    )
    key = SigningKey.create(tmp_path / "key.jwk")
    worker_key = SigningKey.create(tmp_path / "worker.jwk")
    clock = FixedClock(datetime(2026, 11, 23, tzinfo=UTC))
    founded = found_community(database, rows, clock=clock, web_key=key, worker_key=worker_key)
    sue, sid, _ = founded.people
    with database.reading() as connection:
        entries = list(stored_entries(connection, "directory"))
        columns = tables.list_entries.c
        found = connection.execute(select(columns.person, columns.list, columns.authority))
        held = {(row.person, row.list, row.authority) for row in found}
        grants = tables.grants.c
        motions = dict(connection.execute(select(grants.person, grants.authority)).all())
    assert held == {
        (sue.id, "physical-access-list", "m20261102.1"),
        (sue.id, "ssh-access-list", "m20261102.1"),
        (sid.id, "ssh-access-list", None),
    }
    assert motions == {sue.id: "m20261102.1", sid.id: None, founded.people[2].id: None}
    assert entries[0].openings["motion"].value == "m20261102.1"
    assert entries[0].openings["lists"].value == ["physical-access-list", "ssh-access-list"]
    assert verify_record(database).ok


@given(st.text())
def test_any_text_is_read_or_refused_in_sentences(text: str) -> None:
    for whole in (text, HEADER + text):
        try:
            read_community(whole)
        except CommunityFileError as error:
            assert error.problems  # noqa: PT017 - both answers are right


def test_a_community_is_founded_and_recorded(desk: Desk) -> None:
    at = stamp(desk.clock.now())
    with desk.database.reading() as connection:
        people = directory.people(connection, at)
        entries = list(stored_entries(connection, "directory"))
        sam = directory.person(connection, desk.person("sam"), at)
        assert directory.person_by_address(connection, " SAM@Home.Example ") == desk.person("sam")
        assert directory.holders(connection, "systems-administration-leader", at) == (
            desk.person("sam"),
        )
        assert desk.person("mia") in directory.all_holders(connection, at)["member"]
        assert directory.names(connection)[desk.person("mia")] == "Mia Member"
        assert directory.person(connection, "nobody", at) is None
    assert len(people) == len(entries) == len(COMMUNITY.splitlines()) - 1
    assert [person.name for person in people] == sorted(person.name for person in people)
    assert sam
    assert sam.addresses == ("sam@example.org", "sam@home.example")
    assert sam.roles == ("member", "systems-administration-leader", "systems-administrator")
    assert set(entries[0].openings) == {
        "person",
        "name",
        "emails",
        "roles",
        "language",
        "lists",
        "motion",
    }
    assert set(entries[-1].openings) == {"person", "name", "emails", "roles", "language"}
    assert verify_record(desk.database).ok


def test_names_and_addresses_are_in_the_record_as_commitments_only(desk: Desk) -> None:
    with desk.database.reading() as connection:
        texts = connection.scalars(select(tables.entries.c.text)).all()
    assert not any("Mia" in text or "example.org" in text for text in texts)


def test_what_the_policy_warns_of_is_said(desk: Desk) -> None:
    teams = {finding.team for finding in desk.founded.findings if finding.section == "9.1.2"}
    assert "access" in teams, "there is one Access Engineer only"


def test_a_community_is_founded_once(desk: Desk, tmp_path: Path) -> None:
    key = SigningKey.create(tmp_path / "another.jwk")
    with pytest.raises(AlreadyFoundedError, match="already"):
        found_community(
            desk.database, read_community(COMMUNITY), clock=desk.clock, web_key=key, worker_key=key
        )
    assert verify_record(desk.database).ok


def test_roles_that_exclude_each_other_are_refused_with_line_and_section(
    desk: Desk, database: Database
) -> None:
    rows = read_community(
        HEADER + "Mia, mia@example.org, , ,\n"
        "Sam, sam@example.org, systems-administrator software-assessor, ,\n"
    )
    with pytest.raises(CommunityFileError, match=r"Line 3: Sam: .*3\.4\.2"):
        found_community(
            database, rows, clock=desk.clock, web_key=desk.web_key, worker_key=desk.worker_key
        )


def test_who_has_left_holds_nothing_but_is_known(desk: Desk) -> None:
    now, later = stamp(desk.clock.now()), "2030-01-01T00:00:00.000Z"
    mia = desk.person("sue")
    with desk.database.writing() as connection:
        connection.execute(
            tables.people.update().where(tables.people.c.person == mia).values(until=later)
        )
    with desk.database.reading() as connection:
        assert directory.is_current(connection, mia, now)
        assert not directory.is_current(connection, mia, later)
        assert directory.roles_of(connection, mia, later) == ()
        assert mia not in directory.holders(connection, "systems-administrator", later)
        assert mia not in [person.id for person in directory.people(connection, later)]
        assert directory.exists(connection, mia)
        gone = directory.person(connection, mia, later)
    assert gone
    assert gone.roles == ()
