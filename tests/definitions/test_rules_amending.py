"""Amending: what it outdates, what freezes, where it leads back to; comments; withdrawing."""

from typing import Any

import pytest

from definitions.definition import Definition
from definitions.machine import NoWay
from definitions.rules import amendable_fields, may_amend, may_withdraw, shown
from tests.support.playing import Play, accepted, refused
from tests.support.sample_case import WHY, confirming, drafted, one, opened, sample, two

MEMBERS = dict.fromkeys(("ann", "bob", "cat", "dan"), ("member",))


def chain(covers: dict[str, Any], **more: Any) -> Definition:
    """Return a definition of steps a, b, c in a row, which can be amended in each."""
    states: dict[str, Any] = {
        name: {"on": {f"{name}_ok": after}}
        for name, after in (("a", "b"), ("b", "c"), ("c", "end"))
    }
    data = {
        "process": "chain",
        "title": "Chain",
        "summary": "Chain",
        "policy": ["4.1"],
        "number": "y",
        "rules": 1,
        "start": {
            "roles": ["member"],
            "fields": {f: {"type": "string", "title": f.upper()} for f in ("x", "y")},
        },
        "machine": {"initial": "a", "states": {**states, "end": {"final": True}}},
        "steps": {
            name: {
                "title": name.upper(),
                "policy": "4.1",
                "seats": {"s": {"role": "member"}},
                "outcomes": {"ok": {"event": f"{name}_ok"}},
                **({"covers": covers[name]} if name in covers else {}),
            }
            for name in ("a", "b", "c")
        },
        "amend": {"fields": ["x", "y"], "during": ["a", "b", "c"]},
        **more,
    }
    return Definition.build(data, {})


def played(definition: Definition, *steps: str) -> Play:
    play = Play(definition, dict(MEMBERS))
    accepted(play.open("ann", {"x": "1"}))
    for step in steps:
        accepted(play.sign("bob", step, "s", "ok"))
    return play


def test_the_earliest_outdated_step_is_gone_back_to_and_none_is_passed_by() -> None:
    covers = {name: {"fields": ["x"], "reopen": name} for name in ("a", "b", "c")}
    play = played(chain(covers), "a", "b")
    accepted(play.amend("ann", {"x": "2"}))
    assert play.case.configuration == ("a",)
    assert [play.signers(step) for step in ("a", "b", "c")] == [[], [], []]
    assert [play.case.steps[step].outcome for step in ("a", "b", "c")] == [None] * 3
    # Amended again before it has come further: it stays, and b isn't gone to.
    accepted(play.amend("ann", {"x": "3"}))
    assert play.case.configuration == ("a",)
    assert play.case.steps["a"].instance == "3"


def test_an_open_step_goes_back_to_where_its_covers_say() -> None:
    play = played(chain({"a": {"fields": ["y"]}, "b": {"fields": ["x"], "reopen": "a"}}), "a")
    accepted(play.amend("ann", {"x": "2"}))
    assert play.case.configuration == ("a",)
    assert play.case.steps["b"].closed is not None


def test_a_step_without_covers_freezes_everything_when_it_is_decided() -> None:
    play = played(chain({}))
    assert amendable_fields(play.definition, play.case) == ("x", "y")
    accepted(play.amend("ann", {"x": "2"}))
    assert play.case.steps["a"].instance == "2"
    accepted(play.sign("bob", "a", "s", "ok"))
    assert amendable_fields(play.definition, play.case) == ()
    refusal = refused(play.amend("ann", {"x": "3"}), "frozen", "4.1")
    assert refusal.field == "x"
    assert "“A” was decided on it" in refusal.sentence


def test_covers_without_reopen_freeze_their_own_fields_only() -> None:
    play = played(chain({"a": {"fields": ["x"]}, "b": {"fields": ["y"], "reopen": "b"}}), "a")
    assert amendable_fields(play.definition, play.case) == ("y",)
    refused(play.amend("ann", {"x": "2"}), "frozen", "4.1")
    refused(play.amend("ann", {"x": "2", "y": "2"}), "frozen", "4.1")
    accepted(play.amend("ann", {"y": "2"}))
    assert play.case.steps["b"].instance == "2"
    assert play.signers("a") == ["bob"]


def test_a_step_that_covers_nothing_keeps_its_signatures_and_freezes_nothing() -> None:
    covers: dict[str, Any] = {name: {"fields": []} for name in ("a", "b", "c")}
    definition = chain(covers)
    play = played(definition, "a")
    accepted(play.amend("ann", {"x": "2"}))
    assert play.signers("a") == ["bob"]
    assert play.case.steps["b"].instance == "1"


def test_a_deadline_is_not_put_off_by_an_amendment() -> None:
    play = drafted()
    accepted(one(play, "kim"))
    before = play.case.steps["one"]
    play.wait(hours=30)
    accepted(play.amend("opo", {"topic": "Other keys"}))
    after = play.case.steps["one"]
    assert (after.since, after.due) == (before.since, before.due)
    assert after.reminders == before.reminders[1:]
    assert after.instance == "2"


def test_reopening_in_one_part_leaves_the_other() -> None:
    play = drafted()
    accepted(two(play, "ken"))
    accepted(play.amend("opo", {"topic": "Other keys"}))
    assert play.signers("two") == ["ken"]
    accepted(play.amend("opo", {"secret": "More"}))
    assert play.case.is_open("two")
    assert play.signers("two") == []
    assert play.case.steps["one"].instance == "2"


