"""Sentences about a case: what it waits for, who can, who can't and why, what was signed."""

from datetime import timedelta

import pytest

from definitions.acts import Head
from definitions.canonical import Json
from definitions.fields.patch import parse_patch
from definitions.loader import load_library
from store.queries.cases import CaseRow
from tests.support.acting import patch
from tests.support.states import START, Told
from web.presenters import mine
from web.presenters.needs import needs
from web.presenters.seats import can_be_filled, vacancies
from web.presenters.standing import mark, standing
from web.presenters.way import way

NAMES = {
    "ana": "Ana Leader",
    "bo": "Bo Writer",
    "dana": "Dana Reader",
    "emil": "Emil Reader",
    "tess": "Tess Tester",
    "tim": "Tim Tester",
    "sue": "Sue Root",
    "sid": "Sid Root",
    "mia": "Mia Member",
}
ASSESSOR, ROOT = "software-assessor", "systems-administrator"
ROLES = {
    "ana": ("software-assessment-leader", ASSESSOR, "member"),
    "bo": (ASSESSOR, "member"),
    "dana": (ASSESSOR, "member"),
    "emil": (ASSESSOR, "member"),
    "tess": ("tester", "member"),
    "tim": ("tester", "member"),
    "sue": (ROOT, "member"),
    "sid": (ROOT, "member"),
    "mia": ("member",),
}
ATTESTED: dict[str, Json] = {"not_author": True}
TESTED: dict[str, Json] = {"build": "clean", "test_log": "All green."}


def patch_values(risk: str = "medium") -> dict[str, Json]:
    content = patch(author="Bo Writer <bo@example.org>")
    patches = parse_patch(content).to_json()["patches"]
    file = {"sha256": "ab" * 32, "name": "two.patch", "size": len(content)}
    return {
        "patch": {"file": file, "patches": patches, "declared": {}},
        "risk": risk,
        "purpose": "It says two.",
    }


def application(**roles: tuple[str, ...]) -> Told:
    told = Told(load_library().current("application-patch"), {**ROLES, **roles}, NAMES)
    told.open("mia", patch_values(), author=("bo",))
    return told


def row_of(told: Told, status: str = "running") -> CaseRow:
    state = told.now
    return CaseRow(
        case=state.case,
        number=state.number,
        process=state.process,
        version=state.definition,
        opener=state.people["opener"][0],
        status="ended" if state.ended else status,
        stopped_reason=None,
        opened_at=state.opened_at,
        ended_at=state.ended_at,
        updated_at=state.opened_at,
        state=state,
        head=Head(),
    )


def stands(told: Told, person: str = "mia") -> str:
    open_ = vacancies(told.definition, told.now, told.community)
    return standing(told.reader(person), told.definition, row_of(told), open_).sentence


def with_tests(told: Told) -> Told:
    told.sign("tess", "test", "tester", "pass", **TESTED)
    told.sign("tim", "test", "tester", "pass", **TESTED)
    return told


def reviewed_but_one(told: Told) -> Told:
    told.sign("ana", "review", "lead", "approve", **ATTESTED)
    told.sign("dana", "review", "reviewer", "approve", **ATTESTED)
    return told


def test_one_open_seat_is_told_as_the_design_says() -> None:
    told = reviewed_but_one(with_tests(application()))
    assert stands(told) == ("Waiting for one more reviewer; Emil can, not Bo: author of the patch.")


def test_two_who_can_are_joined_by_or() -> None:
    told = with_tests(application())
    told.sign("ana", "review", "lead", "approve", **ATTESTED)
    told.roles = {**told.roles, "mia": (ASSESSOR, "member")}
    told.sign("mia", "review", "reviewer", "approve", **ATTESTED)
    assert stands(told) == (
        "Waiting for one more reviewer; Dana or Emil can, not Bo: author of the patch."
    )


def test_steps_beside_each_other_are_told_one_by_one() -> None:
    assert stands(application()) == (
        "Waiting in “Review the patch” for the team leader or designated reviewer and two "
        "reviewers, and in “Build and test the patch” for two testers."
    )


