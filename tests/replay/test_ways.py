"""What is demanded of a definition's histories follows from what the definition has."""

from __future__ import annotations

from dataclasses import replace

import pytest

from definitions.acts import CASE_KINDS, LAPSE, PERSON_KINDS, SYSTEM, Act, Facts
from definitions.definition import Definition
from definitions.loader import load_library
from definitions.rules.effects import child_id
from definitions.ruling import Rulings
from tests.replay.ways import (
    BY_PROXY,
    DRAWN_AGAIN,
    NOBODY,
    REPLACED,
    Taken,
    again,
    demanded,
    ended,
    excluded,
    happened,
)
from tests.support.admitting import LIBRARY
from tests.support.appointing_case import PARENT, built

PLAYED = {**LIBRARY, "parent": built(PARENT)}
SIGNED = {"comment", "sign_off", "decline"}
ASKED = {"child_ended", *(ended("motion", end) for end in ("carried", "lost", "inquorate"))}
DEMANDED = {
    "motion": {"comment", "deadline", "vote", "declare", "recuse", "left_body", REPLACED},
    "admitting": {*SIGNED, *ASKED, excluded("barred")},
    "leaving": SIGNED,
    "drawing": {*SIGNED, "draw", DRAWN_AGAIN},
    "resting": {*SIGNED, *ASKED, "deadline"},
    "parent": {
        *SIGNED,
        "retract",
        "add_item",
        "draw",
        DRAWN_AGAIN,
        NOBODY,
        "child_ended",
        *(ended("question", end) for end in ("good", "bad", "asked")),
        again("question"),
        excluded("forbidden"),
    },
}


@pytest.mark.parametrize("process", DEMANDED)
def test_what_is_demanded_is_what_can_happen(process: str) -> None:
    assert demanded(PLAYED[process]) == DEMANDED[process]


@pytest.mark.parametrize("process", ["system-patch", "application-patch"])
def test_of_patches_all_is_demanded_that_one_does_to_them(process: str) -> None:
    all_ = {"sign_off", "comment", "amend", "retract", "decline", "withdraw", "remind", "deadline"}
    ruled = {"ruled"} if load_library().current(process).body.rulings != Rulings() else set()
    assert demanded(load_library().current(process)) == all_ | ruled


def test_each_kind_of_act_is_demanded_of_some_definition() -> None:
    """But how a suspension lapses: one history of that serves all, as of each kind of ruling."""
    found = {way for one in load_library().definitions() for way in demanded(one)}
    assert (PERSON_KINDS | CASE_KINDS) - {"open", LAPSE} <= found


def test_where_a_vote_may_close_early_nobody_replaces_theirs_and_proxies_are_asked_for() -> None:
    asking = LIBRARY["motion"].body
    (step,) = asking.steps.values()
    assert step.vote is not None
    vote = step.vote.model_copy(update={"early": True, "proxy": True})
    steps = {"voting": step.model_copy(update={"vote": vote})}
    early = replace(LIBRARY["motion"], body=asking.model_copy(update={"steps": steps}))
    assert demanded(early) == DEMANDED["motion"] - {REPLACED} | {BY_PROXY}


def _taken(kind: str, *, conflicts: dict[str, str] | None = None, **over: object) -> Taken:
    act = Act("a", "case", kind, "p1", "d", "", {"kind": SYSTEM}, "2026-11-25T12:00:00.000Z")
    facts = Facts(act.at, candidates=("p1", "p2"), conflicts=conflicts or {})
    return Taken(replace(act, **over), facts)  # type: ignore[arg-type]


def _shown(definition: Definition, *taken: Taken) -> set[str]:
    return happened(definition, taken) - {one.act.kind for one in taken}


def test_a_vote_is_replaced_by_the_same_voters_in_the_same_round() -> None:
    asking = LIBRARY["motion"]
    first = _taken("vote", step="voting", instance="1")
    assert _shown(asking, first, first) == {REPLACED}
    assert _shown(asking, first, _taken("vote", step="voting", instance="2")) == set()
    other = _taken("vote", step="voting", instance="1", actor="p2")
    assert _shown(asking, first, other) == set()
    proxy = _taken("vote", step="voting", instance="1", actor="p2", on_behalf="p1")
    assert _shown(asking, first, proxy) == {REPLACED, BY_PROXY}


def test_a_lot_is_cast_again_after_whom_it_fell_on_declined() -> None:
    parent = PLAYED["parent"]
    draw = _taken("draw", step="judging", seat="judge")
    declined = _taken("decline", step="judging", seat="judge")
    keeper = _taken("draw", step="judging", seat="keeper")
    assert _shown(parent, draw, declined, draw) == {DRAWN_AGAIN}
    assert _shown(parent, draw, declined, keeper) == set()
    nobody = replace(draw, facts=replace(draw.facts, candidates=()))
    assert _shown(parent, draw, declined, nobody) == {NOBODY}


@pytest.mark.parametrize("n", [1, 2])
def test_a_child_that_was_opened_anew_is_told_by_its_id(n: int) -> None:
    auth = {"kind": SYSTEM, "child": child_id("case", "question", n)}
    taken = _taken("child_ended", seat="question", outcome="asked", auth=auth)
    anew = {again("question")} if n > 1 else set()
    assert _shown(PLAYED["parent"], taken) == {ended("question", "asked")} | anew


def test_a_conflict_is_told_by_where_the_grant_leads_then() -> None:
    parent = PLAYED["parent"]
    (index,) = [n for n, one in enumerate(parent.body.effects) if one.grant and one.grant.role]
    taken = _taken("child_ended", seat="x", outcome="y", auth={"kind": SYSTEM, "child": "z"})
    there = replace(taken, facts=replace(taken.facts, conflicts={f"enter-working-{index}": "No."}))
    assert excluded("forbidden") in _shown(parent, there)
    assert excluded("forbidden") not in _shown(parent, taken)
