"""The stories of rulings: what is made in an arbitration, and what it does to another case."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from definitions.canonical import Json
from definitions.ruling import Ruling
from tests.replay.admission_stories import proposed, recommended
from tests.replay.change_stories import accounts_deleted, followed_up, reported
from tests.replay.check_stories import asked
from tests.replay.dispute_stories import accepted, filed, ruled
from tests.replay.people import (
    OWN,
    PeopleStory,
    Told,
    asks_for_link,
    does,
    overdue,
    reminded,
    resigns,
    says,
)
from tests.replay.telling import signed_behind
from tests.support.cases import PACKAGES, copy_database, patch_value
from tests.support.eventually import until
from tests.support.house import House
from tests.support.previewed import alike, previewed

_SAID: Final[dict[str, Json]] = {"scope": "This patch alone.", "reasons": "It is in use (3.2.3)."}


async def rules(house: House, where: str, on: str, ruling: Ruling, **more: Json) -> None:
    """Rule, and wait until the other case has taken it in: it does what its preview said."""
    foreseen = previewed(house.engine, on, ruling)
    judge = await house.drawn(where, "arbitrator")
    about: dict[str, Json] = {
        "case": on,
        "state": house.state(on).digest(),
        "ruling": ruling.to_json(),
    }
    said = {"on": about, **_SAID, **more}
    result = await house.case(where).do(judge, "rule", values=said)
    assert result.accepted, result.refusal
    await house.ruled(on)
    if house.state(on).children == foreseen.children:  # else it may have gone on at once
        assert alike(house.state(on), foreseen), ruling


async def arbitration_rules(house: House) -> Told:
    """A patch is suspended, goes on, is authorised, moved, and closed; and somebody is bound."""
    patch = await house.open("system-patch", "bo", **PACKAGES)
    case = await _heard(house)
    await rules(house, case, patch, Ruling(kind="suspend"))
    await house.pass_time(patch, timedelta(days=5))
    await rules(house, case, patch, Ruling(kind="resume"))
    lead = {"step": "approval", "seat": "lead", "outcome": "approve"}
    await rules(house, case, patch, Ruling(kind="authorise", **lead))
    await house.stands(patch, "applying")
    await rules(house, case, patch, Ruling(kind="override", to="applying"))
    await says(house, patch, "bo", "Once more, then.")
    task = {"who": house.person("bo"), "what": "Say who made it."}
    await rules(house, case, patch, Ruling(kind="bind"), **task)
    await rules(house, case, patch, Ruling(kind="close", to="rejected"))
    await house.stands(patch, "rejected")
    await ruled(house, case, "grant")
    return {OWN: case, "-patch": patch}


async def arbitration_lapses(house: House) -> Told:
    """A patch is suspended for a week, and goes on by itself."""
    patch = await house.open("system-patch", "bo", **PACKAGES)
    case = await _heard(house)
    await rules(house, case, patch, Ruling(kind="suspend", lives="P7D"), lives="p7d")
    await house.pass_time(patch, timedelta(days=7, minutes=1))
    await until(lambda: house.state(patch).suspended is None)
    await rules(house, case, patch, Ruling(kind="close", to="rejected"))
    await house.stands(patch, "rejected")
    await ruled(house, case, "grant")
    return {OWN: case, "-patch": patch}


async def _heard(house: House) -> str:
    case = await filed(house)
    await accepted(house, case)
    await house.stands(case, "hearing")
    return case


async def arbitration_reinstates(house: House) -> Told:
    """Somebody's roles ended, and the Arbitrator rules that this doesn't stand."""
    termination = await house.open(
        "termination",
        "ada",
        subject=house.person("bo"),
        trigger="leader",
        reason="They move away.",
        area="systems-administrator",
    )
    case = await _heard(house)
    await rules(house, case, termination, Ruling(kind="close", to="reinstated"))
    await house.stands(termination, "reinstated")
    await ruled(house, case, "grant")
    return {OWN: case, "-termination": termination}


async def arbitration_restores(house: House) -> Told:
    """The same when the termination has long ended: for this alone it is gone into again."""
    termination = await resigns(house, "bo")
    motion = await house.child(termination, "motion")
    await followed_up(house, termination)
    await accounts_deleted(house, termination)
    await house.carried(motion)
    await reported(house, termination)
    case = await _heard(house)
    await rules(house, case, termination, Ruling(kind="reinstate", to="reinstated"))
    await house.stands(termination, "reinstated")
    await ruled(house, case, "grant")
    return {OWN: case, "-termination": termination}


async def arbitration_defers(house: House) -> Told:
    """A background check is suspended, goes on, and is closed, all by an Arbitrator of others."""
    case = await _heard(house)
    judge = await house.drawn(case, "arbitrator")
    check = await asked(house)
    while await house.drawn(check, "arbitrator") == judge:  # whoever has part in it can't rule
        check = await asked(house)
    await house.drawn(check, "case_manager")
    for ruling in (Ruling(kind="suspend"), Ruling(kind="resume")):
        await rules(house, case, check, ruling)
    await rules(house, case, check, Ruling(kind="close", to="deferred"))
    await house.stands(check, "deferred")
    await ruled(house, case, "grant")
    return {OWN: case, "-abc": check}


async def arbitration_admits(house: House) -> Told:
    """The Board has admitted Jo, and a ruling sees to it that the admission comes to its end."""
    admission = await recommended(house)
    await house.carried(await proposed(house, admission))
    await house.stands(admission, "training")
    case = await _heard(house)
    leader = {"step": "training", "seat": "leader", "outcome": "trained"}
    await rules(house, case, admission, Ruling(kind="authorise", **leader))
    await house.stands(admission, "done")
    await ruled(house, case, "grant")
    return {OWN: case, "-admission": admission}


async def arbitration_closes(house: House) -> Told:
    """Cases of every kind that rulings reach are closed, or authorised and finished."""
    case = await _heard(house)
    motion = await house.open(
        "motion",
        "ann",
        proposal="To buy a second safe.",
        information="The first one is full.",
        area="systems-administrator",
    )
    change = await house.open(
        "access-list-change",
        "ada",
        subject=house.person("bo"),
        join="ssh-access-list",
        leave="none",
        reason="They are on call.",
    )
    admission = await house.open(
        "onboarding",
        "ada",
        subject=house.person("jo"),
        role="systems-administrator",
        access="none",
        recommendation="Jo has helped for years.",
    )
    author = patch_value(house.engine, "Bo Admin <bo@example.org>")
    change_of_code = {"risk": "low", "purpose": "It is friendlier.", "patch": author}
    patch = await house.open("application-patch", "sol", **change_of_code)
    for on, to in (
        (motion, "withdrawn"),
        (change, "withdrawn"),
        (admission, "refused"),
        (patch, "rejected"),
    ):
        await rules(house, case, on, Ruling(kind="close", to=to))
        await house.stands(on, to)
    emergency = await house.open(
        "emergency-patch",
        "bo",
        exploit="It is on oss-security.",
        reach="remote",
        packages=PACKAGES["packages"],
        servers="webdb",
    )
    for who, seat in (("bo", "executor"), ("cy", "observer")):
        await house.sign(emergency, who, "applying", "applied", seat, log_entry="Upgraded.")
    await house.stands(emergency, "deciding")
    await house.sign(emergency, "ada", "deciding", "approve")
    scribe = {"step": "documenting", "seat": "scribe", "outcome": "document"}
    await rules(house, case, emergency, Ruling(kind="authorise", **scribe))
    await house.stands(emergency, "done")
    await ruled(house, case, "grant")
    return {
        OWN: case,
        "-motion": motion,
        "-change": change,
        "-admission": admission,
        "-patch": patch,
        "-emergency": emergency,
    }


async def arbitration_binds(house: House) -> Told:
    """Somebody is bound to answer for a patch, which goes on as it was, and they do."""
    case = await _heard(house)
    patch = await house.open("system-patch", "bo", **PACKAGES)
    task: dict[str, Json] = {"who": house.person("bo"), "what": "Say who made the patch."}
    await rules(house, case, patch, Ruling(kind="bind"), **task)
    direction = await house.child(case, "direction")
    await _answered(house, direction)
    await house.sign(direction, "ivo", "judging", "fulfilled")
    await house.sign(patch, "ada", "approval", "reject", comment="Not now.")
    await ruled(house, case, "grant")
    return {OWN: case, "-patch": patch, "-direction": direction}


async def _note(house: House) -> str:
    told = {"ruling": "a20261123.1/1", "about": "p20261123.1", "does": "It is closed."}
    return await house.open("ruling-note", "ira", **told, **_SAID)


async def _noted(house: House, case: str) -> None:
    for who in ("ann", "ben"):
        await house.sign(case, who, "noting", "noted")


async def note_good(house: House) -> Told:
    """Links are asked for, one member takes it back, one is away, and it is late."""
    case = await _note(house)
    await asks_for_link(house, case, "ann", "noting")
    await does(house, case, "cyd", "decline", "noting", seat="board", comment="I am away.")
    await house.sign(case, "ann", "noting", "noted")
    await does(house, case, "ann", "retract", "noting")
    await reminded(house, case, "noting", timedelta(days=7, minutes=1))
    await overdue(house, case, "noting", timedelta(days=14))
    await _noted(house, case)
    return {OWN: case}


async def note_continued(house: House) -> Told:
    case = await _note(house)
    await says(house, case, "bo", "One.", "Two.", "Three.", "Four.", "Five.")
    await _noted(house, case)
    return {OWN: case}


async def note_apart(house: House) -> Told:
    """The record is lost and mended, and then ahead of the case by a signature."""
    note = await _note(house)
    case, older = house.case(note), copy_database(house.engine)
    await says(house, note, "bo", "Well.")
    await signed_behind(case, older, "ann", "noting", "board", "noted")
    await house.sign(note, "ben", "noting", "noted")
    return {OWN: note}


async def _direction(house: House) -> str:
    return await house.open(
        "direction",
        "ira",
        ruling="a20261123.1/1",
        about="p20261123.1",
        person=house.person("bo"),
        task="Say who made the patch.",
        reasons="Nobody knows it.",
        judge=house.person("ira"),
    )


async def _answered(house: House, case: str) -> None:
    await house.sign(case, "bo", "answering", "done", answer="Its makers did.")
    await house.stands(case, "judging")


async def direction_good(house: House) -> Told:
    """Reminded, answered twice, declined by one Arbitrator and judged by the other."""
    case = await _direction(house)
    await reminded(house, case, "answering", timedelta(days=7, minutes=1))
    await _answered(house, case)
    await house.sign(case, "ira", "judging", "again", comment="Which ones?")
    await house.stands(case, "answering")
    await _answered(house, case)
    await does(house, case, "ira", "decline", "judging", seat="judge", comment="I am away.")
    await house.sign(case, "ivo", "judging", "fulfilled")
    return {OWN: case}


async def direction_late(house: House) -> Told:
    """Nobody answers, and nobody judges in time either."""
    case = await _direction(house)
    await house.pass_time(case, timedelta(days=14, minutes=1))
    await house.stands(case, "unanswered")
    await overdue(house, case, "unanswered", timedelta(days=14, minutes=1))
    await house.sign(case, "ira", "unanswered", "not_fulfilled", comment="Nothing came.")
    return {OWN: case}


async def direction_continued(house: House) -> Told:
    case = await _direction(house)
    await says(house, case, "bo", "One.", "Two.", "Three.", "Four.", "Five.")
    await _answered(house, case)
    await house.sign(case, "ira", "judging", "fulfilled")
    return {OWN: case}


async def direction_apart(house: House) -> Told:
    """The record is lost and mended, and then ahead of the case by a signature."""
    direction = await _direction(house)
    case, older = house.case(direction), copy_database(house.engine)
    await says(house, direction, "bo", "Well.")
    answer: Json = "Its makers did."
    await signed_behind(case, older, "bo", "answering", "bound", "done", answer=answer)
    await house.sign(direction, "ira", "judging", "fulfilled")
    return {OWN: direction}


RULINGS: Final[tuple[PeopleStory, ...]] = (
    arbitration_rules,
    arbitration_lapses,
    arbitration_reinstates,
    arbitration_restores,
    arbitration_defers,
    arbitration_admits,
    arbitration_closes,
    arbitration_binds,
    note_good,
    note_continued,
    note_apart,
    direction_good,
    direction_late,
    direction_continued,
    direction_apart,
)
