"""The stories of motions of the Board that somebody puts before it; others are children."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from tests.replay.people import (
    OWN,
    VOTING,
    PeopleStory,
    Told,
    asks_for_link,
    closes,
    does,
    reminded,
    says,
    votes,
)
from tests.replay.telling import adopt, directly, stop_and_mend
from tests.support.cases import copy_database
from tests.support.eventually import until
from tests.support.house import House


async def _motion(house: House) -> str:
    return await house.open(
        "motion",
        "ann",
        proposal="To buy a second safe.",
        information="The first one is full.",
        area="systems-administrator",
    )


async def _leaves(house: House, motion: str, who: str) -> None:
    """Leave the Board while it votes, and wait until the vote knows."""
    await house.open("retiring", who, subject=house.person(who))
    await until(lambda: house.person(who) in house.state(motion).votes[VOTING].left)


async def motion_good(house: House) -> Told:
    """One changes their vote, one has a conflict and recuses, one leaves, one votes by proxy."""
    motion = await _motion(house)
    await votes(house, motion, "ann", "naye")
    await votes(house, motion, "cyd", "naye")
    await does(house, motion, "ben", "declare", VOTING, conflict="some")
    await does(house, motion, "ben", "recuse", VOTING, comment="I sell safes.")
    await votes(house, motion, "ann", "aye")
    await says(house, motion, "dee", "We had one stolen.")
    await _leaves(house, motion, "cyd")
    await reminded(house, motion, VOTING, timedelta(days=2, minutes=1))
    await does(
        house,
        motion,
        "ann",
        "vote",
        VOTING,
        seat="board",
        outcome="abstain",
        on_behalf="dee",
        conflict="none",
        comment="Dee is in hospital and told me so on the phone.",
    )
    await closes(house, motion, "carried")
    return {OWN: motion}


async def motion_withdrawn(house: House) -> Told:
    """Dee asks for a new link, and doesn't come to use it."""
    motion = await _motion(house)
    await votes(house, motion, "ben", "naye")
    await asks_for_link(house, motion, "dee", VOTING)
    await does(house, motion, "ann", "withdraw", comment="The safe isn't for sale any more.")
    return {OWN: motion}


async def motion_continued(house: House) -> Told:
    """A vote that is older than its run; who leaves and the deadline come in later ones."""
    motion = await _motion(house)
    for choice in ("naye", "abstain", "aye"):
        await votes(house, motion, "ann", choice)
    await says(house, motion, "ben", "Is there none that is used?", "Or a smaller one?")
    await _leaves(house, motion, "cyd")
    await says(house, motion, "ben", "Well.", "Well, well.")
    await votes(house, motion, "ben", "aye")
    await closes(house, motion, "carried")
    return {OWN: motion}


async def motion_apart(house: House) -> Told:
    """The record is lost and mended, and then ahead of the case; of that nobody votes twice."""
    motion = await _motion(house)
    case = house.case(motion)
    older = copy_database(house.engine)
    await votes(house, motion, "ann", "naye")
    voting = {"step": VOTING, "seat": "board", "values": {"conflict": "none"}}
    await stop_and_mend(case, older, case.act("ben", "vote", outcome="aye", **voting))
    late = case.act("ben", "vote", outcome="aye", **voting)
    recusal = {"step": VOTING, "values": {"comment": "I sell safes."}}
    directly(case, case.act("ben", "recuse", **recusal))
    assert (await house.engine.send(late)).refusal
    directly(case, case.act("cyd", "vote", outcome="naye", **voting))
    await adopt(case)
    await closes(house, motion, "lost")
    return {OWN: motion}


MOTIONS: Final[tuple[PeopleStory, ...]] = (
    motion_good,
    motion_withdrawn,
    motion_continued,
    motion_apart,
)
