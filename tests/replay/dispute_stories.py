"""The stories of emergencies, of the disputes that they file, and of summaries to the Board."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from definitions.canonical import Json
from store.absences import Absence, Speaker, say_away
from tests.replay.people import (
    OWN,
    PeopleStory,
    Told,
    asks_for_link,
    does,
    overdue,
    reminded,
    says,
)
from tests.replay.telling import signed_behind
from tests.support.cases import PACKAGES, copy_database
from tests.support.eventually import until
from tests.support.house import House

_OFFICES: Final = ("arbitrator", "case_manager")
_LOG: Final[dict[str, Json]] = {"log_entry": "jq upgraded on webdb."}


async def _dispute(house: House) -> str:
    return await house.open("arbitration", "jo", claim="My account was closed without a reason.")


async def _accepted(house: House, dispute: str) -> None:
    for office in _OFFICES:
        who = await house.drawn(dispute, office)
        await house.sign(dispute, who, "acceptance", "accept", office, independent=True)


async def _ruled(house: House, dispute: str, outcome: str) -> None:
    manager = await house.drawn(dispute, "case_manager")
    await house.sign(dispute, manager, "hearing", "heard", statements="Jo: as filed.")
    judge = await house.drawn(dispute, "arbitrator")
    ruling: dict[str, Json] = {"ruling": "It is opened again.", "reasons": "Nobody asked Jo."}
    await house.sign(dispute, judge, "ruling", outcome, **ruling)


async def arbitration_good(house: House) -> Told:
    """The first Arbitrator declines; the Case Manager takes back an acceptance and gives it."""
    dispute = await _dispute(house)
    first = await house.drawn(dispute, "arbitrator")
    manager = await house.drawn(dispute, "case_manager")
    await does(
        house, dispute, first, "decline", "acceptance", seat="arbitrator", comment="I know Jo."
    )
    await until(lambda: house.person(first) in house.state(dispute).draws["arbitrator"].passed)
    await house.sign(dispute, manager, "acceptance", "accept", "case_manager", independent=True)
    await does(house, dispute, manager, "retract", "acceptance")
    await _accepted(house, dispute)
    await _ruled(house, dispute, "grant")
    return {OWN: dispute}


async def arbitration_late(house: House) -> Told:
    """Nobody accepts in time, the lot is cast again, and what is asked for is denied."""
    dispute = await _dispute(house)
    for office in _OFFICES:
        await house.drawn(dispute, office)
    await reminded(house, dispute, "acceptance", timedelta(days=3, minutes=1))
    await house.pass_time(dispute, timedelta(days=4))
    await house.stands(dispute, "unassigned")
    await house.sign(dispute, "ann", "unassigned", "again", comment="Both are back.")
    await _accepted(house, dispute)
    await _ruled(house, dispute, "deny")
    return {OWN: dispute}


async def arbitration_nobody(house: House) -> Told:
    """The only Case Manager is away: nobody can be drawn until they are back."""
    today = house.engine.clock.now().date()
    auth: dict[str, Json] = {"kind": "link", "at": house.now()}
    with house.engine.database.writing() as connection:
        said = say_away(
            connection,
            Speaker(house.person("cam"), "c" * 22, auth, house.now(), house.engine.web_key),
            today,
            today + timedelta(days=2),
        )
    assert isinstance(said, Absence)
    dispute = await _dispute(house)
    await house.stands(dispute, "unassigned")
    await house.pass_time(dispute, timedelta(days=3, minutes=1))
    await house.sign(dispute, "ann", "unassigned", "again", comment="Cam is back.")
    await _accepted(house, dispute)
    await _ruled(house, dispute, "deny")
    return {OWN: dispute}


async def arbitration_continued(house: House) -> Told:
    dispute = await _dispute(house)
    for office in _OFFICES:
        await house.drawn(dispute, office)
    await says(house, dispute, "bo", "One.", "Two.")
    await _accepted(house, dispute)
    await says(house, dispute, "bo", "Three.", "Four.")
    await _ruled(house, dispute, "grant")
    return {OWN: dispute}


async def arbitration_apart(house: House) -> Told:
    """The record is lost and mended, and then ahead of the case by a signature."""
    dispute = await _dispute(house)
    for office in _OFFICES:
        await house.drawn(dispute, office)
    case, older = house.case(dispute), copy_database(house.engine)
    judge, manager = [await house.drawn(dispute, office) for office in _OFFICES]
    await says(house, dispute, "bo", "I was there.")
    await signed_behind(case, older, judge, "acceptance", "arbitrator", "accept", independent=True)
    await house.sign(dispute, manager, "acceptance", "accept", "case_manager", independent=True)
    await _ruled(house, dispute, "grant")
    return {OWN: dispute}


async def _emergency(house: House) -> str:
    return await house.open(
        "emergency-patch",
        "bo",
        exploit="It is on oss-security.",
        reach="remote",
        packages=PACKAGES["packages"],
        servers="webdb",
    )


async def _applied(house: House, case: str) -> None:
    for who, seat in (("bo", "executor"), ("cy", "observer")):
        await house.sign(case, who, "applying", "applied", seat, **_LOG)
    await house.stands(case, "deciding")


async def _documented(house: House, case: str) -> None:
    await house.sign(case, "bo", "documenting", "document", **_LOG)


async def emergency_good(house: House) -> Told:
    """Amended, taken back, declined, and then applied and approved."""
    case = await _emergency(house)
    await does(house, case, "bo", "amend", servers="webdb, mail")
    await house.sign(case, "cy", "applying", "applied", "observer", **_LOG)
    await does(house, case, "cy", "retract", "applying")
    await does(house, case, "ada", "decline", "applying", seat="executor", comment="I am away.")
    await _applied(house, case)
    await house.sign(case, "ada", "deciding", "approve")
    await _documented(house, case)
    return {OWN: case}


async def emergency_not_needed(house: House) -> Told:
    case = await _emergency(house)
    for who, seat in (("bo", "executor"), ("cy", "observer")):
        nothing = "It runs another version."
        await house.sign(case, who, "applying", "not-applied", seat, comment=nothing, **_LOG)
    await house.stands(case, "not_needed")
    return {OWN: case}


async def emergency_late(house: House) -> Told:
    """It fails and is backed out; the leader decides late, and has something else done."""
    case = await _emergency(house)
    await house.sign(case, "bo", "applying", "failed", "executor", comment="No.", **_LOG)
    await house.sign(case, "cy", "applying", "applied", "observer", **_LOG)
    for who, seat in (("bo", "executor"), ("cy", "observer")):
        await house.sign(case, who, "backing_out", "backed-out", seat, **_LOG)
    await house.stands(case, "deciding")
    await reminded(house, case, "deciding", timedelta(days=1, minutes=1))
    await house.pass_time(case, timedelta(days=2))
    await house.stands(case, "escalated")
    await house.sign(case, "ada", "escalated", "instruct", comment="Close the port.")
    for who, seat in (("bo", "executor"), ("cy", "observer")):
        await house.sign(case, who, "remedying", "remedied", seat, action="Closed.")
    await _documented(house, case)
    return {OWN: case}


async def emergency_continued(house: House) -> Told:
    case = await _emergency(house)
    await says(house, case, "cy", "One.", "Two.", "Three.")
    await _applied(house, case)
    await says(house, case, "cy", "Four.", "Five.")
    await house.sign(case, "ada", "deciding", "approve")
    await _documented(house, case)
    return {OWN: case}


async def emergency_apart(house: House) -> Told:
    """The record is lost and mended, and then ahead of the case by the second signature."""
    emergency = await _emergency(house)
    case, older = house.case(emergency), copy_database(house.engine)
    await house.sign(emergency, "bo", "applying", "applied", "executor", **_LOG)
    await signed_behind(case, older, "cy", "applying", "observer", "applied", **_LOG)
    await house.sign(emergency, "ada", "deciding", "approve")
    await _documented(house, emergency)
    return {OWN: emergency}


async def _summary(house: House) -> str:
    return await house.open("board-summary", "ada", period="October to December 2026")


async def _written(house: House, case: str) -> None:
    text = "Nothing else was changed."
    await house.sign(case, "ada", "documenting", "documented", "lead:rest", text=text)
    await house.stands(case, "noting")


async def summary_good(house: House) -> Told:
    """A thing is added, the Board has links, one member takes a signature back, one declines."""
    case = await _summary(house)
    await does(house, case, "ada", "add_item", "documenting", item="A new disk")
    await house.sign(case, "ada", "documenting", "documented", "lead:added-1", text="An old one.")
    await does(house, case, "ada", "retract", "documenting", seat="lead:added-1")
    await house.sign(case, "ada", "documenting", "documented", "lead:added-1", text="Old.")
    await reminded(house, case, "documenting", timedelta(days=7, minutes=1))
    await _written(house, case)
    await asks_for_link(house, case, "ann", "noting")
    await does(house, case, "cyd", "decline", "noting", seat="board", comment="I am away.")
    await overdue(house, case, "noting", timedelta(days=21, minutes=1))
    for who in ("ann", "ben"):
        await house.sign(case, who, "noting", "noted")
    return {OWN: case}


async def summary_continued(house: House) -> Told:
    case = await _summary(house)
    await says(house, case, "bo", "One.", "Two.", "Three.")
    await _written(house, case)
    await says(house, case, "bo", "Four.", "Five.")
    for who in ("ann", "ben"):
        await house.sign(case, who, "noting", "noted")
    return {OWN: case}


async def summary_apart(house: House) -> Told:
    """The record is lost and mended, and then ahead of the case by a signature."""
    summary = await _summary(house)
    await _written(house, summary)
    case, older = house.case(summary), copy_database(house.engine)
    await says(house, summary, "bo", "Well.")
    await signed_behind(case, older, "ann", "noting", "board", "noted")
    await house.sign(summary, "ben", "noting", "noted")
    return {OWN: summary}


DISPUTES: Final[tuple[PeopleStory, ...]] = (
    arbitration_good,
    arbitration_late,
    arbitration_nobody,
    arbitration_continued,
    arbitration_apart,
    emergency_good,
    emergency_not_needed,
    emergency_late,
    emergency_continued,
    emergency_apart,
    summary_good,
    summary_continued,
    summary_apart,
)
