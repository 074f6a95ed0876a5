"""Invariants about what a file says: who opens, who sees, who abstains, what a child is told."""

import copy
from typing import Any

import pytest

from definitions.checks import check_parts
from definitions.definition import Definition
from definitions.loader import Source
from definitions.reading import Positions
from tests.support.appointing_case import PARENT
from tests.support.small_definitions import built

SOME = {"title": "It holds", "policy": "9.5", "firm": True}
JUDGE = {"people": ["judge"], "policy": "9.1.4.4"}


def findings(data: dict[str, Any]) -> list[str]:
    definition = built(data)
    name = f"{definition.process}.yaml"
    return [f.sentence for f in check_parts(Source(definition, Positions(name, {}), name))]


def parent(*invariants: dict[str, Any], **parts: Any) -> dict[str, Any]:
    """Return a definition that states these invariants; `parts` are in the place of its own."""
    data = copy.deepcopy(PARENT) | copy.deepcopy(parts)
    return data | {"invariants": [{**SOME, **one} for one in invariants]}


def opening(when: dict[str, Any], *, roles: tuple[str, ...] = ("member",)) -> dict[str, Any]:
    return {**copy.deepcopy(PARENT["start"]), "roles": list(roles), "when": when}


def may(people: list[str], roles: list[str]) -> dict[str, Any]:
    return {"people": people, "roles": roles, "policy": "9.5"}


LEADERS = ["access-leader", "systems-administration-leader"]
SELF = {"person": "subject"}
LED = {
    "role": {
        "systems-administrator": {"roles": ["systems-administration-leader"]},
        "access-engineer": {"roles": ["access-leader"]},
    }
}


@pytest.mark.parametrize(
    ("opened", "when", "start"),
    [
        ({"roles": ["member"]}, {}, opening({})),
        ({"roles": LEADERS}, {}, opening({}, roles=("access-leader",))),
        ({"head_of": "role"}, {}, opening(LED)),
        ({"head_of": "role", "roles": ["arbitrator"]}, {}, opening({}, roles=("arbitrator",))),
        ({"head_of": "access"}, {}, opening({}, roles=("systems-administration-leader",))),
        (
            {"person": "subject"},
            {"role": "none"},
            opening({"role": {"none": {"person": "subject"}}}),
        ),
        ({"roles": ["access-leader"]}, {"role": "access-engineer"}, opening(LED)),
    ],
)
def test_who_alone_opens_a_case_is_found_to_hold(
    opened: dict[str, Any], when: dict[str, str], start: dict[str, Any]
) -> None:
    assert findings(parent({"opened": opened, "when": when}, start=start)) == []


@pytest.mark.parametrize(
    ("opened", "when", "start", "says"),
    [
        ({"roles": ["arbitrator"]}, {}, opening({}), "`member` can open it."),
        (
            {"roles": ["arbitrator"]},
            {},
            opening(LED),
            "`systems-administration-leader` can open it with `role: systems-administrator`.",
        ),
        # With the choice `none` nothing is asked of anybody.
        ({"roles": LEADERS}, {}, opening(LED), "`member` can open it with `role: none`."),
        (
            {"head_of": "role"},
            {},
            opening({"role": {**LED["role"], "access-engineer": {"roles": LEADERS}}}),
            "`systems-administration-leader` can open it with `role: access-engineer`.",
        ),
        (
            {"head_of": "role"},
            {},
            opening({"role": {"access-engineer": LED["role"]["access-engineer"]}}),
            "`member` can open it with `role: systems-administrator`.",
        ),
        (
            {"head_of": "access"},
            {},
            opening({}, roles=("access-leader",)),
            "`access-leader` can open it with `access: ssh-access-list`.",
        ),
        (
            {"roles": ["access-leader"]},
            {"role": "access-engineer"},
            opening(
                {"role": {"access-engineer": {"roles": ["access-leader"], "person": "subject"}}}
            ),
            "whoever `subject` names can open it with `role: access-engineer`.",
        ),
        (
            {"person": "subject"},
            {"role": "none"},
            opening({"role": {"none": {"roles": ["arbitrator"], "person": "subject"}}}),
            "`arbitrator` can open it with `role: none`.",
        ),
    ],
)
def test_who_else_can_open_a_case_is_found(
    opened: dict[str, Any], when: dict[str, str], start: dict[str, Any], says: str
) -> None:
    found = findings(parent({"opened": opened, "when": when}, start=start))
    assert found == [f"“It holds” (9.5) doesn't hold: {says}"]


