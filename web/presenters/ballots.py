"""A vote in words: how it stands, what could still change it, how it ended, what a recusal does."""

from __future__ import annotations

from definitions.definition import Definition
from definitions.rules import Tally, Turn, preview_recusal, tally, turns
from definitions.state import CaseState
from definitions.voting import ABSTAIN, AYE, CARRIED, INQUORATE, LOST, NAYE, Ballot
from store.queries.community import Community
from web.presenters.words import capital, counted, listed

CHOICE_WORDS = {AYE: "Aye", NAYE: "Naye", ABSTAIN: "Abstain"}
RESULT_WORDS = {CARRIED: "carried", LOST: "lost", INQUORATE: "without a quorum"}
_TURNED = {CARRIED: "carry it", LOST: "defeat it", INQUORATE: "leave it without a quorum"}


def casting_of(community: Community, ballot: Ballot | None) -> frozenset[str]:
    """Return who holds the role with the casting vote; nobody where there is none."""
    if ballot is None or ballot.casting is None:
        return frozenset()
    return frozenset(community.holders.get(ballot.casting, ()))


def stands(now: Tally) -> tuple[str, ...]:
    """Return how an open vote stands in numbers, each a sentence."""
    sentence = (
        f"{_voted(now)} of {now.electorate} have voted: {now.ayes} Aye, {now.nayes} Naye, "
        f"{now.abstentions} Abstain. The quorum is {now.quorum}. As it stands: "
        f"{RESULT_WORDS[now.result]}."
    )
    return (sentence, *_taken_out(now))


def ended(now: Tally, result: str) -> tuple[str, ...]:
    """Return how a vote that is over went in numbers, each a sentence."""
    sentence = (
        f"{_voted(now)} of {now.electorate} voted: {now.ayes} Aye, {now.nayes} Naye, "
        f"{now.abstentions} Abstain. The quorum was {now.quorum}. The result: "
        f"{RESULT_WORDS[result]}."
    )
    return (sentence, *_taken_out(now))


def vote_sentences(
    definition: Definition, state: CaseState, step: str, community: Community
) -> tuple[str, ...]:
    """Return how the open vote in a step stands, and what could still change it."""
    ballot = definition.step(step).vote or Ballot()
    casting = casting_of(community, ballot)
    now = tally(definition, state, step, casting)
    return (*stands(now), *_still(ballot, now, turns(ballot, state.votes[step], casting)))


def recusal_sentences(
    definition: Definition, state: CaseState, step: str, person: str, community: Community
) -> tuple[str, ...]:
    """Return in numbers what it would do to a vote if this person recused."""
    casting = casting_of(community, definition.step(step).vote or Ballot())
    before = tally(definition, state, step, casting)
    after = preview_recusal(definition, state, step, person, casting)
    changes = [
        f"{after.electorate} instead of {before.electorate} may vote",
        f"the quorum is {after.quorum} instead of {before.quorum}"
        if after.quorum != before.quorum
        else f"the quorum stays {after.quorum}",
    ]
    if after.result == before.result:
        changes.append(f"as it stands it is {RESULT_WORDS[after.result]}, as before")
    else:
        was, would = RESULT_WORDS[before.result], RESULT_WORDS[after.result]
        changes.append(f"as it stands it would be {would} instead of {was}")
    told = [f"If you recuse, {listed(changes)}."]
    if after.short:
        told.append("Fewer are left then than the quorum asked for at first; that is reported.")
    told.append("An abstention would leave the numbers of those who may vote as they are.")
    return tuple(told)


def _voted(now: Tally) -> int:
    return now.ayes + now.nayes + now.abstentions


def _taken_out(now: Tally) -> tuple[str, ...]:
    out = now.members - now.electorate
    return (f"{out} of {now.members} recused themselves or left the body.",) if out else ()


def _still(ballot: Ballot, now: Tally, found: tuple[Turn, ...]) -> tuple[str, ...]:
    """Return what would have to happen for the vote to end otherwise."""
    change = "A vote that was cast is final."
    if not ballot.early:
        change = "Until the close a vote can be changed; the last one counts."
    if found:
        return (f"{capital('; '.join(_would(one) for one in found))}.", change)
    if not now.settled and now.waiting:
        return (f"It can still change: {len(now.waiting)} haven't voted.", change)
    if ballot.early:
        return ("No vote that is still missing can change that.", change)
    missing = "No vote that is still missing can change that" if now.waiting else "All have voted"
    return (f"{missing}; only somebody who changes their vote still can.", change)


def _would(turn: Turn) -> str:
    """Return what would turn a vote: `one more Aye would carry it`."""
    votes = []
    if turn.choice is None:
        which = "whichever it is" if turn.votes == 1 else "whichever they are"
        votes.append(f"{counted(turn.votes, 'more vote')}, {which},")
    elif turn.votes:
        votes.append(counted(turn.votes, f"more {CHOICE_WORDS[turn.choice]}"))
    if turn.abstentions:
        votes.append(counted(turn.abstentions, "more Abstain"))
    with_chair = ", if that of whoever has the casting vote is among them," if turn.casting else ""
    return f"{listed(votes)}{with_chair} would {_TURNED[turn.result]}"