def test_both_parts_are_reopened_where_both_cover_it() -> None:
    play = confirming()
    accepted(play.amend("opo", {"about": "mia"}))
    assert play.case.configuration == ("work", "both", "left", "one", "right", "two")
    assert play.case.people["subject"] == ("mia",)
    assert play.signers("one") == play.signers("two") == []
    assert play.case.steps["confirm"].closed is not None
    keys = [mail.key for mail in accepted(play.last).mails]
    assert len(keys) == len(set(keys))


def test_an_amendment_within_one_part_that_has_ended_and_one_that_has_not() -> None:
    play = drafted()
    accepted(one(play, "kim"))
    accepted(two(play, "ken"))
    accepted(play.amend("opo", {"about": "mia"}))
    assert play.case.is_open("one")
    assert play.case.is_open("two")
    assert play.signers("one") == play.signers("two") == []


def test_a_person_of_the_case_can_be_taken_out_again() -> None:
    play = drafted()
    accepted(play.amend("opo", {"about": ""}))
    assert play.case.people["subject"] == ()
    accepted(one(play, "sub"))


def test_what_is_known_of_a_case_follows_the_amendment() -> None:
    play = drafted()
    accepted(play.amend("opo", {"weight": "heavy"}))
    assert play.case.known == {"weight": "heavy"}
    accepted(one(play, "kim"))
    accepted(one(play, "ari", "judge"))
    assert play.case.is_open("one")


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({}, "value"),
        ({"paper": None}, "value"),
        ({"nothing": "x"}, "value"),
        ({"topic": ""}, "value"),
        ({"topic": "x" * 81}, "value"),
        ({"weight": "huge"}, "value"),
        ({"weight": 0}, "value"),
    ],
)
def test_what_an_amendment_may_not_change(values: dict[str, Any], code: str) -> None:
    refused(drafted().amend("opo", values), code)


def test_only_who_is_named_amends_and_only_while_it_says() -> None:
    play = drafted()
    refused(play.amend("kim", {"topic": "Mine"}), "not-yours", "4.1")
    accepted(one(play, "kim", outcome="later"))
    refused(play.amend("opo", {"topic": "Mine"}), "not-amendable", "4.1")
    assert may_amend(play.definition, play.case, "opo") is not None


def test_an_amendment_of_something_older_is_refused() -> None:
    play = drafted()
    act = play.act("amend", "opo", {"topic": "A"})
    about_step = play.act("amend", "opo", {"topic": "A"}, step="two",
                          shown=shown(play.definition, play.case, "two"))  # fmt: skip
    accepted(play.amend("opo", {"weight": "heavy"}))
    refused(play.do(act, {"topic": "A"}), "outdated", "4.1")
    refused(play.do(about_step, {"topic": "A"}), "outdated", "4.1")


def test_a_definition_without_amend_and_withdraw_allows_neither() -> None:
    definition = chain({}, amend=None)
    play = played(definition)
    refused(play.amend("ann", {"x": "2"}), "not-amendable", "4.1")
    refused(play.tell("withdraw", "ann", WHY), "not-withdrawable", "4.1")
    assert amendable_fields(definition, play.case) == ()


def test_a_machine_that_lacks_a_way_refuses_and_says_whom_to_tell() -> None:
    definition = chain(
        {"a": {"fields": ["x"], "reopen": "a"}, "b": {"fields": ["x"], "reopen": "a"}}
    )
    play = played(definition, "a")
    states = definition.body.machine.states
    broken = definition.body.model_copy(update={"amend": None})
    machine = Definition("v", "t", broken, {}).chart
    assert set(states) <= set(machine.order)
    with pytest.raises(NoWay):
        machine.send(("b",), {}, "reopen_a")
    definition.__dict__["chart"] = machine  # as if the checks had let it pass
    try:
        refusal = refused(play.amend("ann", {"x": "2"}), "no-way")
    finally:
        del definition.__dict__["chart"]
    assert "keeps the definition" in refusal.remedy


def test_whoever_sees_the_case_comments() -> None:
    play = drafted()
    for who in ("opo", "sub", "ari", "kim", "cas"):
        accepted(play.tell("comment", who, WHY))
    accepted(play.tell("comment", "kim", WHY, step="one"))
    for who in ("out", "mia"):
        refused(play.tell("comment", who, WHY), "hidden", "4.1")
    refused(play.tell("comment", "kim"), "comment-required")
    refused(play.tell("comment", "kim", WHY | {"more": "x"}), "value")
    refused(play.tell("comment", "kim", {"comment": "\u202e"}), "value")
    refused(play.tell("comment", "kim", {"comment": 3}), "value")


@pytest.mark.parametrize("make", [opened, drafted, confirming], ids=lambda make: make.__name__)
def test_withdrawing_ends_it_from_wherever_it_may(make: Any) -> None:
    play = make()
    assert may_withdraw(play.definition, play.case, "opo") is None
    refused(play.tell("withdraw", "kim", WHY), "not-yours", "4.1")
    accepted(play.tell("withdraw", "opo", WHY))
    assert play.case.ended == "dropped"
    assert all(at.closed for at in play.case.steps.values())
    refused(play.tell("withdraw", "opo", WHY), "ended")


def test_what_is_not_withdrawable_now_says_so() -> None:
    play = drafted()
    accepted(one(play, "kim", outcome="later"))
    refused(play.tell("withdraw", "opo", WHY), "not-withdrawable", "4.1")
    assert sample().version == play.definition.version
