"""An Arbitrator or Case Manager who goes leaves nothing open and nothing hanging (9.1.4)."""

from __future__ import annotations

import pytest

from definitions.canonical import Json
from definitions.loader import load_library
from definitions.rules import hidden_steps, next_due
from tests.support.playing import Play, accepted, refused

ROLES = {
    "lea": ("member", "support-leader"),
    "jo": ("member",),
    "ari": ("member", "arbitrator"),
    "bea": ("member", "arbitrator"),
    "kim": ("member", "case-manager"),
    "ann": ("member", "board-member"),
}
REQUEST: dict[str, Json] = {"subject": "jo", "role": "support-engineer", "request": "We are few."}
AGREED: dict[str, Json] = {"drp": True, "contact": "Quay Street 7"}
FOUND: dict[str, Json] = {"findings": "Nothing against it."}
MATTERS = ("knowledge", "practice", "history", "reputation", "references", "conflicts")


def asked() -> Play:
    """Return a check whose Arbitrator is Ari, and its Case Manager Kim."""
    play = Play(load_library().current("abc"), dict(ROLES))
    accepted(play.open("lea", REQUEST))
    accepted(play.lot("arbitrator", "ari"))
    accepted(play.lot("case_manager", "kim"))
    return play


def accepts(play: Play, who: str, office: str) -> None:
    accepted(play.sign(who, "acceptance", office, "accept", {"independent": True}))


def at_interview() -> Play:
    play = asked()
    accepts(play, "ari", "arbitrator")
    accepts(play, "kim", "case_manager")
    accepted(play.sign("jo", "consent", "subject", "agree", AGREED))
    return play


def at_scope() -> Play:
    play = at_interview()
    accepted(play.sign("ari", "interview", "arbitrator", "held"))
    accepted(play.sign("kim", "interview", "case_manager", "held"))
    return play


def at_ruling() -> Play:
    play = at_scope()
    for matter in MATTERS:
        accepted(play.sign("ari", "scope", f"examined:{matter}", "examined", FOUND))
    return play


LATER = {"interview": at_interview, "scope": at_scope, "ruling": at_ruling}
SEATS = {
    "interview": ("arbitrator", "held"),
    "scope": ("examined:history", "examined"),
    "ruling": ("arbitrator", "accept"),
}


@pytest.mark.parametrize("step", LATER)
def test_an_arbitrator_who_is_none_any_more_signs_nothing_and_sees_nothing(step: str) -> None:
    play = LATER[step]()
    private = {"consent", "interview", "scope"}
    assert not hidden_steps(play.definition, play.case, "ari", play.roles["ari"])
    play.roles["ari"] = ("member",)
    seat, outcome = SEATS[step]
    values = FOUND if step == "scope" else {"summary": "All is well."} if step == "ruling" else {}
    refused(play.sign("ari", step, seat, outcome, values), "not-yours")
    assert hidden_steps(play.definition, play.case, "ari", play.roles["ari"]) == private


@pytest.mark.parametrize("step", LATER)
def test_who_declines_later_leaves_the_office_to_a_new_lot_and_a_new_acceptance(step: str) -> None:
    play = LATER[step]()
    seat, _ = SEATS[step]
    why: dict[str, Json] = {"comment": "I know Jo after all."}
    accepted(play.tell("decline", "ari", why, step=step, seat=seat))
    assert play.case.configuration == ("unassigned",)
    due = next_due(play.case)
    assert due is not None
    assert due.kind == "deadline"  # nobody is drawn before the Board says so
    again: dict[str, Json] = {"comment": "Bea is there."}
    accepted(play.sign("ann", "unassigned", "board", "again", again))
    accepted(play.lot("arbitrator", "ari", "bea"))
    assert play.case.people["arbitrator"] == ("bea",)
    accepted(play.lot("case_manager", "kim"))
    refused(play.sign("bea", "acceptance", "arbitrator", "accept"), "value")
    accepts(play, "bea", "arbitrator")


@pytest.mark.parametrize("step", ["acceptance", *LATER])
def test_an_office_of_which_nothing_is_heard_comes_before_the_board(step: str) -> None:
    play = LATER[step]() if step in LATER else asked()
    done = play.wait(days=61)
    assert f"deadline {step}" in done
    assert play.case.configuration == ("unassigned",)
