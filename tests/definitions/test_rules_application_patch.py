"""The application patch (7.4, 7.5): who may sign what, by risk; authors; the ways of a case."""

import pytest

from definitions.loader import load_library
from definitions.organisation import load_organisation
from definitions.rules import addresses_needed, known_fields, may_open, missing, open_seats, why_not
from tests.support.playing import Answer, Play, accepted, patch_value, refused

DEFINITION = load_library().current("application-patch")
ROLES = [role.id for role in load_organisation().roles]
PEOPLE = {
    "lea": ("member", "software-assessor", "software-assessment-leader"),
    "rob": ("member", "software-assessor"),
    "rita": ("member", "software-assessor"),
    "roy": ("member", "software-assessor"),
    "dora": ("member", "designated-reviewer"),
    "tom": ("member", "tester"),
    "tina": ("member", "tester"),
    "bo": ("member", "software-assessor", "tester"),
    "sue": ("member", "systems-administrator"),
    "sid": ("member", "systems-administrator"),
    "mia": ("member",),
    "ada": ("member", "software-assessor", "tester", "systems-administrator"),
}
ADMIN = {"systems-administrator"}
SEATS = {
    ("review", "lead"): {"software-assessment-leader", "designated-reviewer"},
    ("review", "reviewer"): {"software-assessor"},
    ("test", "tester"): {"tester"},
    ("applying", "executor"): ADMIN,
    ("applying", "observer"): ADMIN,
    ("backing_out", "executor"): ADMIN,
    ("backing_out", "observer"): ADMIN,
    ("failure_report", "scribe"): ADMIN,
}
READ = {"not_author": True, "findings": "Read it all."}
TESTED = {"build": "clean", "test_log": "All pages load."}
WHY = {"comment": "See the third hunk."}


def opened(risk: str = "low", who: str = "mia", author: tuple[str, ...] = ("ada",)) -> Play:
    play = Play(DEFINITION, dict(PEOPLE))
    values = {"patch": patch_value("ada@example.org"), "risk": risk, "purpose": "Mends it."}
    accepted(play.open(who, values, {"author": author}))
    return play


def review(play: Play, who: str, seat: str = "reviewer", outcome: str = "approve") -> Answer:
    return play.sign(who, "review", seat, outcome, READ | WHY)


def tried(play: Play, who: str, outcome: str = "pass") -> Answer:
    return play.sign(who, "test", "tester", outcome, TESTED | WHY)


def at(step: str) -> Play:
    play = opened()
    if step in ("review", "test"):
        return play
    accepted(review(play, "lea", "lead"))
    if step == "revision":
        accepted(tried(play, "tom", "fail"))
        return play
    for done in (review(play, "rob"), tried(play, "tom"), tried(play, "tina")):
        accepted(done)
    for stop, outcome in (("applying", "failed"), ("backing_out", "backed-out")):
        if step == stop:
            break
        for who, seat in (("sue", "executor"), ("sid", "observer")):
            accepted(play.sign(who, stop, seat, outcome, WHY))
    assert play.case.is_open(step)
    return play


def test_the_table_names_every_seat_but_the_submitters() -> None:
    seats = {(s, seat) for s, step in DEFINITION.body.steps.items() for seat in step.seats}
    assert seats - {("revision", "opener")} == set(SEATS)


@pytest.mark.parametrize(("step", "seat"), SEATS, ids=str)
def test_only_holders_of_its_role_fill_a_seat(step: str, seat: str) -> None:
    play = at(step)
    for role in ROLES:
        why = why_not(DEFINITION, play.case, step, seat, "new", (role,))
        assert (why is None) == (role in SEATS[step, seat]), role


@pytest.mark.parametrize("role", ROLES)
def test_every_member_opens_and_nobody_else(role: str) -> None:
    refusal = may_open(DEFINITION, (role,))
    assert (refusal is None) == (role == "member")
    assert refusal is None or refusal.section == "7.2"


@pytest.mark.parametrize(("risk", "count"), [("low", 1), ("medium", 2), ("high", 3)])
def test_the_riskier_the_more_reviewers(risk: str, count: int) -> None:
    play = opened(risk)
    assert known_fields(DEFINITION) == {"risk"}
    assert play.case.known == {"risk": risk}
    assert "risk" not in play.case.digestible()["fields"]["risk"]
    accepted(review(play, "lea", "lead"))
    for index, who in enumerate(["rob", "rita", "roy"][:count]):
        assert play.case.is_open("review")
        assert missing(DEFINITION, play.case, "review", "reviewer") == count - index
        accepted(review(play, who))
    assert not play.case.is_open("review")
    refused(review(play, "bo"), "not-open", "7.4")