def test_whoever_leaves_the_field_empty_that_decides_is_asked_as_well() -> None:
    start = opening(LED)
    start["fields"]["role"]["required"] = False
    (found,) = findings(parent(start=start))
    assert found == "Whoever leaves `role` empty isn't asked whether they may open the case so."


ROLE = {"fields": {"role": {"roles": ["arbitrator"], "policy": "9.5"}}}
SEEN = {"private": ["judging"], "seen": {"people": ["judge"]}}


@pytest.mark.parametrize(
    ("invariant", "privacy"),
    [
        (SEEN, {"steps": {"judging": JUDGE}}),
        (SEEN, {"case": JUDGE}),
        (
            SEEN,
            {"case": may(["judge", "opener"], []), "steps": {"judging": JUDGE}},
        ),
        ({"private": ["role"], "seen": {"roles": ["arbitrator"]}}, ROLE),
        ({"public": "rest"}, {}),
    ],
)
def test_what_is_private_or_public_is_found_to_be_so(
    invariant: dict[str, Any], privacy: dict[str, Any]
) -> None:
    assert findings(parent(invariant, privacy=privacy)) == []


@pytest.mark.parametrize(
    ("invariant", "privacy", "says"),
    [
        (SEEN, {}, "others see `judging`"),
        (SEEN, {"steps": {"judging": {**JUDGE, "signers": True}}}, "others see `judging`"),
        (SEEN, {"steps": {"judging": {**JUDGE, "roles": ["member"]}}}, "others see `judging`"),
        (SEEN, {"steps": {"judging": {**JUDGE, "people": ["judge", "keeper"]}}}, "others see"),
        (SEEN, {"steps": {"judging": may([], ["arbitrator"])}}, "`judge` doesn't"),
        (SEEN, {"case": may(["opener"], []), "steps": {"judging": JUDGE}},
         "`judge` doesn't see `judging`"),
        ({"private": ["role"], "seen": {"roles": ["case-manager"]}}, ROLE, "others see `role`"),
        ({"public": "rest"}, {"steps": {"judging": JUDGE}}, "`judging` is hidden"),
        ({"public": "rest"}, ROLE, "`role` is hidden"),
        ({"public": "rest"}, {"case": JUDGE}, "the whole case is hidden"),
    ],
)  # fmt: skip
def test_what_is_private_or_public_and_should_not_be_is_found(
    invariant: dict[str, Any], privacy: dict[str, Any], says: str
) -> None:
    found = findings(parent(invariant, privacy=privacy))
    assert any(says in sentence and sentence.startswith("“It holds” (9.5)") for sentence in found)


def test_the_rest_is_what_no_invariant_calls_private() -> None:
    hidden = {"steps": {"judging": JUDGE}}
    assert findings(parent({"public": "rest"}, SEEN, privacy=hidden)) == []


def test_a_child_case_is_told_what_an_invariant_says() -> None:
    told = {"about": {"person": "subject"}, "what": {"field": "role"}}
    asked = {"before": "working", "child": "question", "outcome": "good"}
    assert findings(parent({**asked, "with": told})) == []
    other = {**asked, "with": {**told, "about": {"person": "judge"}}}
    (found,) = findings(parent(other))
    assert found == "“It holds” (9.5) doesn't hold: `question` isn't told so as `about`."
    data = parent({**asked, "with": told})
    data["start"]["fields"]["role"]["required"] = False
    data["start"]["when"] = {}
    (found,) = findings(data)
    assert "`role` may be left empty, and `question` isn't told `what` then" in found


def test_members_who_are_active_in_the_area_abstain() -> None:
    area = {"type": "choice", "title": "A", "choices": {"support-engineer": "S", "none": "N"}}
    start = {**PARENT["start"], "fields": {**PARENT["start"]["fields"], "area": area}}
    vote = {
        "title": "V", "policy": "9.1.5", "seats": {"board": {"body": "board"}},
        "vote": {"active": "area"}, "deadline": {"after": "P3D"},
        "outcomes": {name: {"event": "was_over"} for name in ("carried", "lost", "inquorate")},
    }  # fmt: skip
    steps = {**PARENT["steps"], "stuck": vote}
    data = parent({"never": {"active": "area", "in": ["stuck"]}}, start=start, steps=steps)
    del data["machine"]["states"]["stuck"]["on"]["was_again"]
    assert findings(data) == []
    del data["steps"]["stuck"]["vote"]["active"]
    (found,) = findings(data)
    assert "in `stuck` votes count whatever area `area` names" in found
    data["invariants"][0]["never"]["in"] = ["judging"]
    assert any("in `judging` votes count" in sentence for sentence in findings(data))
    del data["invariants"][0]["never"]["in"]
    assert any("in `stuck` votes count" in sentence for sentence in findings(data))


