"""A deadline that goes on: its end stays where a step is entered again, also if it has passed."""

import copy
from datetime import timedelta
from typing import Any

import pytest

from definitions.acts import SYSTEM, Act
from definitions.checks import check_parts
from definitions.clock import stamp
from definitions.loader import Source
from definitions.model import Body
from definitions.proof import prove
from definitions.reading import Positions
from definitions.rules import in_no_time
from tests.support.playing import BEGIN, Play, accepted, refused
from tests.support.timed_case import REWORK, timed
from tests.support.walk_replay import replay
from web.presenters.definition import step_line

LEADER = "systems-administration-leader"
GOES_ON = "its deadline, which goes on and may have passed"


def opened(data: dict[str, Any] = REWORK) -> Play:
    people = {"mia": ("member",), "tes": ("member", "tester"), "lea": ("member", LEADER)}
    play = Play(timed(data), people)
    accepted(play.open("mia", {"topic": "A draft"}))
    return play


def sent_back(play: Play, **length: float) -> None:
    """Send the draft back after some time."""
    play.wait(**length)
    accepted(play.sign("tes", "review", "tester", "rework"))


def revised(play: Play, **length: float) -> None:
    """Send it in again after some time."""
    play.wait(**length)
    accepted(play.sign("mia", "revision", "anyone", "revised"))


def at(**length: float) -> str:
    return stamp(BEGIN + timedelta(**length))


def late_to(state: str) -> dict[str, Any]:
    """Return the definition with another way from a review that is late, without a leader."""
    data = copy.deepcopy(REWORK)
    data["machine"]["states"]["review"]["on"]["overdue"] = state
    del data["steps"]["escalated"], data["machine"]["states"]["escalated"]
    if state != "lost":
        del data["machine"]["states"]["lost"]
    return data


def findings(data: dict[str, Any], library: dict[str, Body] | None = None) -> list[str]:
    return [finding.sentence for finding in prove(timed(data), library=library).findings]


def test_a_step_that_is_entered_again_keeps_its_end_and_the_reminders_to_come() -> None:
    play = opened()
    sent_back(play, days=2)
    revised(play, hours=30)  # the second reminder was due meanwhile
    review = play.case.steps["review"]
    assert (review.instance, review.since) == ("2", at(days=3, hours=6))
    assert review.due == at(days=5)
    assert review.reminders == (at(days=4),)
    assert play.wait(days=2) == ["remind review", "deadline review"]
    assert play.case.configuration == ("escalated",)


def test_without_it_the_step_begins_anew() -> None:
    data = copy.deepcopy(REWORK)
    del data["steps"]["review"]["deadline"]["goes_on"]
    play = opened(data)
    sent_back(play, days=2)
    revised(play, days=1)
    assert play.case.steps["review"].due == at(days=8)
    assert play.case.steps["review"].reminders == (at(days=4), at(days=6), at(days=7))


def test_an_end_that_has_passed_passes_at_once() -> None:
    play = opened()
    sent_back(play, days=2)
    revised(play, days=9)
    assert play.case.steps["review"].due == at(days=5)
    assert play.case.steps["review"].reminders == ()
    before, time = play.case, stamp(play.now)
    cause = {"kind": SYSTEM, "cause": {"due": at(days=5)}}
    act = Act(id="a", case="c", kind="deadline", actor=SYSTEM, definition="", shown="", auth=cause,
              at=time, step="review")  # fmt: skip
    assert in_no_time(before, act, time, time)
    assert play.wait(seconds=0) == ["deadline review"]
    assert play.case.configuration == ("escalated",)
    # Once it has passed it has passed for good, whoever gives how much more time.
    accepted(play.sign("lea", "escalated", "leader", "more_time"))
    revised(play)
    assert play.wait(seconds=0) == ["deadline review"]
    assert play.case.configuration == ("escalated",)


