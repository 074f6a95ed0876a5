"""Who may open a case, with which choices and which fields filled in, is part of every path."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from definitions.checks import check_parts
from definitions.loader import Source, load_file
from definitions.proof import prove
from definitions.reading import Positions
from tests.support.small_definitions import built
from tests.support.walk_replay import replay

FOOLED = Path(__file__).parents[1] / "data" / "fooled" / "start-when-false-alarm.yaml"
FIRM = {"policy": "4.1", "firm": True}
BY_ARBITRATOR = {"before": "done", "signed": {"role": "arbitrator"}, **FIRM}
BY_WHOM = {"before": "done", "signed": {"person": "whom"}, "when": {"risk": "high"}, **FIRM}
OPENERS = [
    # start, whether an arbitrator has signed whenever its opener has
    ({"roles": ["arbitrator"]}, True),
    ({"roles": ["arbitrator", "systems-administrator"]}, False),
    ({"roles": ["member"]}, False),
    ({"roles": ["arbitrator"], "cases": ["other"]}, False),
    ({"roles": ["member"], "when": {"risk": {"low": {"roles": ["arbitrator"]}}}}, False),
    ({"roles": ["member"], "when": {"risk": {"low": {"roles": ["arbitrator"]},
                                             "high": {"roles": ["arbitrator"]}}}}, True),
    ({"roles": ["member"], "when": {"risk": {"low": {"roles": ["arbitrator"]},
                                             "high": {"person": "who"}}}}, False),
    ({"roles": ["arbitrator"], "when": {"risk": {"low": {"person": "who"}}}}, True),
    ({"roles": ["arbitrator", "tester"],
      "when": {"risk": {"low": {"roles": ["arbitrator"]}, "high": {"roles": ["arbitrator"]}},
               "more": {"yes": {"roles": ["tester"]}}}}, True),
]  # fmt: skip


def choice(*choices: str) -> dict[str, Any]:
    words = {each: each for each in choices}
    return {"type": "choice", "title": "C", "required": True, "choices": words}


def signed_by(person: str, start: dict[str, Any], *invariants: Any, **seat: Any) -> dict[str, Any]:
    """Return a definition of one step, signed by a person of the case, or too late."""
    fields = {
        "topic": {"type": "string", "title": "Topic", "required": True},
        "risk": choice("low", "high"),
        "more": choice("yes", "no"),
        "who": {"type": "person", "title": "Who"},
    }
    step = {"title": "One", "policy": "4.1", "seats": {"seat": {"person": person, **seat}},
            "outcomes": {"good": {"event": "good"}},
            "deadline": {"after": "P3D", "event": "late"}}  # fmt: skip
    return {
        "process": "small", "title": "Small", "summary": "Small", "policy": ["4.1"],
        "number": "y", "rules": 1,
        "start": {"fields": fields, **start},
        "people": {"whom": {"from": "who", "title": "Whom"}},
        "machine": {
            "initial": "one",
            "states": {"one": {"on": {"good": "done", "late": "over"}},
                       "done": {"final": True}, "over": {"final": True}},
        },
        "steps": {"one": step},
        "invariants": list(invariants),
    }  # fmt: skip


def said(data: dict[str, Any]) -> list[str]:
    """Return what is found; each counterexample must play, its opening above all."""
    definition = built(data)
    source = Source(definition, Positions("d.yaml", {}), f"{data['process']}.yaml")
    assert check_parts(source) == ()
    findings = prove(definition).findings
    for finding in findings:
        assert finding.walk is not None
        assert replay(definition, finding.walk).stopped_at is None, finding.walk
    return [finding.sentence for finding in findings]


def test_the_opener_is_whom_the_form_lets_open_with_that_choice() -> None:
    """What is left is no false alarm: the opener may decline, and nobody else closes the case."""
    data: dict[str, Any] = load_file(FOOLED).definition.written()
    (caught,) = said(data)
    assert caught.startswith("A case can be caught at `closing`")
    data["steps"]["closing"]["deadline"] = {"after": "P7D", "event": "given_up"}
    data["machine"]["states"]["closing"]["on"]["given_up"] = "refused"
    assert said(data) == []
    data["start"]["when"]["purpose"]["other"] = {"roles": ["arbitrator", "systems-administrator"]}
    (broken,) = said(data)
    assert broken.startswith("“Another purpose only under the Arbitrator”")


@pytest.mark.parametrize(("start", "holds"), OPENERS)
def test_what_the_opener_signs_is_signed_by_a_holder_of_that_role(
    start: dict[str, Any],
    holds: bool,  # noqa: FBT001 - what the table says
) -> None:
    found = said(signed_by("opener", start, BY_ARBITRATOR))
    assert len(found) == (not holds)
    by = "the case comes to `done` without the signature"
    assert all(by in sentence for sentence in found)


def test_no_step_rests_on_an_opener_who_is_kept_out_by_the_role_that_they_opened_it_as() -> None:
    keep = [{"holders": "arbitrator"}]
    (found,) = said(signed_by("opener", {"roles": ["arbitrator"]}, **{"not": keep}))
    assert "its seats can't all be filled" in found
    assert said(signed_by("opener", {"roles": ["member"]}, **{"not": keep})) == []


@pytest.mark.parametrize("role", ["systems-administrator", "tester"])
def test_nothing_that_must_never_be_is_proved_by_it(role: str) -> None:
    """The matrix keeps one of them from being an assessor as well, but not from becoming one."""
    never = {"never": {"role": "software-assessor"}, **FIRM}
    (found,) = said(signed_by("opener", {"roles": [role]}, never))
    assert "the software-assessor has signed" in found


def test_whom_a_choice_requires_is_there() -> None:
    def required_when(*when: dict[str, str], **start: Any) -> dict[str, Any]:
        data = signed_by("whom", {"roles": ["member"], **start})
        data["start"]["fields"]["who"]["required_when"] = dict(*when)
        return data

    unfilled = "There is a path on which nobody who obeys the exclusivity matrix can get `one` done"
    assert [one.split(":")[0] for one in said(required_when({}))] == [unfilled]
    assert [one.split(":")[0] for one in said(required_when({"risk": "low"}))] == [unfilled]
    data = required_when({"risk": "low"})
    del data["start"]["fields"]["risk"]["choices"]["high"]
    assert said(data) == []
    # Where the other choice is made by those alone who are named, it has somebody named too.
    by = {"risk": {"high": {"person": "who"}}}
    assert said(required_when({"risk": "low"}, when=by)) == []


TEAM = {"roles": ["systems-administration-leader"], "team_of": "who"}


@pytest.mark.parametrize("cases", [[], ["other"]])
def test_nobody_leads_a_team_of_nobody(cases: list[str]) -> None:
    """Whoever opens it so names somebody, who is there to sign; another case may name nobody."""
    start = {"roles": ["member"], "when": {"risk": {"low": TEAM, "high": TEAM}}, "cases": cases}
    data = signed_by("whom", start)
    data["steps"]["one"]["seats"]["seat"]["allow"] = []
    there = {"before": "done", "people": 1, "in": ["one"], **FIRM}
    data["invariants"] = [there]
    findings = prove(built(data)).findings
    unfilled = ["its seats can't all be filled" in one.sentence for one in findings]
    assert unfilled == ([True] if cases else [])


@pytest.mark.parametrize("by", [TEAM, {"person": "who"}])
def test_a_walk_names_who_may_open_it_even_if_that_is_nobody_of_the_case(by: Any) -> None:
    start = {"roles": ["member"], "when": {"risk": {"low": by, "high": by}}}
    data = signed_by("opener", start, BY_ARBITRATOR)
    del data["people"]
    assert len(said(data)) == 1
