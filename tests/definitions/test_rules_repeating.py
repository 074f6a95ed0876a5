"""What repeats: a case says the how-manieth it is, and who is told of it is told once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from definitions.catalogue import Effect
from definitions.checks import check_parts
from definitions.clock import parse, stamp
from definitions.definition import Definition
from definitions.loader import Source
from definitions.parts import filled
from definitions.proof import prove
from definitions.reading import Positions
from definitions.rules import Changes
from definitions.rules.repeating import count, is_often, is_within
from definitions.state import Repeat
from tests.support.admitting import LIBRARY
from tests.support.playing import Play, accepted

ALARMING = LIBRARY["alarming"]
KEY = "enter-told-0"
EARLIER = ("v20260301.1", "v20260228.1")


def begun(*earlier: str) -> Play:
    """Open a case before which these came to where they are counted."""
    play = Play(ALARMING, {"mia": ("member",)}, more={"repeats": {KEY: earlier}})
    accepted(play.tell("open", "mia", {"subject": "mia"}))
    return play


def alarm(play: Play) -> Changes:
    return accepted(play.sign("mia", "idle", "one", "done"))


def test_the_third_says_so_and_names_those_before_it() -> None:
    play = begun(*EARLIER)
    (mail,) = alarm(play).mails
    assert filled(mail.subject, mail.words) == f"{play.case.number}: number 3"
    assert filled(mail.text, mail.words) == "After v20260301.1, v20260228.1."
    noted = play.case.repeats[KEY]
    assert (noted.state, noted.within, noted.least) == ("told", "P7D", 3)
    assert noted.earlier == EARLIER


def test_the_second_is_noted_and_nobody_is_told() -> None:
    play = begun(*EARLIER[:1])
    assert alarm(play).mails == ()
    assert count(play.case.repeats[KEY]) == 2


def test_a_case_that_never_comes_there_notes_nothing() -> None:
    play = begun(*EARLIER)
    accepted(play.sign("mia", "idle", "one", "nothing"))
    assert play.case.repeats == {}
    assert "repeats" not in play.case.digestible()


@pytest.mark.parametrize("first", [EARLIER, ()])
def test_a_case_that_comes_there_again_counts_once_and_tells_once(first: tuple[str, ...]) -> None:
    play = begun(*first)
    alarm(play)
    noted = play.case.repeats
    accepted(play.sign("mia", "told", "one", "anew"))
    play.more = {"repeats": {KEY: EARLIER}}
    assert alarm(play).mails == ()
    assert play.case.repeats == noted


NUMBERS = st.lists(st.integers(1, 99).map(lambda n: f"v20260301.{n}"), max_size=6, unique=True)


@given(NUMBERS, st.lists(st.booleans(), max_size=3))
def test_whoever_is_told_is_told_once_of_each_case_that_reaches_the_number(
    earlier: list[str], rounds: list[bool]
) -> None:
    """However often it comes there again, and whatever has come there meanwhile."""
    play = begun(*earlier)
    mails = [*alarm(play).mails]
    for more in rounds:
        accepted(play.sign("mia", "told", "one", "anew"))
        play.more = {"repeats": {KEY: (*earlier, *EARLIER) if more else ()}}
        mails += alarm(play).mails
    assert len(mails) == (len(earlier) + 1 >= 3)
    assert is_often(play.case.repeats[KEY]) == bool(mails)


@given(st.integers(0, 14 * 24 * 3600))
def test_what_came_within_the_period_counts_to_the_second(seconds: int) -> None:
    at = "2026-03-10T09:00:00.000Z"
    before = stamp(parse(at) - timedelta(seconds=seconds))
    repeat = Repeat(state="told", within="P7D", least=3, at=at)
    assert is_within(repeat, before) == (seconds < 7 * 24 * 3600)


@pytest.mark.parametrize(
    "wrong",
    [
        {"repeated": {"within": "P7D", "least": 1}},
        {"repeated": {"within": "P7D", "least": 101}},
        {"repeated": {"within": "PT0S", "least": 3}},
        {"repeated": {"within": "P7D"}},
        {"enter": None, "leave": "told"},
        {"mail": None, "queue": {"for": "summary", "text": "x"}},
    ],
)
def test_what_means_nothing_is_refused(wrong: dict[str, object]) -> None:
    mail = {"to": [{"list": "board-list"}], "subject": "s", "text": "t"}
    right = {"enter": "told", "repeated": {"within": "P7D", "least": 3}, "mail": mail}
    Effect.model_validate(right)
    with pytest.raises(ValidationError):
        Effect.model_validate(right | wrong)


def _found(
    *invariants: dict[str, object], words: str = "{number}", always: bool = False
) -> list[str]:
    """Return what is found of the definition with these invariants, or other words in its mail.

    Args:
        always: whether the mail goes out each time.
    """
    data = ALARMING.written()
    assert isinstance(data, dict)
    (effect,) = data["effects"]
    effect["mail"] |= {"subject": words, "text": words}
    if always:
        del effect["repeated"]
    definition = Definition.build(data | {"invariants": [*invariants]}, {})
    source = Source(definition, Positions("alarming.yaml", {}), "alarming.yaml")
    found = [one.sentence for one in check_parts(source, {"alarming": definition.body})]
    return found or [one.sentence for one in prove(definition).findings]


AFTER: dict[str, object] = {"after": "told", "policy": "3.2.3", "firm": True}
FLAGGED = AFTER | {"always": "flagged", "to": "board-list"}


def test_the_check_knows_what_is_told_only_where_cases_repeat() -> None:
    assert _found(FLAGGED) == []
    (mailed,) = _found(AFTER | {"always": "mailed", "to": "board-list"})
    assert "without `mailed`" in mailed
    (sooner,) = _found(FLAGGED | {"after": "idle"})
    assert "without `flagged`" in sooner


def test_the_check_says_what_a_flag_lacks() -> None:
    (nobody,) = _found(AFTER | {"always": "flagged"})
    assert nobody == "Nothing says who is told where cases repeat."
    (none,) = _found(FLAGGED, always=True)
    assert none == "No list is told here where cases repeat."
    (other,) = _found(FLAGGED | {"to": "systems-administration-list"})
    assert "list that is told here where cases repeat" in other


def test_only_a_mail_that_waits_for_repeats_can_name_them() -> None:
    assert _found(words="{count}, after {earlier}") == []
    assert set(_found(words="{count}", always=True)) == {"There is no placeholder `count`."}