def test_two_seats_with_the_same_people_name_them_once() -> None:
    told = reviewed_but_one(with_tests(application()))
    told.sign("emil", "review", "reviewer", "approve", **ATTESTED)
    assert stands(told) == "Waiting for the executor and the observer; Sid or Sue can."


def test_if_nobody_can_sign_it_is_said_at_once_and_loudly() -> None:
    told = with_tests(application(ana=("software-assessment-leader", "member"), emil=("member",)))
    told.sign("ana", "review", "lead", "approve", **ATTESTED)
    told.sign("dana", "review", "reviewer", "approve", **ATTESTED)
    shown = standing(
        told.reader("mia"),
        told.definition,
        row_of(told),
        vacancies(told.definition, told.now, told.community),
    )
    assert (shown.label, shown.tone) == ("Nobody can sign", "stopped")
    assert shown.sentence == (
        "Waiting for one more reviewer. As reviewer, nobody can, not Bo: author of the patch. "
        "The Board appoints (9.1.5)."
    )


def test_one_person_for_two_seats_is_too_few() -> None:
    told = reviewed_but_one(with_tests(application(sid=("member",))))
    told.sign("emil", "review", "reviewer", "approve", **ATTESTED)
    open_ = vacancies(told.definition, told.now, told.community)
    assert all(vacancy.can == ("sue",) for vacancy in open_)
    assert not can_be_filled(told.definition, open_)
    shown = standing(told.reader("mia"), told.definition, row_of(told), open_)
    assert shown.label == "Too few people"
    assert "two signatures by different people are missing, and only Sue can sign" in shown.sentence


def test_whoever_signed_elsewhere_is_named_with_what_they_signed() -> None:
    told = application(tess=("tester", ASSESSOR, "member"))
    told.sign("tess", "test", "tester", "pass", **TESTED)
    reviewer = vacancies(told.definition, told.now, told.community)[1]
    because = {one.person: (one.because, one.section) for one in reviewer.barred}
    assert because == {
        "bo": ("author of the patch", "7.4"),
        "tess": ("signed “Build and test the patch” in this case", "7.4"),
    }


def test_who_declined_is_told_so() -> None:
    told = application()
    told.decline("emil", "review", "reviewer")
    reviewer = vacancies(told.definition, told.now, told.community)[1]
    assert ("emil", "declined") in {(one.person, one.because) for one in reviewer.barred}
    assert reviewer.can == ("ana", "dana")


def test_an_author_is_told_why_and_who_can() -> None:
    told = reviewed_but_one(with_tests(application()))
    open_ = vacancies(told.definition, told.now, told.community)
    (refused,) = mine.cannot(told.reader("bo"), told.definition, told.now, open_)
    assert refused.sentence == (
        "You may not sign “Review the patch”: you are the author of what is decided here."
    )
    assert refused.section is not None
    assert refused.section.number == "7.4"
    assert refused.who_can == "Emil can."
    assert mine.can(told.reader("bo"), told.definition, told.now, open_) == ()


def test_who_can_choose_between_seats_sees_which() -> None:
    told = application()
    open_ = vacancies(told.definition, told.now, told.community)
    can = mine.can(told.reader("ana"), told.definition, told.now, open_)
    assert [one.label for one in can] == [
        "Review the patch as team leader or designated reviewer",
        "Review the patch as reviewer",
    ]
    assert can[1].url == "/cases/x20261123.1/sign/review/reviewer"
    assert can[1].hint == "As reviewer, being Software Assessor (7.4)"
    (one,) = mine.can(told.reader("dana"), told.definition, told.now, open_)
    assert one.label == "Review the patch"


@pytest.mark.parametrize(
    ("person", "sentence"),
    [
        ("dana", "You have signed “Review the patch”. It waits for one more reviewer."),
        ("sue", "It waits for one more reviewer: others sign that."),
    ],
)
def test_of_whom_nothing_is_asked_hears_why(person: str, sentence: str) -> None:
    told = reviewed_but_one(with_tests(application()))
    open_ = vacancies(told.definition, told.now, told.community)
    assert mine.nothing(told.reader(person), told.definition, told.now, open_) == sentence


