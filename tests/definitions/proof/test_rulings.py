"""What rulings do to what is proved: each small definition has one thing in it, right or wrong."""

from __future__ import annotations

from typing import Any

import pytest

from definitions.checks import check_parts
from definitions.loader import Source
from definitions.proof import Finding, prove
from definitions.reading import Positions
from definitions.rules.ruled import closings
from tests.support.small_definitions import built
from tests.support.walk_replay import replay

LEADER = "systems-administration-leader"
FIRM = {"policy": "3.2.3", "firm": True}
RULING = {"policy": "9.1.1"}


def step(**changes: Any) -> dict[str, Any]:
    """Return a step that one Systems Administrator signs, as good or as bad."""
    made = {
        "title": "Step",
        "policy": "4.1",
        "seats": {"seat": {"role": "systems-administrator"}},
        "outcomes": {"good": {"event": "good"}, "bad": {"event": "bad"}},
    }
    return made | changes


def seat(**said: Any) -> dict[str, Any]:
    return {"seats": {"seat": said}}


def definition(rulings: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """Return one in which the leader approves what is then made."""
    good = {"on": {"good": "making", "bad": "refused"}}
    data: dict[str, Any] = {
        "process": "small", "title": "Small", "summary": "Small", "policy": ["4.1"],
        "number": "y", "rules": 1,
        "start": {
            "roles": ["member"],
            "fields": {"topic": {"type": "string", "title": "Topic", "required": True}},
        },
        "machine": {
            "initial": "approval",
            "states": {
                "approval": good,
                "making": {"on": {"good": "done", "bad": "refused"}},
                "done": {"final": True, "outcome": "good"},
                "refused": {"final": True, "outcome": "bad"},
            },
        },
        "steps": {"approval": step(**seat(role=LEADER)), "making": step()},
        "invariants": [],
    }  # fmt: skip
    return data | ({"rulings": RULING | rulings} if rulings is not None else {}) | changes


def approved(**said: Any) -> dict[str, Any]:
    """Return that nothing is made without the leader's approval; firm if nothing else is said."""
    asked = {"before": "making", "signed": {"role": LEADER}, "title": "Approved"}
    return asked | ({"policy": "3.2.3", "waivable": True} | said if said else FIRM)


def made(**said: Any) -> dict[str, Any]:
    """Return that nothing is done without having been made."""
    asked = {"before": "done", "signed": {"role": "systems-administrator", "in": ["making"]}}
    return asked | {"title": "Made", "policy": "4.1", "waivable": True} | said


def refused(data: dict[str, Any]) -> list[str]:
    """Return what the checks say, before anything is proved."""
    source = Source(built(data), Positions("small.yaml", {}), "small.yaml")
    return [found.sentence for found in check_parts(source)]


def findings(data: dict[str, Any]) -> tuple[Finding, ...]:
    """Return what the proof says; each of its walks must play to the end."""
    assert refused(data) == []
    one = built(data)
    found = prove(one).findings
    for each in found:
        if each.walk is not None:
            assert replay(one, each.walk).stopped_at is None, each.walk
    return found


def told(data: dict[str, Any]) -> list[str]:
    return [each.sentence for each in findings(data)]


def test_a_ruling_that_authorises_is_nobodys_signature_and_breaks_what_is_firm() -> None:
    (found,) = findings(definition({"authorise": {"approval": {}}}, invariants=[approved()]))
    assert found.path == ("rulings", "authorise", "approval")
    assert found.sentence == (
        "A ruling that authorises `approval` breaks “Approved” (3.2.3), which is firm: no ruling "
        "waives it, after 2 acts."
    )
    rule = "- rule: {kind: authorise, step: approval, seat: seat, outcome: good}"
    assert rule in (found.walk or "")


def test_so_does_one_that_moves_the_case() -> None:
    (found,) = findings(definition({"override": {"making": {}}}, invariants=[approved()]))
    assert found.path == ("rulings", "override", "making")
    assert "moves the case to `making` breaks “Approved”" in found.sentence
    assert "- rule: {kind: override, to: making}" in (found.walk or "")


def test_and_one_that_closes_it() -> None:
    (found,) = findings(definition({"close": {"done": {}}}, invariants=[made(), approved()]))
    assert found.path == ("rulings", "close", "done")
    assert found.sentence == (
        "A ruling that closes the case as `done` waives “Made” (4.1), and doesn't say so."
    )
    assert "- rule: {kind: close, to: done}" in (found.walk or "")


def test_what_is_waivable_may_be_waived_and_must_be_said_to_be() -> None:
    invariants = [approved(id="approved")]
    silent = definition({"authorise": {"approval": {}}}, invariants=invariants)
    assert told(silent) == [
        "A ruling that authorises `approval` waives “Approved” (3.2.3), and doesn't say so."
    ]
    waives = {"waives": ["approved"]}
    assert told(definition({"authorise": {"approval": waives}}, invariants=invariants)) == []


def test_what_holds_all_the_same_is_not_waived() -> None:
    rulings = {"authorise": {"making": {"waives": ["approved"]}}}
    (found,) = findings(definition(rulings, invariants=[approved(id="approved")]))
    assert found.path == ("rulings", "authorise", "making", "waives")
    assert found.sentence == (
        "A ruling that authorises `making` doesn't waive “Approved”: it holds all the same."
    )


TOGETHER = {
    "id": "signed",
    "title": "Signed",
    "before": "done",
    "people": 1,
    "in": ["approval", "making"],
    "policy": "4.1",
    "waivable": True,
}
"""Broken only where both steps are authorised."""
SAID_TWICE = (
    "A ruling that authorises `approval` doesn't waive “Signed”: wherever it is broken then, "
    "another ruling waives it."
)


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [
        ([], [], ["A ruling that authorises `making` waives “Signed” (4.1), and doesn't say so."]),
        ([], ["signed"], []),
        (["signed"], [], []),
        (
            ["signed"],
            ["signed"],
            [SAID_TWICE],
        ),
    ],
)
def test_of_two_that_break_something_only_together_one_says_so(
    first: list[str], second: list[str], said: list[str]
) -> None:
    rulings = {"authorise": {"approval": {"waives": first}, "making": {"waives": second}}}
    assert told(definition(rulings, invariants=[TOGETHER])) == said


