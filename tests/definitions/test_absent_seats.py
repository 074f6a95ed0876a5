"""A seat of which the count is 0 for a choice: with that choice it isn't there."""

from typing import Any

import pytest

from definitions.proof import prove
from definitions.proof.staffing import at_any_time, in_case
from definitions.rules import missing, needed, open_seats, seats_of
from tests.definitions.test_branches import ROLES, at, built, change, checked, proved
from tests.support.playing import Play, accepted, refused
from tests.support.walk_replay import replay

AT_HIGH_ONLY = {"by": "risk", "low": 0, "high": 1}
SOME = {"policy": "4.1", "firm": True}


def asking(**changes: Any) -> dict[str, Any]:
    """Return a change whose assessment asks the Board too where the risk is high."""
    board = {"title": "member of the Board", "role": "board-member", "count": AT_HIGH_ONLY}
    invariants = [
        {"before": "done", "signed": {"role": "board-member"}, "when": {"risk": "high"}, **SOME}
    ]
    data = change(invariants=invariants)
    data["machine"]["states"] = {
        "assessing": {"on": {"assessed": "waiting", "refused": "rejected", "late": "rejected"}},
        "waiting": {"on": {"made": "done"}},
        "done": {"final": True},
        "rejected": {"final": True},
    }
    del data["steps"]["cab"]
    data["steps"]["assessing"]["seats"]["board"] = board
    return data | changes


def opened(risk: str, **changes: Any) -> Play:
    play = Play(built(asking(**changes)), dict(ROLES))
    accepted(play.open("ola", {"topic": "A", "risk": risk}))
    return play


def test_it_is_neither_missing_nor_waiting() -> None:
    play = opened("low")
    definition = play.definition
    assert seats_of(definition, play.case, "assessing") == ("seat",)
    assert [seat.seat for seat in open_seats(definition, play.case)] == ["seat"]
    assert missing(definition, play.case, "assessing", "board") == 0
    assert needed(play.case, definition.seat("assessing", "board")) == 0
    play.sign("sue", "assessing", "seat", "yes")
    assert play.case.configuration == ("waiting",)


def test_it_is_there_with_another_choice() -> None:
    play = opened("high")
    assert [seat.seat for seat in open_seats(play.definition, play.case)] == ["seat", "board"]
    play.sign("sue", "assessing", "seat", "yes")
    assert play.case.configuration == ("assessing",)
    play.sign("bo", "assessing", "board", "yes")
    assert play.case.configuration == ("waiting",)


@pytest.mark.parametrize("who", ["bo", "ola"])
def test_nobody_signs_or_declines_it(who: str) -> None:
    play = opened("low")
    refusal = refused(play.sign(who, "assessing", "board", "yes"), "not-there", "4.1")
    assert "asks nobody to sign as member of the Board in this case, by its “Risk”" in (
        refusal.sentence
    )
    why = {"comment": "Not me."}
    refused(play.tell("decline", who, why, step="assessing", seat="board"), "not-there")
    assert "no" in refused(play.sign(who, "assessing", "nobody", "yes"), "no-such-seat").code


def test_an_amendment_brings_it_and_takes_it_away() -> None:
    amend = {"people": ["opener"], "fields": ["risk"], "during": ["assessing"]}
    data = asking(amend=amend)
    data["steps"]["assessing"]["covers"] = {"fields": ["risk"]}
    assert proved(data) == ()
    play = Play(built(data), dict(ROLES))
    play.open("ola", {"topic": "A", "risk": "high"})
    play.sign("bo", "assessing", "board", "yes")
    play.amend("ola", {"risk": "low"})
    assert [seat.seat for seat in open_seats(play.definition, play.case)] == ["seat"]
    assert play.signers("assessing") == []
    play.amend("ola", {"risk": "high"})
    assert [seat.seat for seat in open_seats(play.definition, play.case)] == ["seat", "board"]


def test_it_is_proved_choice_by_choice() -> None:
    assert proved(asking()) == ()
    turned = at(asking(), {"by": "risk", "low": 1, "high": 0}, *SEAT, "count")
    (finding,) = proved(turned)
    assert finding.path == ("invariants", 0)
    assert finding.walk is not None
    assert "risk: high" in finding.walk
    assert replay(built(turned), finding.walk).stopped_at is None
    assert replay(built(asking()), finding.walk).stopped_at is not None


