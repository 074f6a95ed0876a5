"""An event that leads where an answer in a signed step says: rules, check, proof and walks."""

from typing import Any

import pytest

from definitions.branching import every_choice
from definitions.proof import prove
from tests.definitions.test_branches import ROLES, at, built, checked, step
from tests.support.playing import Play, accepted, refused
from tests.support.walk_replay import replay

HOW = {
    "type": "choice",
    "title": "How grave",
    "required": True,
    "choices": {"low": "Low", "high": "High"},
}
LOW, HIGH = {"severity": "low"}, {"severity": "high"}


def incident(**changes: Any) -> dict[str, Any]:
    """Return an incident that is judged, contained, and then reported where it is grave."""
    judging = step("judged", "systems-administrator", evidence={"severity": HOW})
    judging["outcomes"]["no"] = {"event": "refused", "evidence": "optional"}
    by = {"by": "judging.severity", "low": "closed", "high": "reporting"}
    return {
        "process": "change", "title": "Incident", "summary": "An incident", "policy": ["4.1"],
        "number": "y", "rules": 1,
        "start": {"roles": ["member"], "fields": {
            "topic": {"type": "string", "title": "Topic", "required": True},
        }},
        "machine": {"initial": "judging", "states": {
            "judging": {"on": {"judged": "containing", "refused": "dropped"}},
            "containing": {"on": {"contained": by, "again": "judging"}},
            "reporting": {"on": {"told": "closed", "again": "judging"}},
            "closed": {"final": True},
            "dropped": {"final": True},
        }},
        "steps": {
            "judging": judging | {"covers": {"fields": ["topic"], "reopen": "judging"}},
            "containing": step("contained", "systems-administrator", covers={"fields": []}) | {
                "outcomes": {"yes": {"event": "contained"}, "back": {"event": "again"}},
            },
            "reporting": step("told", "board-member", covers={"fields": []}) | {
                "outcomes": {"yes": {"event": "told"}, "back": {"event": "again"}},
            },
        },
        "amend": {"people": ["opener"], "fields": ["topic"], "during": ["containing"]},
    } | changes  # fmt: skip


def contained(severity: dict[str, Any]) -> Play:
    play = Play(built(incident()), dict(ROLES))
    play.open("ola", {"topic": "A"})
    accepted(play.sign("sue", "judging", "seat", "yes", severity))
    return play


@pytest.mark.parametrize(("said", "then"), [(LOW, "closed"), (HIGH, "reporting")])
def test_what_was_answered_in_an_earlier_step_decides(said: dict[str, Any], then: str) -> None:
    play = contained(said)
    accepted(play.sign("sue", "containing", "seat", "yes"))
    assert play.case.configuration == (then,)


def test_the_answer_of_the_latest_round_counts() -> None:
    play = contained(HIGH)
    accepted(play.sign("sue", "containing", "seat", "back"))
    assert "judging.severity" not in play.case.known
    accepted(play.sign("sue", "judging", "seat", "yes", LOW))
    accepted(play.sign("sue", "containing", "seat", "yes"))
    assert play.case.configuration == ("closed",)


def test_an_answer_goes_with_its_signature() -> None:
    play = contained(HIGH)
    accepted(play.amend("ola", {"topic": "B"}))
    assert play.case.configuration == ("judging",)
    assert play.case.known == {}


def test_there_is_no_way_while_nobody_has_answered() -> None:
    data = incident()
    at(data, "containing", "machine", "states", "judging", "on", "refused")
    del data["machine"]["states"]["dropped"]
    play = Play(built(data), dict(ROLES))
    play.open("ola", {"topic": "A"})
    accepted(play.sign("sue", "judging", "seat", "no"))
    refused(play.sign("sue", "containing", "seat", "yes"), "no-way")
    (finding, *_) = prove(built(data)).findings
    assert finding.sentence == (
        "In `containing` the event `contained` can happen while nobody's answer to "
        "`judging.severity` counts, which decides where it leads."
    )
    assert "`judging` has been signed on every way there, with that answer" in finding.remedy
    assert "severity" not in str(finding.walk)


def test_a_step_that_an_unanswered_branch_holds_up_lacks_no_people() -> None:
    data = incident()
    data["machine"]["initial"] = "containing"
    sentences = [one.sentence for one in prove(built(data)).findings]
    assert any("nobody's answer to `judging.severity` counts" in one for one in sentences)
    assert not any("exclusivity matrix" in one for one in sentences)