def test_a_deadline_that_only_tells_is_told_again_and_the_step_stays_open() -> None:
    data = copy.deepcopy(REWORK)
    del data["machine"]["states"]["review"]["on"]["overdue"], data["steps"]["escalated"]
    del data["machine"]["states"]["escalated"], data["machine"]["states"]["lost"]
    data["steps"]["review"]["deadline"] = {
        "after": "P5D", "tell": [{"person": "opener"}], "goes_on": True,
    }  # fmt: skip
    assert findings(data) == []
    play = opened(data)
    sent_back(play, days=6)
    assert not play.case.is_open("review")
    revised(play)
    before = play.case.steps["review"]
    assert play.wait(seconds=0) == ["deadline review"]
    assert (before.overdue, play.case.steps["review"].overdue) == (False, True)
    refused(play.clock("deadline", "review"), "not-due")
    accepted(play.sign("tes", "review", "tester", "fine"))


def test_what_the_clock_alone_could_go_round_by_is_refused() -> None:
    (sentence, *_) = findings(late_to("review"))
    assert sentence == (
        f"The clock alone can go round for ever in no time: `review` ({GOES_ON}: `overdue`) → "
        "`review`."
    )
    data = late_to("review")
    del data["steps"]["review"]["deadline"]["goes_on"]
    assert not [one for one in findings(data) if "no time" in one]
    # The length of one deadline between them breaks the round.
    data = late_to("revision")
    data["machine"]["states"]["revision"]["on"]["late"] = "review"
    data["steps"]["revision"]["deadline"] = {"after": "P1D", "event": "late"}
    assert not [one for one in findings(data) if "no time" in one]


def test_a_new_case_cannot_have_passed_such_an_end_at_once() -> None:
    child = timed(late_to("lost")).body
    ends = {"done": "over", "lost": "again"}
    opened = {"process": "rework", "as": "other", "with": {}, "on": ends}
    data = copy.deepcopy(REWORK) | {"process": "asking", "effects": [
        {"enter": "asking", "open": opened}
    ]}  # fmt: skip
    data["machine"]["states"]["asking"] = {"on": {"again": "asking", "over": "revision"}}
    data["machine"]["states"]["revision"]["on"]["asked"] = "asking"
    data["steps"]["revision"]["outcomes"]["ask"] = {"event": "asked"}
    said = [one for one in findings(data, {"rework": child}) if "no time" in one]
    assert said == []


def test_a_case_that_only_such_a_step_could_end_is_caught_once_its_time_has_passed() -> None:
    """Whoever revises, it is overdue as soon as it is there again, and nobody can review it."""
    data = late_to("revision")
    (finding,) = prove(timed(data)).findings
    assert finding.sentence.startswith("A case can be caught at `revi")
    assert "once the time of `review` has passed" in finding.sentence
    assert finding.path == ("steps", "review", "deadline", "goes_on")
    assert "outcome: rework}" in (finding.walk or "")
    assert replay(timed(data), finding.walk or "").stopped_at is None
    del data["steps"]["review"]["deadline"]["goes_on"]
    assert findings(data) == []


@pytest.mark.parametrize("goes_on", [True, False])
def test_a_vote_begins_anew(goes_on: bool) -> None:  # noqa: FBT001 - a value of the format
    data = copy.deepcopy(REWORK)
    results = ("carried", "lost", "inquorate")
    data["machine"]["states"]["review"] = {"on": {f"was_{r}": "done" for r in results}}
    data["machine"]["states"] = {k: data["machine"]["states"][k] for k in ("review", "done")}
    data["steps"] = {"review": {
        "title": "Vote", "policy": "9.1.5", "seats": {"board": {"body": "board"}},
        "vote": {"quorum": {"at_least": 3}},
        "outcomes": {result: {"event": f"was_{result}"} for result in results},
        "deadline": {"after": "P3D", "goes_on": goes_on},
    }}  # fmt: skip
    found = check_parts(Source(timed(data), Positions("rework.yaml", {}), "rework.yaml"))
    told = ["A vote that begins anew needs its whole time anew" in one.sentence for one in found]
    assert told == ([True] if goes_on else [])


def test_the_page_says_that_it_goes_on() -> None:
    assert step_line(timed(REWORK), "review").deadline == (
        "Within five days from the first time that it opens, also if it is opened again; then the "
        "case goes on by itself."
    )
