"""What the second opinion found, each once more by itself."""

from __future__ import annotations

from typing import Any

from definitions.checks import check_parts
from definitions.definition import Definition
from definitions.loader import Source
from definitions.proof import prove
from definitions.reading import Positions
from tests.support.playing import Play, accepted
from tests.support.small_definitions import built

TOPIC = {"type": "string", "title": "Topic", "required": True}
WHO = {"type": "person", "title": "Who"}


def step(name: str, **changes: Any) -> dict[str, Any]:
    return {
        "title": name,
        "policy": "4.1",
        "seats": {"seat": {"role": "tester"}},
        "outcomes": {"good": {"event": f"{name}_good"}, "bad": {"event": f"{name}_bad"}},
        "covers": {"fields": []},
    } | changes


def definition(states: dict[str, Any], steps: dict[str, Any], **changes: Any) -> Definition:
    ends = {"ended": {"final": True}, "refused": {"final": True}}
    return built({
        "process": "drawn", "title": "Drawn", "summary": "Drawn", "policy": ["4.1"],
        "number": "y", "rules": 1,
        "start": {"roles": ["member"], "fields": {"topic": TOPIC, "who": WHO}},
        "machine": {"initial": next(iter(states)), "states": {**states, **ends}},
        "steps": steps,
    } | changes)  # fmt: skip


def refusals(found: Definition) -> list[str]:
    """Return what the checks say of a definition before anything is proved."""
    source = Source(found, Positions("drawn.yaml", {}), "drawn.yaml")
    return [error.sentence for error in check_parts(source)]


def broken(found: Definition) -> set[Any]:
    """Return the places of the invariants that don't hold."""
    return {f.path[1] for f in prove(found).findings if f.path[0] == "invariants"}


def listed(at: str, *things: str, **asked: Any) -> Definition:
    """Return a list, of two things if not said, of which `bad` may be the first that is signed."""
    items = {thing: thing for thing in things or ("a", "b")}
    outcomes = {"good": {"event": "s0_good"}, "bad": {"event": "s0_bad", "at": at}}
    signed = {"role": "tester", "in": ["s0"]}
    return definition(
        {"s0": {"on": {"s0_good": "ended", "s0_bad": "refused"}}},
        {"s0": step("s0", outcomes=outcomes, each={"items": items})},
        invariants=[
            {"before": end, "signed": signed, "items": [*items], "policy": "4.1", "firm": True}
            | (asked if end == "ended" else {})
            for end in ("ended", "refused")
        ],
    )


def test_a_signature_that_closes_a_list_leaves_the_rest_of_it_unsigned() -> None:
    assert broken(listed("once")) == {1}
    assert broken(listed("all")) == set()
    assert broken(listed("once", "a")) == set()


def test_an_outcome_says_something_of_each_thing_only_if_it_is_the_least_grave() -> None:
    assert not refusals(listed("all", outcome="good"))
    (why,) = refusals(listed("all", outcome="bad"))
    assert why.startswith("With `good` on one thing and `bad` on another, `bad` decides `s0`")


def test_who_is_to_be_given_something_is_somebody() -> None:
    def ending(who: dict[str, Any]) -> Definition:
        end = {"person": "subject", "role": "all"}
        return definition(
            {"s0": {"on": {"s0_good": "ended", "s0_bad": "refused"}}},
            {"s0": step("s0")},
            start={"roles": ["member"], "fields": {"topic": TOPIC, "who": who}},
            people={"subject": {"from": "who", "title": "Who"}},
            effects=[{"enter": "ended", "end": {**end, "authority": "case"}}],
            invariants=[
                {"before": "ended", "done": {"end": end}, "title": "Out", "policy": "4.1",
                 "firm": True}
            ],
        )  # fmt: skip

    assert not refusals(ending(WHO | {"required": True}))
    (why,) = refusals(ending(WHO))
    assert "`who` may be left empty, and nobody is given or loses anything then" in why