def test_it_is_in_order_and_each_answer_is_gone_through() -> None:
    data = incident(invariants=[
        {"before": "reporting", "signed": {"role": "board-member"}, "policy": "4.1", "firm": True},
    ])  # fmt: skip
    assert checked(incident()) == []
    assert prove(built(incident())).findings == ()
    (finding,) = prove(built(data)).findings
    assert finding.walk is not None
    assert "severity: high" in finding.walk
    replay(built(data), finding.walk)


def test_every_way_to_answer_is_there_and_none() -> None:
    body = built(incident()).body
    assert len(list(every_choice(body))) == 2
    assert len(list(every_choice(body, unanswered=True))) == 3


@pytest.mark.parametrize(
    ("change", "path", "sentence"),
    [
        ("judgin.severity", ("by",), "no step `judgin`"),
        ("severity", ("by",), "it is answered in `judging`. Write `judging.severity`."),
        ("judging.severty", ("by",), "Did you mean `severity`?"),
        ({"type": "string", "title": "Grave", "required": True}, ("evidence",), "isn't a choice"),
        ({**HOW, "required": False}, ("evidence",), "isn't a choice that must be made"),
        ({"role": "systems-administrator", "count": 2}, ("seat",), "several sign `judging`"),
        ({"low": "closed"}, ("to",), "no target for the choice `high`"),
        ({"steps": {"judging": {"roles": ["member"]}}}, ("privacy",), "confidential"),
    ],
)
def test_what_cannot_decide_is_refused(change: Any, path: tuple[str, ...], sentence: str) -> None:
    data = incident()
    branch = data["machine"]["states"]["containing"]["on"]["contained"]
    match path[0]:
        case "by":
            branch["by"] = change
        case "evidence":
            data["steps"]["judging"]["evidence"]["severity"] = change
        case "seat":
            data["steps"]["judging"]["seats"]["seat"] = change
        case "to":
            del branch["high"]
        case "privacy":
            data["privacy"] = change
    assert any(sentence in one for one in checked(data)), checked(data)


def graded(when: dict[str, str], **more: Any) -> dict[str, Any]:
    """Return the incident with an invariant about ends where it was judged so."""
    told = {"before": "closed", "when": when, "policy": "4.1", "firm": True}
    return incident(invariants=[told | {"signed": {"role": "board-member"}} | more])


@pytest.mark.parametrize(("said", "holds"), [("high", True), ("low", False)])
def test_an_invariant_is_asked_where_it_was_answered_so(said: str, *, holds: bool) -> None:
    data = graded({"judging.severity": said})
    assert checked(data) == []
    findings = prove(built(data)).findings
    assert (findings == ()) is holds
    for finding in findings:
        assert finding.walk is not None
        assert f"severity: {said}" in finding.walk


def test_a_branch_that_leads_elsewhere_is_found_by_such_an_invariant() -> None:
    data = graded({"judging.severity": "high"})
    data["machine"]["states"]["containing"]["on"]["contained"] |= {
        "low": "reporting",
        "high": "closed",
    }
    (finding,) = prove(built(data)).findings
    assert finding.path[:2] == ("invariants", 0)


def test_an_answer_that_is_unmade_by_coming_there_is_not_asked_about() -> None:
    data = graded({"judging.severity": "high"}, before="judging")
    assert prove(built(data)).findings == ()


@pytest.mark.parametrize(
    ("when", "sentence"),
    [
        ({"judging.severity": "hihg"}, "Did you mean `high`?"),
        ({"judging.severty": "high"}, "No event is led by an answer `judging.severty`."),
        ({"severity": "high"}, "`severity`"),
    ],
)
def test_what_no_invariant_can_go_by_is_refused(when: dict[str, str], sentence: str) -> None:
    assert any(sentence in one for one in checked(graded(when))), checked(graded(when))


def test_nobody_has_answered_when_a_case_is_opened() -> None:
    data = incident(invariants=[
        {"opened": {"roles": ["member"]}, "when": {"judging.severity": "high"}, "policy": "4.1",
         "title": "Members open it", "firm": True},
    ])  # fmt: skip
    assert any("when a case is opened" in one for one in checked(data)), checked(data)