def test_of_two_that_waive_the_same_the_superfluous_one_is_found() -> None:
    """That `approval` is waived more widely doesn't make it needed at `making`."""
    rulings = {
        "authorise": {"approval": {"waives": ["approved"]}},
        "override": {"approval": {"waives": ["approved"]}},
    }
    (said,) = told(definition(rulings, invariants=[approved(id="approved")]))
    assert said == (
        "A ruling that moves the case to `approval` doesn't waive “Approved”: wherever it is "
        "broken then, another ruling waives it."
    )


def test_what_is_needed_only_after_another_ruling_is_not_superfluous() -> None:
    """Nor does it become so by a third one that waives what both do, on ways of its own."""
    approved_or_done = approved(id="approved") | {"before": ["making", "done"]}
    rulings = {
        "authorise": {"making": {"waives": ["signed"]}},
        "override": {
            "making": {"waives": ["approved"]},
            "done": {"waives": ["approved", "signed"]},
        },
    }
    assert told(definition(rulings, invariants=[TOGETHER, approved_or_done])) == []
    rulings["authorise"]["making"]["waives"] = []
    assert told(definition(rulings, invariants=[TOGETHER, approved_or_done])) == [
        "A ruling that authorises `making` waives “Signed” (4.1), and doesn't say so."
    ]


def test_nobody_can_be_the_same_as_a_seat_that_nobody_signed() -> None:
    making = step(
        **seat(role=LEADER, same={"signer": "approval", "seat": "seat"}),
        deadline={"after": "P2D", "event": "bad"},
    )
    steps = {"approval": step(**seat(role=LEADER)), "making": making}
    said = (
        "There is a path on which nobody who obeys the exclusivity matrix can get `making` done: "
        "its seats can't all be filled."
    )
    assert told(definition(steps=steps)) == []
    assert told(definition({"override": {"making": {}}}, steps=steps)) == [said]
    assert told(definition({"authorise": {"approval": {}}}, steps=steps)) == [said]


def beside(**rulings: Any) -> dict[str, Any]:
    """Return one in which two steps stand beside each other."""
    regions = {
        name: {
            "initial": f"{name}_open",
            "states": {
                f"{name}_open": {"on": {f"{name}_good": f"{name}_end"}},
                f"{name}_end": {"final": True},
            },
        }
        for name in ("left", "right")
    }
    both = {"parallel": regions, "on": {"done": "making", "bad": "refused"}}
    data = definition(rulings)
    states = data["machine"]["states"] | {"both": both}
    del states["approval"]
    data["machine"] = {"initial": "both", "states": states}
    data["steps"] = {"making": step()} | {
        f"{name}_open": step(outcomes={"good": {"event": f"{name}_good"}, "bad": {"event": "bad"}})
        for name in ("left", "right")
    }
    return data


