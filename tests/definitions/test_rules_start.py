"""Who may open a case with which choice, and who sees what was said in a step."""

from typing import Any

import pytest

from definitions.rules import confidential_steps, known_fields, may_see_step
from tests.support.appointing_case import PARENT, ROLES, VALUES, begun, built
from tests.support.playing import Play, accepted, refused


def opening(who: str, **values: str) -> Any:
    return Play(built(PARENT), dict(ROLES)).open(who, {**VALUES, **values})


def test_a_choice_may_ask_for_a_role() -> None:
    accepted(opening("olga", role="access-engineer"))
    refusal = refused(opening("dan", role="access-engineer"), "not-yours-to-open", "9.1.5")
    assert "access leader" in refusal.sentence
    assert refusal.field == "role"


def test_a_choice_may_ask_for_the_person_named() -> None:
    accepted(opening("sam", role="none"))
    refusal = refused(opening("olga", role="none"), "not-yours-to-open")
    assert "who" in refusal.sentence


@pytest.mark.parametrize("who", ["dan", "olga", "sam"])
def test_any_other_choice_is_open_to_all_who_may_open_it(who: str) -> None:
    accepted(opening(who))


def test_what_is_no_choice_at_all_is_a_wrong_value() -> None:
    refused(opening("olga", role="pilot"), "value")
    refused(opening("stranger"), "not-yours-to-open")


def test_the_rules_know_the_fields_that_effects_name() -> None:
    assert known_fields(built(PARENT)) == {"role", "access"}
    assert begun().case.known == {"role": "systems-administrator", "access": "none"}


def test_what_is_said_in_a_confidential_step_is_for_those_named() -> None:
    play = begun()
    play.state = play.case.model_copy(update={"people": {**play.case.people, "judge": ("ada",)}})
    assert confidential_steps(play.definition) == {"judging"}

    def sees(who: str, step: str) -> bool:
        return may_see_step(play.definition, play.case, step, who, ROLES.get(who, ()))

    assert (sees("ada", "judging"), sees("bob", "judging")) == (True, False)
    assert (sees("bob", "working"), sees("stranger", "working")) == (True, False)
