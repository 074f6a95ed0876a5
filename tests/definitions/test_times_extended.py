"""A deadline that is put off: from its old end, while that is to come, and for nothing else."""

import copy
from datetime import timedelta
from typing import Any

import pytest

from definitions.checks import check_parts
from definitions.clock import stamp
from definitions.definition import Definition
from definitions.exclusivity import load_exclusivity
from definitions.loader import Source
from definitions.parts import duration, duration_text
from definitions.proof import prove
from definitions.reading import Positions
from definitions.rules import next_due
from tests.support.mutants import mutants
from tests.support.playing import BEGIN, Play, accepted, refused
from tests.support.timed_case import ACCESS, REWORK, timed
from tests.support.walk_replay import replay
from web.presenters.definition import step_line

ADMIN, LEADER = "systems-administrator", "systems-administration-leader"
PEOPLE = {
    "ada": ("member", ADMIN),
    "bo": ("member", ADMIN, LEADER),
    "lea": ("member", LEADER),
    "tes": ("member", "tester"),
}
EFFECT = ("effects", 0, "extend")
BY = {"by": "severity", "high": "PT4H", "low": "PT1H"}


def changed(to: Any, *path: Any, data: dict[str, Any] = ACCESS) -> dict[str, Any]:
    made = copy.deepcopy(data)
    inner: Any = made
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = to
    return made


def let_in(data: dict[str, Any] = ACCESS, **values: str) -> Play:
    """Return a case in which `ada` has access."""
    play = Play(timed(data), dict(PEOPLE))
    accepted(play.open("ada", {"reason": "It is broken", "severity": "low"} | values))
    accepted(play.sign("lea", "approval", "leader", "approve"))
    return play


def more_time(play: Play, **length: float) -> None:
    """Ask for more time after some time, and get it."""
    if length:
        play.wait(**length)
    accepted(play.sign("ada", "asking", "user", "ask"))
    accepted(play.sign("bo", "deciding", "leader", "agree"))


def due(play: Play, step: str = "using") -> str | None:
    return play.case.steps[step].due


def at(**length: float) -> str:
    return stamp(BEGIN + timedelta(**length))


def said(data: dict[str, Any]) -> list[str]:
    definition = Definition.build(data, load_exclusivity().to_json())
    file = f"{definition.process}.yaml"
    source = Source(definition, Positions(file, {}), file)
    return [f"{one.sentence} {one.remedy}" for one in check_parts(source)]


def test_access_ends_after_four_hours_and_four_more_whenever_somebody_else_agrees() -> None:
    play = let_in()
    assert due(play) == at(hours=4)
    more_time(play, hours=3, minutes=30)
    assert due(play) == at(hours=8)  # from the old end, not from now
    assert play.case.configuration == ("open", "using", "requests", "asking")
    found = next_due(play.case)
    assert found is not None
    assert (found.at, found.kind, found.step) == (at(hours=8), "deadline", "using")
    more_time(play, hours=1)
    assert due(play) == at(hours=12)
    assert play.wait(hours=7, minutes=29) == []
    assert play.wait(minutes=1) == ["deadline using"]
    assert play.case.ended == "closed"


def test_nobody_gives_themselves_more_time() -> None:
    play = let_in()
    accepted(play.sign("bo", "asking", "user", "ask"))
    refused(play.sign("bo", "deciding", "leader", "agree"), "barred")
    assert due(play) == at(hours=4)
    accepted(play.sign("lea", "deciding", "leader", "decline"))
    assert due(play) == at(hours=4)
    assert play.case.configuration == ("open", "using", "requests", "asking")


def test_the_clock_that_meant_the_old_end_does_nothing() -> None:
    play = let_in()
    more_time(play, hours=3)
    play.now = BEGIN + timedelta(hours=4)
    refused(play.clock("deadline", "using"), "not-due")
    play.now = BEGIN + timedelta(hours=8)
    accepted(play.clock("deadline", "using"))


def test_what_has_passed_is_not_revived_even_before_the_clock_has_noted_it() -> None:
    play = let_in()
    play.now = BEGIN + timedelta(hours=4)
    more_time(play)
    assert due(play) == at(hours=4)
    assert play.wait(seconds=0) == ["remind using", "deadline using"]
    assert play.case.ended == "closed"
    data = changed({"after": "PT4H", "tell": [{"person": "opener"}]}, "steps", "using", "deadline")
    del data["machine"]["states"]["open"]["on"]["time_over"]
    play = let_in(data)
    play.wait(hours=4)
    more_time(play)
    assert play.case.steps["using"].overdue
    assert due(play) == at(hours=4)


def test_by_how_much_a_choice_can_say() -> None:
    data = changed(BY, *EFFECT, "by")
    assert said(data) == []
    for severity, length in (("high", 8), ("low", 5)):
        play = let_in(data, severity=severity)
        more_time(play, hours=1)
        assert due(play) == at(hours=length)


def test_a_closed_step_has_more_time_if_its_deadline_goes_on() -> None:
    on = copy.deepcopy(REWORK)
    on["effects"] = [{"enter": "revision", "extend": {"step": "review", "by": "P1D"}}]
    anew = copy.deepcopy(on)
    del anew["steps"]["review"]["deadline"]["goes_on"]
    for data, end in ((on, 6), (anew, 8)):
        play = Play(timed(data), dict(PEOPLE))
        accepted(play.open("tes", {"topic": "A draft"}))
        play.wait(days=2)
        accepted(play.sign("tes", "review", "tester", "rework"))
        play.wait(days=1)
        accepted(play.sign("tes", "revision", "anyone", "revised"))
        assert due(play, "review") == at(days=end)
    # Past its end it isn't revived.
    play = Play(timed(on), dict(PEOPLE))
    accepted(play.open("tes", {"topic": "A draft"}))
    play.wait(days=1)
    accepted(play.sign("tes", "review", "tester", "rework"))
    play.wait(days=9)
    accepted(play.sign("tes", "revision", "anyone", "revised"))
    accepted(play.sign("tes", "review", "tester", "rework"))
    assert due(play, "review") == at(days=6)