def test_a_ruling_into_one_of_two_that_stand_beside_each_other_begins_both_anew() -> None:
    asked = {"before": "making", "signed": {"role": "systems-administrator", "in": ["right_open"]}}
    data = beside(override={"left_open": {}, "left_end": {}})
    data["invariants"] = [{**asked, **FIRM}]
    assert told(data) == []
    moved = built(data).chart.send(("making",), {}, "by_ruling_left_end")
    assert set(moved.configuration) >= {"left_end", "right_open"}
    data["invariants"][0]["signed"]["in"] = ["left_open"]
    (found,) = findings(data)
    assert found.path == ("rulings", "override", "left_end")
    assert found.sentence.endswith("which is firm: no ruling waives it, after 3 acts.")


def test_no_ruling_gives_a_role_without_the_motion() -> None:
    data = definition({"override": {"making": {}}})
    motion = {"process": "motion", "as": "motion", "with": {}}
    grant = {"person": "opener", "role": "systems-administrator", "authority": "motion"}
    data["steps"] = {"making": step()}
    data["machine"]["states"]["making"]["on"]["barred"] = "refused"
    data["effects"] = [
        {"enter": "approval", "open": motion | {"on": {"carried": "good", "lost": "bad"}}},
        {"enter": "making", "grant": grant | {"otherwise": "barred"}},
    ]
    found = [each for each in findings(data) if each.path == ("effects", 1)]
    assert [each.sentence.partition(" doesn't hold")[0] for each in found] == [
        "“Nobody comes to a role or onto a list but by the body that admits people” (9.1.5)"
    ]
    assert "- rule: {kind: override, to: making}" in (found[0].walk or "")
    without = data | {"rulings": {}}
    assert [each.path for each in findings(without)] == []


@pytest.mark.parametrize("rulings", [{}, {"override": {"done": {}}, "close": {"refused": {}}}])
def test_a_ruling_is_no_way_out_of_a_dead_end(rulings: dict[str, Any]) -> None:
    """The opener may decline, and then nobody is left but the Arbitrator."""
    data = definition(rulings)
    data["steps"]["making"] = step(**seat(person="opener"))
    (found,) = findings(data)
    assert found.sentence.startswith("A case can be caught at `making`")
    assert "rule:" not in (found.walk or "")


def test_a_state_that_only_a_ruling_leads_out_of_is_refused_before_anything_is_proved() -> None:
    data = definition({"override": {"making": {}}, "close": {"refused": {}}})
    data["machine"]["states"]["approval"] = {"on": {"good": "approval", "bad": "approval"}}
    assert refused(data) == [
        "From the state `approval` no way leads to an end: a case would be caught in it."
    ]


def test_a_ruling_leads_into_no_dead_end() -> None:
    data = definition({"override": {"resting": {}}})
    data["machine"]["states"]["resting"] = {"on": {"good": "done", "bad": "refused"}}
    data["steps"]["resting"] = step(**seat(person="opener"))
    (found,) = findings(data)
    assert found.sentence.startswith("A case can be caught at `resting`")
    assert "- rule: {kind: override, to: resting}" in (found.walk or "")


@pytest.mark.parametrize("kind", ["override", "close"])
def test_what_only_a_ruling_leads_to_is_said_to_be_reached_from_nowhere(kind: str) -> None:
    data = definition({kind: {"settled": {}}})
    data["machine"]["states"]["settled"] = {"final": True, "outcome": "neutral"}
    data["invariants"] = [{"only": [], "reaches": "settled", **FIRM}]
    assert told(data) == []
    data["machine"]["states"]["making"]["on"]["bad"] = "settled"
    (found,) = findings(data)
    assert found.path == ("invariants", 0)


def test_a_seat_that_a_ruling_fills_leads_on_from_where_the_case_stands() -> None:
    data = definition({"authorise": {"making": {}}})
    data["invariants"] = [{"only": ["making"], "reaches": "done", **FIRM}]
    assert told(data) == []
    data["invariants"] = [{"only": [], "reaches": "done", **FIRM}]
    assert len(told(data)) == 1


