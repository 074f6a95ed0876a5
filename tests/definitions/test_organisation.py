"""Roles, teams and lists: what the policy names, and what the loader refuses."""

from __future__ import annotations

import json

import pytest

from definitions.errors import DefinitionErrors, DefinitionsError
from definitions.organisation import (
    Organisation,
    UnknownName,
    ends_with_all,
    load_organisation,
    organisation_from,
)
from definitions.reading import read_yaml_bytes

SMALL = """\
roles:
  - {id: worker, title: {en: Worker}, plural: {en: Workers}, policy: "1.3", critical: true, who_is: {en: Works.}}
  - {id: chief, title: {en: Chief}, plural: {en: Chiefs}, policy: "9.1.2", critical: false, who_is: {en: Leads.}}
teams:
  - {id: works, title: {en: Works}, policy: "9.1.2", member: worker, leader: chief, list: works-list}
groups:
  - {id: friends, title: {en: Friends}, policy: "7.5", member: worker, list: works-list}
bodies:
  - {id: council, title: {en: Council}, policy: "9.1.1", member: chief, list: works-list}
lists:
  - {id: works-list, title: {en: Works list}, address: works@example.org}
access_lists:
  - {id: door, title: {en: Door}, policy: "3.4.2", who: worker, purpose: {en: in}, relationship: {en: none}, manager: chief}
  - {id: gate, title: {en: Gate}, policy: "3.4.2", who: worker, purpose: {en: in}, relationship: {en: none}, manager: chief, includes: door}
"""  # noqa: E501 - one thing a line, so that the tests below can name its line


def small(text: str = SMALL) -> Organisation:
    return organisation_from(*read_yaml_bytes(text.encode(), name="organisation.yaml"))


def test_the_critical_roles_are_the_four_of_1_1_1() -> None:
    assert [role.id for role in load_organisation().critical_roles()] == [
        "access-engineer",
        "systems-administrator",
        "software-assessor",
        "support-engineer",
    ]


def test_being_a_member_and_offices_do_not_end_with_everything_else() -> None:
    kept = {role.id for role in load_organisation().roles if not ends_with_all(role.id)}
    assert kept == {"member", "board-member", "arbitrator", "case-manager"}


@pytest.mark.parametrize(
    ("team", "member", "leader"),
    [
        ("access", "access-engineer", "access-leader"),
        ("systems-administration", "systems-administrator", "systems-administration-leader"),
        ("software-assessment", "software-assessor", "software-assessment-leader"),
        ("support", "support-engineer", "support-leader"),
    ],
)
def test_teams(team: str, member: str, leader: str) -> None:
    organisation = load_organisation()
    assert organisation.team(team).member == member
    assert organisation.leader_of(team).id == leader
    assert organisation.team_of(member) == organisation.team_of(leader) == organisation.team(team)
    assert organisation.list(organisation.team(team).list).address.endswith("@example.org")
    assert organisation.list(f"{team}-list").id == organisation.team(team).list


@pytest.mark.parametrize(
    "role",
    ["arbitrator", "case-manager", "board-member", "tester", "member", "designated-reviewer"],
)
def test_other_roles_belong_to_no_team(role: str) -> None:
    organisation = load_organisation()
    assert organisation.has_role(role)
    assert organisation.team_of(role) is None
    assert not organisation.role(role).critical


def test_testing_is_a_group_and_the_board_a_body() -> None:
    organisation = load_organisation()
    assert organisation.group("testing").member == "tester"
    assert organisation.body("board").member == "board-member"


@pytest.mark.parametrize(
    ("id_", "who", "manager"),
    [
        ("physical-control-list", "access-engineer", "access-leader"),
        ("physical-access-list", "systems-administrator", "systems-administration-leader"),
        ("ssh-access-list", "systems-administrator", "systems-administration-leader"),
        ("repository-access-list", "software-assessor", "software-assessment-leader"),
        ("support-access-list", "support-engineer", "support-leader"),
    ],
)
def test_the_five_access_lists_of_3_4_2(id_: str, who: str, manager: str) -> None:
    access_list = load_organisation().access_list(id_)
    assert (access_list.who, access_list.manager, access_list.policy) == (who, manager, "3.4.2")
    assert len(load_organisation().access_lists) == 5


def test_ssh_includes_physical_access() -> None:
    assert load_organisation().access_list("ssh-access-list").includes == "physical-access-list"


def test_the_organisation_is_plain_json() -> None:
    organisation = load_organisation()
    data = json.loads(json.dumps(organisation.to_json()))
    assert data == organisation.to_json()
    again = organisation_from(*read_yaml_bytes(json.dumps(data).encode(), name="again.yaml"))
    assert again == organisation


def test_an_unknown_name_is_refused_with_the_nearest_one() -> None:
    organisation = load_organisation()
    with pytest.raises(UnknownName, match="Did you mean `systems-administrator`"):
        organisation.role("system-administrator")
    with pytest.raises(DefinitionsError, match="There are: access, systems-administration"):
        organisation.leader_of("zzz")
    assert not organisation.has_role("zzz")


def test_a_small_organisation_is_in_order() -> None:
    assert small().leader_of("works").title["en"] == "Chief"


@pytest.mark.parametrize(
    ("old", "new", "line", "says"),
    [
        ("id: chief,", "id: worker,", 3, "`worker` is taken already (line 2)"),
        ("id: friends", "id: works", 7, "`works` is taken already (line 5)"),
        ('"7.5"', '"7.9"', 7, "`7.9` is neither a section"),
        ("member: worker, leader", "member: wroker, leader", 5, "Did you mean `worker`?"),
        ("leader: chief", "leader: zzz", 5, "There are: worker, chief."),
        ("leader: chief", "leader: worker", 5, "`worker` belongs to more than one team"),
        ("list: works-list}\nlists", "list: work-list}\nlists", 9, "`list` names `work-list`"),
        ("who: worker", "who: w", 13, "`who` names `w`"),
        ("manager: chief", "manager: m", 13, "`manager` names `m`"),
        ("includes: door", "includes: dor", 14, "Did you mean `door`?"),
        ("id: door", "id: Door", 13, "`id` has a wrong value"),
        ("works@example.org", "works", 11, "`address` has a wrong value"),
        ("title: {en: Worker}", "title: {de: Worker}", 2, "`title`: the English words"),
        ("critical: true", "critical: 1", 2, "`critical` has a wrong value"),
        ("critical: true, ", "", 2, "`critical` is missing here"),
        ("critical: true", "critical: true, vital: true", 2, "`vital` is not known here"),
    ],
)  # fmt: skip
def test_what_the_loader_refuses(old: str, new: str, line: int, says: str) -> None:
    assert old in SMALL
    with pytest.raises(DefinitionErrors) as caught:
        small(SMALL.replace(old, new, 1))
    found = [str(error) for error in caught.value.errors]
    assert any(says in text and text.startswith(f"organisation.yaml:{line}:") for text in found), (
        found
    )


def test_all_that_is_wrong_is_said_at_once() -> None:
    text = SMALL.replace('"7.5"', '"7.9"').replace("includes: door", "includes: window")
    with pytest.raises(DefinitionErrors) as caught:
        small(text)
    assert [error.line for error in caught.value.errors] == [7, 14]
