"""Who signed a step in a round that is over can be kept out of another step, or be let in."""

from typing import Any

import pytest

from definitions.checks import check_parts
from definitions.definition import Definition
from definitions.loader import Source
from definitions.proof import prove
from definitions.reading import Positions
from definitions.rules import bars
from tests.support.playing import Play, accepted, refused
from tests.support.walk_replay import replay

ADMIN = "systems-administrator"
PEOPLE = dict.fromkeys(("ann", "bob", "cid", "dot"), ("member", ADMIN))


def definition(rounds: str | None, **over: Any) -> Definition:
    """Return a process that writes, checks, and writes again until the check is passed."""
    kept_out = {"signers": "write"} | ({"rounds": rounds} if rounds else {})
    data = {
        "process": "rounds", "title": "Rounds", "summary": "Rounds", "policy": ["4.1"],
        "number": "r", "rules": 1,
        "start": {
            "roles": ["member"],
            "fields": {"what": {"type": "string", "title": "What", "required": True}},
        },
        "machine": {
            "initial": "write",
            "states": {
                "write": {"on": {"written": "check"}},
                "check": {"on": {"passed": "done", "failed": "write"}},
                "done": {"final": True},
            },
        },
        "steps": {
            "write": {
                "title": "Write", "policy": "4.1",
                "seats": {"writer": {"role": ADMIN}},
                "outcomes": {"ready": {"event": "written"}},
                "covers": {"fields": ["what"], "reopen": "write"},
            },
            "check": {
                "title": "Check", "policy": "4.2",
                "seats": {"checker": {"role": ADMIN, "not": [kept_out]}},
                "outcomes": {
                    "good": {"event": "passed"},
                    "bad": {"event": "failed", "comment": "required"},
                },
            },
        },
        "amend": {"fields": ["what"], "during": ["write", "check"]},
    }  # fmt: skip
    return Definition.build(data | over, {})


def checked_twice(rounds: str | None) -> Play:
    """Return a case that `ann` wrote first and `bob` wrote then."""
    play = Play(definition(rounds), dict(PEOPLE))
    accepted(play.open("dot", {"what": "A text"}))
    accepted(play.sign("ann", "write", "writer", "ready"))
    accepted(play.sign("cid", "check", "checker", "bad", {"comment": "No."}))
    accepted(play.sign("bob", "write", "writer", "ready"))
    return play


@pytest.mark.parametrize("rounds", [None, "latest"])
def test_a_round_that_is_over_keeps_nobody_out(rounds: str | None) -> None:
    play = checked_twice(rounds)
    refused(play.sign("bob", "check", "checker", "good"), "barred", "4.2")
    accepted(play.sign("ann", "check", "checker", "good"))


def test_who_signed_in_any_round_is_kept_out_if_the_seat_says_so() -> None:
    play = checked_twice("all")
    refused(play.sign("bob", "check", "checker", "good"), "barred", "4.2")
    refused(play.sign("ann", "check", "checker", "good"), "barred", "4.2")
    (bar,) = [one for one in bars(play.definition, play.case, "check", "checker") if one.persons]
    assert set(bar.persons) == {"ann", "bob"}
    accepted(play.sign("cid", "check", "checker", "good"))


def test_who_signed_what_was_amended_since_is_kept_out_too() -> None:
    play = Play(definition("all"), dict(PEOPLE))
    accepted(play.open("dot", {"what": "A text"}))
    accepted(play.sign("ann", "write", "writer", "ready"))
    accepted(play.amend("dot", {"what": "Another text"}))
    accepted(play.sign("bob", "write", "writer", "ready"))
    refused(play.sign("ann", "check", "checker", "good"), "barred", "4.2")


def test_where_nobody_asks_nothing_is_kept_in_mind() -> None:
    assert checked_twice(None).case.signed_before == {}
    assert checked_twice("all").case.signed_before == {"write": ("ann",)}
    assert "signed_before" not in checked_twice(None).case.digestible()


def test_a_signature_that_was_taken_back_keeps_nobody_out() -> None:
    two = {"writer": {"role": ADMIN, "count": 2}}
    data: Any = definition("all").written()
    data["steps"]["write"]["seats"] = two
    play = Play(Definition.build(data, {}), dict(PEOPLE))
    accepted(play.open("dot", {"what": "A text"}))
    accepted(play.sign("ann", "write", "writer", "ready"))
    accepted(play.do(play.act("retract", "ann", step="write")))
    for who in ("bob", "cid"):
        accepted(play.sign(who, "write", "writer", "ready"))
    accepted(play.sign("ann", "check", "checker", "good"))


