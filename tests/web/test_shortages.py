"""What a case will lack for people: said at once on opening, to opener and team leaders."""

from __future__ import annotations

import re
from html import unescape

import pytest

from definitions.proof.staffing import answers_for, in_case
from tests.support.acting import World
from tests.support.states import Told
from tests.support.work import grows_with_the_size, work_of
from tests.web.test_presenter_cases import (
    ASSESSOR,
    ROOT,
    application,
    reviewed_but_one,
    with_tests,
)
from web.page_models import Refusal
from web.presenters.shortages import shortages

LEADERS = {"software-assessment-leader", "systems-administration-leader"}
FULL = {"fay": (ASSESSOR, "member")}
"""With her there are enough reviewers: Bo wrote the patch."""


def seen(told: Told, person: str = "mia") -> tuple[Refusal, ...]:
    return shortages(told.reader(person), told.definition, told.now)


def full(**roles: tuple[str, ...]) -> Told:
    told = application(**FULL, **roles)
    told.names = {**told.names, "fay": "Fay Reader"}
    return told


def test_nothing_is_said_where_there_are_enough_people() -> None:
    assert seen(application()) == ()
    assert seen(full()) == ()


def test_a_case_that_nobody_can_review_says_so_on_opening_and_who_would_mend_it() -> None:
    (review,) = seen(application(dana=("member",), emil=("member",), ana=("member",)))
    assert review.sentence == (
        "“Review the patch” and “Build and test the patch” still need five signatures by "
        "different people; Tess Tester and Tim Tester can give only two of them."
    )
    assert review.section is not None
    assert review.section.number == "7.4"
    assert review.remedy == (
        "Let the Board admit 2 more Software Assessors and one more Software Assessment team "
        "leader, each of whom isn't the author (9.1.5)."
    )


def test_what_comes_later_is_told_at_once() -> None:
    (applying,) = seen(application(sid=("member",)))
    assert applying.sentence == (
        "Later “Apply the patch” needs two signatures by different people; "
        "Sue Root can give only one of them."
    )
    assert applying.remedy == (
        "Let the Board admit one more Systems Administrator, who isn't the author (9.1.5)."
    )


def test_who_wrote_it_can_not_be_counted_on_later() -> None:
    told = application(bo=(ROOT, "member"), sid=("member",))
    assert "Sue Root can give only one" in seen(told)[0].sentence


def test_what_only_a_failure_leads_to_is_told_last_and_not_twice() -> None:
    told = application(sue=("member",), sid=("member",))
    applying, report = seen(told)
    assert applying.sentence.endswith("nobody in today's directory can give any.")
    assert applying.remedy.startswith("Let the Board admit 2 more Systems Administrators")
    assert report.sentence == (
        "If it comes to “Report the failure”, that needs one signature; "
        "nobody in today's directory can give it."
    )


def test_whoever_has_signed_one_step_is_not_counted_in_the_other() -> None:
    told = application(dana=(ASSESSOR, "tester", "member"), emil=("member",))
    # Three reviewers and two testers, and Dana can't be both.
    assert "can give only four of them" in seen(told)[0].sentence
    told = with_tests(application(emil=("member",)))
    assert "“Review the patch” still needs three signatures" in seen(told)[0].sentence
    assert seen(reviewed_but_one(with_tests(application()))) == ()


@pytest.mark.parametrize(
    ("person", "told"), [("mia", True), ("ana", True), ("dana", False), ("tess", False)]
)
def test_opener_and_leaders_are_told_and_nobody_else(person: str, *, told: bool) -> None:
    assert bool(seen(application(sid=("member",)), person)) is told


def test_the_definition_names_who_answers_for_people() -> None:
    assert answers_for(application().definition) == LEADERS


def test_a_seat_for_certain_people_is_mended_by_no_admission() -> None:
    told = application()
    told.sign("dana", "review", "reviewer", "changes", not_author=True, comment="Not yet.")
    assert seen(told) == ()
    told.decline("mia", "revision", "opener")
    (revision, *_) = seen(told)
    assert "nobody in today's directory can give it" in revision.sentence
    assert "Nobody whom the Board could admit would mend it" in revision.remedy


def test_it_costs_a_page_little() -> None:
    def work(testers: int) -> int:
        more = {f"m{i}": ("tester", "member") for i in range(testers)}
        told = application(sid=("member",), **more)
        state, holders = told.now, told.community.holders
        return work_of(lambda: list(in_case(told.definition, state, holders, {"applying"})))

    grows_with_the_size(work, 100)
    assert work(200) < 250_000  # lines of Python or so; it takes 113 000


def text_of(world: World, name: str, number: str) -> str:
    answer = world.as_(name).get(f"/cases/{number}")
    assert answer.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", unescape(answer.text)).split())


def test_the_page_shows_it_at_once_to_opener_and_leaders_only(world: World) -> None:
    for name in ("Rita", "Rob", "Rose"):
        world.take_role(name, "software-assessor")
    world.take_role("Rita", "software-assessment-leader")
    number = world.open_application_patch("Mia")
    said = "Tess Box and Tim Cob can give only two of them."
    for name in ("Mia", "Lena"):
        text = text_of(world, name, number)
        assert said in text
        assert "Let the Board admit one more Software Assess" in text
    for name in ("Sue", "Tess", "Rob"):
        text = text_of(world, name, number)
        assert said not in text
        assert "Too few people to finish" not in text
        assert "nobody can" in text  # what waits is for everybody to see


def test_the_page_says_nothing_where_there_are_enough(world: World) -> None:
    number = world.open_application_patch("Mia")
    assert "Too few people to finish" not in text_of(world, "Mia", number)
