"""What would have to come for a vote to end otherwise: the fewest votes, and no fewer."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from definitions.rules.counting import Turn, outcome, turns
from definitions.voting import ABSTAIN, AYE, CARRIED, CHOICES, LOST, NAYE, Ballot
from tests.definitions.test_rules_voting import PEOPLE, ballots, vote_of


@pytest.mark.parametrize(
    ("cast", "found"),
    [
        ({}, [Turn(CARRIED, AYE, 3), Turn(LOST, NAYE, 3)]),
        ({"a": AYE, "b": AYE}, [Turn(CARRIED, None, 1), Turn(LOST, NAYE, 2)]),
        ({"a": AYE, "b": NAYE, "c": ABSTAIN}, [Turn(CARRIED, AYE, 1)]),
        ({"a": AYE, "b": AYE, "c": ABSTAIN}, [Turn(LOST, NAYE, 2)]),
        ({"a": AYE, "b": AYE, "c": AYE, "d": AYE}, []),
    ],
)
def test_what_would_change_a_vote_is_said_in_the_fewest_votes(
    cast: dict[str, str], found: list[Turn]
) -> None:
    assert list(turns(Ballot(), vote_of(cast))) == found


def test_what_only_the_casting_vote_can_turn_is_said_so() -> None:
    ballot = Ballot(casting="arbitrator")
    cast = {"a": AYE, "b": AYE, "c": NAYE, "d": NAYE, "e": NAYE}
    assert turns(ballot, vote_of(cast), frozenset({"f"})) == (Turn(CARRIED, AYE, 1, casting=True),)
    assert turns(ballot, vote_of(cast)) == ()


some_votes = st.dictionaries(st.sampled_from(PEOPLE), st.sampled_from(CHOICES), min_size=2)


@given(ballots, some_votes, st.sampled_from(PEOPLE), st.sets(st.sampled_from(PEOPLE)))
def test_no_fewer_votes_change_a_vote_than_is_said(
    ballot: Ballot, cast: dict[str, str], chair: str, active: set[str]
) -> None:
    cast = {who: ABSTAIN if who in active else choice for who, choice in cast.items()}
    vote, casting = vote_of(cast, tuple(active)), frozenset({chair})
    waiting = [who for who in PEOPLE if who not in cast]
    can = [(None, ABSTAIN) if who in active else (None, AYE, NAYE, ABSTAIN) for who in waiting]
    fewest: dict[str, int] = {}
    for way in itertools.product(*can):
        more = {who: choice for who, choice in zip(waiting, way, strict=True) if choice}
        result = outcome(ballot, vote, {**cast, **more}, casting)
        fewest[result] = min(len(more), fewest.get(result, len(more)))
    now = outcome(ballot, vote, cast, casting)
    said = {one.result: one.votes + one.abstentions for one in turns(ballot, vote, casting)}
    there = {result: count for result, count in fewest.items() if result != now}
    assert set(said) <= set(there)
    assert all(said[result] >= there[result] for result in said)
    if ballot.casting is None:
        assert said == there
