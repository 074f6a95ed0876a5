"""The system patch (3.2.3): who may sign what, and every way that a case can take."""

import itertools
from typing import Any

import pytest

from definitions.loader import load_library
from definitions.organisation import load_organisation
from definitions.rules import (
    amendable_fields,
    may_amend,
    may_open,
    may_withdraw,
    open_seats,
    why_not,
)
from tests.support.playing import PACKAGES, Play, accepted, refused

DEFINITION = load_library().current("system-patch")
ROLES = [role.id for role in load_organisation().roles]
PEOPLE = {
    "sam": ("member", "systems-administrator", "systems-administration-leader"),
    "sue": ("member", "systems-administrator"),
    "sid": ("member", "systems-administrator"),
    "bea": ("member", "board-member"),
    "mia": ("member",),
}
VALUES = {"packages": PACKAGES, "servers": "webdb", "reason": "It mends a weakness."}
ADMIN, LEAD = {"systems-administrator"}, {"systems-administration-leader"}
SEATS = {
    ("approval", "lead"): LEAD,
    ("escalated", "lead"): LEAD,
    ("applying", "executor"): ADMIN,
    ("applying", "observer"): ADMIN,
    ("documenting", "scribe"): ADMIN,
    ("backing_out", "executor"): ADMIN,
    ("backing_out", "observer"): ADMIN,
    ("failure_report", "scribe"): ADMIN,
}
LOG = {"log_entry": "Upgraded openssl on webdb."}


def opened(who: str = "sue") -> Play:
    play = Play(DEFINITION, dict(PEOPLE))
    accepted(play.open(who, VALUES))
    return play


def at(step: str) -> Play:
    """Return a case that has come to this step on the shortest way."""
    play = opened()
    if step == "escalated":
        play.wait(days=3)
    elif step != "approval":
        accepted(play.sign("sam", "approval", "lead", "approve"))
    if step in ("documenting", "backing_out", "failure_report"):
        outcome = "applied" if step == "documenting" else "failed"
        comment = {} if step == "documenting" else {"comment": "It broke."}
        accepted(play.sign("sue", "applying", "executor", outcome, comment))
        accepted(play.sign("sid", "applying", "observer", outcome, comment))
    if step == "failure_report":
        for who, seat in (("sue", "executor"), ("sid", "observer")):
            accepted(play.sign(who, "backing_out", seat, "backed-out"))
    assert play.case.is_open(step)
    return play


def test_the_table_names_every_seat() -> None:
    seats = {(s, seat) for s, step in DEFINITION.body.steps.items() for seat in step.seats}
    assert seats == set(SEATS)


@pytest.mark.parametrize(("step", "seat"), SEATS, ids=str)
def test_only_holders_of_its_role_fill_a_seat(step: str, seat: str) -> None:
    play = at(step)
    for role in ROLES:
        why = why_not(DEFINITION, play.case, step, seat, "new", (role,))
        assert (why is None) == (role in SEATS[step, seat]), role
        if why:
            assert (why.code, why.section) == ("not-yours", DEFINITION.step(step).policy)


@pytest.mark.parametrize(("step", "seat"), SEATS, ids=str)
@pytest.mark.parametrize("role", ROLES)
def test_a_sign_off_is_taken_from_holders_of_its_role_only(step: str, seat: str, role: str) -> None:
    play = at(step)
    play.roles["new"] = (role,)
    outcome = next(iter(DEFINITION.step(step).outcomes))
    evidence = {"report": "It broke."} if step == "failure_report" else LOG
    values = evidence if step in ("documenting", "failure_report") else {}
    result = play.sign("new", step, seat, outcome, values)
    if role in SEATS[step, seat]:
        accepted(result)
    else:
        refused(result, "not-yours")


@pytest.mark.parametrize("step", dict.fromkeys(step for step, _ in SEATS))
def test_a_step_that_is_not_open_takes_nothing(step: str) -> None:
    for other in dict.fromkeys(step for step, _ in SEATS):
        if other != step:
            play = at(step)
            seat = next(iter(DEFINITION.step(other).seats))
            outcome = next(iter(DEFINITION.step(other).outcomes))
            refused(play.sign("sam", other, seat, outcome, LOG, instance="1"), "not-open")


