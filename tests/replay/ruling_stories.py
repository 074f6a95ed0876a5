"""The stories of rulings: what is made in an arbitration, and what it does to another case."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from definitions.canonical import Json
from definitions.ruling import Ruling
from tests.replay.dispute_stories import accepted, filed, ruled
from tests.replay.people import OWN, PeopleStory, Told, does, says
from tests.support.cases import PACKAGES
from tests.support.house import House

_SAID: Final[dict[str, Json]] = {"scope": "This patch alone.", "reasons": "It is in use (3.2.3)."}


async def _rules(house: House, where: str, on: str, ruling: Ruling) -> None:
    """Rule, and wait until the other case has taken it in."""
    judge = await house.drawn(where, "arbitrator")
    about: dict[str, Json] = {
        "case": on,
        "state": house.state(on).digest(),
        "ruling": ruling.to_json(),
    }
    await does(house, where, judge, "rule", on=about, **_SAID)
    await house.ruled(on)


async def arbitration_rules(house: House) -> Told:
    """A patch is suspended, goes on, is authorised, moved, and closed."""
    patch = await house.open("system-patch", "bo", **PACKAGES)
    case = await filed(house)
    await accepted(house, case)
    await house.stands(case, "hearing")
    await _rules(house, case, patch, Ruling(kind="suspend"))
    await house.pass_time(patch, timedelta(days=5))
    await _rules(house, case, patch, Ruling(kind="resume"))
    lead = {"step": "approval", "seat": "lead", "outcome": "approve"}
    await _rules(house, case, patch, Ruling(kind="authorise", **lead))
    await house.stands(patch, "applying")
    await _rules(house, case, patch, Ruling(kind="override", to="applying"))
    await says(house, patch, "bo", "Once more, then.")
    await _rules(house, case, patch, Ruling(kind="close", to="rejected"))
    await house.stands(patch, "rejected")
    await ruled(house, case, "grant")
    return {OWN: case, "-patch": patch}


RULINGS: Final[tuple[PeopleStory, ...]] = (arbitration_rules,)