def test_the_leader_is_not_one_of_the_reviewers_as_well() -> None:
    play = opened()
    accepted(review(play, "lea", "lead"))
    refused(review(play, "lea"), "signed-already", "7.4")
    play = opened()
    accepted(review(play, "lea"))
    refused(review(play, "lea", "lead"), "signed-already", "7.4")
    accepted(review(play, "dora", "lead"))
    assert not play.case.is_open("review")


@pytest.mark.parametrize(("step", "seat"), SEATS, ids=str)
def test_no_author_signs_anywhere(step: str, seat: str) -> None:
    play = at(step)
    why = why_not(DEFINITION, play.case, step, seat, "ada", ROLES)
    assert why is not None
    assert (why.code, why.section) == ("barred", DEFINITION.step(step).policy)
    assert "author" in why.sentence
    assert all("ada" in s.barred for s in open_seats(DEFINITION, play.case) if s.step == step)


def test_every_author_of_several_is_barred_also_where_they_opened_it() -> None:
    play = opened(who="rob", author=("ada", "rob"))
    refused(review(play, "rob"), "barred", "7.4")
    refused(review(play, "ada"), "barred", "7.4")
    accepted(review(play, "rita"))


def test_whoever_opened_it_without_writing_it_may_review() -> None:
    accepted(review(opened(who="rob"), "rob"))


def test_reviewers_do_not_test_and_testers_do_not_review() -> None:
    play = opened()
    accepted(review(play, "bo"))
    refused(tried(play, "bo"), "barred", "7.4")
    play = opened()
    accepted(tried(play, "bo"))
    refused(review(play, "bo"), "barred", "7.4")
    seat = next(s for s in open_seats(DEFINITION, play.case) if s.seat == "reviewer")
    assert set(seat.barred) == {"ada", "bo"}


def test_whoever_retracts_a_review_may_test() -> None:
    play = opened()
    accepted(review(play, "bo"))
    accepted(play.tell("retract", "bo", step="review"))
    accepted(tried(play, "bo"))
    refused(review(play, "bo"), "barred", "7.4")


def test_a_reviewer_attests_not_to_be_the_author() -> None:
    play = opened()
    sign = ("rob", "review", "reviewer", "approve")
    for values in ({}, {"not_author": False}, {"findings": "Fine."}):
        refusal = refused(play.sign(*sign, values), "value")
        assert refusal.field == "not_author"
    refused(play.sign(*sign, {"not_author": "yes"}), "value")
    refused(play.sign(*sign, READ | {"more": "x"}), "value")
    accepted(play.sign(*sign, {"not_author": True}))


def test_a_tester_states_build_and_log() -> None:
    play = opened()
    sign = ("tom", "test", "tester", "pass")
    refused(play.sign(*sign, {"build": "clean"}), "value")
    refused(play.sign(*sign, {"test_log": "Fine."}), "value")
    refused(play.sign(*sign, TESTED | {"build": "so-so"}), "value")
    accepted(play.sign(*sign, TESTED))


@pytest.mark.parametrize(("outcome", "state"), [("reject", "rejected"), ("changes", "revision")])
def test_the_first_who_refuses_or_asks_for_changes_decides(outcome: str, state: str) -> None:
    play = opened("high")
    accepted(tried(play, "tom"))
    sign = ("rob", "review", "reviewer", outcome)
    refused(play.sign(*sign, READ), "comment-required")
    changes = accepted(play.sign(*sign, READ | WHY))
    assert play.case.configuration == (state,)
    assert play.case.steps["review"].outcome == outcome
    assert play.case.steps["test"].closed is not None
    assert play.case.steps["test"].outcome is None
    (mail,) = changes.mails
    assert {r.person for r in mail.to} == {"opener", "author"}


def test_a_failed_test_goes_back_to_whoever_opened_it() -> None:
    play = at("revision")
    refused(play.sign("ada", "revision", "opener", "resubmit", WHY), "not-yours", "7.4")
    refused(play.sign("mia", "revision", "opener", "resubmit"), "comment-required")
    accepted(play.sign("mia", "revision", "opener", "resubmit", WHY))
    assert play.case.configuration == ("assessment", "reviewing", "review", "testing", "test")
    assert play.signers("review") == play.signers("test") == []
    assert play.case.steps["review"].instance == "2"


def test_an_author_who_opened_it_may_submit_it_again() -> None:
    play = opened(who="ada")
    accepted(tried(play, "tom", "fail"))
    accepted(play.sign("ada", "revision", "opener", "resubmit", WHY))


