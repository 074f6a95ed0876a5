"""Invariants that any of several things meets, and invariants about several states at once."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from definitions.checks import check_parts
from definitions.loader import Source
from definitions.proof import Finding, prove
from definitions.reading import Positions
from tests.support.appointing_case import PARENT
from tests.support.small_definitions import built
from tests.support.walk_replay import replay

SOME = {"policy": "4.1", "firm": True}
CLOSED = {"end": {"person": "opener", "list": "all"}}
TESTER = {"signed": {"role": "tester"}}
ASSESSOR = {"signed": {"role": "software-assessor"}}
MANAGER = {"signed": {"role": "case-manager"}}


def _step(name: str, *roles: str, barred: str = "") -> dict[str, Any]:
    outcomes = {outcome: {"event": f"{name}_{outcome}"} for outcome in ("good", "bad")}
    kept_out = [{"signers": barred}] if barred else []
    seats = {"seat": {"role": roles[0], "or": list(roles[1:]), "not": kept_out}}
    return {"title": name, "policy": "4.1", "seats": seats, "outcomes": outcomes}


def two_ways(*invariants: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Return a definition that comes to `applied` by a tester, or to `rushed` by an assessor."""
    fields = {"topic": {"type": "string", "title": "Topic", "required": True}}
    data = {
        "process": "ways", "title": "Ways", "summary": "Ways", "policy": ["4.1"],
        "number": "y", "rules": 1, "start": {"roles": ["member"], "fields": fields},
        "machine": {
            "initial": "one",
            "states": {
                "one": {"on": {"one_good": "two", "one_bad": "hurry"}},
                "hurry": {"on": {"hurry_good": "rushed", "hurry_bad": "dropped"}},
                "two": {"on": {"two_good": "applied", "two_bad": "dropped"}},
                "applied": {"final": True}, "rushed": {"final": True}, "dropped": {"final": True},
            },
        },
        "steps": {
            "one": _step("one", "tester"),
            "hurry": _step("hurry", "software-assessor", "tester"),
            "two": _step("two", "arbitrator", barred="one"),
        },
        "effects": [{"enter": "rushed", "end": {**CLOSED["end"], "authority": "case"}}],
        "invariants": [{**SOME, **one} for one in invariants],
    }  # fmt: skip
    return {**data, **more}


def checked(data: dict[str, Any]) -> list[str]:
    file = f"{data['process']}.yaml"
    return [
        f"{one.sentence} {one.remedy}"
        for one in check_parts(Source(built(data), Positions(file, {}), file))
    ]


def found(data: dict[str, Any]) -> tuple[Finding, ...]:
    """Return what the proof finds; each counterexample plays to its end."""
    assert checked(data) == []
    findings = tuple(f for f in prove(built(data)).findings if f.path[0] == "invariants")
    for finding in findings:
        assert finding.walk is not None
        assert replay(built(data), finding.walk).stopped_at is None, finding.walk
    return findings


ANY = {"before": ["applied", "rushed"], "title": "Any"}


@pytest.mark.parametrize(
    "invariant",
    [
        {**ANY, "any_of": [TESTER, ASSESSOR]},
        {**ANY, "any_of": [{"signed": {"role": "arbitrator"}}, {"done": CLOSED}]},
        {**ANY, "any_of": [{"people": 2, "in": ["one", "two"]}, {"done": CLOSED}]},
        {
            "before": "rushed",
            "any_of": [
                {"signed": {"role": "software-assessor", "in": ["hurry"]}, "outcome": "good"},
                {"signed": {"role": "tester", "in": ["hurry"]}, "outcome": "good"},
            ],
        },
        {**ANY, "any_of": [{"people": 1, "role": "tester"}, MANAGER]},
        {"before": ["two", "hurry"], **TESTER},
        {"ended": ["two", "hurry"]},
        {"ended": ["one"]},
        {"only": ["one"], "reaches": ["two", "hurry"]},
    ],
)
def test_it_holds_where_something_of_it_does(invariant: dict[str, Any]) -> None:
    assert found(two_ways(invariant)) == ()