def test_a_seat_that_a_ruling_filled_nobody_has_signed_in_any_round() -> None:
    data = definition({"authorise": {"approval": {}}})
    data["machine"]["states"]["making"]["on"]["bad"] = "approval"
    late = {"deadline": {"after": "P2D", "event": "bad"}}
    data["steps"] = {
        "approval": step(**seat(person="opener"), **late),
        "making": step(**seat(role="systems-administrator", **{"not": ["opener"]})),
    }
    never = {"signers": "approval", "in": ["making"], "rounds": "all"}
    data["invariants"] = [{"never": never, **FIRM}]
    assert told(data) == []


def test_an_invariant_that_is_named_twice_waives_no_other() -> None:
    invariants = [approved(id="approved"), made(firm=True, waivable=False, before="done")]
    twice = definition(
        {"override": {"done": {"waives": ["approved", "approved"]}}}, invariants=invariants
    )
    assert refused(twice) == ["`approved` is said to be waived already."]
    found = [each.sentence for each in prove(built(twice)).findings]
    assert "A ruling that moves the case to `done` breaks “Made” (4.1)" in found[0]


def test_no_ruling_votes_signs_a_list_or_answers() -> None:
    data = definition({"authorise": {"approval": {}}})
    vote = {"quorum": {"share": "1/2"}, "majority": "1/2"}
    outcomes = {"carried": {"event": "good"}, "lost": {"event": "bad"}}
    data["steps"]["approval"] = step(
        **seat(body="board"),
        vote=vote,
        outcomes=outcomes | {"inquorate": {"event": "bad"}},
        deadline={"after": "P3D"},
    )
    assert "In `approval` a body votes, and no ruling votes in its place." in refused(data)
    data["steps"]["approval"] = step(each={"items": {"a": "A", "b": "B"}})
    assert (
        "`approval` is signed for each thing on a list, and no ruling signs these off."
        in refused(data)
    )
    how = {"type": "choice", "title": "How", "required": True, "choices": {"low": "L", "high": "H"}}
    data["steps"]["approval"] = step(evidence={"how": how})
    way = {"by": "approval.how", "low": "making", "high": "refused"}
    data["machine"]["states"]["approval"]["on"]["good"] = way
    said = (
        "What is answered in `approval` decides where the case goes, and a ruling answers nothing."
    )
    assert said in refused(data)


def test_a_ruling_past_the_answer_that_decides_leads_nowhere() -> None:
    how = {"type": "choice", "title": "How", "required": True, "choices": {"low": "L", "high": "H"}}
    data = definition({"override": {"making": {}}})
    data["steps"]["approval"]["evidence"] = {"how": how}
    way = {"by": "approval.how", "low": "done", "high": "refused"}
    data["machine"]["states"]["making"]["on"]["good"] = way
    assert refused(data) == []
    said = prove(built(data)).findings[0].sentence
    assert "`good` can happen while nobody's answer to `approval.how` counts" in said


LEFT = {"after": "approval", "always": "done", "title": "Done", "policy": "4.1"}
BEFORE = {"before": "refused", "signed": {"role": LEADER}, "policy": "4.1"}
ONLY = {"only": ["approval", "making"], "reaches": "refused", "policy": "4.1"}
MOTION = {"process": "motion", "as": "motion", "with": {}}
GRANT = {"person": "opener", "role": "tester", "authority": "case"}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, {"refused": ()}),
        ({"invariants": [LEFT | {"waivable": True}]}, {"refused": ("Done",)}),
        ({"invariants": [LEFT | {"waivable": True, "id": "done"}]}, {"refused": ("done",)}),
        ({"invariants": [LEFT | {"firm": True}]}, {}),
        ({"invariants": [{"ended": "making", "policy": "4.1", "firm": True}]}, {}),
        (
            {"invariants": [{"ended": "making", "policy": "4.1", "waivable": True}]},
            {"refused": ("4.1",)},
        ),
        ({"invariants": [BEFORE | {"firm": True}]}, {}),
        ({"invariants": [BEFORE | {"waivable": True}]}, {}),
        ({"invariants": [ONLY | {"firm": True}]}, {}),
        ({"invariants": [BEFORE | {"firm": True, "before": "making"}]}, {"refused": ()}),
        ({"effects": [{"enter": "refused", "open": MOTION}]}, {}),
        ({"effects": [{"enter": "refused", "end": GRANT}]}, {}),
        ({"effects": [{"enter": "making", "end": GRANT}]}, {"refused": ()}),
        ({"effects": [{"leave": "making", "end": GRANT}]}, {}),
        ({"effects": [{"leave": "making", "open": MOTION}]}, {}),
        ({"rulings": RULING | {"close": {"done": {}}}}, {"done": ()}),
    ],
)
def test_to_which_end_a_case_is_closed_where_the_file_says_nothing(
    changes: dict[str, Any], expected: dict[str, tuple[str, ...]]
) -> None:
    assert closings(built(definition() | changes).body) == expected


