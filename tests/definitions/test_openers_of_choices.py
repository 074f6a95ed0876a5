"""Who can open a case with which choice, also by another case: exactly, or refused."""

from __future__ import annotations

import copy
from itertools import product
from typing import Any

import pytest

from definitions.checks import check_parts
from definitions.loader import Source
from definitions.reading import Positions
from definitions.rules import Changes
from definitions.rules.opening import leaders_of
from tests.support.appointing_case import CHILD, PARENT
from tests.support.playing import Play
from tests.support.small_definitions import built

LEADER, JUDGE = "access-leader", "arbitrator"
KINDS = {"voluntary": "V", "ruling": "R", "other": "O"}
MODES = {"quick": "Q", "slow": "S"}


def _choice(choices: dict[str, str]) -> dict[str, Any]:
    return {"type": "choice", "title": "C", "required": True, "choices": choices}


def leaving(
    when: dict[str, Any], *invariants: dict[str, Any], roles: tuple[str, ...] = ("member",)
) -> dict[str, Any]:
    """Return a process with choices of which `when` says who makes them, by field."""
    data = copy.deepcopy(CHILD)
    start = {
        "roles": list(roles),
        "fields": {
            "kind": _choice(KINDS),
            "mode": _choice(MODES),
            "subject": {"type": "person", "title": "Who", "required": True},
        },
        "when": when,
    }
    some = {"title": "It holds", "policy": "9.5", "firm": True}
    return {**data, "start": start, "invariants": [{**some, **one} for one in invariants]}


def findings(data: dict[str, Any], *others: dict[str, Any]) -> list[str]:
    """Return what is found of a process beside others."""
    library = {one["process"]: built(one) for one in (data, *others)}
    file = f"{data['process']}.yaml"
    source = Source(library[data["process"]], Positions(file, {}), file)
    bodies = {name: one.body for name, one in library.items()}
    return [one.sentence for one in check_parts(source, bodies if others else {})]


SELF = {"person": "subject"}
VOLUNTARY = {"opened": SELF, "when": {"kind": "voluntary"}}


@pytest.mark.parametrize(
    ("invariant", "when", "says"),
    [
        (VOLUNTARY, {"kind": {"voluntary": SELF}}, None),
        (VOLUNTARY, {"kind": {"ruling": SELF}}, "`member` can open it with `kind: voluntary`"),
        (VOLUNTARY, {"mode": {"quick": SELF, "slow": SELF}}, None),
        (VOLUNTARY, {"mode": {"quick": SELF}},
         "`member` can open it with `kind: voluntary`, `mode: slow`"),
        (VOLUNTARY, {"mode": {"quick": SELF, "slow": {"roles": [JUDGE]}}},
         "`arbitrator` can open it with `kind: voluntary`, `mode: slow`"),
        (VOLUNTARY, {"kind": {"voluntary": {"roles": [JUDGE], **SELF}}},
         "`arbitrator` can open it with `kind: voluntary`"),
        ({"opened": SELF}, {"kind": dict.fromkeys(KINDS, SELF)}, None),
        # A choice that nothing is said of is everybody's.
        ({"opened": SELF}, {"kind": {"voluntary": SELF, "ruling": SELF}},
         "`member` can open it with `kind: other`"),
        ({"opened": {"roles": [JUDGE]}, "when": {"kind": "ruling"}},
         {"kind": {"ruling": SELF}}, "whoever `subject` names can open it with `kind: ruling`"),
        ({"opened": {"roles": [LEADER], "team_of": "subject"}, "when": {"kind": "ruling"}},
         {"kind": {"ruling": {"roles": [LEADER], "team_of": "subject"}}}, None),
        ({"opened": {"roles": [LEADER], "team_of": "subject"}, "when": {"kind": "ruling"}},
         {"kind": {"ruling": {"roles": [LEADER]}}}, "`access-leader` can open it with"),
        ({"opened": {"roles": ["member"]}}, {}, None),
    ],
)  # fmt: skip
def test_who_makes_a_choice_is_told(
    invariant: dict[str, Any], when: dict[str, Any], says: str | None
) -> None:
    found = findings(leaving(when, invariant))
    assert found == [] if says is None else says in " ".join(found), found


def test_everybody_is_a_member() -> None:
    data = leaving({}, {"opened": {"roles": ["member"]}}, roles=(LEADER,))
    assert findings(data) == []


BY: list[dict[str, Any] | None] = [
    None,
    SELF,
    {"roles": [JUDGE]},
    {"roles": [LEADER, JUDGE]},
    {"roles": [JUDGE], **SELF},
    {"roles": [LEADER], "team_of": "subject"},
]
OPENED: list[dict[str, Any]] = [
    SELF,
    {"roles": [JUDGE]},
    {"roles": [LEADER, JUDGE]},
    {"roles": [LEADER], "team_of": "subject"},
    {"roles": [JUDGE], **SELF},
]


def _people() -> dict[str, tuple[tuple[str, ...], bool]]:
    """Return everybody who could matter: their roles, and whether they lead Sam's team."""
    roles: list[tuple[str, ...]] = [(), (JUDGE,), (LEADER,)]
    return {
        name: (("member", *held), leads)
        for held, leads in [*((one, False) for one in roles), ((LEADER,), True)]
        for name in ("-".join((*held, "leads" if leads else "x")),)
    }