@pytest.mark.parametrize("role", ROLES)
def test_systems_administrators_and_their_leader_open(role: str) -> None:
    refusal = may_open(DEFINITION, (role,))
    assert (refusal is None) == (role in ADMIN | LEAD)
    if refusal:
        assert refusal.section == "3.2.3"
    play = Play(DEFINITION, {"new": (role,)})
    result = play.open("new", VALUES)
    if refusal:
        refused(result, "not-yours-to-open", "3.2.3")
        assert play.state is None
    else:
        assert accepted(result).state.configuration == ("approval",)


def test_the_good_way() -> None:
    play = at("documenting")
    changes = accepted(play.sign("sue", "documenting", "scribe", "document", LOG))
    assert play.case.ended == "done"
    assert play.case.ended_at is not None
    (mail,) = changes.mails
    assert [r.list or r.person for r in mail.to] == ["systems-administration-list", "opener"]
    assert mail.words["number"] == "t20260302.1"
    assert mail.words["outcome"] == "Documented"
    assert mail.key == "enter-done-1"


def test_the_refused_way() -> None:
    play = opened()
    refused(play.sign("sam", "approval", "lead", "reject"), "comment-required")
    refused(play.sign("sam", "approval", "lead", "reject", {"comment": "  "}), "comment-required")
    changes = accepted(play.sign("sam", "approval", "lead", "reject", {"comment": "Not now."}))
    assert play.case.ended == "rejected"
    assert [mail.key for mail in changes.mails] == ["enter-rejected-2"]


def test_the_failed_way_is_backed_out_and_reported() -> None:
    play = at("failure_report")
    refused(play.sign("sue", "failure_report", "scribe", "report"), "value")
    changes = accepted(
        play.sign("sue", "failure_report", "scribe", "report", {"report": "It broke."})
    )
    assert play.case.ended == "not_applied"
    lists = [recipient.list for mail in changes.mails for recipient in mail.to]
    assert "systems-administration-list" in lists


@pytest.mark.parametrize(
    ("first", "second"), [*itertools.product(["applied", "failed"], repeat=2)], ids=str
)
def test_where_executor_and_observer_differ_it_has_failed(first: str, second: str) -> None:
    play = at("applying")
    comment = {"comment": "It broke."}
    accepted(play.sign("sue", "applying", "executor", first, comment))
    assert play.case.is_open("applying")
    accepted(play.sign("sid", "applying", "observer", second, comment))
    failed = "failed" in (first, second)
    assert play.case.configuration == (("backing_out",) if failed else ("documenting",))
    assert play.case.steps["applying"].outcome == ("failed" if failed else "applied")


def test_the_executor_is_never_the_observer() -> None:
    for first, second in (("executor", "observer"), ("observer", "executor")):
        play = at("applying")
        accepted(play.sign("sam", "applying", first, "applied"))
        refused(play.sign("sam", "applying", second, "applied"), "signed-already", "4.1")
        refused(play.sign("sid", "applying", first, "applied"), "seat-taken", "4.1")
        accepted(play.sign("sid", "applying", second, "applied"))


def test_reminders_deadline_and_escalation_come_in_order_and_once() -> None:
    play = opened()
    assert play.wait(days=1, hours=23) == []
    assert play.wait(hours=1) == ["remind approval"]
    refused(play.clock("remind", "approval"), "not-due")
    refused(play.clock("deadline", "approval"), "not-due")
    assert play.wait(days=1) == ["deadline approval"]
    assert play.case.configuration == ("escalated",)
    assert (play.case.steps["approval"].overdue, play.case.steps["approval"].outcome) == (
        True,
        None,
    )
    refused(play.clock("deadline", "approval"), "not-due")
    refused(play.sign("sam", "approval", "lead", "approve"), "not-open", "3.2.3")
    changes = accepted(play.sign("sam", "escalated", "lead", "approve"))
    assert changes.state.configuration == ("applying",)


