"""The stories of appeals: what was ruled comes before others, in a case of its own."""

from __future__ import annotations

from typing import Final

from definitions.ruling import Ruling
from tests.replay.dispute_stories import accepted, filed, ruled
from tests.replay.people import COMMUNITY as PEOPLE
from tests.replay.people import OWN, PeopleStory, Told
from tests.replay.ruling_stories import rules
from tests.support.cases import PACKAGES
from tests.support.house import House

COMMUNITY: Final = f"{PEOPLE.rstrip()}\nCas Manager, cas@example.org, case-manager, , en\n"
"""With a second Case Manager: the first has no part in an appeal against their own case."""


async def arbitration_appealed(house: House) -> Told:
    """A patch is suspended by ruling; that is appealed against while its case goes on, and undone.

    Whoever ruled first isn't drawn, and the appeal against the appeal finds nobody.
    """
    patch = await house.open("system-patch", "bo", **PACKAGES)
    first = await filed(house)
    await accepted(house, first)
    await house.stands(first, "hearing")
    await rules(house, first, patch, Ruling(kind="suspend"))
    appealed = f"{house.state(first).number}/1"
    claim = "It is a weakness in use."
    appeal = await house.open("arbitration", "bo", claim=claim, appealed=appealed)
    await accepted(house, appeal)
    for office in ("arbitrator", "case_manager"):
        assert await house.drawn(appeal, office) != await house.drawn(first, office)
    await house.stands(appeal, "hearing")
    await rules(house, appeal, patch, Ruling(kind="resume"))
    await ruled(house, appeal, "grant")
    await ruled(house, first, "deny")
    number = house.state(appeal).number
    again = await house.open("arbitration", "jo", claim="I disagree.", appealed=number)
    await house.stands(again, "unassigned")
    return {OWN: appeal}


APPEALS: Final[tuple[PeopleStory, ...]] = (arbitration_appealed,)
