"""Seats that are enough together: two of one kind and one of another, or one of a third alone."""

from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from definitions.checks import check_parts
from definitions.definition import Definition
from definitions.loader import Source, load_file
from definitions.proof import prove
from definitions.proof.staffing import at_any_time
from definitions.reading import Positions
from definitions.rules import open_seats
from tests.support.playing import Play, accepted, refused
from web.acting.way import who
from web.presenters.definition import step_line
from web.presenters.way import seats_words

FILE = Path(__file__).parent / "foreign" / "joint-approval.yaml"
ADMINS = ("ann", "bob", "cid")
PEOPLE = {
    **dict.fromkeys(ADMINS, ("member", "systems-administrator")),
    "lea": ("member", "systems-administrator", "systems-administration-leader"),
    "eve": ("member", "board-member"),
    "opo": ("member",),
}
SEATS = {"ann": "administrator", "bob": "administrator", "lea": "leader", "eve": "board"}


def opened() -> Play:
    play = Play(load_file(FILE).definition, dict(PEOPLE))
    accepted(play.open("opo", {"what": "A rack"}))
    return play


def approve(play: Play, who: str) -> Any:
    return play.sign(who, "approval", SEATS[who], "approve")


@pytest.mark.parametrize("order", list(permutations(SEATS)), ids="-".join)
def test_it_closes_with_the_first_set_that_is_full_and_never_before(order: tuple[str, ...]) -> None:
    play = opened()
    for number, one in enumerate(order, 1):
        accepted(approve(play, one))
        there = set(order[:number])
        full = "eve" in there or there >= {"ann", "bob", "lea"}
        assert (play.case.ended == "done") == full
        if full:
            return


def test_a_full_seat_is_full_though_the_step_is_open() -> None:
    play = opened()
    accepted(approve(play, "ann"))
    accepted(approve(play, "bob"))
    refused(play.sign("cid", "approval", "administrator", "approve"), "seat-taken", "3.2.3")
    assert {seat.seat for seat in open_seats(play.definition, play.case)} == {"leader", "board"}


def test_whoever_says_no_is_heard_though_another_set_is_full() -> None:
    play = opened()
    outcomes = play.definition.step("approval").outcomes
    assert outcomes["reject"].at == "once"
    accepted(approve(play, "lea"))
    refused_by = play.sign("ann", "approval", "administrator", "reject", {"comment": "No."})
    accepted(refused_by)
    assert play.case.ended == "rejected"


@pytest.mark.parametrize(
    ("there", "lacks"),
    [
        ({"board-member": ["eve"]}, None),
        ({"systems-administrator": [*ADMINS], "systems-administration-leader": ["lea"]}, None),
        ({"systems-administrator": ["ann"]}, (("board-member",),)),
        ({}, (("board-member",),)),
    ],
)
def test_the_way_that_lacks_least_is_what_is_told(there: Any, lacks: Any) -> None:
    found = at_any_time(load_file(FILE).definition, "approval", there, {})
    assert (found.more if found else None) == lacks


def changed(**over: Any) -> Definition:
    definition = load_file(FILE).definition
    data: Any = definition.written()
    seats = {**data["steps"]["approval"]["seats"], **over.get("seats", {})}
    data["steps"]["approval"] |= over | {"seats": seats}
    return Definition.build(data, definition.exclusivity)


@pytest.mark.parametrize(
    ("over", "sentence"),
    [
        ({"need": [["administrator", "leder"], ["board"]]}, "There is no seat `leder`"),
        ({"need": [["administrator"], ["board"]]}, "The seat `leader` is in none of these"),
        (
            {"need": [["administrator", "leader"], ["leader"], ["board"]]},
            "`administrator` with `leader` can never be what decides: `leader` is enough already.",
        ),
        ({"each": {"items": {"a": "A"}}}, "things are signed one by one"),
        (
            {
                "seats": {
                    "board": {
                        "role": "board-member",
                        "count": {"by": "size", "small": 0, "large": 1},
                    }
                }
            },
            "The seat `board` isn't there for every choice",
        ),
    ],
)
def test_what_makes_no_sense_is_refused(over: dict[str, Any], sentence: str) -> None:
    source = Source(changed(**over), Positions("x.yaml", {}), "x.yaml")
    found = [one.sentence for one in check_parts(source)]
    assert [one for one in found if sentence in one], found


def test_the_proof_knows_that_one_set_is_enough() -> None:
    two = {"before": "done", "people": 2, "in": ["approval"], "policy": "3.2.3", "firm": True}
    definition = load_file(FILE).definition
    data: Any = definition.written()
    data["invariants"] = [two]
    (found,) = prove(Definition.build(data, definition.exclusivity)).findings
    assert found.path == ("invariants", 0)
    data["steps"]["approval"]["need"] = "all"
    assert prove(Definition.build(data, definition.exclusivity)).findings == ()


def test_pages_say_which_seats_are_enough() -> None:
    definition = load_file(FILE).definition
    assert who(definition, "approval") == (
        "Either two Systems Administrators and one Systems Administration team leader, or one "
        "Board member."
    )
    assert step_line(definition, "approval").who[-1] == (
        "It is enough for either the administrators and the leader, or the Board member to sign."
    )
    assert seats_words(definition, "approval", {}).endswith("or the Board member")
