"""Roles that nothing tells apart are one to the proof, and it finds what it found with both."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings

from definitions.checks import check_parts
from definitions.definition import Definition
from definitions.loader import Source
from definitions.model import Body
from definitions.proof import plan, prove
from definitions.proof.alike import alike
from definitions.reading import Positions
from tests.definitions.proof.test_brute_force import tiny
from tests.support.examples import examples
from tests.support.small_definitions import built

OF_PEOPLE = ("signed", "never", "role", "any_of")


def ceremony(roles: tuple[str, ...], *, steps: int = 3, count: int = 3) -> Definition:
    """Return a ceremony of some steps, each signed by so many of any of these roles."""
    names = [f"step_{number}" for number in range(steps)]
    onward = [*names[1:], "held"]
    role, *others = roles
    seat = {"role": role, "or": others, "count": count}
    data = {
        "process": "ceremony", "title": "C", "summary": "C", "policy": ["4.1"], "number": "c",
        "rules": 1,
        "start": {"roles": ["member"],
                  "fields": {"what": {"type": "string", "title": "W", "required": True}}},
        "machine": {
            "initial": names[0],
            "states": {
                **{name: {"on": {f"{name}_so": to, f"{name}_not": "broken_off"}}
                   for name, to in zip(names, onward, strict=True)},
                "held": {"final": True}, "broken_off": {"final": True},
            },
        },
        "steps": {
            name: {
                "title": name, "policy": "4.1",
                "seats": {"custodian": {**seat, "not": [{"signers": one} for one in before]}},
                "outcomes": {"so": {"event": f"{name}_so"}, "not": {"event": f"{name}_not"}},
            }
            for name, before in zip(names, ([], *([n] for n in names)), strict=False)
        },
        "invariants": [
            {"before": "held", "people": count, "in": names, "policy": "4.1", "firm": True},
        ],
    }  # fmt: skip
    return Definition.build(data, {})


@pytest.mark.parametrize(
    "roles",
    [
        ("tester", "support-engineer"),
        ("support-engineer", "access-engineer", "systems-administrator"),
    ],
)
def test_like_roles_cost_nothing(roles: tuple[str, ...]) -> None:
    one, several = prove(ceremony(roles[:1])), prove(ceremony(roles))
    assert several.findings == one.findings == ()
    assert several.configurations == one.configurations


@pytest.mark.parametrize(
    "asks",
    [
        {"before": "held", "signed": {"role": "tester"}},
        {"never": {"role": "tester", "in": ["step_1"]}},
        {"before": "held", "people": 1, "role": "tester"},
    ],
)
def test_what_asks_for_one_of_them_tells_them_apart(asks: dict[str, Any]) -> None:
    roles = ("tester", "support-engineer")
    data: Any = ceremony(roles, steps=2, count=1).written()
    assert len(set(named(Definition.build(data, {})).values())) == 2
    data["invariants"] = [{**asks, "policy": "4.1", "firm": True}]
    definition = Definition.build(data, {})
    assert len(set(named(definition).values())) == 3
    (found,) = prove(definition).findings
    assert found.path == ("invariants", 0)


def test_roles_of_which_one_excludes_another_are_told_apart() -> None:
    """Software Assessors may not be Systems Administrators; Testers may."""
    data: Any = ceremony(("tester", "software-assessor"), steps=2).written()
    for seat in data["steps"]["step_1"]["seats"].values():
        seat |= {"role": "systems-administrator", "or": [], "not": []}
    assert named(Definition.build(data, {}))["tester"] != "software-assessor"


def named(definition: Definition) -> Mapping[str, str]:
    return alike(definition.body)


def _apart(body: Body) -> Mapping[str, str]:
    del body
    return {}


@settings(max_examples=examples(25, 100), deadline=None, suppress_health_check=list(HealthCheck))
@given(drawn=tiny())
def test_the_same_is_found_as_with_every_role_told_apart(
    drawn: tuple[dict[str, Any], tuple[str, str]],
) -> None:
    data, pair = drawn
    for step in data["steps"].values():
        for seat in step["seats"].values():
            if "role" in seat:
                seat |= {"role": pair[0], "or": [pair[1]]}
            seat["not"] = [one for one in seat.get("not", ()) if "holders" not in one]
    data["start"].pop("when", None)
    asked = data["invariants"]
    data["invariants"] = [
        one
        for one in asked
        if not any(set(pair) & set(str(one.get(key)).split("'")) for key in OF_PEOPLE)
    ]
    definition = built(data)
    assume(not check_parts(Source(definition, Positions("drawn.yaml", {}), "drawn.yaml")))
    assert len(set(alike(definition.body).values()) & set(pair)) <= 1
    here = prove(definition)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "alike", _apart)
        there = prove(built(data))
    assert [one.path for one in here.findings] == [one.path for one in there.findings]
    assert here.configurations <= there.configurations