def test_what_follows_each_of_several_states_is_waited_for() -> None:
    data = two_ways({"after": ["two", "hurry"], "always": "dropped"})
    states = data["machine"]["states"]
    del states["applied"], states["rushed"]
    for name in ("two", "hurry"):
        states[name]["on"] = {f"{name}_good": "dropped", f"{name}_bad": "dropped"}
    assert found({**data, "effects": []}) == ()


@pytest.mark.parametrize(
    ("invariant", "how"),
    [
        (
            {**ANY, "any_of": [MANAGER, {"signed": {"role": "arbitrator"}}]},
            "the case comes to `rushed` without the signature, after",
        ),
        (
            {**ANY, "any_of": [MANAGER, {"done": CLOSED}]},
            "comes to `applied` without the signature, and `opener` hasn't lost the list: `all`",
        ),
        (
            {**ANY, "any_of": [{"people": 3, "in": ["one", "two"]}, MANAGER]},
            "without 3 different people in `one` or `two`, and without the signature",
        ),
        (
            {
                "before": "rushed",
                "any_of": [
                    {"signed": {"role": "software-assessor"}},
                    {"signed": {"role": "tester", "in": ["hurry"]}, "outcome": "bad"},
                ],
            },
            "without the signature, and without the signature by `bad`",
        ),
        ({"before": ["two", "dropped"], **ASSESSOR}, "comes to `two` without the signature"),
        (
            {"after": ["applied", "hurry"], "always": "dropped"},
            "comes to `applied` or `hurry` and ends without `dropped`",
        ),
        (
            {**ANY, "any_of": [{"people": 2, "role": "tester"}, MANAGER]},
            "without 2 different people of `tester`, and without the signature",
        ),
        ({"ended": ["two", "rushed"]}, "without having been in `two` or `rushed`"),
        ({"only": ["two"], "reaches": ["applied", "rushed"]}, "to `applied` or `rushed` from"),
    ],
)
def test_it_is_broken_where_nothing_of_it_holds(invariant: dict[str, Any], how: str) -> None:
    (finding,) = found(two_ways(invariant))
    assert how in finding.sentence
    assert finding.path == ("invariants", 0)


def test_what_each_alternative_alone_does_not_promise_both_do_together() -> None:
    """Of two invariants each is broken; that any of the two things is there holds."""
    whose = [{"role": "software-assessor", "in": ["hurry"]}, {"role": "tester", "in": ["hurry"]}]
    ways = [{"signed": each} for each in whose]
    assert len(found(two_ways(*({"before": "rushed", **way} for way in ways)))) == 2
    assert found(two_ways({"before": "rushed", "any_of": ways})) == ()


def test_the_walk_that_breaks_it_is_refused_where_it_holds() -> None:
    invariant = {"before": ["two", "rushed"], "any_of": [ASSESSOR, MANAGER]}
    data = two_ways(invariant)
    (finding,) = found(data)
    mended = two_ways(invariant)
    mended["steps"]["one"]["seats"]["seat"]["role"] = "software-assessor"
    assert found(mended) == ()
    assert replay(built(mended), finding.walk or "").stopped_at is not None


def papers(during: str, *ways: dict[str, Any]) -> dict[str, Any]:
    """Return a definition with a child case, whose reason can be amended in a state."""
    data = copy.deepcopy(PARENT)
    data["amend"] = {"fields": ["why"], "during": [during]}
    for step in data["steps"].values():
        step["covers"] = {"fields": []}
    one = {"before": ["ended"], "title": "Any", "any_of": list(ways), "about": ["why"], **SOME}
    return {**data, "invariants": [one]}


ASKED = {"child": "question", "outcome": "good"}
WORKED = {"signed": {"role": "systems-administrator", "in": ["working"]}}


def broken(data: dict[str, Any]) -> list[str]:
    return [f.sentence for f in prove(built(data)).findings if f.path == ("invariants", 0)]


