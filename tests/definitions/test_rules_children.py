"""Child cases: opened with an id that follows from the case, waited for, and heard of once."""

from definitions.acts import SYSTEM
from definitions.rules.effects import child_id
from tests.support.appointing_case import CHILD, begun, built, child_ends, judged, system
from tests.support.playing import Play, accepted, refused


def test_a_case_that_is_opened_is_due_and_noted() -> None:
    play = judged(begun())
    assert play.last is not None
    (opened,) = accepted(play.last).deeds
    assert opened.key == "enter-waiting-0"
    assert opened.child == child_id("case-1", "question", 1)
    child = play.case.children["question"]
    assert (child.case, child.process, child.state) == (opened.child, "child", "waiting")
    assert (child.number, child.ended) == (None, None)


def test_its_end_is_noted_and_leads_on() -> None:
    play = judged(begun())
    accepted(child_ends(play, "good"))
    child = play.case.children["question"]
    assert (child.number, child.ended) == ("w20260302.1", "good")
    assert play.case.configuration == ("working",)


def test_the_same_end_is_heard_of_once() -> None:
    play = judged(begun())
    accepted(child_ends(play, "good"))
    refused(child_ends(play, "bad"), "not-due")
    assert play.case.configuration == ("working",)


def test_an_end_of_a_case_that_this_one_never_opened_is_refused() -> None:
    play = judged(begun())
    stranger = {"child": child_id("case-2", "question", 1)}
    facts = {"number": "w20260302.9"}
    refused(
        system(play, "child_ended", stranger, facts, seat="question", outcome="good"), "not-due"
    )
    refused(system(play, "child_ended", stranger, facts, seat="other", outcome="good"), "not-due")
    assert play.case.configuration == ("waiting",)


def test_opened_again_it_is_another_case_and_the_first_ones_end_changes_nothing() -> None:
    play = judged(begun())
    first = play.case.children["question"].case
    (opened,) = accepted(child_ends(play, "asked")).deeds
    again = play.case.children["question"]
    assert (again.case, again.n, again.ended) == (opened.child, 2, None)
    assert again.case == child_id("case-1", "question", 2) != first
    before = play.case
    facts = {"number": "w20260302.1"}
    late = system(play, "child_ended", {"child": first}, facts, seat="question", outcome="good")
    assert accepted(late).state == before


def test_an_end_after_the_case_went_another_way_is_only_noted() -> None:
    play = judged(begun())
    play.state = play.case.model_copy(update={"configuration": ("stuck",)})
    assert accepted(child_ends(play, "good")).happened == ()
    assert play.case.children["question"].ended == "good"
    assert play.case.configuration == ("stuck",)


def test_a_case_can_be_opened_by_another_for_that_ones_opener() -> None:
    play = Play(built(CHILD), {})
    values = {"text": "About x", "what": "none"}
    accepted(play.open(SYSTEM, values, {"opener": ("olga",)}))
    assert play.case.people == {"opener": ("olga",)}


def test_no_case_opens_one_whose_definition_doesnt_say_so() -> None:
    start = {key: part for key, part in CHILD["start"].items() if key != "cases"}
    play = Play(built({**CHILD, "start": start}), {})
    values = {"text": "About x", "what": "none"}
    refused(play.open(SYSTEM, values, {"opener": ("olga",)}), "not-yours-to-open")
    refused(Play(built(CHILD), {}).open(SYSTEM, values), "no-opener")
