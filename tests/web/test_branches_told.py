"""What a choice of the form decides, as pages tell it: ways, and seats that aren't there."""

from html import unescape
from xml.etree import ElementTree as ET

import pytest

from definitions.definition import Definition
from tests.definitions.test_absent_seats import asking
from tests.definitions.test_answers_lead import graded, incident
from tests.definitions.test_branches import ROLES, built, change
from tests.support.playing import Play
from web.acting.way import asked, who
from web.diagrams import definition_diagram
from web.presenters.branches import branch_words, only_where, ways
from web.presenters.definition import seat_sentence, state_line
from web.presenters.invariants import invariant_words
from web.presenters.way import conditions, seats_words, to_come

CHANGE = built(change())
ASKING = built(asking())


def opened(definition: Definition, risk: str) -> Play:
    play = Play(definition, dict(ROLES))
    play.open("ola", {"topic": "A", "risk": risk})
    return play


def test_a_state_says_where_each_choice_leads() -> None:
    line = state_line(CHANGE, "assessing")
    assert line.ways == (
        "“yes”: low: “Made”; high: “Approved”.",
        "“no”: “Rejected”.",
        "If its time passes: low: “Made”; high: “Approved”.",
    )
    assert branch_words(CHANGE, "cab", "approved") == "“Made”"


def test_choices_that_lead_to_the_same_state_are_told_together() -> None:
    data = change()
    data["start"]["fields"]["risk"]["choices"]["medium"] = "Medium"
    by = {"by": "risk", "low": "waiting", "high": "cab", "medium": "waiting"}
    data["machine"]["states"]["assessing"]["on"]["assessed"] = by
    data["machine"]["states"]["assessing"]["on"]["late"] = {**by, "high": "waiting"}
    definition = built(data)
    assert branch_words(definition, "assessing", "assessed") == (
        "low or medium: “Made”; high: “Approved”"
    )
    assert ways(definition, "assessing", "late") == {"waiting": ()}


def test_the_drawing_has_the_choice_at_each_arrow() -> None:
    svg = ET.fromstring(definition_diagram(CHANGE).svg)  # noqa: S314 - our own drawing
    told = " ".join(unescape(each.text or "") for each in svg.iter("text"))
    assert "(low)" in told
    assert "(high)" in told


def test_what_is_answered_in_a_step_is_told_with_that_step() -> None:
    judged = built(incident())
    assert branch_words(judged, "containing", "contained") == "low: “Closed”; high: “Told”"
    told = {one.title: one.who for one in asked(judged)}
    assert told["Told"].startswith("Only where “How grave”, answered in “Judged”, is high. ")


def test_before_there_is_a_case_both_ways_are_told() -> None:
    told = {one.title: one.who for one in asked(CHANGE)}
    assert list(told) == ["Assessed", "Approved", "Made"]
    assert told["Approved"].startswith("Only where “Risk” is high. One Board member")
    assert "Only" not in told["Made"] + told["Assessed"]


@pytest.mark.parametrize(
    ("risk", "coming"),
    [("low", {"assessing", "waiting", "done"}), ("high", {"assessing", "cab", "waiting", "done"})],
)
def test_a_case_tells_the_way_of_its_own_choice(risk: str, coming: set[str]) -> None:
    assert to_come(CHANGE, opened(CHANGE, risk).case) == coming


def test_what_leads_to_a_step_is_told_with_the_choice() -> None:
    assert conditions(CHANGE, "cab") == (
        "“Assessed” ends with “yes” where “Risk” is high",
        "“Assessed” isn't done in time where “Risk” is high",
    )
    assert "“Approved” ends with “yes”" in conditions(CHANGE, "waiting")


def test_of_every_choice_nothing_is_said() -> None:
    assert only_where(CHANGE, [{"risk": "low"}, {"risk": "high"}]) == ""
    assert only_where(CHANGE, [{"risk": "low"}]) == "“Risk” is low"
    assert only_where(CHANGE, [{"risk": "low"}], ["risk", "urgent"]).endswith("and “Urgent” is ")


def test_a_seat_that_is_there_for_some_choices_is_told_so() -> None:
    assert seat_sentence(ASKING, "assessing", "board") == (
        "Member of the Boards, by “Risk”: none at low and one at high (Board member)."
    )
    assert who(ASKING, "assessing") == (
        "One Systems Administrator and one Board member where “Risk” is high."
    )


@pytest.mark.parametrize(("risk", "there"), [("low", False), ("high", True)])
def test_the_way_ahead_tells_of_the_seats_that_are_there(risk: str, *, there: bool) -> None:
    told = seats_words(ASKING, "assessing", opened(ASKING, risk).case.known)
    assert ("Board" in told) is there
    assert told.startswith("the seat")


def test_an_invariant_that_goes_by_an_answer_says_so() -> None:
    judged = built(graded({"judging.severity": "high"}))
    said = invariant_words(judged, judged.body.invariants[0])
    assert said.endswith("has signed, where “How grave” is “High”")
