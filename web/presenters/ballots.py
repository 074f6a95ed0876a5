"""A vote in words: how it stands, what could still change it, what a recusal would do."""

from __future__ import annotations

from definitions.definition import Definition
from definitions.rules import Tally, preview_recusal, tally
from definitions.state import CaseState
from definitions.voting import ABSTAIN, AYE, CARRIED, INQUORATE, LOST, NAYE
from web.presenters.words import listed

CHOICE_WORDS = {AYE: "Aye", NAYE: "Naye", ABSTAIN: "Abstain"}
RESULT_WORDS = {CARRIED: "carried", LOST: "lost", INQUORATE: "without a quorum"}


def numbers(now: Tally) -> tuple[str, ...]:
    """Return how a vote stands, and what could still change it, each a sentence."""
    voted = now.ayes + now.nayes + now.abstentions
    stands = (
        f"{voted} of {now.electorate} have voted: {now.ayes} Aye, {now.nayes} Naye, "
        f"{now.abstentions} Abstain. The quorum is {now.quorum}. As it stands: "
        f"{RESULT_WORDS[now.result]}."
    )
    sentences = [stands]
    if now.electorate < now.members:
        out = now.members - now.electorate
        sentences.append(f"{out} of {now.members} recused themselves or left the body.")
    if now.settled:
        sentences.append("No vote that is still missing can change that.")
    elif now.waiting:
        sentences.append(f"It can still change: {len(now.waiting)} haven't voted.")
    return tuple(sentences)


def vote_sentences(definition: Definition, state: CaseState, step: str) -> tuple[str, ...]:
    """Return how the vote in a step stands now."""
    ballot = definition.step(step).vote
    final = "A vote that was cast is final." if ballot and ballot.early else ""
    change = final or "Until the close a vote can be changed; the last one counts."
    return (*numbers(tally(definition, state, step)), change)


def recusal_sentences(
    definition: Definition, state: CaseState, step: str, person: str
) -> tuple[str, ...]:
    """Return in numbers what it would do to a vote if this person recused."""
    before = tally(definition, state, step)
    after = preview_recusal(definition, state, step, person)
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
        told.append("Fewer are left than the quorum asks for; that is reported.")
    told.append("An abstention would leave the numbers of those who may vote as they are.")
    return tuple(told)