def ended(**parts: Any) -> dict[str, Any]:
    return {"before": "ended", **parts}


def given(**parts: Any) -> dict[str, Any]:
    return ended(done={"grant": {**GIVEN, **parts}})


ALL = {"person": "opener", "list": "all"}
ANYBODY = {"role": "member"}
GIVEN = {"person": "subject", "role": "systems-administrator"}
SIGNED = {"before": "ended", "signed": {"role": "systems-administrator", "in": ["working"]}}


@pytest.mark.parametrize(
    ("invariant", "says"),
    [
        ({**SIGNED, "items": ["keys", "codes"]}, None),
        ({**SIGNED, "items": ["locks"]}, "There is no thing on the list of `working` `locks`."),
        ({"before": "ended", "signed": {"role": "member", "in": ["stuck"]}, "items": ["keys"]},
         "There is no thing on the list of `stuck` `keys`."),
        ({"before": "ended", "signed": {"role": "member"}, "items": ["keys"]}, "on which list"),
        ({"ended": "judging", "items": ["keys"]}, "`items` goes with `signed` only."),
        ({**SIGNED, "outcome": "done"}, None),
        ({**SIGNED, "outcome": "don"}, "There is no outcome `don`."),
        (ended(people=2, outcome="over", **{"in": ["working"]}), "There is no outcome `over`"),
        (ended(signed=ANYBODY, outcome="over"), None),
        (ended(signed=ANYBODY, outcome="ovre"), "There is no outcome `ovre`"),
        ({"ended": "judging", "outcome": "done"}, "goes with `child` or `signed` or `people`"),
        (given(), None),
        (given(person="sub"), "There is no person of the case `sub`"),
        (given(role="pilot"), "There is no role `pilot`"),
        (given(role={"field": "rol"}), "There is no field `rol`"),
        (given(authority="motion"), "There is no child case to rest on"),
        (ended(done={"end": ALL}), None),
        (ended(undone={"end": {**ALL, "list": "x"}}), "There is no list `x`"),
        ({**given(), "title": None}, "what this invariant says"),
        ({"public": "rest", "title": None}, "Nothing tells people what this invariant says."),
        ({"opened": {"roles": ["pilot", "member"]}}, "There is no role `pilot`"),
        ({"opened": {"person": "sub", "roles": ["member"]}}, "There is no field `sub`"),
        ({"opened": {"head_of": "rol", "roles": ["member"]}}, "There is no field `rol`"),
        ({**SEEN, "private": ["jugding"]}, "There is no step or field `jugding`"),
        ({"private": ["judging"]}, "says exactly one of: seen"),
        ({**SEEN, "seen": {"people": ["jugde"]}}, "There is no person of the case `jugde`"),
        ({**SEEN, "seen": {"people": ["judge"], "roles": ["pilot"]}}, "no role `pilot`"),
        ({"never": {"active": "are"}}, "There is no field `are`"),
        ({"before": "ended", "signed": {"active": "role"}}, "`active` goes with `never` only."),
    ],
)  # fmt: skip
def test_what_an_invariant_names_is_there(invariant: dict[str, Any], says: str | None) -> None:
    data = parent(invariant)
    if data["invariants"][0]["title"] is None:
        del data["invariants"][0]["title"]
    found = findings(data)
    assert found == [] if says is None else any(says in sentence for sentence in found), found


def test_a_deed_is_one_thing_and_an_invariant_one_pattern() -> None:
    wrong: list[dict[str, Any]] = [
        {"before": "ended", "done": {}},
        {"before": "ended", "done": {"grant": GIVEN, "end": GIVEN}},
        {"before": "ended", "done": {"grant": {**GIVEN, "list": "ssh-access-list"}}},
        {"public": "rest", "private": ["judging"], "seen": {}},
        {"public": "all"},
    ]
    for one in wrong:
        with pytest.raises(ValueError, match=r"either|exactly one|Input should be"):
            Definition.build(parent(one), {})