def test_the_board_is_told_when_it_is_escalated_but_may_not_decide() -> None:
    play = opened()
    play.now = play.now.replace(day=5)
    changes = accepted(play.clock("deadline", "approval"))
    (mail,) = changes.mails
    assert [r.role or r.person for r in mail.to] == [
        "board-member", "systems-administration-leader", "opener",
    ]  # fmt: skip
    assert mail.words["state"] == "Escalated to the Board"
    refused(play.sign("bea", "escalated", "lead", "approve"), "not-yours", "3.2.3")
    assert play.wait(days=30) == ["remind escalated"] * 3
    assert play.case.is_open("escalated")


def test_applying_that_is_overdue_tells_and_waits_on() -> None:
    play = at("applying")
    assert play.wait(days=8) == ["remind applying", "deadline applying"]
    assert play.case.is_open("applying")
    assert play.case.steps["applying"].overdue
    (seat, _) = open_seats(DEFINITION, play.case)
    assert seat.overdue
    accepted(play.sign("sue", "applying", "executor", "applied"))


AMENDED: dict[str, Any] = {"servers": "webdb, signer"}


@pytest.mark.parametrize("step", ["approval", "escalated", "applying"])
def test_an_amended_case_is_approved_anew(step: str) -> None:
    play = at(step)
    if step == "applying":
        accepted(play.sign("sid", "applying", "executor", "applied"))
    assert amendable_fields(DEFINITION, play.case) == ("packages", "servers", "reason")
    accepted(play.amend("sue", AMENDED))
    assert play.case.configuration == ("approval",)
    assert play.case.steps["approval"].instance == "2"
    assert all(at.signatures == () for at in play.case.steps.values())
    refused(play.sign("sam", "approval", "lead", "approve", instance="1"), "not-open")
    accepted(play.sign("sam", "approval", "lead", "approve"))
    assert play.case.is_open("applying")


def test_an_approval_that_was_escalated_is_outdated_too() -> None:
    play = at("escalated")
    accepted(play.sign("sam", "escalated", "lead", "approve"))
    accepted(play.amend("sue", AMENDED))
    assert play.case.configuration == ("approval",)
    assert play.case.steps["escalated"].outcome is None


@pytest.mark.parametrize("step", ["documenting", "backing_out", "failure_report"])
def test_what_is_applied_is_not_amended_or_withdrawn(step: str) -> None:
    play = at(step)
    refused(play.amend("sue", AMENDED), "not-amendable", "3.2.3")
    refused(play.tell("withdraw", "sue", {"comment": "Stop."}), "not-withdrawable", "3.2.3")


def test_only_the_opener_amends_and_withdraws() -> None:
    play = opened()
    for who in ("sam", "sid", "bea"):
        refused(play.amend(who, AMENDED), "not-yours", "3.2.3")
        refused(play.tell("withdraw", who, {"comment": "Stop."}), "not-yours", "3.2.3")
    assert may_amend(DEFINITION, play.case, "sue") is None
    assert may_withdraw(DEFINITION, play.case, "sue") is None
    refused(play.tell("withdraw", "sue"), "comment-required")
    refused(play.tell("withdraw", "sue", {"comment": "Stop.", "x": "y"}), "value")
    accepted(play.tell("withdraw", "sue", {"comment": "A newer version is out."}))
    assert play.case.ended == "withdrawn"


def test_an_ended_case_refuses_everything() -> None:
    play = opened()
    accepted(play.tell("withdraw", "sue", {"comment": "Stop."}))
    for kind in ("sign_off", "comment", "amend", "retract", "decline", "withdraw"):
        refused(play.tell(kind, "sam", {"comment": "Again."}, step="approval"), "ended")
    for kind in ("deadline", "remind"):
        refused(play.clock(kind, "approval"), "ended")
    assert open_seats(DEFINITION, play.case) == ()
    assert why_not(DEFINITION, play.case, "approval", "lead", "sam", PEOPLE["sam"]) is not None
    refused(play.open("sue", VALUES), "no-such-case")


def test_the_leader_may_execute_what_they_approved() -> None:
    """Allowed by the text of 3.2.3 and 4.1; kept by a test so that a change is a decision."""
    play = at("applying")
    accepted(play.sign("sam", "applying", "executor", "applied"))
