"""Whether the people of a directory can carry our processes through."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from definitions.definition import Definition
from definitions.loader import load_library
from definitions.proof.cast import community
from definitions.proof.roles import held_with
from definitions.proof.staff import leaving, prove_staff
from definitions.proof.staffing import at_any_time

SYSTEM = load_library().current("system-patch")
APPLICATION = load_library().current("application-patch")


def sample() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for player in community()[0]:
        for role in player.roles:
            found.setdefault(role, []).append(player.name)
    return found


def without(holders: Mapping[str, list[str]], *people: str) -> dict[str, list[str]]:
    return {role: [p for p in held if p not in people] for role, held in holders.items()}


def test_the_sample_community_can_apply_a_patch_to_system_software() -> None:
    assert prove_staff(SYSTEM, sample()) == ()


def test_two_administrators_are_needed_and_one_is_too_few() -> None:
    findings = prove_staff(SYSTEM, without(sample(), "nkiru", "jorun"))
    assert [finding.path[1] for finding in findings] == ["applying", "backing_out"]
    assert "needs 1 systems administrator as executor (1 there)" in findings[0].sentence
    mend = "Let the Board admit one more Systems Administrator (9.1.5)."
    assert {finding.remedy for finding in findings} == {mend}


def test_a_team_of_three_assessors_is_too_small_for_the_highest_risk_only() -> None:
    findings = prove_staff(APPLICATION, sample())
    found = {f.path[1]: f.sentence for f in findings}
    mend = "Let the Board admit one more Software Assessor, who isn't the author (9.1.5)."
    assert {f.remedy for f in findings} == {mend}
    assert list(found) == ["review", "test"]
    assert "3 software assessor as reviewer (3 there)" in found["review"]
    assert "at high risk" in found["review"]
    more = sample()
    more["software-assessor"].append("new")
    assert prove_staff(APPLICATION, more) == ()


def test_one_whose_leaving_stops_something_is_named() -> None:
    assert leaving(SYSTEM, sample()) == {"bartho": ("approval", "escalated")}
    fewer = without(sample(), "jorun")
    assert leaving(SYSTEM, fewer)["nkiru"] == ("applying", "backing_out")


def test_nobody_holds_anything() -> None:
    findings = prove_staff(SYSTEM, {})
    assert len(findings) == len(SYSTEM.body.steps)
    assert "2 more Systems Administrators" in findings[2].remedy


@pytest.mark.parametrize("definition", [SYSTEM, APPLICATION])
@given(data=st.data())
def test_whoever_is_said_to_mend_it_mends_it(definition: Definition, data: st.DataObject) -> None:
    """Take some of the sample's people away, admit whom the remedy names, and ask again."""
    everyone = sorted({person for held in sample().values() for person in held})
    holders = without(sample(), *data.draw(st.lists(st.sampled_from(everyone), unique=True)))
    for step in definition.body.steps:
        found = at_any_time(definition, step, holders, {})
        if found is None:
            continue
        more = {role: list(people) for role, people in holders.items()}
        for number, roles in enumerate(found.more):
            assert at_any_time(definition, step, more, {}) is not None
            for role in held_with(roles[0]):
                more.setdefault(role, []).append(f"new-{number}")
        assert at_any_time(definition, step, more, {}) is None
