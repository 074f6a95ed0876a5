"""Cases that a field names: an appeal goes before others, whoever comes to be who meanwhile."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from definitions.acts import Facts
from definitions.canonical import Json
from definitions.checks import check_parts
from definitions.definition import Definition
from definitions.loader import Source, load_library
from definitions.reading import Positions
from definitions.rules import why_not_rule, why_party
from definitions.rules.naming import number_in
from definitions.rules.ruled import participants
from tests.support.killing import written
from tests.support.playing import Play, accepted, refused

ROLES = {
    "jo": ("member",),
    "ari": ("member", "arbitrator"),
    "bea": ("member", "arbitrator"),
    "kim": ("member", "case-manager"),
    "lou": ("member", "case-manager"),
    "ann": ("member", "board-member"),
    "ben": ("member", "board-member"),
}
SURE: dict[str, Json] = {"independent": True}
HEARD: dict[str, Json] = {"statements": "Jo: as filed."}
RULED: dict[str, Json] = {"ruling": "It stands.", "reasons": "9.1.1."}
NUMBER = "a20260301.1"


def appeal(*earlier: str, value: str = NUMBER, by: str = "jo") -> Play:
    """Return an appeal against a case in which these had part."""
    play = Play(load_library().current("arbitration"), dict(ROLES))
    accepted(filed(play, *earlier, value=value, by=by))
    return play


def filed(play: Play, *earlier: str, value: str = NUMBER, by: str = "jo", **facts: Any) -> Any:
    values: dict[str, Json] = {"claim": "He was biased.", "appealed": value}
    named = {"cases": {"appealed": {"case": "case-0", "number": NUMBER}}} | facts
    play.more = named
    try:
        return play.open(by, values, {"earlier": earlier})
    finally:
        play.more = {}


def at_ruling(play: Play) -> None:
    accepted(play.lot("arbitrator", "bea"))
    accepted(play.lot("case_manager", "lou"))
    for who, office in (("bea", "arbitrator"), ("lou", "case_manager")):
        accepted(play.sign(who, "acceptance", office, "accept", SURE))


def test_neither_arbitrator_nor_case_manager_of_the_case_appealed_against_is_drawn() -> None:
    play = appeal("ari", "kim")
    accepted(play.lot("arbitrator", "ari", "bea"))
    accepted(play.lot("case_manager", "kim", "lou"))
    assert play.case.people["arbitrator"] == ("bea",)
    assert play.case.people["case_manager"] == ("lou",)
    assert play.case.named["appealed"].case == "case-0"


def test_if_nobody_else_is_left_the_case_says_so() -> None:
    play = appeal("ari", "bea", "kim")
    accepted(play.lot("arbitrator", "ari", "bea"))
    assert play.case.configuration == ("unassigned",)
    play.roles["ann"] = ("member", "board-member")
    accepted(play.sign("ann", "unassigned", "board", "again", {"comment": "There is one now."}))


def test_a_member_of_the_board_who_had_part_does_not_have_the_lot_drawn_again() -> None:
    play = appeal("ari", "bea", "ann")
    accepted(play.lot("arbitrator", "ari", "bea"))
    again: dict[str, Json] = {"comment": "Once more."}
    refused(play.sign("ann", "unassigned", "board", "again", again), "barred", "9.1.1")
    accepted(play.sign("ben", "unassigned", "board", "again", again))


@given(
    st.sets(st.sampled_from(sorted(ROLES))), st.lists(st.sampled_from(sorted(ROLES)), unique=True)
)
def test_whoever_had_part_is_never_drawn(earlier: set[str], candidates: list[str]) -> None:
    play = appeal(*sorted(earlier))
    for office in ("arbitrator", "case_manager"):
        if office in play.case.draws and not play.case.draws[office].done:
            accepted(play.lot(office, *candidates))
    drawn = {*play.case.people["arbitrator"], *play.case.people["case_manager"]}
    assert not drawn & {*earlier, "jo"}


def test_who_comes_to_be_of_the_other_case_meanwhile_neither_hears_nor_rules() -> None:
    play = appeal("ari", "kim")
    at_ruling(play)
    since = {"people": {"earlier": ("ari", "bea", "kim")}}
    act = play.act("comment", "jo", {"comment": "Now she has that one too."})
    play.more = since
    accepted(play.do(act, {"comment": "Now she has that one too."}, since["people"]))
    play.more = {}
    assert set(play.case.people["earlier"]) == {"ari", "bea", "kim"}
    accepted(play.sign("lou", "hearing", "case_manager", "heard", HEARD))
    refused(play.sign("bea", "ruling", "arbitrator", "grant", RULED), "barred", "9.1.1")
    why: dict[str, Json] = {"comment": "I have the other one too."}
    refused(play.tell("decline", "ari", why, step="ruling", seat="arbitrator"), "not-yours")
    accepted(play.tell("decline", "bea", why, step="ruling", seat="arbitrator"))
    assert play.case.configuration == ("unassigned",), "another is to be drawn"


def test_it_counts_with_the_act_itself_that_the_commit_says_it_of() -> None:
    play = appeal("ari", "kim")
    at_ruling(play)
    accepted(play.sign("lou", "hearing", "case_manager", "heard", HEARD))
    play.more = {"people": {"earlier": ("ari", "bea", "kim")}}
    why = refused(play.sign("bea", "ruling", "arbitrator", "grant", RULED), "barred", "9.1.1")
    told = "you are the party, Arbitrator or Case Manager of the case appealed against."
    assert why.sentence.endswith(told)
    party = why_party(play.definition, play.case, "kim")
    assert party is not None
    assert told.endswith(f"{party}."), "so too where somebody would rule on the appeal"


def test_whoever_is_kept_out_takes_no_part_and_hears_of_no_ruling() -> None:
    play = appeal("ari", "kim")
    at_ruling(play)
    told = participants(play.definition, play.case)
    assert set(told) >= {"jo", "bea", "lou"}
    assert not {"ari", "kim"} & set(told)


def test_nor_do_they_rule_on_other_cases() -> None:
    play = appeal("ari", "kim")
    at_ruling(play)
    bea = play.roles["bea"]
    assert why_not_rule(play.definition, play.case, "bea", bea) is None
    play.more = {"people": {"earlier": ("bea",)}}
    accepted(play.tell("comment", "jo", {"comment": "She has both."}))
    why = why_not_rule(play.definition, play.case, "bea", bea)
    assert refused(why, "party", "9.1.1").sentence.endswith("of the case appealed against.")


def test_nobody_ever_goes_from_among_them() -> None:
    play = appeal("ari", "kim")
    play.more = {"people": {"earlier": ("lou",)}}
    accepted(play.tell("comment", "jo", {"comment": "Well."}))
    assert set(play.case.people["earlier"]) == {"ari", "kim", "lou"}


def test_of_a_case_that_names_none_nobody_is_kept_out_so() -> None:
    play = Play(load_library().current("arbitration"), dict(ROLES))
    accepted(play.open("jo", {"claim": "As it was."}))
    play.more = {"people": {"earlier": ("ari",)}}
    accepted(play.tell("comment", "jo", {"comment": "Well."}))
    assert play.case.named == {}
    assert "earlier" not in play.case.people


def test_a_case_that_the_commit_does_not_know_is_named_by_none() -> None:
    play = Play(load_library().current("arbitration"), dict(ROLES))
    assert refused(filed(play, cases={}), "unknown-case", "9.1.1").field == "appealed"
    other = {"appealed": {"case": "case-9", "number": "a20260301.9"}}
    refused(filed(play, cases=other), "unknown-case", "9.1.1")
    play.more = {"cases": other}
    refused(play.open("jo", {"claim": "About none."}), "unknown-case", "9.1.1")


@pytest.mark.parametrize(
    "value",
    [
        *("a20260301", "20260301.1", "a20260301.0", f"{NUMBER}/0", f" {NUMBER}", f"{NUMBER}/1/1"),
        *(7, ["a"], f"{NUMBER}\n"),
    ],
)
def test_what_is_no_number_is_not_taken(value: Json) -> None:
    play = Play(load_library().current("arbitration"), dict(ROLES))
    assert refused(play.open("jo", {"claim": "So.", "appealed": value}), "value").field


def test_a_ruling_can_be_named_as_well() -> None:
    assert number_in(f"{NUMBER}/12") == (NUMBER, 12)
    assert number_in(NUMBER) == (NUMBER, None)
    assert appeal("ari", value=f"{NUMBER}/2").case.named["appealed"].number == NUMBER


def test_an_open_case_without_named_ones_keeps_the_digest_that_it_had() -> None:
    play = Play(load_library().current("arbitration"), dict(ROLES))
    accepted(play.open("jo", {"claim": "As it was."}))
    assert "named" not in play.case.digestible()


def test_facts_with_named_cases_come_back_from_json() -> None:
    facts = Facts("2026-03-02T09:00:00.000Z", cases={"appealed": {"case": "c", "number": NUMBER}})
    assert Facts.from_json(facts.to_json()) == facts
    assert "cases" not in Facts("2026-03-02T09:00:00.000Z").to_json()


def sentences(*changes: tuple[tuple[str, ...], Any]) -> str:
    """Return what is wrong with the arbitration if these parts of it are changed."""
    data = written(load_library().current("arbitration"))
    for path, value in changes:
        part = data
        for key in path[:-1]:
            part = part.setdefault(key, {})
        if value is None:
            del part[path[-1]]
        else:
            part[path[-1]] = value
    definition = Definition.build(data, {})
    source = Source(definition, Positions("arbitration.yaml", {}), "arbitration.yaml")
    library = {one.process: one.body for one in load_library().definitions()}
    return " ".join(str(one) for one in check_parts(source, library))


FIELD = ("start", "fields", "appealed")


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ([((*FIELD, "processes"), None)], "of which processes it can name a case"),
        ([((*FIELD, "processes"), ["abd"])], "There is no process `abd`"),
        ([((*FIELD, "processes"), ["motion"])], "no person of a case of `motion` `arbitrator`"),
        ([(("people", "earlier", "of"), None)], "which of its people are meant"),
        ([(("people", "earlier", "of"), ["arbiter"])], "no person of a case of `arbitration`"),
        ([(("people", "respondent", "of"), ["opener"])], "names no case"),
        ([(("start", "fields", "claim", "decided"), True)], "names no case"),
        ([(("start", "fields", "claim", "processes"), ["motion"])], "names no case"),
        (
            [(("amend",), {"fields": ["appealed"], "during": ["acceptance"]})],
            "and it can be amended",
        ),
        (
            [(("privacy",), {"fields": {"appealed": {"roles": ["member"], "policy": "9.5"}}})],
            "that can't be hidden",
        ),
        (
            [
                (
                    ("steps", "ruling", "evidence", "like"),
                    {"type": "case", "title": "Like", "processes": ["arbitration"]},
                )
            ],
            "Only the form with which a case is opened names another case",
        ),
    ],
)
def test_what_a_field_that_names_a_case_must_say(
    changes: list[tuple[tuple[str, ...], Any]], told: str
) -> None:
    assert told in sentences(*changes)


def test_as_it_is_nothing_is_wrong_with_it() -> None:
    assert sentences() == ""