def test_it_is_a_bad_end_rather_than_a_neutral_one() -> None:
    data = definition()
    dropped = {"dropped": {"final": True, "outcome": "neutral"}}
    data["machine"]["states"] = dropped | data["machine"]["states"]
    assert closings(built(data).body) == {"refused": ()}
    data["effects"] = [{"enter": "refused", "open": MOTION}]
    assert closings(built(data).body) == {"dropped": ()}


def test_nobody_loses_a_role_by_a_motion_that_a_ruling_has_cut_short() -> None:
    """Leaving what the motion was asked in ends the role; so no case can be closed there."""
    asked = {**MOTION, "on": {"carried": "yes", "lost": "again"}}
    inner = {
        "asking": {"on": {"yes": "fine", "again": "approval"}},
        "approval": {"on": {"good": "asking", "bad": "asking"}},
        "fine": {"final": True},
    }
    deciding = {"initial": "asking", "states": inner, "on": {"done": "making"}}
    data = definition()
    states = data["machine"]["states"] | {"deciding": deciding}
    del states["approval"]
    data["machine"] = {"initial": "deciding", "states": states}
    data["effects"] = [
        {"enter": "asking", "open": asked},
        {"leave": "deciding", "end": GRANT | {"authority": "motion"}},
    ]
    assert told(data) == []
    assert closings(built(data).body) == {}
    said = told(data | {"rulings": {"close": {"refused": {}}}})
    assert [one.partition(" doesn't hold")[0] for one in said] == [
        "“Nobody loses a role or a place on a list by a decision before it is made” (3.4.2)"
    ]


ASKED = "An invariant asks how a case comes to `refused`, and of one that has ended nobody can say."
REINSTATED = {"close": {"refused": {}}, "reinstate": ["refused"]}


def test_a_case_that_has_ended_can_be_brought_to_another_end() -> None:
    assert findings(definition(REINSTATED)) == ()
    assert built(definition(REINSTATED)).body.rulings.reinstate == ("refused",)


@pytest.mark.parametrize(
    ("rulings", "changes", "sentence"),
    [
        (
            {"reinstate": ["refused"]},
            {},
            "No ruling may close the case as `refused`, so none may bring it there later.",
        ),
        (
            REINSTATED | {"reinstate": ["refused", "refused"]},
            {},
            "`refused` is said already.",
        ),
        (
            REINSTATED,
            {"invariants": [FIRM | {"only": ["approval"], "reaches": "refused"}]},
            ASKED,
        ),
        (
            REINSTATED,
            {
                "invariants": [
                    FIRM | {"before": "refused", "signed": {"role": "systems-administrator"}}
                ]
            },
            ASKED,
        ),
        (
            REINSTATED,
            {
                "effects": [
                    {
                        "leave": "done",
                        "mail": {"to": [{"person": "opener"}], "subject": "s", "text": "t"},
                    }
                ]
            },
            "`done` is an end, which only a ruling leaves.",
        ),
        (
            REINSTATED,
            {"start": definition()["start"] | {"cases": ["other"]}},
            "Cases of other processes open this one, and have gone on by how it ended first.",
        ),
    ],
)
def test_no_case_is_brought_to_an_end_later_where_that_is_not_proved(
    rulings: dict[str, Any],
    changes: dict[str, Any],
    sentence: str,
) -> None:
    assert sentence in refused(definition(rulings, **changes))


def test_only_a_ruling_may_reach_it_all_the_same() -> None:
    reached = {"only": [], "reaches": "left"} | FIRM
    data = definition({"close": {"left": {}}, "reinstate": ["left"]}, invariants=[reached])
    data["machine"]["states"]["left"] = {"final": True, "outcome": "neutral"}
    assert findings(data) == ()
