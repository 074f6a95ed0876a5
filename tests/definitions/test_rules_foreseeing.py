"""What a case would give is held against the matrix before anybody decides (3.4.2, 9.1.2)."""

from __future__ import annotations

import pytest

from definitions.canonical import Json
from definitions.definition import Definition
from definitions.exclusivity import Finding, check_holdings
from definitions.loader import load_library
from definitions.rules.foreseeing import Holding, foresee

PEOPLE = {"opener": ("wanda",), "subject": ("sam",)}


def told(process: str, known: dict[str, Json], *held: Holding) -> list[tuple[str, str, str]]:
    definition = load_library().current(process)
    found = foresee(definition, PEOPLE, known, {"sam": held})
    return [(one.person, one.finding.severity, one.finding.section) for one in found]


SUPPORT: dict[str, Json] = {"role": "support-engineer", "access": "support-access-list"}


@pytest.mark.parametrize(
    ("held", "severity", "section"),
    [
        ("software-assessor", "warned", "9.1.2"),
        ("systems-administrator", "forbidden", "3.4.2"),
        ("access-engineer", "forbidden", "3.4.2"),
    ],
)
def test_what_is_warned_of_or_forbidden_is_said_once(
    held: str, severity: str, section: str
) -> None:
    assert told("onboarding", SUPPORT, ("role", held)) == [("sam", severity, section)]


def test_a_place_on_a_list_counts_as_the_role_that_it_is_for() -> None:
    found = told("onboarding", SUPPORT, ("list", "repository-access-list"))
    assert found == [("sam", "warned", "9.1.2")]


def test_who_holds_nothing_else_or_holds_it_already_is_not_warned_of() -> None:
    assert told("onboarding", SUPPORT, ("role", "member")) == []
    both = (("role", "software-assessor"), ("role", "support-engineer"))
    assert told("onboarding", SUPPORT, *both) == []


def test_what_the_case_ends_first_stands_in_the_way_of_nothing() -> None:
    held = ("list", "repository-access-list")
    change = {"join": "support-access-list", "leave": "repository-access-list"}
    assert told("access-list-change", change, held) == []
    kept = {"join": "support-access-list", "leave": "none"}
    assert told("access-list-change", kept, held) == [("sam", "warned", "9.1.2")]
    assert told("access-list-change", {"join": "none", "leave": "none"}, held) == []


def test_a_case_that_only_ends_things_warns_of_nothing() -> None:
    assert told("termination", {}, ("role", "software-assessor")) == []
    assert told("motion", {}, ("role", "software-assessor")) == []


MOVING: dict[str, Json] = {
    "process": "moving",
    "title": "Moving",
    "summary": "Ends every role and gives one.",
    "policy": ["9.1.7"],
    "number": "x",
    "rules": 1,
    "start": {
        "roles": ["member"],
        "fields": {"subject": {"type": "person", "title": "Whom", "required": True}},
    },
    "people": {"subject": {"from": "subject", "title": "Whom"}},
    "machine": {"initial": "moved", "states": {"moved": {"final": True}}},
    "steps": {
        "never": {
            "title": "N",
            "policy": "9.1.7",
            "seats": {"one": {"role": "member"}},
            "outcomes": {"yes": {"event": "e"}},
        }
    },
    "effects": [
        {"enter": "moved", "end": {"person": "subject", "role": "all", "authority": "case"}},
        {
            "enter": "moved",
            "grant": {"person": "subject", "role": "access-engineer", "authority": "case"},
        },
    ],
}


def test_an_office_is_foreseen_to_stay_where_everything_else_ends(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[frozenset[str]] = []

    def check(roles: set[str]) -> tuple[Finding, ...]:
        asked.append(frozenset(roles))
        return check_holdings(roles)

    # No office excludes anything, so that it stays is seen in what the matrix is asked alone.
    monkeypatch.setattr("definitions.rules.foreseeing.check_holdings", check)
    held = (("role", "software-assessor"), ("role", "arbitrator"), ("role", "member"))
    assert foresee(Definition.build(MOVING, {}), PEOPLE, {}, {"sam": held}) == ()
    assert asked[-1] == {"arbitrator", "member", "access-engineer"}
