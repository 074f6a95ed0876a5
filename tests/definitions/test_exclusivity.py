"""Which roles exclude each other (3.4.2, 9.1.2): the whole table, and properties of it."""

from __future__ import annotations

import json
from importlib import resources
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from definitions.canonical import canonical
from definitions.errors import DefinitionErrors
from definitions.exclusivity import (
    Exclusivity,
    check_holdings,
    exclusivity_from,
    load_exclusivity,
    relation,
    staffing,
)
from definitions.organisation import UnknownName, load_organisation
from definitions.reading import read_yaml_bytes

# F forbidden, w warned, . allowed; columns in the order of the rows.
TABLE = """
access-engineer               . F F F . F F F . . . F F .
systems-administrator         F . F F F . F F . . . F . .
software-assessor             F F . w F F . w . . . . . .
support-engineer              F F w . F F w . . . . w . .
access-leader                 . F F F . F F F . . . F F .
systems-administration-leader F . F F F . F F . . . F . .
software-assessment-leader    F F . w F F . w . . . . . .
support-leader                F F w . F F w . . . . w . .
board-member                  . . . . . . . . . . . . . .
arbitrator                    . . . . . . . . . . . . . .
case-manager                  . . . . . . . . . . . . . .
designated-reviewer           F F . w F F . w . . . . . .
tester                        F . . . F . . . . . . . . .
member                        . . . . . . . . . . . . . .
"""
ROWS = [line.split() for line in TABLE.strip().splitlines()]
ROLES = [row[0] for row in ROWS]
KINDS = {"F": "forbidden", "w": "warned", ".": "allowed"}
EXPECTED = {
    (row[0], column): KINDS[mark]
    for row in ROWS
    for column, mark in zip(ROLES, row[1:], strict=True)
}
TEAM_ROLES = [role for team in load_organisation().teams for role in (team.member, team.leader)]
FILE = resources.files("definitions").joinpath("exclusivity.yaml").read_text(encoding="utf-8")
PAIR = "[systems-administrator, software-assessor]"

roles = st.sampled_from(ROLES)
holdings = st.sets(roles, max_size=5)
communities = st.dictionaries(roles, st.sets(st.sampled_from("abcdef"), max_size=4))


def changed(old: str, new: str) -> Exclusivity:
    assert old in FILE
    content = FILE.replace(old, new, 1).encode()
    return exclusivity_from(*read_yaml_bytes(content, name="exclusivity.yaml"), load_organisation())


def test_the_table_names_every_role_of_the_organisation() -> None:
    assert [role.id for role in load_organisation().roles] == ROLES


@pytest.mark.parametrize(("a", "b"), list(product(ROLES, ROLES)))
def test_the_whole_table(a: str, b: str) -> None:
    found = relation(a, b)
    assert found.kind == EXPECTED[a, b]
    assert found == relation(b, a)
    assert found.section in {"3.4.2", "9.1.2", "1.3"}
    assert found.sentence.endswith(".")


def test_each_exclusion_cites_its_section() -> None:
    assert relation("access-engineer", "tester").section == "3.4.2"
    assert relation("systems-administrator", "software-assessor").section == "3.4.2"
    assert relation("systems-administrator", "support-engineer").section == "3.4.2"
    assert relation("software-assessor", "support-engineer").section == "9.1.2"


def test_what_is_our_judgement_says_why() -> None:
    assert "9.1.5 expects Board members" in relation("access-engineer", "board-member").sentence


def test_an_unknown_role_is_refused() -> None:
    for ask in (
        lambda: relation("zzz", "member"),
        lambda: relation("member", "zzz"),
        lambda: check_holdings(["zzz"]),
        lambda: staffing({"zzz": []}),
    ):
        with pytest.raises(UnknownName):
            ask()


def test_findings_name_the_roles_by_title_and_the_forbidden_come_first() -> None:
    findings = check_holdings(["support-engineer", "software-assessor", "access-engineer"])
    assert [(f.severity, f.section, f.roles) for f in findings] == [
        ("forbidden", "3.4.2", ("access-engineer", "software-assessor")),
        ("forbidden", "3.4.2", ("access-engineer", "support-engineer")),
        ("warned", "9.1.2", ("software-assessor", "support-engineer")),
    ]
    assert findings[0].sentence.startswith(
        "Access Engineer and Software Assessor may not be one person. An Access Engineer holds"
    )
    assert findings[2].sentence.startswith(
        "Software Assessor and Support Engineer should not be one person."
    )


def test_a_member_who_leads_is_told_once() -> None:
    findings = check_holdings(["systems-administrator", "systems-administration-leader", "tester"])
    assert findings == ()
    led = check_holdings(["access-engineer", "access-leader", "tester", "member"])
    assert [f.roles for f in led] == [("access-engineer", "tester")]


@given(holdings)
def test_holdings_are_wrong_exactly_if_a_pair_is(held: set[str]) -> None:
    findings = check_holdings(held)
    pairs = {EXPECTED[a, b] for a, b in product(held, held)} - {"allowed"}
    assert {finding.severity for finding in findings} == pairs
    assert findings == check_holdings([*held, *held])
    for finding in findings:
        assert EXPECTED[finding.roles[0], finding.roles[1]] == finding.severity


@given(holdings, roles)
def test_one_more_role_never_mends_anything(held: set[str], more: str) -> None:
    before = {finding.severity for finding in check_holdings(held)}
    assert before <= {finding.severity for finding in check_holdings(held | {more})}


