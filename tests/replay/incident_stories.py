"""The stories of incidents: grave ones, harmless ones, and one of which nobody reports progress."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from definitions.canonical import Json
from tests.replay.people import OWN, PeopleStory, Told, does, overdue, reminded, says
from tests.replay.telling import signed_behind
from tests.support.cases import copy_database
from tests.support.house import House

_DAY: Final = timedelta(days=1)
_MOMENT: Final = timedelta(minutes=1)
_FOUR_EYES: Final = (("bo", "executor"), ("cy", "observer"))
_REPORT: Final[dict[str, Json]] = {
    "team": "Systems Administration.",
    "description": "Somebody signed in with a key that was left on a machine.",
    "containment": "The key is out.",
    "root_causes": "Media weren't erased.",
    "corrective_actions": "All keys are renewed.",
    "verification": "The old keys are refused.",
    "prevention": "Nothing leaves without two signatures.",
}


async def _incident(house: House) -> str:
    what = "webdb logs a login by a key that I don't know."
    return await house.open("incident", "jo", what=what, noticed="2026-11-25 06:40 UTC")


async def _assessed(house: House, case: str, assessment: str) -> None:
    given: dict[str, Json] = {"assessment": assessment, "initial_report": "One login."}
    await house.sign(case, "bo", "assessing", "assess", **given)


async def _confirmed(house: House, case: str, assessment: str) -> None:
    await _assessed(house, case, assessment)
    await house.sign(case, "sol", "confirming", "confirm")


async def _secured(
    house: House, case: str, item: str, by: Sequence[tuple[str, str]] = _FOUR_EYES
) -> None:
    keeper = house.person("ada")
    for who, seat in by:
        given: dict[str, Json] = {"digest": "sha256 3a7bd3e2360a", "keeper": keeper}
        await house.sign(case, who, "securing_evidence", "secured", f"{seat}:{item}", **given)


async def _investigated(house: House, case: str) -> None:
    for item in house.state(case).items["investigating"]:
        seat = f"investigator:{item.id}"
        await house.sign(case, "bo", "investigating", "found", seat, entry="It is looked into.")


async def _put_right(house: House, case: str) -> None:
    for who, seat in _FOUR_EYES:
        await house.sign(case, who, "responding", "responded", seat, measures="The key is out.")


async def _closed(house: House, case: str) -> None:
    place = "https://example.org/incidents/1"
    await house.sign(case, "ada", "publishing", "publish", approval="Nothing is left.", place=place)


async def incident_good(house: House) -> Told:
    """Raised to high severity: evidence is secured, a dispute is filed, and an appendix is hidden.

    One observer takes a signature back, the team leader declines to hand it over, what was put
    right isn't at first, and the report is written again.
    """
    case = await _incident(house)
    await _confirmed(house, case, "low")
    raised = "The key is nobody's."
    seat = "investigator:course"
    await house.sign(case, "cy", "investigating", "reassess", seat, comment=raised)
    await _confirmed(house, case, "severe_urgent")
    await house.sign(case, "sol", "forum", "established", place="#incident")
    await does(house, case, "ira", "add_item", "securing_evidence", item="The backup of Sunday")
    await _secured(house, case, "logs")
    await does(house, case, "cy", "retract", "securing_evidence", seat="observer:logs")
    await _secured(house, case, "systems")
    await _secured(house, case, "added-1")
    await _secured(house, case, "logs", _FOUR_EYES[1:])
    away = "I am on a train."
    await does(house, case, "ada", "decline", "to_arbitration", seat="leader", comment=away)
    await house.child(case, "dispute")
    handed = "The list; Ada keeps the pieces."
    await house.sign(case, "ann", "to_arbitration", "handed-over", "board", handover=handed)
    await house.sign(case, "cy", "watching_closely", "goes-on", progress="We look into it.")
    await _investigated(house, case)
    again = "There was a second key."
    await house.sign(case, "cy", "responding", "look-further", "observer", comment=again)
    await _investigated(house, case)
    await _put_right(house, case)
    held = "Names of hosts are in an appendix, until they are moved."
    await house.sign(case, "bo", "reporting", "with-appendix", comment=held, **_REPORT)
    await house.sign(case, "bo", "appending", "appended", details="signer-nine")
    await house.sign(case, "ada", "publishing", "rework", comment="Say by which key.")
    await house.sign(case, "bo", "reporting", "report", **_REPORT)
    await _closed(house, case)
    return {OWN: case}


async def incident_harmless(house: House) -> Told:
    """One thinks that it is none and another doesn't; at the second time both do."""
    case = await _incident(house)
    none: dict[str, Json] = {"comment": "It is my new laptop."}
    await house.sign(case, "bo", "assessing", "no-incident", **none)
    await house.sign(case, "cy", "dismissing", "reassess", comment="Which laptop?")
    await house.sign(case, "bo", "assessing", "no-incident", **none)
    await house.sign(case, "sol", "dismissing", "dismiss")
    await house.stands(case, "no_incident")
    return {OWN: case}


