"""Cases of `sample-process.yaml` (in tests/definitions/data), which has every part once."""

from functools import cache
from pathlib import Path
from typing import Any

from definitions.canonical import Json
from definitions.definition import Definition
from definitions.loader import load_file
from tests.support.playing import Answer, Play, accepted

FILE = Path(__file__).parent.parent / "definitions" / "data" / "sample-process.yaml"
ADMIN = "systems-administrator"
PEOPLE = {
    "opo": ("member", ADMIN),
    "kim": ("member", ADMIN),
    "ken": ("member", ADMIN),
    "kay": ("member", ADMIN),
    "sub": ("member", ADMIN),
    "ari": ("member", "arbitrator"),
    "cas": ("member", "case-manager"),
    "bea": ("member", "arbitrator", "board-member"),
    "mia": ("member",),
    "out": (),
}
VALUES: dict[str, Json] = {"topic": "Keys", "weight": "light", "about": "sub"}
SURE = {"sure": True}
WHY = {"comment": "For a reason."}


@cache
def sample() -> Definition:
    """Return the sample's definition."""
    return load_file(FILE).definition


def opened(**values: Any) -> Play:
    """Return a case that was opened by `opo` about `sub`."""
    play = Play(sample(), dict(PEOPLE))
    accepted(play.open("opo", VALUES | values))
    return play


def drafted(**values: Any) -> Play:
    """Return a case in which both parts wait."""
    play = opened(**values)
    accepted(play.sign("opo", "draft", "writer", "ready"))
    return play


def one(play: Play, who: str, seat: str = "keeper", outcome: str = "good", **over: Any) -> Answer:
    """Sign the first part."""
    return play.sign(who, "one", seat, outcome, WHY, **over)


def two(play: Play, who: str, **over: Any) -> Answer:
    """Sign the second part."""
    return play.sign(who, "two", "keeper", "good", SURE, **over)


def confirming() -> Play:
    """Return a case that waits to be confirmed: `kim` and `ari` signed one, `ken` two."""
    play = drafted()
    for done in (one(play, "kim"), one(play, "ari", "judge"), two(play, "ken")):
        accepted(done)
    assert play.case.is_open("confirm")
    return play