def test_beside_the_decision_one_may_amend_withdraw_decline_or_take_back() -> None:
    told = reviewed_but_one(application())
    open_ = vacancies(told.definition, told.now, told.community)
    urls = {
        person: {
            one.url.removeprefix("/cases/x20261123.1/")
            for one in mine.others(told.reader(person), told.definition, told.now, open_)
        }
        for person in ("mia", "dana", "emil", "sue")
    }
    assert urls == {
        "mia": {"amend", "withdraw"},
        "dana": {"retract/review"},
        "emil": {"decline/review/reviewer"},
        "sue": set(),
    }


def test_needs_list_what_was_given_and_what_is_missing() -> None:
    told = reviewed_but_one(application())
    reader = told.reader("mia")
    open_ = vacancies(told.definition, told.now, told.community)
    found = needs(reader, told.definition, told.now, open_, (), {})
    assert [(need.status, need.sentence) for need in found] == [
        ("met", "Ana Leader has signed as team leader or designated reviewer: Approve."),
        ("met", "Dana Reader has signed as reviewer: Approve."),
        ("missing", "One more reviewer signs (Software Assessor). One can."),
        ("missing", "Two testers sign. Two can."),
    ]
    assert found[2].barred == ("Bo Writer can't: author of the patch (7.4).",)


def test_the_way_tells_what_the_diagram_draws() -> None:
    told = reviewed_but_one(with_tests(application()))
    open_ = vacancies(told.definition, told.now, told.community)
    steps = way(told.reader("mia"), told.definition, told.now, open_, (), {})
    assert [(step.title, step.status) for step in steps] == [
        ("Review the patch", "now"),
        ("Build and test the patch", "done"),
        ("Revise the patch", "off"),
        ("Apply the patch", "next"),
        ("Back the patch out", "off"),
        ("Report the failure", "off"),
    ]
    assert steps[1].sentence == "Ended with “Passed”."
    assert steps[2].sentence == (
        "Only if “Review the patch” ends with “Ask for changes” or "
        "“Build and test the patch” ends with “Failed”."
    )
    assert steps[3].sentence == (
        "The executor (Systems Administrator) and the observer (Systems Administrator)."
    )
    assert steps[4].sentence == "Only if “Apply the patch” ends with “Failed”."


def test_a_case_that_has_ended_says_how() -> None:
    told = application()
    told.sign("dana", "review", "reviewer", "reject", comment="No.", **ATTESTED)
    assert stands(told) == "Rejected: “Review the patch” ended with “Reject”."
    assert mark(told.definition, row_of(told)) == ("Rejected", "bad")
    steps = way(told.reader("mia"), told.definition, told.now, (), (), {})
    assert {step.status for step in steps} == {"done", "off"}
    assert steps[3].sentence == "The case didn't come by here."


def test_a_case_that_was_withdrawn_says_so() -> None:
    told = application()
    told.act("withdraw", "mia", comment="Not needed any more.")
    assert stands(told) == "Withdrawn. The case has ended."
    assert mark(told.definition, row_of(told)) == ("Withdrawn", "quiet")


def test_what_is_due_is_late_once_its_time_has_passed() -> None:
    told = application()
    told.clock.pass_time(timedelta(days=9))
    open_ = vacancies(told.definition, told.now, told.community)
    shown = standing(told.reader("mia"), told.definition, row_of(told), open_)
    assert shown.overdue
    assert shown.due is not None
    assert shown.due.words == "two days late"
    assert told.clock.now() - START == timedelta(days=9)


def test_a_first_name_that_two_share_is_given_whole() -> None:
    told = reviewed_but_one(with_tests(application()))
    told.names = {**told.names, "emil-2": "Emil Other"}
    assert stands(told).startswith("Waiting for one more reviewer; Emil Reader can, not Bo:")
