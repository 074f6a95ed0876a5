"""The stories of new team members: cases that open a check and a motion, and wait for both."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from definitions.canonical import Json
from tests.replay.people import (
    OWN,
    PeopleStory,
    Told,
    both_carried,
    child_again,
    closes,
    does,
    is_lost,
    is_nobody,
    reminded,
    says,
)
from tests.replay.telling import adopt, directly, stop_and_mend
from tests.support.cases import copy_database
from tests.support.house import House

_ME_TOO: Final[dict[str, Json]] = {"comment": "So do I."}


async def recommended(
    house: House, leader: str = "ada", role: str = "systems-administrator", who: str = "jo"
) -> str:
    """Recommend somebody for a team; return the case."""
    return await house.open(
        "onboarding",
        leader,
        subject=house.person(who),
        role=role,
        access="none",
        recommendation="They have helped for years.",
    )


async def _agrees(house: House, case: str) -> str:
    """Let Jo agree to be proposed; return the background check."""
    await house.sign(case, "jo", "candidate", "agree", "subject", policies=True)
    await house.stands(case, "background_check")
    return await house.child(case, "check")


async def proposed(house: House, case: str) -> str:
    """Go on until the Board is asked; return the motion."""
    await house.examined(await _agrees(house, case))
    await house.stands(case, "deciding")
    return await house.child(case, "motion")


async def _disagrees(house: House, check: str) -> None:
    """Let Jo not agree to be examined: that is the shortest way for a check to end."""
    for office in ("arbitrator", "case_manager"):
        who = await house.drawn(check, office)
        await house.sign(check, who, "acceptance", "accept", office, independent=True)
    await house.sign(check, "jo", "consent", "disagree", drp=True, contact="jo@example.org")


async def onboarding_good(house: House) -> Told:
    """The Board is asked twice, since too few take part at first."""
    case = await recommended(house)
    first = await proposed(house, case)
    await closes(house, first, "inquorate")
    await house.stands(case, "proposing")
    await house.sign(case, "ada", "proposing", "again")
    await house.carried(await child_again(house, case, "motion", 2))
    await house.stands(case, "training")
    assert "systems-administrator" in house.roles("jo")
    await says(house, case, "bo", "Welcome!")
    await house.sign(case, "ada", "training", "trained", training="With Bo, for a month.")
    return {OWN: case, "-motion": first}


async def onboarding_refused(house: House) -> Told:
    """The check refuses; it is kept as well."""
    case = await recommended(house)
    check = await _agrees(house, case)
    await _disagrees(house, check)
    await house.stands(case, "refused")
    return {OWN: case, "-check": check}


async def onboarding_lost(house: House) -> Told:
    case = await recommended(house)
    motion = await proposed(house, case)
    await is_lost(house, motion)
    await house.stands(case, "refused")
    return {OWN: case, "-motion": motion}


async def onboarding_deferred(house: House) -> Told:
    """Nobody is there to make the check."""
    case = await recommended(house)
    check = await _agrees(house, case)
    await is_nobody(house, check)
    await house.sign(check, "ann", "unassigned", "defer", comment="There is nobody.")
    await house.stands(case, "deferred")
    return {OWN: case}


async def onboarding_excluded(house: House) -> Told:
    """Sol holds what the role excludes: the case ends as it is opened."""
    case = await recommended(house, who="sol")
    await house.stands(case, "excluded")
    return {OWN: case}


async def onboarding_barred(house: House) -> Told:
    """Two teams want Jo, and the Board admits Jo to both: the second role is excluded by then."""
    case = await recommended(house)
    motion = await proposed(house, case)
    other = await recommended(house, "lea", "software-assessor")
    others = await proposed(house, other)
    await both_carried(house, motion, others)
    await house.stands(case, "training")
    await house.stands(other, "excluded")
    assert "software-assessor" not in house.roles("jo")
    return {OWN: other}


async def onboarding_late(house: House) -> Told:
    """Jo is reminded, and never answers."""
    case = await recommended(house)
    await reminded(house, case, "candidate", timedelta(days=7, minutes=1))
    await house.pass_time(case, timedelta(days=7))
    await house.stands(case, "withdrawn")
    return {OWN: case}


async def onboarding_withdrawn(house: House) -> Told:
    case = await recommended(house)
    busy = "I have no time to look at it."
    await does(house, case, "jo", "decline", "candidate", seat="subject", comment=busy)
    await does(house, case, "jo", "withdraw", comment="I have no time at all.")
    return {OWN: case}


async def onboarding_dropped(house: House) -> Told:
    """The leader takes the proposal back while the Board votes."""
    case = await recommended(house)
    motion = await proposed(house, case)
    await does(house, motion, "ada", "withdraw", comment="Jo has changed their mind.")
    await house.stands(case, "withdrawn")
    return {OWN: case}


async def onboarding_continued(house: House) -> Told:
    """The child is opened in one run, and its end comes in another."""
    case = await recommended(house)
    await says(house, case, "bo", "One.", "Two.")
    check = await _agrees(house, case)
    await says(house, case, "bo", "Three.", "Four.", "Five.")
    await _disagrees(house, check)
    await house.stands(case, "refused")
    return {OWN: case}


async def onboarding_apart(house: House) -> Told:
    """The record is lost and mended; then it is ahead by what opens the child."""
    case = await recommended(house)
    own = house.case(case)
    older = copy_database(house.engine)
    await says(house, case, "bo", "I know Jo.")
    await stop_and_mend(house.case(case), older, own.act("cy", "comment", values=_ME_TOO))
    late = own.sign_off("jo", "candidate", "subject", "decline", policies=True)
    directly(own, own.sign_off("jo", "candidate", "subject", "agree", policies=True))
    assert (await house.engine.send(late)).refusal
    check = await house.child(case, "check")
    comment = own.act("cy", "comment", values=_ME_TOO)
    directly(own, comment)
    await adopt(own)
    await _disagrees(house, check)
    await house.stands(case, "refused")
    return {OWN: case}


ADMISSIONS: Final[tuple[PeopleStory, ...]] = (
    onboarding_good,
    onboarding_refused,
    onboarding_lost,
    onboarding_deferred,
    onboarding_excluded,
    onboarding_barred,
    onboarding_late,
    onboarding_withdrawn,
    onboarding_dropped,
    onboarding_continued,
    onboarding_apart,
)