def test_a_mail_of_the_same_move_names_the_new_end() -> None:
    data = copy.deepcopy(ACCESS)
    mail = {"to": [{"seats": "using"}], "subject": "{number}", "text": "Until {due}"}
    data["effects"].insert(0, {"enter": "extended", "mail": mail})
    play = let_in(data)
    play.wait(hours=1)
    accepted(play.sign("ada", "asking", "user", "ask"))
    (told,) = accepted(play.sign("bo", "deciding", "leader", "agree")).mails
    assert told.words["due"] == at(hours=8)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (changed("asking", *EFFECT, "step"), "`asking` has no deadline that could be put off."),
        (changed("usign", *EFFECT, "step"), "There is no step `usign`. Did you mean `using`?"),
        (changed("PT0S", *EFFECT, "by"), "This puts off nothing: its length is none."),
        (changed({**BY, "high": "PT0S", "low": "P0D"}, *EFFECT, "by"), "This puts off nothing"),
        (changed({"by": "severity", "low": "P1D"}, *EFFECT, "by"), "There is no length of time"),
        (changed("closed", "effects", 0, "enter"), "`using` is never open then (by way of"),
        (changed("opened", "effects", 0, "enter"), "There is no state `opened`."),
    ],
)
def test_what_puts_off_nothing_is_refused(data: dict[str, Any], sentence: str) -> None:
    assert any(one.startswith(sentence) for one in said(data)), said(data)


def test_it_may_be_put_off_where_only_a_deadline_that_goes_on_is_closed() -> None:
    data = changed("revision", "steps", "review", "title", data=REWORK)
    data["effects"] = [{"enter": "revision", "extend": {"step": "review", "by": "P1D"}}]
    assert said(data) == []
    del data["steps"]["review"]["deadline"]["goes_on"]
    assert any(one.startswith("`review` is never open then") for one in said(data))


def test_a_walk_waits_for_the_new_end() -> None:
    data = changed("using", "effects", 0, "enter")
    data["invariants"] = [{"before": "closed", "signed": {"role": "tester"}, "policy": "4.1",
                           "firm": True}]  # fmt: skip
    data["machine"]["states"]["open"]["on"].pop("given_back")
    del data["steps"]["using"]["outcomes"]["give_back"]
    data["steps"]["using"]["outcomes"] = {"go": {"event": "time_over"}}
    data["steps"]["using"]["seats"]["user"] = {"role": "tester"}
    (finding, *_) = prove(timed(data)).findings
    assert "pass-time: PT8H" in (finding.walk or ""), finding
    assert replay(timed(data), finding.walk or "").stopped_at is None


def test_no_length_stays_none() -> None:
    """Put off as it opens, such a deadline has passed already: the proof counts it so as well."""
    data = changed("PT0S", "steps", "using", "deadline", "after")
    data["steps"]["using"]["reminders"] = []
    data["effects"][0]["enter"] = "using"
    play = let_in(data)
    assert due(play) == at()
    assert play.wait(seconds=0) == ["deadline using"]


def test_a_vote_that_is_put_off_is_open_until_its_new_end() -> None:
    data = copy.deepcopy(ACCESS)
    ends = {f"was_{result}": "closed" for result in ("carried", "lost", "inquorate")}
    states = {"voting": {"on": ends}, "closed": {"final": True}}
    data["machine"] = {"initial": "voting", "states": states}
    data["steps"] = {"voting": {
        "title": "Vote", "policy": "9.1.5", "seats": {"board": {"body": "board"}}, "vote": {},
        "outcomes": {event.removeprefix("was_"): {"event": event} for event in ends},
        "deadline": {"after": {**BY, "low": "P3D"}},
    }}  # fmt: skip
    more = {"step": "voting", "by": {**BY, "low": "P1D"}}
    data["effects"] = [{"enter": "voting", "extend": more}]
    data["invariants"] = []
    assert said(data) == []
    board = {"bea": ("member", "board-member"), "ben": ("member", "board-member")}
    play = Play(timed(data), PEOPLE | board, more={"bodies": {"board": tuple(board)}})
    accepted(play.open("ada", {"reason": "It is broken", "severity": "low"}))
    assert due(play, "voting") == at(days=4)
    assert play.wait(days=3, hours=23) == []
    accepted(play.vote("bea", "voting", "aye"))
    assert play.wait(hours=1) == ["deadline voting"]
    assert play.case.ended == "closed"


@pytest.mark.parametrize("text", ["PT0S", "P1D", "PT4H", "P1DT4H30M", "PT1M", "P2DT3S"])
def test_lengths_are_written_as_they_are_read(text: str) -> None:
    assert duration_text(duration(text)) == text


def test_its_mutants_say_what_was_changed() -> None:
    made = {one.name: one.data for one in mutants(ACCESS)}
    names = [name for name in made if name.startswith("extended: extend using")]
    assert {"extended: extend using: left out", "extended: extend using: by P30D"} <= set(names)


def test_the_page_says_what_puts_it_off() -> None:
    assert step_line(timed(ACCESS), "using").deadline == (
        "Within four hours; then the case goes on by itself. Coming to “More time” puts it off by "
        "four hours, if it hasn't passed by then."
    )
