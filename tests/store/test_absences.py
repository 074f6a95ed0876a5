"""Away from, until: one's own word, bounded, recorded once, and over when it is over."""

from __future__ import annotations

import json
from datetime import date, timedelta
from functools import partial

import pytest
from sqlalchemy import Connection

from definitions.acts import Act
from definitions.clock import stamp
from definitions.refusals import Refusal
from store.absences import MOST, Absence, Speaker, absences_of, away_until, say_away, say_back
from store.directory import away_at
from store.keys import load_ring
from store.record.export import export_record
from store.record.reading import stored_entries
from store.record.verify import verify_record
from store.signatures import verify
from store.streams import read_entry
from tests.support.by_hand import by_hand
from tests.support.community import Desk

FIRST_ON = {"sqlite"}

DAY = timedelta(days=1)


def today(desk: Desk) -> date:
    return desk.clock.now().date()


def away(desk: Desk, name: str, first: int, last: int) -> Absence:
    said = desk.away(name, today(desk) + first * DAY, today(desk) + last * DAY)
    assert isinstance(said, Absence), said
    return said


def before(desk: Desk, name: str) -> tuple[Absence, ...]:
    with desk.database.reading() as connection:
        return absences_of(connection, desk.person(name), stamp(desk.clock.now()))


def back(absence: str, connection: Connection, speaker: Speaker) -> Refusal | None:
    return say_back(connection, speaker, absence)


def are_away(desk: Desk) -> set[str]:
    with desk.database.reading() as connection:
        at = stamp(desk.clock.now())
        found = away_at(connection, at)
        assert set(away_until(connection, at)) == found
        return set(found)


def test_an_absence_begins_lasts_and_is_over(desk: Desk) -> None:
    said = away(desk, "sue", 1, 2)
    assert (said.since[:10], said.until[:10]) == ("2026-10-19", "2026-10-21")
    seen = []
    for _ in range(4):
        seen.append(are_away(desk) == {desk.person("sue")})
        desk.clock.pass_time(DAY)
    assert seen == [False, True, True, False]
    assert before(desk, "sue") == ()
    assert verify_record(desk.database).ok


def test_from_today_on_means_from_now_on(desk: Desk) -> None:
    assert away(desk, "sue", 0, 0).since == stamp(desk.clock.now())
    assert are_away(desk) == {desk.person("sue")}


def test_it_is_an_act_of_ones_own_signed_by_the_web(desk: Desk) -> None:
    away(desk, "sue", 0, 3)
    with desk.database.reading() as connection:
        *_, last = stored_entries(connection, "directory")
    assert (last.kind, last.actor) == ("away", desk.person("sue"))
    assert set(last.openings) == {"since", "until"}


def test_a_form_that_was_used_says_nothing_of_other_days(desk: Desk) -> None:
    at = stamp(desk.clock.now())
    speaker = Speaker(desk.person("sue"), "once", {"kind": "link", "at": at}, at, desk.web_key)
    first, last = today(desk) + DAY, today(desk) + 2 * DAY
    with desk.database.writing() as connection:
        said = say_away(connection, speaker, first, last)
        assert say_away(connection, speaker, first, last) == said
        for days in ((first, last + DAY), (first - DAY, last), (first + DAY, last)):
            again = say_away(connection, speaker, *days)
            assert isinstance(again, Refusal)
            assert again.code == "form-used"
    assert before(desk, "sue") == (said,)


@pytest.mark.parametrize(
    ("first", "last", "says"),
    [
        (3, 2, "The last day lies before the first."),
        (-3, -1, "That is over already."),
        (367, 368, "within a year"),
        (0, 367, "within a year"),
    ],
)
def test_days_that_cannot_be_are_refused(desk: Desk, first: int, last: int, says: str) -> None:
    said = desk.away("sue", today(desk) + first * DAY, today(desk) + last * DAY)
    assert isinstance(said, Refusal)
    assert says in said.sentence
    assert said.remedy
    assert before(desk, "sue") == ()


def test_nobody_has_endless_absences(desk: Desk) -> None:
    for n in range(MOST):
        away(desk, "sue", n, n)
    said = desk.away("sue", today(desk), today(desk))
    assert isinstance(said, Refusal)
    assert str(MOST) in said.sentence


def test_coming_back_sooner_ends_it_and_what_has_not_begun_never_was(desk: Desk) -> None:
    now, later = away(desk, "sue", 0, 9), away(desk, "sue", 20, 22)
    for one in (now, later):
        assert desk.says("sue", partial(back, one.act_id)) is None
    assert before(desk, "sue") == ()
    assert are_away(desk) == set()
    assert verify_record(desk.database).ok


def test_nobody_ends_anothers_absence(desk: Desk) -> None:
    one = away(desk, "sue", 0, 9)
    refused = desk.says("sid", partial(back, one.act_id))
    assert isinstance(refused, Refusal)
    assert are_away(desk) == {desk.person("sue")}


def test_the_same_form_twice_says_it_once(desk: Desk) -> None:
    at = stamp(desk.clock.now())
    speaker = Speaker(desk.person("sue"), "once", {"kind": "link", "at": at}, at, desk.web_key)

    def say(connection: Connection) -> Absence | Refusal:
        return say_away(connection, speaker, today(desk), today(desk) + DAY)

    with desk.database.writing() as connection:
        first = say(connection)
    with desk.database.writing() as connection:
        assert say(connection) == first
        assert say_back(connection, speaker, "once") is None, "a used nonce does nothing more"
    assert len(before(desk, "sue")) == 1
    with desk.database.reading() as connection:
        assert [row.act_id for row in stored_entries(connection, "directory")].count("once") == 1


def test_times_of_the_directory_never_go_back(desk: Desk) -> None:
    """Web and worker have clocks of their own; one may be behind."""
    away(desk, "sue", 0, 3)
    desk.clock.pass_time(-timedelta(minutes=5))
    away(desk, "sid", 0, 3)
    assert verify_record(desk.database).ok


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE absences SET until='2031-01-01T00:00:00.000Z'",
        "DELETE FROM absences",
        "INSERT INTO absences SELECT person, since, until, 'none' FROM absences",
    ],
)
def test_an_absence_that_was_altered_is_named(
    desk: Desk, database_url: str, statement: str
) -> None:
    away(desk, "sue", 0, 3)
    with by_hand(database_url) as hand:
        hand.execute(statement)
    report = verify_record(desk.database)
    assert report.first_bad is not None
    assert "is away isn't as it was recorded" in report.first_bad.why


def test_the_signature_is_the_webs(desk: Desk) -> None:
    away(desk, "sue", 0, 3)
    with desk.database.reading() as connection:
        *_, last = stored_entries(connection, "directory")
        entry, ring = read_entry(last.text), load_ring(connection)
    kid = verify(Act.from_json(dict(entry.act)), entry.signatures[0], ring, use="web")
    assert kid == desk.web_key.kid


def test_when_somebody_is_away_is_not_exported_to_everybody(desk: Desk) -> None:
    away(desk, "sue", 0, 3)
    lines = [json.loads(line) for line in export_record(desk.database)]
    (line,) = [one for one in lines if one.get("entry", {}).get("act", {}).get("kind") == "away"]
    assert line["openings"] == {}
    assert line["withheld"] == ["since", "until"]
