"""An event that leads where a choice of the form says: the rules, the check, and the proof."""

from typing import Any

import pytest

from definitions.branching import branch_fields, every_choice
from definitions.checks import check_parts
from definitions.definition import Definition
from definitions.loader import Source
from definitions.machine import NoWay
from definitions.proof import Finding, prove
from definitions.proof.acts import Acts
from definitions.proof.explore import explore
from definitions.proof.plan import Plan
from definitions.reading import Positions
from definitions.rules import known_fields
from tests.support.appointing_case import branching_parent
from tests.support.playing import Play
from tests.support.walk_replay import replay

SOME = {"policy": "4.1", "firm": True}
BY_RISK = {"by": "risk", "low": "waiting", "high": "cab"}
MANAGER = {"manager": {"role": "systems-administration-leader"}}
ROLES = {
    "ola": ("member",),
    "sue": ("systems-administrator", "member"),
    "lea": ("systems-administration-leader", "systems-administrator", "member"),
    "bo": ("board-member", "member"),
}


def step(event: str, role: str, **more: Any) -> dict[str, Any]:
    return {
        "title": event.capitalize(),
        "policy": "4.1",
        "seats": {"seat": {"role": role}},
        "outcomes": {"yes": {"event": event}},
    } | more


def change(**changes: Any) -> dict[str, Any]:
    """Return a change that waits where the risk is low, and goes before others where it is high."""
    states = {
        "assessing": {"on": {"assessed": BY_RISK, "refused": "rejected", "late": BY_RISK}},
        "cab": {"on": {"approved": "waiting"}},
        "waiting": {"on": {"made": "done"}},
        "done": {"final": True},
        "rejected": {"final": True},
    }
    assessing = step("assessed", "systems-administrator")
    assessing["outcomes"]["no"] = {"event": "refused", "at": "once"}
    assessing["deadline"] = {"after": "P2D", "event": "late"}
    assessing["covers"] = {"fields": []}
    risks = {"low": "Low: nothing breaks", "high": "High"}
    return {
        "process": "change", "title": "Change", "summary": "A change", "policy": ["4.1"],
        "number": "y", "rules": 1,
        "start": {"roles": ["member"], "fields": {
            "topic": {"type": "string", "title": "Topic", "required": True},
            "risk": {"type": "choice", "title": "Risk", "required": True, "choices": risks},
            "urgent": {"type": "choice", "title": "Urgent", "choices": {"yes": "Yes", "no": "No"}},
        }},
        "machine": {"initial": "assessing", "states": states},
        "steps": {
            "assessing": assessing,
            "cab": step("approved", "board-member", covers={"fields": []}),
            "waiting": step("made", "systems-administrator", covers={"fields": []}),
        },
        "invariants": [{
            "before": "waiting", "signed": {"role": "board-member"}, "when": {"risk": "high"},
            **SOME,
        }],
    } | changes  # fmt: skip


AMENDED = {"people": ["opener"], "fields": ["risk"], "during": ["assessing"]}


def built(data: dict[str, Any]) -> Definition:
    return Definition.build(data, {})


def opened(risk: str, **changes: Any) -> Play:
    play = Play(built(change(**changes)), dict(ROLES))
    play.open("ola", {"topic": "A", "risk": risk})
    return play


def checked(data: dict[str, Any]) -> list[str]:
    source = Source(built(data), Positions("change.yaml", {}), "change.yaml")
    return [f"{f.sentence} {f.remedy}" for f in check_parts(source)]


def at(data: dict[str, Any], value: Any, *path: str) -> dict[str, Any]:
    inner = data
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return data


def proved(data: dict[str, Any]) -> tuple[Finding, ...]:
    assert checked(data) == []
    return prove(built(data)).findings


def test_a_count_by_what_is_no_choice_is_one_finding() -> None:
    by = {"by": "topic", "low": 1, "high": 2}
    (said,) = checked(at(change(), by, "steps", "cab", "seats", "seat", "count"))
    assert said.startswith("`topic` can't count signatures: it isn't a choice that must be made.")


def test_a_step_without_its_state_is_told_so() -> None:
    data = at(change(), step("gone", "tester"), "steps", "publishing")
    (said,) = checked(data)
    assert said.startswith("No state is called like the step `publishing`")
    assert "Add the state `publishing` to the machine" in said


@pytest.mark.parametrize(("risk", "then"), [("low", "waiting"), ("high", "cab")])
def test_the_choice_decides_where_an_outcome_leads(risk: str, then: str) -> None:
    play = opened(risk)
    play.sign("sue", "assessing", "seat", "yes")
    assert play.case.configuration == (then,)
    assert play.case.known == {"risk": risk}


def test_an_event_that_does_not_branch_leads_where_it_always_does() -> None:
    play = opened("high")
    play.sign("sue", "assessing", "seat", "no")
    assert play.case.ended == "rejected"


@pytest.mark.parametrize(("risk", "then"), [("low", "waiting"), ("high", "cab")])
def test_a_deadline_branches_too(risk: str, then: str) -> None:
    play = opened(risk)
    assert play.wait(days=3) == ["deadline assessing"]
    assert play.case.configuration == (then,)