def test_a_child_case_is_told_of_somebody() -> None:
    opened = {"process": "other", "as": "paper", "on": {"kept": "good", "left": "bad"}}
    whom = {"whom": {"person": "subject"}}
    found = definition(
        {
            "s1": {"on": {"s1_good": "s0", "s1_bad": "refused"}},
            "s0": {"on": {"good": "ended", "bad": "refused"}},
        },
        {"s1": step("s1")},
        people={"subject": {"from": "who", "title": "Who"}},
        effects=[{"enter": "s0", "open": {**opened, "with": whom}}],
        invariants=[
            {"before": "ended", "child": "paper", "outcome": "kept", "with": whom,
             "policy": "4.1", "firm": True}
        ],
    )  # fmt: skip
    assert any("`paper` isn't told `whom` then" in why for why in refusals(found))


def test_nobody_signs_before_a_deadline_of_no_length() -> None:
    """Where signing alone leads out, time alone has the case caught."""

    def caught(after: str) -> list[str]:
        late = {"after": after, "event": "s0_late"}
        again = {"outcomes": {"again": {"event": "s1_again"}}}
        found = definition(
            {
                "s0": {"on": {"s0_good": "ended", "s0_bad": "refused", "s0_late": "s1"}},
                "s1": {"on": {"s1_again": "s0"}},
            },
            {"s0": step("s0", deadline=late), "s1": step("s1", **again)},
        )
        return [f.sentence for f in prove(found).findings]

    assert not caught("P2D")
    (why,) = caught("P0D")
    assert why.startswith("A case can be caught at ")
    assert "the deadline of `s0` has no length" in why


def beside() -> Definition:
    """Return a vote beside a step that opened before it, where both look at the topic.

    Amended, the topic takes the case back within the older step's part, and the vote goes on.
    """
    results = ("carried", "lost", "inquorate")
    ballot = step(
        "vote",
        seats={"board": {"body": "board"}},
        vote={"quorum": {"at_least": 1}},
        outcomes={one: {"event": f"was_{one}"} for one in results},
        deadline={"after": "P30D"},
        covers={"fields": ["topic"], "reopen": "s0"},
    )
    both = {
        "parallel": {
            "left": {
                "initial": "old",
                "states": {"old": {"on": {"old_good": "old_end", "old_bad": "old_end"}},
                           "old_end": {"final": True}},
            },
            "right": {
                "initial": "first",
                "states": {"first": {"on": {"first_good": "vote", "first_bad": "vote"}},
                           "vote": {"on": {f"was_{one}": "vote_end" for one in results}},
                           "vote_end": {"final": True}},
            },
        },
        "on": {"done": "ended"},
    }  # fmt: skip
    return definition(
        {"s0": {"on": {"s0_good": "both", "s0_bad": "refused"}}, "both": both},
        {
            "s0": step("s0"),
            "old": step("old", covers={"fields": ["topic"], "reopen": "old"}),
            "first": step("first"),
            "vote": ballot,
        },
        amend={"fields": ["topic"], "during": ["both"]},
        invariants=[
            {"before": "ended", "carried": "vote", "about": ["topic"], "policy": "4.1",
             "firm": True}
        ],
    )  # fmt: skip


def test_a_vote_begins_anew_when_the_case_goes_back_beside_it() -> None:
    found = beside()
    assert not refusals(found)
    roles = {"mia": ("member",), "tess": ("member", "tester"), "bo": ("member", "board-member")}
    play = Play(found, roles, more={"bodies": {"board": ("bo",)}})
    accepted(play.open("mia", {"topic": "A"}))
    for name in ("s0", "old", "first"):
        accepted(play.sign("tess", name, "seat", "good"))
    accepted(play.vote("bo", "vote", "aye"))
    before = play.case.steps["vote"].instance
    accepted(play.amend("mia", {"topic": "B"}))
    assert play.case.is_open("vote")
    assert play.case.is_open("old")
    assert play.case.steps["vote"].instance != before
    assert play.case.votes["vote"].votes == ()