def test_about_is_asked_of_each_alternative() -> None:
    # Amended while they work, neither what was asked nor what is signed is about what stands.
    (sentence,) = broken(papers("working", ASKED, WORKED))
    assert "without the signature as it now stands" in sentence
    assert "`question` about it as it now stands hasn't ended as `good`" in sentence
    # Before that, whoever works signs what was amended already, although the question was not.
    assert broken(papers("waiting", ASKED, WORKED)) == []
    (sentence,) = broken(papers("waiting", ASKED, {"signed": {"role": "arbitrator"}}))
    assert "hasn't ended as `good`" in sentence
    again = papers("working", ASKED, WORKED)
    del again["steps"]["working"]["covers"]  # amended, it is signed again
    assert broken(again) == []


@pytest.mark.parametrize(
    ("invariant", "says"),
    [
        ({"before": "applied", "any_of": []}, "says exactly one of: signed, people"),
        ({"before": "applied", "any_of": [TESTER], **TESTER}, "says exactly one of: signed"),
        ({"before": "applied", "any_of": [{}]}, "An alternative under `any_of` says exactly one"),
        ({"before": "applied", "any_of": [{**TESTER, "carried": "one"}]}, "exactly one of"),
        ({"before": "applied", "any_of": [{"people": 2}]}, "belong together"),
        ({"before": "applied", "any_of": [{**TESTER, "role": "tester"}]}, "belong together"),
        ({"before": "applied", "any_of": [{**TESTER, "in": ["one"]}]}, "`in` goes with `people`"),
        ({"before": "applied", "any_of": [{"carried": "one", "outcome": "good"}]},
         "`outcome` goes with `child` or `signed` or `people` only."),
        ({"before": "applied", "any_of": [{"signed": {"role": "testr"}}]}, "mean `tester`?"),
        ({"before": "applied", "any_of": [{"people": 2, "role": "testr"}]}, "mean `tester`?"),
        ({"before": "applied", "any_of": [{"people": 2, "in": ["applied"]}]}, "Nobody ever signs"),
        ({"before": "applied", "any_of": [{"carried": "one"}]}, "no step with a vote `one`"),
        ({"before": "applied", "any_of": [{"child": "motion"}]}, "no child case `motion`"),
        ({"before": "applied", "any_of": [{**TESTER, "outcome": "god"}]}, "no outcome `god`"),
        ({"before": "applied", "any_of": [{"done": CLOSED}]}, "Nothing tells people what"),
        ({**ANY, "any_of": [{"done": {"end": {"person": "opner", "list": "all"}}}]}, "`opener`?"),
        ({**ANY, "any_of": [TESTER, {"done": CLOSED}], "about": ["topic"]}, "`about` can't be"),
        ({"after": "one", "any_of": [TESTER]}, "`any_of` goes with `before` only."),
        ({"never": {"role": "tester"}, "any_of": [TESTER]}, "`any_of` goes with `before` only."),
        ({"before": ["applied", "rush"], **TESTER}, "There is no state `rush`"),
        ({"after": ["rush"], "always": "one"}, "There is no state `rush`"),
        ({"ended": ["one", "rush"]}, "There is no state `rush`"),
        ({"only": ["one"], "reaches": ["rush"]}, "There is no state `rush`"),
    ],
)  # fmt: skip
def test_what_it_says_is_checked(invariant: dict[str, Any], says: str) -> None:
    told = checked(two_ways(invariant))
    assert any(says in one for one in told), told


def test_an_in_beside_signed_is_said_once_and_where_it_goes() -> None:
    told = checked(two_ways({"before": "applied", **TESTER, "in": ["one"]}))
    (one,) = told
    assert one.startswith("`in` goes with `people`; where somebody must have signed is said")
    assert one.endswith("Move it there: `signed: {…, in: […]}`.")


@pytest.mark.parametrize(
    ("key", "state", "rest"),
    [
        ("before", "applied", TESTER),
        ("before", "rushed", ASSESSOR),
        ("after", "one", {"always": "applied"}),
        ("after", "two", {"always": "mailed", "to": "board-list"}),
        ("ended", "two", {}),
        ("reaches", "applied", {"only": ["hurry"]}),
    ],
)
def test_one_state_alone_is_said_as_ever(key: str, state: str, rest: dict[str, Any]) -> None:
    alone, listed = ({key: said, **rest} for said in (state, [state]))
    assert found(two_ways(alone)) == found(two_ways(listed))
    assert built(two_ways(alone)).body.invariants[0].model_dump()[key] == state