def test_the_choice_is_that_of_the_moment_at_which_the_case_moves() -> None:
    play = opened("low", amend=AMENDED)
    play.amend("ola", {"risk": "high"})
    play.sign("sue", "assessing", "seat", "yes")
    assert play.case.configuration == ("cab",)


def test_the_plain_value_of_a_field_that_branches_is_kept_and_no_other() -> None:
    assert known_fields(built(change())) == {"risk"}
    assert branch_fields(built(change()).body) == ("risk",)
    assert list(every_choice(built(change()).body)) == [{"risk": "low"}, {"risk": "high"}]
    plain = at(change(), "waiting", "machine", "states", "assessing", "on", "assessed")
    at(plain, "cab", "machine", "states", "assessing", "on", "late")
    assert known_fields(built(plain)) == set()
    assert list(every_choice(built(plain).body)) == [{}]


def test_the_machine_knows_of_no_other_choices() -> None:
    chart = built(change()).chart
    assert chart.send(("assessing",), {}, "refused").configuration == ("rejected",)
    for choices in ({}, {"risk": "none"}, {"risk": None}, {"urgent": "yes"}):
        with pytest.raises(NoWay):
            chart.send(("assessing",), {}, "assessed", choices)


def test_moves_that_are_known_are_told_apart_by_what_was_chosen() -> None:
    chart = built(change()).chart
    for _ in range(2):
        for risk, then in (("low", "waiting"), ("high", "cab")):
            move = chart.send(("assessing",), {}, "assessed", {"risk": risk, "urgent": "yes"})
            assert move.configuration == (then,)
    assert {"assessed__low", "assessed__high"} <= {event for _, _, event in chart.known}


def nested() -> dict[str, Any]:
    """Return a change whose inner state hears an event that branches around it."""
    states = {
        "work": {
            "initial": "assessing",
            "states": {
                "assessing": {"on": {"assessed": "cab", "refused": "rejected", "late": "cab"}},
                "cab": {"on": {"approved": "waiting"}},
                "waiting": {"on": {"made": {"by": "urgent", "yes": "done", "no": "rejected"}}},
            },
            "on": {"assessed": BY_RISK, "made": BY_RISK, "refused": "rejected"},
        },
        "done": {"final": True},
        "rejected": {"final": True},
    }
    data = change(machine={"initial": "work", "states": states})
    data["start"]["fields"]["urgent"]["required"] = True
    return data


def test_an_inner_state_hears_an_event_first_whichever_of_them_branches() -> None:
    chart = built(nested()).chart
    assert chart.branching == {"assessed": ("risk",), "made": ("risk", "urgent")}
    for risk in ("low", "high"):
        chosen = {"risk": risk, "urgent": "no"}
        assert chart.send(("work", "assessing"), {}, "assessed", chosen).configuration[-1] == "cab"
        assert chart.send(("work", "waiting"), {}, "made", chosen).configuration == ("rejected",)
        outer = chart.send(("work", "cab"), {}, "assessed", chosen).configuration[-1]
        assert outer == BY_RISK[risk]


BRANCH = ("machine", "states", "assessing", "on", "assessed")
SLIPS: list[tuple[tuple[str, ...], Any, str]] = [
    ((*BRANCH, "by"), "rsik", "There is no field `rsik`. Did you mean `risk`?"),
    ((*BRANCH, "by"), "topic", "`topic` can't decide where a case goes"),
    ((*BRANCH, "by"), "urgent", "it isn't a choice that must be made."),
    ((*BRANCH, "low"), "wating", "There is no state `wating`. Did you mean `waiting`?"),
    (BRANCH, {"by": "risk", "low": "cab"}, "no target for the choice `high`. Add `high: STATE`."),
    (BRANCH, {**BY_RISK, "hihg": "cab"}, "There is no choice of `risk` `hihg`."),
    (("privacy",), {"fields": {"risk": {"roles": ["member"], "policy": "9.5"}}}, "confidential"),
    (
        ("machine", "states", "cab"),
        {
            "initial": "asked",
            "states": {"asked": {"on": {"approved": "said"}}, "said": {"final": True}},
            "on": {"done": BY_RISK},
        },
        "`done` of `cab` can't branch",
    ),
]


@pytest.mark.parametrize(("path", "value", "said"), SLIPS)
def test_a_slip_is_said(path: tuple[str, ...], value: Any, said: str) -> None:
    data = change()
    data["machine"]["states"]["assessing"]["on"]["assessed"] = dict(BY_RISK)
    assert checked(data) == []
    assert any(said in one for one in checked(at(data, value, *path)))


@pytest.mark.parametrize("choices", [None, {}])
def test_where_it_leads_is_looked_up_even_if_there_is_nothing_to_choose(choices: Any) -> None:
    data = at(change(), choices, "start", "fields", "risk", "choices")
    data = at(data, BY_RISK | {"low": "nowhere"}, *BRANCH)
    assert any("There is no state `nowhere`." in one for one in checked(data))


def test_what_holds_is_proved_choice_by_choice() -> None:
    assert proved(change()) == ()
    assert proved(nested() | {"invariants": []}) == ()