def test_nobody_is_needed_for_it() -> None:
    holders = {"systems-administrator": ["sue", "sid"]}
    definition = built(asking())
    assert at_any_time(definition, "assessing", holders, {"risk": "low"}) is None
    lacking = at_any_time(definition, "assessing", holders, {"risk": "high"})
    assert lacking is not None
    assert [one.seat for one in lacking.wanted] == ["seat", "board"]
    for risk, steps in (("low", []), ("high", ["assessing"])):
        assert [one.step for one in in_case(definition, opened(risk).case, holders, ())] == steps


def test_a_list_asks_nobody_for_it_either() -> None:
    data = asking()
    data["steps"]["assessing"]["each"] = {"items": {"one": "One", "two": "Two"}}
    play = Play(built(data), dict(ROLES))
    play.open("ola", {"topic": "A", "risk": "low"})
    assert seats_of(play.definition, play.case, "assessing") == ("seat:one", "seat:two")
    refused(play.sign("bo", "assessing", "board:one", "yes"), "not-there")


SEAT = ("steps", "assessing", "seats", "board")
SAME = {"title": "Made", "policy": "4.1", "outcomes": {"yes": {"event": "made"}}}
SLIPS: list[tuple[tuple[str, ...], Any, str]] = [
    ((*SEAT, "count"), {"by": "risk", "low": 0, "high": 0}, "This seat is never there"),
    (
        ("steps", "assessing", "seats", "seat", "count"),
        {"by": "risk", "low": 0, "high": 1},
        "Nobody is asked to sign `assessing` with `risk: low`: it could never close.",
    ),
    (
        ("privacy",),
        {"fields": {"risk": {"roles": ["member"], "policy": "9.5"}}},
        "`risk` is confidential, and whether this seat is there would tell",
    ),
    (
        ("bound",),
        {"asked": {"signer": "assessing", "seat": "board", "title": "Who was asked"}},
        "isn't there for every choice: then it would bind nobody.",
    ),
    (
        ("steps", "waiting"),
        SAME
        | {
            "seats": {
                "again": {
                    "role": "board-member",
                    "same": {"signer": "assessing", "seat": "board"},
                }
            }
        },
        "isn't there for every choice: then nobody could sign here.",
    ),
    (
        ("amend",),
        {"fields": ["risk"], "during": ["assessing"]},
        "can be amended while people sign, but the step doesn't cover it",
    ),
]


def test_how_many_must_sign_does_not_tell_what_is_confidential() -> None:
    """Also where nobody is left out; the same count for each choice tells nothing."""
    private = {"fields": {"risk": {"roles": ["member"], "policy": "9.5"}}}
    for high, told in ((2, True), (1, False)):
        data = at(asking(), {"by": "risk", "low": 1, "high": high}, *SEAT, "count")
        data["privacy"] = private
        found = checked(data)
        assert any("how many must sign would tell" in one for one in found) == told


@pytest.mark.parametrize(("path", "value", "said"), SLIPS)
def test_a_slip_is_said(path: tuple[str, ...], value: Any, said: str) -> None:
    assert checked(asking()) == []
    assert any(said in one for one in checked(at(asking(), value, *path)))


def test_two_seats_may_be_absent_by_turns_but_not_together() -> None:
    data = asking(invariants=[])
    turns = {"by": "risk", "low": 1, "high": 0}
    at(data, turns, "steps", "assessing", "seats", "seat", "count")
    assert checked(data) == []
    assert prove(built(data)).findings == ()
    urgent = {"by": "urgent", "yes": 0, "no": 1}
    data["start"]["fields"]["urgent"]["required"] = True
    at(data, urgent, "steps", "assessing", "seats", "seat", "count")
    assert any("with `risk: low` and `urgent: yes`" in one for one in checked(data))


def test_a_mail_to_a_seat_reaches_those_who_are_asked() -> None:
    """With a low risk only whoever is bound later could sign: so nobody would be told."""
    data = asking(invariants=[])
    data["bound"] = {"maker": {"signer": "waiting", "seat": "seat", "title": "Who made it"}}
    mail = {"to": [{"seats": "assessing"}], "subject": "s", "text": "t"}
    data["effects"] = [{"enter": "assessing", "mail": mail}]
    assert checked(data) == []
    data["steps"]["assessing"]["seats"]["seat"] = {"person": "maker"}
    assert any("before anybody is bound as `maker`" in one for one in checked(data))