def test_what_is_submitted_again_unchanged_can_still_be_amended() -> None:
    play = at("revision")
    accepted(play.sign("mia", "revision", "opener", "resubmit", WHY))
    accepted(play.amend("mia", {"purpose": "Mends it better."}))
    assert play.case.steps["review"].instance == "3"
    assert play.case.steps["test"].instance == "2"


def test_a_new_patch_in_revision_is_assessed_at_once() -> None:
    play = at("revision")
    new = {"patch": patch_value("mia@example.org")}
    accepted(play.amend("mia", new, {"author": ("mia",)}))
    assert play.case.configuration[0] == "assessment"
    assert play.case.people["author"] == ("mia",)
    accepted(review(play, "rob"))


def test_revision_that_is_not_done_lapses() -> None:
    play = at("revision")
    assert play.wait(days=14) == ["remind revision"] * 2 + ["deadline revision"]
    assert play.case.ended == "withdrawn"


def test_giving_up_ends_it() -> None:
    play = at("revision")
    accepted(play.sign("mia", "revision", "opener", "give-up"))
    assert play.case.ended == "withdrawn"


def test_amending_what_only_reviewers_cover_leaves_tests_alone() -> None:
    play = opened()
    for done in (review(play, "rob"), tried(play, "tom")):
        accepted(done)
    old = play.act("sign_off", "lea", READ, step="review", seat="lead", outcome="approve")
    accepted(play.amend("mia", {"risk": "high"}))
    assert play.signers("review") == []
    assert play.signers("test") == ["tom"]
    assert missing(DEFINITION, play.case, "review", "reviewer") == 3
    refused(play.do(old, READ), "not-open", "7.4")
    # Who has seen only the old risk is refused also where they name the new round.
    refused(review_outdated(play, old.shown), "outdated", "7.4")
    accepted(tried(play, "tina"))


def review_outdated(play: Play, shown: str) -> Answer:
    return play.sign("lea", "review", "lead", "approve", READ, shown=shown)


def test_amending_a_finished_review_reopens_it_and_nothing_else() -> None:
    play = opened()
    for done in (review(play, "lea", "lead"), review(play, "rob"), tried(play, "tom")):
        accepted(done)
    assert "review_done" in play.case.configuration
    accepted(play.amend("mia", {"purpose": "Mends two things."}))
    assert play.case.is_open("review")
    assert play.signers("review") == []
    assert play.signers("test") == ["tom"]


def test_a_new_author_by_amendment_is_barred_and_a_former_one_is_not() -> None:
    play = opened()
    accepted(review(play, "rob"))
    accepted(play.amend("mia", {"patch": patch_value("rob@example.org")}, {"author": ("rob",)}))
    refused(review(play, "rob"), "barred", "7.4")
    accepted(tried(play, "ada"))


@pytest.mark.parametrize("field", ["patch", "risk"])
def test_amending_while_applying_begins_assessment_anew(field: str) -> None:
    play = at("applying")
    accepted(play.sign("sue", "applying", "executor", "applied"))
    value = patch_value("ada@example.org", "new@example.org") if field == "patch" else "high"
    accepted(play.amend("mia", {field: value}, {"author": ("ada",)}))
    assert play.case.configuration == ("assessment", "reviewing", "review", "testing", "test")
    assert all(at.signatures == () for at in play.case.steps.values() if at.closed is None)
    assert play.signers("applying") == play.signers("review") == []
    refused(play.sign("sid", "applying", "observer", "applied", instance="1"), "not-open")


def test_a_failure_is_backed_out_reported_and_ends() -> None:
    play = at("failure_report")
    accepted(play.sign("sue", "failure_report", "scribe", "report", {"report": "It broke."}))
    assert play.case.ended == "not_applied"


def test_deadlines_of_both_parts_run_side_by_side() -> None:
    play = opened()
    assert play.wait(days=7) == [
        "remind review", "remind test", "deadline review", "deadline test",
    ]  # fmt: skip
    assert play.case.is_open("review")
    assert play.case.is_open("test")
    assert play.wait(days=100) == []


def test_the_addresses_of_a_patch_are_asked_for() -> None:
    patch = patch_value("a@example.org", "b@example.org", declared={"b@example.org": "external"})
    needed = addresses_needed(DEFINITION, {"patch": patch})
    assert [(a.address, a.declared) for a in needed["author"]] == [
        ("a@example.org", None), ("b@example.org", "external"),
    ]  # fmt: skip
    assert addresses_needed(DEFINITION, {}) == {}
    assert addresses_needed(DEFINITION, {"patch": {"patches": 3}}) == {}
