"""The stories of backups that are verified, and of those that are read."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from definitions.canonical import Json
from tests.replay.people import OWN, PeopleStory, Told, does, overdue, reminded, says
from tests.replay.telling import signed_behind
from tests.support.cases import copy_database
from tests.support.house import House

_TWO: Final = (("bo", "executor"), ("cy", "observer"))
_FOUND: Final[dict[str, Json]] = {"result": "The checksums match."}
_LOG: Final[dict[str, Json]] = {"log_entry": "One table was read."}
_REPORT: Final[dict[str, Json]] = {"report": "One table was read. No copy is left."}


async def _both(house: House, case: str, step: str, outcome: str, **values: Json) -> None:
    for who, seat in _TWO:
        await house.sign(case, who, step, outcome, seat, **values)


async def _verification(house: House) -> str:
    return await house.open(
        "backup-verification",
        "bo",
        backup="webdb, 1 November 2026",
        kept="disaster",
        method="Its checksums.",
    )


async def verification_good(house: House) -> Told:
    """It is late, one signature is taken back, and somebody else observes."""
    case = await _verification(house)
    await reminded(house, case, "joining", timedelta(days=3, minutes=1))
    await does(house, case, "ada", "decline", "joining", seat="observer", comment="I am away.")
    await house.sign(case, "cy", "joining", "joined", "observer")
    await does(house, case, "cy", "retract", "joining")
    await _both(house, case, "joining", "joined")
    await _both(house, case, "verifying", "good", **_FOUND)
    await house.stands(case, "separating")
    await overdue(house, case, "separating", timedelta(hours=4, minutes=1))
    await _both(house, case, "separating", "separated", apart=True)
    return {OWN: case}


async def verification_bad(house: House) -> Told:
    case = await _verification(house)
    await _both(house, case, "joining", "joined")
    await _both(house, case, "verifying", "bad", comment="It is from June.", **_FOUND)
    await _both(house, case, "separating_failed", "separated", apart=True)
    await house.sign(case, "ada", "deciding", "instruct", remedy="Take another one.")
    return {OWN: case}


async def verification_not_done(house: House) -> Told:
    case = await _verification(house)
    await _both(house, case, "joining", "not-joined", comment="The safe is shut.")
    return {OWN: case}


async def verification_withdrawn(house: House) -> Told:
    case = await _verification(house)
    await does(house, case, "bo", "withdraw", comment="It was done last week.")
    return {OWN: case}


async def verification_continued(house: House) -> Told:
    case = await _verification(house)
    await says(house, case, "cy", "One.", "Two.", "Three.")
    await _both(house, case, "joining", "joined")
    await says(house, case, "cy", "Four.", "Five.")
    await _both(house, case, "verifying", "good", **_FOUND)
    await _both(house, case, "separating", "separated", apart=True)
    return {OWN: case}


async def verification_apart(house: House) -> Told:
    """The record is lost and mended, and then ahead of the case by the second signature."""
    verification = await _verification(house)
    case, older = house.case(verification), copy_database(house.engine)
    await house.sign(verification, "bo", "joining", "joined", "executor")
    await signed_behind(case, older, "cy", "joining", "observer", "joined")
    await _both(house, verification, "verifying", "good", **_FOUND)
    await _both(house, verification, "separating", "separated", apart=True)
    return {OWN: verification}


async def _reading(house: House, purpose: str) -> str:
    return await house.open(
        "backup-reading", "bo", purpose=purpose, backup="webdb, 1 November 2026", why="One table."
    )


async def _confirmed(house: House, purpose: str) -> str:
    case = await _reading(house, purpose)
    await house.sign(case, "cy", "confirming", "confirm")
    return case


async def _parted(house: House, case: str) -> None:
    await _both(house, case, "separating", "separated", apart=True)
    await house.sign(case, "cy", "documenting", "document", **_REPORT)


async def reading_good(house: House) -> Told:
    """One confirms it late; a signature is taken back, and somebody declines."""
    case = await _reading(house, "recovery")
    await reminded(house, case, "confirming", timedelta(days=1, minutes=1))
    await house.sign(case, "cy", "confirming", "confirm")
    await does(house, case, "ada", "decline", "joining", seat="observer", comment="I am away.")
    await house.sign(case, "cy", "joining", "joined", "observer")
    await does(house, case, "cy", "retract", "joining")
    await _both(house, case, "joining", "joined")
    await _both(house, case, "reading", "read", **_LOG)
    await overdue(house, case, "separating", timedelta(hours=4, minutes=1))
    await _parted(house, case)
    return {OWN: case}


async def reading_other(house: House) -> Told:
    """An Arbitrator authorises it, and another has it documented better."""
    case = await _confirmed(house, "other")
    await house.sign(case, "ira", "authorising", "authorise", conditions="That table alone.")
    await _both(house, case, "joining", "joined")
    await _both(house, case, "reading", "unreadable", comment="An old key.", **_LOG)
    await _parted(house, case)
    await house.sign(case, "ivo", "reviewing", "send_back", comment="Say which key.")
    await house.sign(case, "bo", "documenting", "document", **_REPORT)
    await house.sign(case, "ira", "reviewing", "accept")
    return {OWN: case}


async def reading_refused(house: House) -> Told:
    case = await _confirmed(house, "other")
    await house.sign(case, "ira", "authorising", "refuse", comment="There is no need.")
    return {OWN: case}


async def reading_lapsed(house: House) -> Told:
    """No Arbitrator says yes in time, and nothing is read."""
    case = await _confirmed(house, "other")
    await house.pass_time(case, timedelta(days=14, minutes=1))
    await house.stands(case, "not_read")
    return {OWN: case}


async def reading_not_joined(house: House) -> Told:
    case = await _confirmed(house, "recovery")
    await _both(house, case, "joining", "not-joined", comment="The key is at the bank.")
    return {OWN: case}


async def reading_withdrawn(house: House) -> Told:
    case = await _confirmed(house, "other")
    await does(house, case, "bo", "withdraw", comment="The logs say it.")
    return {OWN: case}


async def reading_changed(house: House) -> Told:
    """The purpose changes midway: the case ends, and the Arbitrator is asked in a new one."""
    case = await _confirmed(house, "recovery")
    await _both(house, case, "joining", "joined")
    await house.sign(case, "bo", "reading", "read", "executor", **_LOG)
    seen = "Bo wants to see who did it."
    await house.sign(case, "cy", "reading", "changed", "observer", comment=seen, **_LOG)
    await _both(house, case, "separating_changed", "separated", apart=True, **_REPORT)
    anew = await house.child(case, "anew")
    await house.sign(anew, "cy", "confirming", "confirm")
    await house.stands(anew, "authorising")
    await house.sign(anew, "ira", "authorising", "refuse", comment="The log says it.")
    return {OWN: case, "-anew": anew}


async def reading_continued(house: House) -> Told:
    case = await _confirmed(house, "recovery")
    await says(house, case, "cy", "One.", "Two.", "Three.")
    await _both(house, case, "joining", "joined")
    await says(house, case, "cy", "Four.", "Five.")
    await _both(house, case, "reading", "read", **_LOG)
    await _parted(house, case)
    return {OWN: case}


async def reading_apart(house: House) -> Told:
    """The record is lost and mended, and then ahead of the case by the Arbitrator's yes."""
    reading = await _confirmed(house, "other")
    case, older = house.case(reading), copy_database(house.engine)
    await says(house, reading, "bo", "Please.")
    yes: dict[str, Json] = {"conditions": "That table alone."}
    await signed_behind(case, older, "ira", "authorising", "arbitrator", "authorise", **yes)
    await _both(house, reading, "joining", "joined")
    await _both(house, reading, "reading", "read", **_LOG)
    await _parted(house, reading)
    await house.sign(reading, "ivo", "reviewing", "accept")
    return {OWN: reading}


BACKUPS: Final[tuple[PeopleStory, ...]] = (
    verification_good,
    verification_bad,
    verification_not_done,
    verification_withdrawn,
    verification_continued,
    verification_apart,
    reading_good,
    reading_other,
    reading_refused,
    reading_lapsed,
    reading_not_joined,
    reading_withdrawn,
    reading_changed,
    reading_continued,
    reading_apart,
)