async def incident_late(house: House) -> Told:
    """Assessed late; nobody reports progress, until an Arbitrator is asked. No appendix comes."""
    case = await _incident(house)
    for _ in range(2):
        await reminded(house, case, "assessing", timedelta(hours=1, minutes=1))
    await overdue(house, case, "assessing", timedelta(hours=2))
    await _confirmed(house, case, "low")
    await reminded(house, case, "investigating", 3 * _DAY + _MOMENT)
    await reminded(house, case, "watching", 2 * _DAY)
    await house.pass_time(case, 2 * _DAY)
    await house.stands(case, "leader_asked")
    await reminded(house, case, "leader_asked", _DAY / 2 + _MOMENT)
    await house.pass_time(case, _DAY / 2)
    await house.stands(case, "board_asked")
    await reminded(house, case, "board_asked", _DAY + _MOMENT)
    await house.pass_time(case, _DAY)
    await house.stands(case, "arbitrator_asked")
    await house.sign(case, "ira", "arbitrator_asked", "goes-on", direction="Bo answers every day.")
    await house.stands(case, "watching_closely")
    await _investigated(house, case)
    await _put_right(house, case)
    held = "Names of hosts are in an appendix."
    await house.sign(case, "bo", "reporting", "with-appendix", comment=held, **_REPORT)
    await reminded(house, case, "appending", 3 * _DAY + _MOMENT)
    await house.pass_time(case, 4 * _DAY)
    await house.stands(case, "reporting")
    await house.sign(case, "bo", "reporting", "report", **_REPORT)
    await _closed(house, case)
    return {OWN: case}


async def incident_continued(house: House) -> Told:
    case = await _incident(house)
    await says(house, case, "cy", "One.", "Two.")
    await _confirmed(house, case, "urgent")
    await says(house, case, "cy", "Three.", "Four.")
    await house.sign(case, "sol", "forum", "established", place="#incident")
    await _investigated(house, case)
    await _put_right(house, case)
    await house.sign(case, "bo", "reporting", "report", **_REPORT)
    await _closed(house, case)
    return {OWN: case}


async def incident_apart(house: House) -> Told:
    """The record is lost and mended, and then ahead of the case by the second pair of eyes."""
    incident = await _incident(house)
    case, older = house.case(incident), copy_database(house.engine)
    await _assessed(house, incident, "low")
    await signed_behind(case, older, "sol", "confirming", "second", "confirm")
    await _investigated(house, incident)
    await _put_right(house, incident)
    await house.sign(incident, "bo", "reporting", "report", **_REPORT)
    await _closed(house, incident)
    return {OWN: incident}


INCIDENTS: Final[tuple[PeopleStory, ...]] = (
    incident_good,
    incident_harmless,
    incident_late,
    incident_continued,
    incident_apart,
)