@pytest.mark.parametrize(("rounds", "stuck"), [("latest", False), ("all", True)])
def test_the_proof_tells_the_two_apart(rounds: str, *, stuck: bool) -> None:
    """Who checked must sign last: they may have written an earlier text, but not this one."""
    data: Any = definition("latest").written()
    data["machine"]["states"]["check"]["on"]["passed"] = "last"
    data["machine"]["states"]["last"] = {"on": {"over": "done", "late": "write"}}
    kept_out = {"signers": "write", "rounds": rounds}
    data["steps"]["last"] = {
        "title": "Last", "policy": "4.1",
        "seats": {"same": {"role": ADMIN, "same": {"signer": "check"}, "not": [kept_out]}},
        "outcomes": {"so": {"event": "over"}},
        "deadline": {"after": "P1D", "event": "late"},  # they may decline
    }  # fmt: skip
    found = prove(Definition.build(data, {})).findings
    assert [one.path for one in found] == ([("steps", "last")] if stuck else [])


APART: dict[str, Any] = {
    "never": {"signers": "write", "in": ["check"]},
    "policy": "4.2",
    "firm": True,
}


@pytest.mark.parametrize("rounds", [None, "latest", "all"])
@pytest.mark.parametrize("asked", ["latest", "all"])
def test_an_invariant_asks_of_one_round_or_of_all(rounds: str | None, asked: str) -> None:
    never = {**APART["never"], "rounds": asked}
    found = prove(definition(rounds, invariants=[APART | {"never": never}]))
    broken = asked == "all" and rounds != "all"
    assert [one.path for one in found.findings] == ([("invariants", 0)] if broken else [])
    if broken:
        said = "somebody who has signed `write` has also signed `check`"
        assert said in found.findings[0].sentence
        walk = found.findings[0].walk or ""
        assert walk.count("step: write") == 2, "who wrote the first text checks the second"
    assert found.configurations < 60, "however many have written, one stands for all of them"


@pytest.mark.parametrize("asked", ["latest", "all"])
def test_a_signature_that_only_the_invariant_asks_for_is_kept_in_mind(asked: str) -> None:
    data: Any = definition(None).written()
    del data["amend"]
    data["steps"]["check"]["seats"]["checker"]["not"] = []
    data["invariants"] = [APART | {"never": {**APART["never"], "rounds": asked}}]
    (broken,) = prove(Definition.build(data, {})).findings
    assert broken.path == ("invariants", 0)


@pytest.mark.parametrize(
    ("never", "sentence"),
    [
        ({"signers": "wright", "in": ["check"]}, "There is no step `wright`."),
        ({"signers": "write"}, "Nothing says what who signed `write` must never sign."),
        ({"signers": "write", "in": ["write"]}, "Nothing says what who signed `write`"),
        ({"role": ADMIN, "rounds": "all"}, "`rounds` goes with `signers` only."),
        ({"role": ADMIN, "signers": "write", "in": ["check"]}, "either a role or a person"),
    ],
)
def test_what_it_names_is_there(never: dict[str, Any], sentence: str) -> None:
    said = {"never": never, "policy": "4.2", "firm": True}
    made = definition("all", invariants=[said])
    found = check_parts(Source(made, Positions("rounds.yaml", {}), "rounds.yaml"))
    assert any(sentence in one.sentence for one in found), found


TWO = {"choices": {"low": "Low", "high": "High"}}
OTHERWISE: list[tuple[dict[str, Any], str, str]] = [
    ({"type": "choice", **TWO}, "", "low"),
    ({"type": "choice", "required": True, **TWO}, "low", "high"),
    ({"type": "person"}, "", "fenna"),
    ({"type": "person", "required": True}, "fenna", "nkiru"),
]


@pytest.mark.parametrize("matters", [False, True])
@pytest.mark.parametrize(("field", "before", "after"), OTHERWISE)
def test_a_walk_amends_a_field_to_something_else(
    field: dict[str, Any], before: str, after: str, *, matters: bool
) -> None:
    """Nothing is amended by the same choice again, or by naming nobody once more."""
    data: Any = definition(None).written()
    data["start"]["fields"]["how"] = {"title": "How", **field}
    data["amend"]["fields"] = ["how"]
    data["steps"]["write"]["covers"]["fields"] = ["how"]
    data["invariants"] = [APART | {"never": {**APART["never"], "rounds": "all"}}]
    data["steps"]["check"]["covers"] = {"fields": ["how"], "reopen": "write"}
    if matters and field["type"] == "person":
        data["people"] = {"whose": {"from": "how", "title": "Whose"}}
    elif matters and before:
        asked = {"before": "done", "people": 1, "in": ["write"], "when": {"how": "low"}}
        data["invariants"].append(asked | {"policy": "4.2", "firm": True})
    data["steps"]["check"]["outcomes"] = {"good": {"event": "passed"}}
    data["machine"]["states"]["check"]["on"] = {"passed": "done"}
    made = Definition.build(data, {})
    (broken,) = prove(made).findings
    walk = broken.walk or ""
    assert replay(made, walk).stopped_at is None
    told = [line for line in walk.splitlines() if "open:" in line or "amend:" in line]
    assert [f"how: {after}" in line for line in told] == [False, True]
    assert (f"how: {before}" in told[0]) is bool(before)