@given(holdings)
def test_being_a_member_never_counts(held: set[str]) -> None:
    assert check_holdings(held | {"member"}) == check_holdings(held - {"member"})


def full_teams() -> dict[str, set[str]]:
    holders: dict[str, set[str]] = {}
    for team in load_organisation().teams:
        holders[team.member] = {f"{team.id}-1", f"{team.id}-2"}
        holders[team.leader] = {f"{team.id}-1"}
    return holders


def test_full_teams_are_in_order() -> None:
    assert staffing(full_teams()) == ()


def test_teams_that_nobody_is_in_lack_members_and_leaders() -> None:
    findings = staffing({})
    assert {(f.severity, f.section) for f in findings} == {("warned", "9.1.2")}
    assert [f.team for f in findings] == [
        team.id for team in load_organisation().teams for _ in range(2)
    ]


def test_one_access_engineer_only_is_warned_about() -> None:
    holders = full_teams() | {"access-engineer": {"access-1"}}
    (finding,) = staffing(holders)
    assert (finding.severity, finding.section, finding.team) == ("warned", "9.1.2", "access")
    assert finding.sentence.startswith("The Access team has 1 of the two members")


def test_a_team_has_one_leader_of_its_own() -> None:
    holders = full_teams() | {"support-leader": {"support-1", "outside"}}
    several, outside = staffing(holders)
    assert (several.severity, several.people) == ("forbidden", ("outside", "support-1"))
    assert "2 leaders" in several.sentence
    assert (outside.severity, outside.people) == ("forbidden", ("outside",))
    assert outside.roles == ("support-engineer", "support-leader")


def test_somebody_in_two_teams_is_warned_about_leading_included() -> None:
    holders = full_teams()
    holders["software-assessor"] |= {"support-1"}
    (finding,) = staffing(holders)
    assert (finding.severity, finding.people) == ("warned", ("support-1",))
    assert finding.roles == ("software-assessor", "support-engineer", "support-leader")
    assert "Software Assessment and Support" in finding.sentence


@given(communities)
def test_staffing_finds_exactly_what_is_missing(holders: dict[str, set[str]]) -> None:
    findings = staffing(holders)
    for team in load_organisation().teams:
        members = holders.get(team.member, set())
        leaders = holders.get(team.leader, set())
        of_team = [f for f in findings if f.team == team.id]
        assert any("members that" in f.sentence for f in of_team) == (len(members | leaders) < 2)
        assert any("has no leader" in f.sentence for f in of_team) == (not leaders)
        assert any("leaders;" in f.sentence for f in of_team) == (len(leaders) > 1)
        assert any("led by" in f.sentence for f in of_team) == bool(leaders - members)
    severities = [f.severity for f in findings]
    assert severities == sorted(severities)  # forbidden before warned


@given(communities, st.sampled_from("abcdef"))
def test_two_teams_are_found_for_each_person(holders: dict[str, set[str]], person: str) -> None:
    held = {role for role, people in holders.items() if person in people}
    teams = {load_organisation().team_of(role) for role in held & set(TEAM_ROLES)}
    found = [f for f in staffing(holders) if f.team is None and f.people == (person,)]
    assert len(found) == (len(teams) > 1)


def test_the_matrix_is_plain_json_and_has_a_canonical_form() -> None:
    data = load_exclusivity().to_json()
    assert json.loads(json.dumps(data)) == data
    assert canonical(data) == canonical(json.loads(json.dumps(data, sort_keys=True)))
    assert data["roles"] == ROLES


def test_a_setting_changes_the_matrix_and_its_json() -> None:
    strict = changed("arbitrator:\n    counts: false", "arbitrator:\n    counts: true")
    assert strict.relation("access-engineer", "arbitrator").kind == "forbidden"
    assert strict.relation("arbitrator", "access-leader").kind == "forbidden"
    assert strict.relation("systems-administrator", "arbitrator").kind == "allowed"
    assert strict.to_json() != load_exclusivity().to_json()


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (PAIR, "[systems-admin, software-assessor]", "There is no role `systems-admin`"),
        (PAIR, "[systems-administrator, zzz]", "There is no role `zzz`"),
        (PAIR, "[support-engineer, systems-administrator]", "a rule already"),
        (PAIR, "[support-leader, software-assessor]", "`support-leader` is judged as another role"),
        ("  designated-reviewer:", "  tester:", None),
        ("  designated-reviewer:", "  support-engineer:", "`support-engineer` is a team's role"),
        ("role: software-assessor", "role: access-leader", "`access-leader` is judged as another"),
        ("role: member", "role: guest", "There is no role `guest`"),
        ("  case-manager:", "  manager:", "There is no role `manager`"),
        ('policy: "1.3"', 'policy: "1.9"', "`1.9` is neither"),
        ('warned, policy: "9.1.2"', 'warned, policy: "9.9"', "`9.9` is neither"),
        ("kind: warned", "kind: discouraged", "`kind` has a wrong value"),
        ("members: 2", "members: 0", "`members` has a wrong value"),
        ("members: 2", "member: 2", "`members` is missing"),
    ],
)  # fmt: skip
def test_what_the_loader_refuses(old: str, new: str, says: str | None) -> None:
    if says is None:
        assert changed(old, new).relation("tester", "systems-administrator").kind == "forbidden"
        return
    with pytest.raises(DefinitionErrors, match=says) as caught:
        changed(old, new)
    assert all(error.file == "exclusivity.yaml" for error in caught.value.errors)
    assert all(error.line > 1 for error in caught.value.errors)
