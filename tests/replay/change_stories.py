"""The stories of access lists that change, and of people who leave; both ask the Board."""

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
    overdue,
    reminded,
    resigns,
    says,
)
from tests.replay.telling import adopt, directly, stop_and_mend
from tests.support.cases import copy_database
from tests.support.house import House

_WHAT: Final[dict[str, Json]] = {"what": "It is done."}


async def _change(
    house: House, leader: str = "ada", who: str = "bo", join: str = "physical-access-list"
) -> str:
    return await house.open(
        "access-list-change",
        leader,
        subject=house.person(who),
        join=join,
        leave="none",
        reason="They go to the data centre.",
    )


async def _documented(house: House, case: str) -> None:
    await house.stands(case, "changed")
    await house.sign(case, "ada", "changed", "document", log_entry="Opened on all systems.")


async def change_good(house: House) -> Told:
    """Too few members of the Board take part; one leader declines to propose it again, one does."""
    case = await _change(house)
    await says(house, case, "cy", "We need somebody there.")
    await closes(house, await house.child(case, "motion"), "inquorate")
    await house.stands(case, "proposing")
    mine = "It is my own team: let another leader ask."
    await does(house, case, "ada", "decline", "proposing", seat="manager", comment=mine)
    await reminded(house, case, "proposing", timedelta(days=7, minutes=1))
    await house.sign(case, "lea", "proposing", "again")
    await house.carried(await child_again(house, case, "motion", 2))
    await _documented(house, case)
    return {OWN: case}


async def change_refused(house: House) -> Told:
    case = await _change(house)
    await is_lost(house, await house.child(case, "motion"))
    await house.stands(case, "refused")
    return {OWN: case}


async def change_dropped(house: House) -> Told:
    """The leader takes the proposal back while the Board votes; the motion is kept as well."""
    case = await _change(house)
    motion = await house.child(case, "motion")
    await does(house, motion, "ada", "withdraw", comment="They go elsewhere.")
    await house.stands(case, "withdrawn")
    return {OWN: case, "-motion": motion}


async def change_late(house: House) -> Told:
    """Nobody proposes it again."""
    case = await _change(house)
    await closes(house, await house.child(case, "motion"), "inquorate")
    await house.stands(case, "proposing")
    await house.pass_time(case, timedelta(days=14, minutes=1))
    await house.stands(case, "withdrawn")
    return {OWN: case}


async def change_excluded(house: House) -> Told:
    """A Systems Administrator can't be on that list: the case ends as it is opened."""
    case = await _change(house, "lea", "bo", "repository-access-list")
    await house.stands(case, "excluded")
    return {OWN: case}


async def change_barred(house: House) -> Told:
    """Jo is put on two lists, of which the first to be carried excludes the other."""
    case = await _change(house, who="jo", join="ssh-access-list")
    other = await _change(house, "lea", "jo", "repository-access-list")
    motion = await house.child(case, "motion")
    await both_carried(house, motion, await house.child(other, "motion"))
    await house.stands(case, "changed")
    await house.stands(other, "excluded")
    return {OWN: other}


async def change_continued(house: House) -> Told:
    """The case has continued as new when the motion ends that its first run opened."""
    case = await _change(house)
    motion = await house.child(case, "motion")
    await says(house, case, "cy", "One.", "Two.", "Three.", "Four.")
    await house.carried(motion)
    await _documented(house, case)
    return {OWN: case}


async def change_apart(house: House) -> Told:
    """The record is lost and mended; then it is ahead by a step that has opened another motion."""
    case = await _change(house)
    own = house.case(case)
    await closes(house, await house.child(case, "motion"), "inquorate")
    await house.stands(case, "proposing")
    older = copy_database(house.engine)
    await says(house, case, "bo", "I do go there.")
    comment = own.act("cy", "comment", values={"comment": "He does."})
    await stop_and_mend(own, older, comment)
    late = own.sign_off("lea", "proposing", "manager", "give-up")
    directly(own, own.sign_off("ada", "proposing", "manager", "again"))
    assert (await house.engine.send(late)).refusal
    motion = await child_again(house, case, "motion", 2)
    directly(own, own.act("cy", "comment", values={"comment": "Good."}))
    await adopt(own)
    await is_lost(house, motion)
    await house.stands(case, "refused")
    return {OWN: case}


