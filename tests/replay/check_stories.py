"""The stories of background checks: lots, offices, private steps and a ruling."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from definitions.acts import SignedAct
from definitions.canonical import Json
from tests.replay.people import (
    OWN,
    PeopleStory,
    Told,
    asks_for_link,
    does,
    is_nobody,
    reminded,
    says,
)
from tests.replay.telling import adopt, directly, stop_and_mend
from tests.support.cases import Case, copy_database
from tests.support.eventually import until
from tests.support.house import House

_OFFICES: Final = ("arbitrator", "case_manager")
_CONSENT: Final[dict[str, Json]] = {"drp": True, "contact": "jo@example.org"}


async def asked(house: House) -> str:
    """Ask for a background check of Jo."""
    return await house.open(
        "abc",
        "ada",
        subject=house.person("jo"),
        role="systems-administrator",
        request="Jo has helped for years.",
    )


async def _accepted(house: House, check: str) -> None:
    """Let both accept whom the lot fell on."""
    for office in _OFFICES:
        who = await house.drawn(check, office)
        await house.sign(check, who, "acceptance", "accept", office, independent=True)


async def _declines(house: House, check: str) -> None:
    """Let the Arbitrator decline, and wait until another one was drawn."""
    first = await house.drawn(check, "arbitrator")
    await does(
        house,
        check,
        first,
        "decline",
        "acceptance",
        seat="arbitrator",
        comment="Jo is a friend of mine.",
    )
    await until(lambda: house.person(first) in house.state(check).draws["arbitrator"].passed)
    assert await house.drawn(check, "arbitrator") != first


async def _disagrees(house: House, check: str) -> None:
    await house.sign(check, "jo", "consent", "disagree", **_CONSENT)
    await house.stands(check, "refused")


async def abc_good(house: House) -> Told:
    check = await asked(house)
    await house.examined(check)
    return {OWN: check}


async def abc_deferred(house: House) -> Told:
    """Nobody is left who could be drawn; the lot is cast again, and nobody is left still."""
    check = await asked(house)
    await is_nobody(house, check)
    await house.sign(check, "ann", "unassigned", "again", comment="Cam thinks about it.")
    await until(lambda: house.state(check).steps["unassigned"].instance == "2")
    await house.sign(check, "ben", "unassigned", "defer", comment="There is nobody.")
    return {OWN: check}


async def abc_late(house: House) -> Told:
    """An office isn't accepted in time; those drawn anew do, and who is examined never answers."""
    check = await asked(house)
    arbiter = await house.drawn(check, "arbitrator")
    manager = await house.drawn(check, "case_manager")
    await house.sign(check, manager, "acceptance", "accept", "case_manager", independent=True)
    await does(house, check, manager, "retract", "acceptance")
    await reminded(house, check, "acceptance", timedelta(days=3, minutes=1))
    await asks_for_link(house, check, arbiter, "acceptance")
    await house.pass_time(check, timedelta(days=4))
    await house.stands(check, "unassigned")
    await house.sign(check, "ann", "unassigned", "again", comment="Both are back.")
    await _accepted(house, check)
    await house.pass_time(check, timedelta(days=21, minutes=1))
    await house.stands(check, "deferred")
    return {OWN: check}


async def abc_vacated(house: House) -> Told:
    """The Arbitrator declines at the interview; another accepts, and Jo agrees to nothing more."""
    check = await asked(house)
    await _accepted(house, check)
    await house.sign(check, "jo", "consent", "agree", "subject", **_CONSENT)
    first = await house.drawn(check, "arbitrator")
    known = "I know Jo after all."
    await does(house, check, first, "decline", "interview", seat="arbitrator", comment=known)
    await house.stands(check, "unassigned")
    await house.sign(check, "ann", "unassigned", "again", comment="There is another.")
    await _accepted(house, check)
    await _disagrees(house, check)
    return {OWN: check}


async def abc_continued(house: House) -> Told:
    """An Arbitrator declines and another is drawn, in a later run than the first."""
    check = await asked(house)
    for office in _OFFICES:
        await house.drawn(check, office)
    await says(house, check, "bo", "One.")
    await _declines(house, check)
    await _accepted(house, check)
    await says(house, check, "bo", "Two.")
    await _disagrees(house, check)
    return {OWN: check}


async def abc_apart(house: House) -> Told:
    """The record is lost and mended, and then ahead of the case by a signature and by a lot."""
    check = await asked(house)
    for office in _OFFICES:
        await house.drawn(check, office)
    case = house.case(check)
    older = copy_database(house.engine)
    manager = await house.drawn(check, "case_manager")
    await house.sign(check, manager, "acceptance", "accept", "case_manager", independent=True)
    arbiter = await house.drawn(check, "arbitrator")
    accepts = _accepts(case, arbiter)
    await stop_and_mend(case, older, accepts)
    late = _accepts(case, arbiter)
    declines = {"step": "acceptance", "seat": "arbitrator", "values": {"comment": "A friend."}}
    directly(case, case.act(arbiter, "decline", **declines))
    assert (await house.engine.send(late)).refusal
    other = await house.drawn(check, "arbitrator")
    directly(case, _accepts(case, other))
    await adopt(case)
    await _disagrees(house, check)
    return {OWN: check}


def _accepts(case: Case, who: str) -> SignedAct:
    return case.sign_off(who, "acceptance", "arbitrator", "accept", independent=True)


CHECKS: Final[tuple[PeopleStory, ...]] = (
    abc_good,
    abc_deferred,
    abc_late,
    abc_vacated,
    abc_continued,
    abc_apart,
)
