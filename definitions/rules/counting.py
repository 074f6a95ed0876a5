"""Counting a vote: what it comes to, whether anything still to come can change it, and what would.

The policy sets neither quorum nor majority (9.1.5); the definition does (`definitions.voting`).
Whoever abstains stays in the electorate; whoever recuses or leaves the body is taken out of it,
and the quorum is computed anew.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from definitions.definition import Definition
from definitions.state import CaseState, VoteState
from definitions.voting import ABSTAIN, AYE, CARRIED, CHOICES, INQUORATE, LOST, NAYE, Ballot


@dataclass(frozen=True)
class Tally:
    """A vote in numbers.

    Attributes:
        members: how many the electorate had at the opening; `electorate` how many it has now.
        ayes: votes for it; `nayes` against, `abstentions` neither.
        quorum: how many must take part; `present` how many do.
        short: whether so many took themselves out that fewer are left than the quorum was when the
            vote began.
        result: what it would come to if it closed now.
        settled: whether no vote that may still be cast can change that.
        waiting: who hasn't voted.
    """

    members: int
    electorate: int
    ayes: int
    nayes: int
    abstentions: int
    quorum: int
    present: int
    short: bool
    result: str
    settled: bool
    waiting: tuple[str, ...]


@dataclass(frozen=True)
class Turn:
    """The fewest votes of one kind, of those still missing, with which a vote ends otherwise.

    Attributes:
        result: how it would end with them.
        choice: what they are; None where any vote does.
        votes: how many of them.
        abstentions: how many more, of people who abstain by rule.
        casting: whether the vote of who has the casting vote must be among them.
    """

    result: str
    choice: str | None
    votes: int
    abstentions: int = 0
    casting: bool = False


def tally(
    definition: Definition, state: CaseState, step: str, casting: frozenset[str] = frozenset()
) -> Tally:
    """Return what the vote in a step comes to now.

    Args:
        casting: who holds the role with the casting vote.
    """
    ballot = definition.step(step).vote or Ballot()
    return count(ballot, state.votes[step], casting)


def count(ballot: Ballot, vote: VoteState, casting: frozenset[str] = frozenset()) -> Tally:
    """Return what a vote comes to now, by the rules of its ballot."""
    choices = {one.voter: one.choice for one in vote.votes if one.voter in vote.electorate}
    waiting = tuple(person for person in vote.electorate if person not in choices)
    result = outcome(ballot, vote, choices, casting)
    counted = list(choices.values())
    abstentions = counted.count(ABSTAIN)
    return Tally(
        members=vote.members,
        electorate=len(vote.electorate),
        ayes=counted.count(AYE),
        nayes=counted.count(NAYE),
        abstentions=abstentions,
        quorum=quorum(ballot, len(vote.electorate)),
        present=len(counted) - (0 if ballot.quorum.abstentions else abstentions),
        short=is_short(ballot, vote),
        result=result,
        settled=_is_settled(ballot, vote, choices, waiting, casting),
        waiting=waiting,
    )


def turns(
    ballot: Ballot, vote: VoteState, casting: frozenset[str] = frozenset()
) -> tuple[Turn, ...]:
    """Return what could still change a vote: for each other result the fewest votes to it.

    Nobody who has voted changes their mind here, and nobody leaves. No vote takes anybody from
    those who take part, so none makes a vote inquorate.
    """
    choices = {one.voter: one.choice for one in vote.votes if one.voter in vote.electorate}
    now = outcome(ballot, vote, choices, casting)
    wanted = ((CARRIED, AYE), (LOST, NAYE))
    found = (_turn(ballot, vote, choices, casting, *one) for one in wanted if one[0] != now)
    return tuple(one for one in found if one is not None)


def _turn(
    ballot: Ballot,
    vote: VoteState,
    choices: Mapping[str, str],
    casting: frozenset[str],
    result: str,
    choice: str,
) -> Turn | None:
    """Find the fewest votes: without a casting vote, no others lead to the result sooner."""
    waiting = [person for person in vote.electorate if person not in choices]
    orders = [
        sorted(waiting, key=lambda one: (one in vote.active, (one in casting) != first))
        for first in (False, True)
    ]
    for size in range(1, len(waiting) + 1):
        for order in orders:
            free = [person for person in order[:size] if person not in vote.active]
            more = {**dict.fromkeys(order[:size], ABSTAIN), **dict.fromkeys(free, choice)}
            with_them = {**choices, **more}
            if outcome(ballot, vote, with_them, casting) != result:
                continue
            needs = outcome(ballot, vote, with_them, casting - set(more)) != result
            anyhow = all(
                outcome(ballot, vote, {**choices, **dict.fromkeys(more, other)}, casting) == result
                for other in CHOICES
            )
            if anyhow:
                return Turn(result, None, size)
            return Turn(result, choice, len(free), size - len(free), casting=needs)
    return None


def quorum(ballot: Ballot, electorate: int) -> int:
    """Return how many of an electorate of that size must take part; never nobody."""
    if ballot.quorum.at_least is not None:
        return max(1, min(ballot.quorum.at_least, electorate))
    return max(1, math.ceil(Fraction(ballot.quorum.share or "1/2") * electorate))


def is_short(ballot: Ballot, vote: VoteState) -> bool:
    """Say whether fewer are left than the quorum asked for when the vote began."""
    return len(vote.electorate) < quorum(ballot, vote.members)


def outcome(
    ballot: Ballot, vote: VoteState, choices: Mapping[str, str], casting: frozenset[str]
) -> str:
    """Return what these choices come to: carried, lost or inquorate."""
    counted = list(choices.values())
    ayes, nayes = counted.count(AYE), counted.count(NAYE)
    abstentions = counted.count(ABSTAIN) if ballot.quorum.abstentions else 0
    if ayes + nayes + abstentions < quorum(ballot, len(vote.electorate)):
        return INQUORATE
    if ayes == nayes > 0 and ballot.casting is not None and ballot.leaves_ties:
        deciding = {choices[person] for person in casting if person in choices} - {ABSTAIN}
        return CARRIED if deciding == {AYE} else LOST
    return CARRIED if ayes > Fraction(ballot.majority) * (ayes + nayes) else LOST


def _is_settled(
    ballot: Ballot,
    vote: VoteState,
    choices: Mapping[str, str],
    waiting: tuple[str, ...],
    casting: frozenset[str],
) -> bool:
    """Try every way in which those who haven't voted could: by numbers, not by names.

    Only whose casting vote may decide is told apart; whoever abstains by rule can do nothing
    else. Nobody's leaving is foreseen: a vote that closes early closes with who is there.
    """
    free = [p for p in waiting if p not in vote.active and p not in casting]
    bound = [p for p in waiting if p in vote.active and p not in casting]
    chairs = [p for p in waiting if p in casting]
    results = set()
    for chosen in _choices(chairs, vote):
        for ayes in range(len(free) + 1):
            for nayes in range(len(free) + 1 - ayes):
                for abstaining in range(len(free) + 1 - ayes - nayes):
                    cast = [AYE] * ayes + [NAYE] * nayes + [ABSTAIN] * abstaining
                    for by_rule in range(len(bound) + 1):
                        more = dict(zip(free, cast, strict=False)) | chosen
                        more |= dict.fromkeys(bound[:by_rule], ABSTAIN)
                        results.add(outcome(ballot, vote, {**choices, **more}, casting))
                        if len(results) > 1:
                            return False
    return len(results) == 1


def _choices(persons: list[str], vote: VoteState) -> list[dict[str, str]]:
    """Return every way in which these may vote, or not vote."""
    ways: list[dict[str, str]] = [{}]
    for person in persons:
        can = (ABSTAIN,) if person in vote.active else (AYE, NAYE, ABSTAIN)
        ways = [*ways, *({**way, person: choice} for way in ways for choice in can)]
    return ways