def test_a_branch_that_is_good_for_one_choice_only_is_found_with_a_walk_that_plays() -> None:
    turned = {"by": "risk", "low": "cab", "high": "waiting"}
    data = at(change(), turned, *BRANCH)
    (finding,) = proved(data)
    assert finding.path == ("invariants", 0)
    assert finding.walk is not None
    assert "risk: high" in finding.walk
    assert replay(built(data), finding.walk).stopped_at is None
    stopped = replay(built(change()), finding.walk)
    assert stopped.what in {"expect", "sign"}
    assert stopped.stopped_at is not None


def test_a_choice_that_is_amended_on_the_way_is_explored() -> None:
    """The Board is asked while the risk is high; amended after that, nobody has asked it."""
    amend = AMENDED | {"during": ["assessing", "waiting"]}
    (finding,) = proved(change(amend=amend, invariants=change()["invariants"] + [
        {"before": "done", "signed": {"role": "board-member"}, "when": {"risk": "high"}, **SOME}
    ]))  # fmt: skip
    assert finding.path == ("invariants", 1)
    assert finding.walk is not None
    assert "amend" in finding.walk
    assert replay(built(change(amend=amend)), finding.walk).stopped_at is None


def test_a_choice_for_which_no_way_leads_to_an_end_is_found() -> None:
    """The case goes round for ever where the risk is high, and ends where it is low."""
    back = {"by": "risk", "low": "waiting", "high": "assessing"}
    data = at(change(invariants=[]), back, "machine", "states", "cab", "on", "approved")
    at(data, "cab", *BRANCH)
    at(data, "cab", "machine", "states", "assessing", "on", "late")
    del data["steps"]["assessing"]["outcomes"]["no"]
    del data["machine"]["states"]["assessing"]["on"]["refused"]
    del data["machine"]["states"]["rejected"]
    (finding,) = proved(data)
    assert "can be caught" in finding.sentence
    assert "risk: high" in str(finding.walk)


def test_a_state_to_which_no_choice_leads_is_found() -> None:
    """To `cab` a case comes at a high risk, and further from there at a low one."""
    data = change(invariants=[])
    states = data["machine"]["states"]
    states["cab"]["on"]["approved"] = {"by": "risk", "low": "never", "high": "waiting"}
    states["never"] = {"final": True}
    (finding,) = proved(data)
    assert finding.sentence == "No act of anybody ever leads to the state `never`."
    data["amend"] = AMENDED | {"during": ["cab"]}
    assert proved(data) == ()


@pytest.mark.parametrize(("back", "rounds"), [("assessing", True), ("waiting", False)])
def test_the_clock_goes_round_only_by_ways_of_one_choice(back: str, *, rounds: bool) -> None:
    """At a high risk it comes to `cab`; what leads back from there at a low one is no round."""
    data = change(invariants=[])
    states = data["machine"]["states"]
    states["cab"]["on"]["at_once"] = {"by": "risk", "low": "assessing", "high": back}
    data["steps"]["assessing"]["deadline"] = {"after": "P0D", "event": "late"}
    data["steps"]["cab"]["deadline"] = {"after": "P0D", "event": "at_once"}
    assert [bool("no time" in f.sentence) for f in proved(data)] == [True] * rounds


def test_a_mail_is_for_whom_a_case_lacks_only_with_the_choice_that_is_theirs() -> None:
    """Nobody is bound where the risk is low; so nobody can be told at `waiting`, but at the end."""
    data = change(invariants=[])
    data["bound"] = {"asked": {"signer": "cab", "seat": "seat", "title": "Who was asked"}}
    mail = {"to": [{"person": "asked"}], "subject": "s", "text": "t"}
    late = at(data, "cab", "machine", "states", "assessing", "on", "late")
    late["effects"] = [{"enter": "waiting", "mail": mail}]
    assert any("before anybody is bound as `asked`" in one for one in checked(late))
    late["effects"] = [{"leave": "cab", "mail": mail}]
    assert checked(late) == []
    ended = {"by": "risk", "low": "done", "high": "closed"}
    late["machine"]["states"]["waiting"]["on"]["made"] = ended
    late["machine"]["states"]["closed"] = {"final": True}
    late["machine"]["states"]["assessing"]["on"]["late"] = BY_RISK
    late["effects"] = [{"enter": "closed", "mail": mail}]
    assert checked(late) == []  # whoever comes there at a high risk came by `cab`
    late["amend"] = AMENDED | {"during": ["waiting"]}
    assert any("before anybody is bound as `asked`" in one for one in checked(late))


def test_an_amendment_that_leads_to_a_forbidden_grant_branches_by_what_it_amends() -> None:
    acts = Acts(Plan(built(branching_parent())))
    told = {
        (acts.plan.chosen(step.done.known)["risk"], acts.places.places[step.state.place])
        for state in explore(acts).states
        for step in acts.after(state)
        if step.done.kind == "amend" and step.done.excluded
    }
    assert {(risk, place.configuration) for risk, place in told} == {
        ("low", ("refused",)),
        ("high", ("stuck",)),
    }