def _lets(opened: dict[str, Any], who: str, subject: str, leads: bool) -> bool:  # noqa: FBT001
    held = {**{n: r for n, (r, _) in _people().items()}, "sam": ("member",)}[who]
    if opened.get("person") and who == subject:
        return True
    return bool(set(opened.get("roles", ())) & set(held)) and ("team_of" not in opened or leads)


@pytest.mark.parametrize("number", range(len(OPENED)))
def test_it_is_what_the_rules_let_people_do(number: int) -> None:
    """Everybody opens with every choice what the rules let them: somebody else, or nobody."""
    opened = OPENED[number]
    asked = {"opened": opened, "when": {"kind": "voluntary"}}
    told = set()
    for first, second in product(BY, BY):
        kind = {"voluntary": first} if first else {}
        mode = {"quick": second} if second else {}
        when = {name: by for name, by in (("kind", kind), ("mode", mode)) if by}
        definition = built(leaving(when, asked))
        other = False
        for mode_, (who, (roles, leads)) in product(MODES, _people().items()):
            for subject in ("sam", who):
                play = Play(definition, {who: roles})
                people = {leaders_of("subject"): (who,)} if leads and subject != who else {}
                values = {"kind": "voluntary", "mode": mode_, "subject": subject}
                if isinstance(play.open(who, values, people), Changes):
                    other |= not _lets(opened, who, subject, bool(people))
        found = findings(leaving(when, asked))
        assert bool(found) == other, (opened, when, found)
        told.add(other)
    assert told == {True, False}


def parent(told: dict[str, Any], **parts: Any) -> dict[str, Any]:
    """Return a process that opens a case of the other one with this in its form."""
    data = copy.deepcopy(PARENT)
    (effect,) = (one for one in data["effects"] if "open" in one)
    effect["open"]["with"] = told
    return {**data, **parts}


def beside(told: dict[str, Any], *invariants: dict[str, Any], **parts: Any) -> list[str]:
    data = leaving({"kind": {"voluntary": SELF}}, *invariants)
    data["start"]["cases"] = ["parent"]
    return findings(data, parent(told, **parts))


TOLD = {"mode": {"choice": "quick"}, "subject": {"person": "subject"}}
OPENER = {"mode": {"choice": "quick"}, "subject": {"person": "opener"}}
V, R = {"kind": {"choice": "voluntary"}}, {"kind": {"choice": "ruling"}}
START = PARENT["start"]
BY_SUBJECT = {"role": dict.fromkeys(START["fields"]["role"]["choices"], SELF)}


@pytest.mark.parametrize(
    ("told", "parts", "says"),
    [
        ({**TOLD, **R}, {}, None),  # never with that choice
        ({**OPENER, **V}, {}, None),  # for whoever is named
        ({**TOLD, **V}, {}, "opens it (`question`) for its own opener, and `member` can open that"),
        ({**TOLD, **V}, {"start": {**START, "when": BY_SUBJECT}}, None),
        ({**TOLD, **V, "subject": {"field": "subject"}},
         {"start": {**START, "when": BY_SUBJECT}}, None),
        # Amended meanwhile, it may be somebody else.
        ({**TOLD, **V},
         {"start": {**START, "when": BY_SUBJECT},
          "amend": {"fields": ["subject"], "during": ["working"]}}, "for its own opener"),
        ({**TOLD, **V}, {"start": {**START, "cases": ["other"]}}, "who that is can't be told"),
        ({**TOLD, **V, "subject": {"person": "judge"}}, {"start": {**START, "when": BY_SUBJECT}},
         "whoever `subject` names can open that one"),
    ],
)  # fmt: skip
def test_a_case_of_another_is_its_openers(
    told: dict[str, Any], parts: dict[str, Any], says: str | None
) -> None:
    found = beside(told, VOLUNTARY, **parts)
    assert found == [] if says is None else says in " ".join(found), found


def test_what_is_handed_over_from_a_field_is_chosen_there() -> None:
    fields = {**START["fields"], "kind": _choice(KINDS)}
    told = {**TOLD, "kind": {"field": "kind"}}
    start = {**START, "fields": fields}
    (sentence,) = beside(told, VOLUNTARY, start={**start, "when": {}})
    assert "`member` can open that one with `kind: voluntary`" in sentence
    only = {"kind": {"voluntary": SELF}}
    assert beside(told, VOLUNTARY, start={**start, "when": only}) == []
    both = {"kind": {"voluntary": SELF, "ruling": {"roles": [JUDGE]}}}
    assert beside(told, VOLUNTARY, start={**start, "when": both}) == []


@pytest.mark.parametrize(
    ("told", "amended", "says"),
    [
        ({**TOLD, **R}, "mode", None),
        # Opened for a ruling, it may be made a voluntary one.
        ({**TOLD, **R}, "kind", "`member` can open that one"),
        ({**OPENER, **V}, "subject", "`member` can open that one"),
    ],
)
def test_what_can_be_amended_afterwards_is_not_known(
    told: dict[str, Any], amended: str, says: str | None
) -> None:
    asked = {**VOLUNTARY, "opened": {**SELF, "roles": [JUDGE]}}
    data = leaving({}, asked, roles=(JUDGE,))
    data["start"]["cases"] = ["parent"]
    data["amend"] = {"fields": [amended], "during": ["asking"]}
    found = findings(data, parent(told))
    assert found == [] if says is None else says in " ".join(found), found
