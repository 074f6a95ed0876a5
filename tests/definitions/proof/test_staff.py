"""Whether the people of a directory can carry our processes through."""

from collections.abc import Mapping

from definitions.loader import load_library
from definitions.proof.cast import community
from definitions.proof.staff import leaving, prove_staff

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
    assert "admit another systems administrator" in findings[0].remedy


def test_a_team_of_three_assessors_is_too_small_for_the_highest_risk_only() -> None:
    found = {f.path[1]: f.sentence for f in prove_staff(APPLICATION, sample())}
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
    assert len(prove_staff(SYSTEM, {})) == len(SYSTEM.body.steps)
