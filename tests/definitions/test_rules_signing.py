"""Signing in general: exclusions, binding of duty, allowances, retracting, declining, old views."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from definitions.acts import SYSTEM, Facts
from definitions.clock import stamp
from definitions.rules import Changes, apply, bars, needed, open_seats, why_not
from tests.support.playing import BEGIN, Play, accepted, refused
from tests.support.sample_case import (
    PEOPLE,
    SURE,
    WHY,
    confirming,
    drafted,
    one,
    opened,
    sample,
    two,
)


def seat_of(play: Play, step: str, seat: str) -> Any:
    return next(
        s for s in open_seats(play.definition, play.case) if (s.step, s.seat) == (step, seat)
    )


def test_the_opener_is_barred_where_the_seat_says_so() -> None:
    play = drafted()
    refusal = refused(one(play, "opo"), "barred", "4.1")
    assert "you opened this case" in refusal.sentence
    accepted(two(play, "opo"))


def test_the_subject_never_signs_unless_a_seat_lets_them_in() -> None:
    play = drafted()
    refused(one(play, "sub"), "barred", "9.1.4")  # the exclusion's own section
    refused(two(play, "sub"), "barred", "4.2.1")  # always barred, by the seat's section
    play = confirming()
    accepted(play.sign("sub", "confirm", "whom", "yes"))
    refused(play.sign("mia", "confirm", "whom", "yes"), "not-yours", "9.1.4")


def test_a_subject_who_opened_it_drafts_but_decides_nothing() -> None:
    play = opened(about="opo")
    accepted(play.sign("opo", "draft", "writer", "ready"))
    assert {b.section for b in bars(play.definition, play.case, "one", "keeper")} >= {"9.1.4"}


def test_signers_of_the_other_part_are_barred_both_ways() -> None:
    play = drafted()
    accepted(one(play, "kim"))
    refusal = refused(two(play, "kim"), "barred", "4.2.1")
    assert "you signed “Decide the first part”" in refusal.sentence
    play = drafted()
    accepted(two(play, "kim"))
    refused(one(play, "kim"), "barred", "7.4")
    assert "kim" in seat_of(play, "one", "keeper").barred


def test_signers_of_a_round_that_has_begun_anew_are_barred_no_more() -> None:
    play = drafted()
    accepted(one(play, "kim"))
    accepted(play.amend("opo", {"topic": "Other keys"}))
    accepted(two(play, "kim"))
    refused(one(play, "kim"), "barred", "7.4")


def test_holders_of_a_role_are_barred() -> None:
    play = drafted()
    refusal = refused(one(play, "bea", "judge"), "barred", "9.1.5")
    assert "board member" in refusal.sentence
    assert seat_of(play, "one", "judge").barred_roles == ("board-member",)
    accepted(one(play, "ari", "judge"))


def test_another_role_may_stand_in() -> None:
    accepted(one(drafted(), "cas", "judge"))
    refusal = refused(one(drafted(), "mia", "judge"), "not-yours", "4.1")
    assert "arbitrator or case manager" in refusal.sentence
    assert "(as judge)" in refusal.sentence


def test_only_the_earlier_signer_confirms() -> None:
    play = confirming()
    for who in ("ken", "kay", "opo"):
        refused(play.sign(who, "confirm", "again", "yes"), "not-same", "9.1.4")
    seat = seat_of(play, "confirm", "again")
    assert (seat.roles, seat.persons) == ((), ("kim",))
    accepted(play.sign("kim", "confirm", "again", "yes"))
    accepted(play.sign("sub", "confirm", "whom", "yes"))
    assert play.case.ended == "closed"


def test_the_earlier_signer_must_still_hold_the_role() -> None:
    play = confirming()
    play.roles["kim"] = ("member",)
    refused(play.sign("kim", "confirm", "again", "yes"), "not-yours", "9.1.4")


def test_a_signature_stands_when_the_role_ends_later() -> None:
    play = drafted()
    accepted(one(play, "kim"))
    play.roles["kim"] = ()
    accepted(one(play, "ari", "judge"))
    accepted(two(play, "ken"))
    assert play.signers("one") == ["kim", "ari"]


def test_roles_are_those_of_the_facts_never_those_of_the_act() -> None:
    play = drafted()
    refused(one(play, "mia", roles=("systems-administrator",)), "not-yours")
    accepted(one(play, "kim", roles=()))


@pytest.mark.parametrize(("weight", "count"), [("light", 1), ("heavy", 2)])
def test_a_choice_decides_how_many(weight: str, count: int) -> None:
    play = drafted(weight=weight)
    seat = play.definition.seat("one", "keeper")
    assert needed(play.case, seat) == count
    unknown = play.case.model_copy(update={"known": {}})
    assert needed(unknown, seat) == 2


@pytest.mark.parametrize("outcome", ["good", "bad"])
def test_all_must_speak_and_the_gravest_decides(outcome: str) -> None:
    play = drafted(weight="heavy")
    for who, seat, chosen in (("kim", "keeper", outcome), ("ken", "keeper", "good"),
                              ("ari", "judge", "good")):  # fmt: skip
        assert play.case.is_open("one")
        accepted(one(play, who, seat, chosen))
    assert play.case.steps["one"].outcome == outcome


def test_one_outcome_closes_at_once_and_the_step_takes_no_more() -> None:
    play = drafted(weight="heavy")
    accepted(one(play, "kim"))
    accepted(one(play, "ken", outcome="later"))
    at = play.case.steps["one"]
    assert (at.outcome, [s.actor for s in at.signatures]) == ("later", ["kim", "ken"])
    refused(one(play, "ari", "judge"), "not-open")
    accepted(play.sign("cas", "paused", "anyone", "on"))
    assert play.case.steps["one"].instance == "2"
    assert play.signers("one") == []


@pytest.mark.parametrize(
    ("over", "code"),
    [
        ({"seat": "nobody"}, "no-such-seat"),
        ({"seat": None}, "no-such-seat"),
        ({"outcome": "great"}, "no-such-outcome"),
        ({"outcome": None}, "no-such-outcome"),
        ({"step": "three"}, "no-such-step"),
        ({"step": None}, "no-such-step"),
        ({"step": "confirm"}, "not-open"),
        ({"instance": "2"}, "not-open"),
        ({"instance": None}, "not-open"),
        ({"definition": "0" * 64}, "other-definition"),
        ({"shown": "0" * 64}, "outdated"),
        ({"kind": "rule"}, "no-rulings"),
        ({"kind": "ponder"}, "unknown-act"),
        ({"kind": "deadline"}, "unknown-act"),
        ({"kind": "open"}, "no-such-case"),
        ({"actor": SYSTEM}, "unknown-act"),
        ({"actor": SYSTEM, "kind": "sign_off"}, "unknown-act"),
    ],
)
def test_what_does_not_fit_the_case_is_refused(over: dict[str, Any], code: str) -> None:
    play = drafted()
    act = play.act("sign_off", "kim", WHY, step="one", seat="keeper", outcome="good")
    refused(play.do(replace(act, **over), WHY), code)
    accepted(play.do(act, WHY))


def test_whoever_saw_something_older_is_refused() -> None:
    play = drafted()
    act = play.act("sign_off", "kim", WHY, step="one", seat="keeper", outcome="good")
    accepted(play.amend("opo", {"secret": "It doesn't concern the first part."}))
    accepted(play.do(act, WHY))
    act = play.act("sign_off", "ari", WHY, step="one", seat="judge", outcome="good")
    accepted(play.amend("opo", {"topic": "Other keys"}))
    refused(play.do(replace(act, instance="2"), WHY), "outdated", "4.1")


def test_what_others_sign_makes_nothing_outdated() -> None:
    play = drafted()
    act = play.act("sign_off", "ari", WHY, step="one", seat="judge", outcome="good")
    accepted(one(play, "kim"))
    accepted(play.do(act, WHY))


@pytest.mark.parametrize(
    ("auth", "ok"),
    [
        ({"kind": "link", "at": stamp(BEGIN)}, True),
        ({"kind": "link", "at": stamp(BEGIN - timedelta(hours=12))}, True),
        ({"kind": "link", "at": stamp(BEGIN - timedelta(hours=12, milliseconds=1))}, False),
        ({"kind": "link", "at": stamp(BEGIN + timedelta(seconds=1))}, False),
        ({"kind": "link", "at": "yesterday"}, False),
        ({"kind": "link", "at": 5}, False),
        ({"kind": "link"}, False),
    ],
)
def test_a_step_may_ask_for_a_recent_sign_in(auth: dict[str, Any], *, ok: bool) -> None:
    play = drafted()
    result = two(play, "ken", auth=auth)
    if ok:
        accepted(result)
    else:
        refused(result, "sign-in-again", "4.2")
    accepted(one(play, "kim", auth=auth))  # where nothing is asked, any sign-in will do


def test_evidence_is_checked_by_its_fields() -> None:
    play = drafted()
    proof = {"sha256": "a" * 64, "name": "p.pdf", "size": 3, "media_type": "application/pdf"}
    sign = ("ken", "two", "keeper", "good")
    assert refused(play.sign(*sign, {"proof": proof}), "value").field == "sure"
    assert refused(play.sign(*sign, SURE | {"proof": "p.pdf"}), "value").field == "proof"
    assert refused(play.sign(*sign, SURE | {"topic": "x"}), "value").field == "topic"
    accepted(play.sign(*sign, SURE | {"proof": proof} | WHY))


def test_who_says_no_need_not_give_what_comes_with_a_yes() -> None:
    play = drafted()
    step = play.definition.step("two")
    free = step.outcomes["good"].model_copy(update={"evidence": "optional"})
    lenient = step.model_copy(update={"outcomes": {"good": free}})
    assert lenient.asked("good")["sure"].required is False
    assert lenient.asked(None) == step.asked("good") == step.evidence
    steps = {**play.definition.body.steps, "two": lenient}
    body = play.definition.body.model_copy(update={"steps": steps})
    play.definition = replace(play.definition, body=body)
    sign = ("ken", "two", "keeper", "good")
    assert refused(play.sign(*sign, {"proof": "p.pdf"}), "value").field == "proof"
    accepted(play.sign(*sign))


def test_one_retracts_ones_own_signature_while_the_step_is_open() -> None:
    play = drafted()
    refused(play.tell("retract", "kim", step="one"), "not-signed", "4.1")
    accepted(one(play, "kim"))
    refused(play.tell("retract", "ken", step="one"), "not-signed", "4.1")
    refused(play.tell("retract", "kim", SURE, step="one"), "value")
    refused(play.tell("retract", "kim", step="one", instance="2"), "not-open", "4.1")
    accepted(play.tell("retract", "kim", WHY, step="one"))
    assert play.signers("one") == []
    accepted(two(play, "kim"))
    refused(play.tell("retract", "kim", step="two"), "not-open", "4.2")


def test_whoever_retracts_may_sign_again() -> None:
    play = drafted()
    accepted(one(play, "kim"))
    accepted(play.tell("retract", "kim", step="one"))
    accepted(one(play, "kim", outcome="bad"))


def test_whoever_declines_is_out_until_the_round_begins_anew() -> None:
    play = drafted()
    decline: Any = {"step": "one", "seat": "keeper"}
    refused(play.tell("decline", "kim", **decline), "comment-required")
    refused(play.tell("decline", "kim", WHY | SURE, **decline), "value")
    refused(play.tell("decline", "mia", WHY, **decline), "not-yours", "4.1")
    refused(play.tell("decline", "kim", WHY, step="one", seat="x"), "no-such-seat", "4.1")
    refused(play.tell("decline", "kim", WHY, step="confirm", seat="again"), "not-open", "9.1.4")
    accepted(play.tell("decline", "kim", WHY, **decline))
    refused(play.tell("decline", "kim", WHY, **decline), "declined", "4.1")
    refused(one(play, "kim"), "declined", "4.1")
    assert "kim" in seat_of(play, "one", "keeper").barred
    accepted(play.amend("opo", {"topic": "Other keys"}))
    accepted(one(play, "kim"))


def test_whoever_has_signed_retracts_before_declining() -> None:
    play = drafted()
    accepted(one(play, "kim"))
    decline: Any = {"step": "one", "seat": "keeper"}
    refused(play.tell("decline", "kim", WHY, **decline), "signed-already", "4.1")
    accepted(play.tell("retract", "kim", step="one"))
    accepted(play.tell("decline", "kim", WHY, **decline))


def test_a_filled_seat_takes_no_more() -> None:
    play = drafted()
    accepted(one(play, "kim"))
    refused(one(play, "ken"), "seat-taken", "4.1")
    assert [(s.step, s.seat) for s in open_seats(play.definition, play.case)] == [
        ("one", "judge"), ("two", "keeper"),
    ]  # fmt: skip


def test_a_seat_for_a_person_may_also_ask_for_the_earlier_signer() -> None:
    """Both must hold: somebody who signed, and is the person named."""
    definition = sample()
    confirm = definition.step("confirm")
    again = confirm.seats["again"].model_copy(update={"role": None, "person": "opener"})
    step = confirm.model_copy(update={"seats": {"again": again}})
    body = definition.body.model_copy(update={"steps": {**definition.body.steps, "confirm": step}})
    play = confirming()
    changed = replace(definition, body=body)
    (seat,) = open_seats(changed, play.case)
    assert seat.persons == ()
    why = why_not(changed, play.case, "confirm", "again", "opo", PEOPLE["opo"])
    assert why is not None
    assert why.code == "not-same"


def test_an_open_act_without_a_number_begins_nothing() -> None:
    play = Play(sample(), dict(PEOPLE))
    act = play.act("open", "opo", {"topic": "x", "weight": "light"})
    facts = Facts(time=stamp(BEGIN), roles=("member",))
    values = {"topic": "x", "weight": "light"}
    refused(apply(play.definition, None, act, values, facts), "no-number")
    result = apply(play.definition, None, act, values, replace(facts, number="z20260302.1"))
    assert isinstance(result, Changes)
    refused(apply(play.definition, None, replace(act, kind="amend"), {}, facts), "no-such-case")


def test_a_form_with_several_errors_names_them_all() -> None:
    play = Play(sample(), dict(PEOPLE))
    refusal = refused(play.open("opo", {"topic": "x" * 81, "weight": "huge"}), "value")
    assert refusal.field == "topic"
    assert "See also: Weight." in refusal.sentence
    assert refused(play.open("opo", {"topic": "x", "weight": "huge"}), "value").field == "weight"
    refused(play.open("out", {"topic": "x", "weight": "light"}), "not-yours-to-open", "7.2")


def test_a_step_that_is_not_open_says_so_to_whoever_asks() -> None:
    play = opened()
    why = why_not(play.definition, play.case, "one", "keeper", "kim", PEOPLE["kim"])
    assert why is not None
    assert (why.code, why.section) == ("not-open", "4.1")