async def followed_up(house: House, case: str, who: str = "ada") -> None:
    for item in house.state(case).items["follow_up"]:
        await house.sign(case, who, "follow_up", "done", f"done:{item.id}", **_WHAT)


async def accounts_deleted(house: House, case: str) -> None:
    await house.sign(case, "ada", "deletion", "deleted", "executor")
    await house.sign(case, "cy", "deletion", "deleted", "observer")


async def reported(house: House, case: str) -> None:
    await house.stands(case, "reporting")
    await house.sign(case, "ada", "reporting", "report", report="All is secured.")
    await house.stands(case, "done")


async def termination_good(house: House) -> Told:
    """Something is added to the list, one thing is signed twice, one declines: then it is done."""
    case = await resigns(house, "bo")
    motion = await house.child(case, "motion")
    await does(house, case, "cy", "add_item", "follow_up", item="Badge returned")
    await house.sign(case, "cy", "follow_up", "done", "done:access", **_WHAT)
    await does(house, case, "cy", "retract", "follow_up", seat="done:access")
    abroad = "I am abroad."
    await does(house, case, "dee", "decline", "deletion", seat="observer", comment=abroad)
    await followed_up(house, case)
    await accounts_deleted(house, case)
    await house.carried(motion)
    await reported(house, case)
    return {OWN: case}


async def termination_late(house: House) -> Told:
    """The Board is asked three times, and doesn't confirm; everything else is late."""
    case = await house.open(
        "termination",
        "ann",
        subject=house.person("bo"),
        trigger="board",
        motion="m20261116.1",
        reason="The Board has decided so.",
        area="systems-administrator",
    )
    await reminded(house, case, "follow_up", timedelta(days=1, minutes=1))
    await overdue(house, case, "deletion", timedelta(days=2))
    await does(
        house,
        await house.child(case, "motion"),
        "ann",
        "withdraw",
        comment="The proposal names somebody else.",
    )
    await house.stands(case, "asking_again")
    await house.sign(case, "ben", "asking_again", "again")
    await closes(house, await child_again(house, case, "motion", 2), "inquorate")
    await house.stands(case, "asking_again")
    await house.sign(case, "ben", "asking_again", "again")
    await is_lost(house, await child_again(house, case, "motion", 3))
    await house.stands(case, "not_confirmed")
    await accounts_deleted(house, case)
    await followed_up(house, case)
    await reported(house, case)
    return {OWN: case}


async def termination_continued(house: House) -> Told:
    """The list that grew and the motion go over into later runs."""
    case = await resigns(house, "bo")
    motion = await house.child(case, "motion")
    await does(house, case, "cy", "add_item", "follow_up", item="Badge returned")
    await says(house, case, "cy", "It was blue.", "And red.")
    await accounts_deleted(house, case)
    await house.carried(motion)
    await followed_up(house, case)
    await reported(house, case)
    return {OWN: case}


async def termination_apart(house: House) -> Told:
    """The record is lost and mended; then it is ahead by one signature of two, and by a comment."""
    case = await resigns(house, "bo")
    own = house.case(case)
    motion = await house.child(case, "motion")
    older = copy_database(house.engine)
    await house.sign(case, "ada", "deletion", "deleted", "executor")
    await stop_and_mend(own, older, own.sign_off("cy", "deletion", "observer", "deleted"))
    late = own.sign_off("dee", "deletion", "observer", "deleted")
    directly(own, own.sign_off("cy", "deletion", "observer", "deleted"))
    assert (await house.engine.send(late)).refusal
    directly(own, own.act("cy", "comment", values={"comment": "That was quick."}))
    await adopt(own)
    await house.carried(motion)
    await followed_up(house, case)
    await reported(house, case)
    return {OWN: case}


CHANGES: Final[tuple[PeopleStory, ...]] = (
    change_good,
    change_refused,
    change_dropped,
    change_late,
    change_excluded,
    change_barred,
    change_continued,
    change_apart,
    termination_good,
    termination_late,
    termination_continued,
    termination_apart,
)
