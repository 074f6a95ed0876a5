"""Who sees a case and its confidential fields (9.5)."""

import pytest

from definitions.loader import load_library
from definitions.model import Privacy, Viewers
from definitions.rules import confidential_fields, may_see, may_see_field
from tests.support.playing import accepted
from tests.support.sample_case import PEOPLE, drafted, one, sample

SEES_CASE = {"opo", "kim", "ken", "kay", "sub", "ari", "cas", "bea"}
SEES_SECRET = {"ari", "bea"}


@pytest.mark.parametrize("who", PEOPLE)
def test_a_confidential_case_is_seen_by_those_it_names(who: str) -> None:
    play = drafted()
    assert may_see(play.definition, play.case, who, PEOPLE[who]) == (who in SEES_CASE)
    assert may_see_field(play.definition, play.case, "topic", who, PEOPLE[who]) == (
        who in SEES_CASE and "member" in PEOPLE[who]
    )
    secret = may_see_field(play.definition, play.case, "secret", who, PEOPLE[who])
    assert secret == (who in SEES_SECRET)


def test_confidential_fields_are_named() -> None:
    assert confidential_fields(sample()) == {"secret"}
    assert not any(confidential_fields(d) for d in load_library().definitions())


def test_whoever_signed_still_sees_it_after_their_role_has_ended() -> None:
    play = drafted()
    assert not may_see(play.definition, play.case, "kim", ())
    accepted(one(play, "kim"))
    assert may_see(play.definition, play.case, "kim", ())


def test_whom_a_seat_names_sees_it_without_a_role() -> None:
    play = drafted()
    assert may_see(play.definition, play.case, "sub", ())
    assert not may_see(play.definition, play.case, "mia", ())


def test_without_privacy_every_member_sees_everything() -> None:
    play = drafted()
    definition = type(play.definition)(
        "v", "t", play.definition.body.model_copy(update={"privacy": Privacy()}), {}
    )
    for role, sees in (("member", True), ("tester", False)):
        assert may_see(definition, play.case, "new", (role,)) == sees
        assert may_see_field(definition, play.case, "secret", "new", (role,)) == sees


def test_people_of_the_case_are_viewers_by_name() -> None:
    play = drafted()
    body = play.definition.body
    only = Privacy(case=Viewers(people=("subject",), policy="9.5"))
    definition = type(play.definition)("v", "t", body.model_copy(update={"privacy": only}), {})
    assert may_see(definition, play.case, "sub", ())
    assert not may_see(definition, play.case, "opo", ("member",))
    assert not may_see(definition, play.case, "kim", PEOPLE["kim"])
