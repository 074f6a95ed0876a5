"""What the commit alone decides of votes and lots: electorates, whom a lot may hit."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert

from definitions.acts import Facts, Head
from definitions.canonical import sha256
from definitions.rules.drawing import pick
from store import tables
from store.facts import of_draw
from store.record.verify import verify_record
from tests.support.admitting import AdmittingDesk, admitting_desk
from tests.support.community import Desk

FIRST_ON = {"sqlite"}


@pytest.fixture
def admitting(desk: Desk) -> AdmittingDesk:
    return admitting_desk(desk)


def test_an_electorate_is_the_body_at_that_moment(admitting: AdmittingDesk) -> None:
    first = admitting.open("bea", values={"proposal": "First."}, process="motion")
    admitting.admit("mia", "board-member")
    second = admitting.open("bea", values={"proposal": "Second."}, process="motion")
    bea, mia = admitting.person("bea"), admitting.person("mia")
    assert admitting.state(first).votes["voting"].electorate == (bea,)
    assert set(admitting.state(second).votes["voting"].electorate) == {bea, mia}
    assert admitting.facts_of_last(second).bodies == {"board": tuple(sorted((bea, mia)))}


def test_the_subject_has_no_vote(admitting: AdmittingDesk) -> None:
    values = {"proposal": "For Bea.", "subject": admitting.person("bea")}
    case = admitting.open("bea", values=dict(values), process="motion")
    assert admitting.state(case).votes["voting"].electorate == ()


def test_who_is_active_in_the_area_is_found_by_role_and_team(admitting: AdmittingDesk) -> None:
    admitting.admit("sue", "board-member")
    values = {"proposal": "About our team.", "area": "systems-administrator"}
    case = admitting.open("bea", values=dict(values), process="motion")
    active = {admitting.person(name) for name in ("sam", "sue", "sid")}
    assert set(admitting.facts_of_last(case).active) == active
    assert admitting.state(case).votes["voting"].active == (admitting.person("sue"),)
    assert admitting.vote(case, "sue", "aye").result == "refused"


def test_acts_that_open_no_vote_carry_no_electorate(admitting: AdmittingDesk) -> None:
    case = admitting.open("bea", values={"proposal": "Shall we?"}, process="motion")
    admitting.vote(case, "bea", "aye")
    assert admitting.facts_of_last(case).to_json().keys() == {"time", "roles"}


def test_a_lot_is_cast_among_those_who_are_there_with_the_record_as_its_seed(
    admitting: AdmittingDesk,
) -> None:
    rita = admitting.person("rita")
    with admitting.database.writing() as connection:
        away = {"person": rita, "since": "2026", "until": "2027", "act_id": "away"}
        connection.execute(insert(tables.absences).values(away))
    case = admitting.begin("drawing", "lea", subject="mia")
    head = admitting.head(case)
    assert admitting.send(admitting.draw(case, "judge")).result == "committed"
    facts = admitting.facts_of_last(case)
    assert facts.candidates == (admitting.person("rob"),)
    assert facts.seed == head.sha256
    assert admitting.state(case).people["judge"] == (admitting.person("rob"),)


def test_anybody_can_draw_again(admitting: AdmittingDesk) -> None:
    case = admitting.begin("drawing", "mia", subject="mia")
    seed = admitting.head(case).sha256
    admitting.send(admitting.draw(case, "judge"))
    assert verify_record(admitting.database).ok
    among = sorted(admitting.person(name) for name in ("lea", "rob", "rita"))
    nth = int(sha256(f"{seed}:judge".encode())[:32], 16) % 3
    assert admitting.state(case).people["judge"] == (among[nth],)


def test_a_seed_that_somebody_chose_is_named(
    admitting: AdmittingDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker whose code was changed tries seeds until the lot falls on whom it should."""
    case = admitting.begin("drawing", "mia", subject="mia")
    wanted = admitting.person("rita")

    def chosen(*given: Any) -> Facts:
        fair = of_draw(*given)
        seeds = (sha256(str(nth).encode()) for nth in range(100))
        suits = (one for one in seeds if pick(fair.candidates, one, "judge") == wanted)
        return replace(fair, seed=next(suits))

    monkeypatch.setattr("store.commit.of_draw", chosen)
    assert admitting.send(admitting.draw(case, "judge")).result == "committed"
    assert admitting.state(case).people["judge"] == (wanted,)
    bad = verify_record(admitting.database).first_bad
    assert bad is not None
    assert (bad.stream, bad.seq) == (case, admitting.head(case).seq - 1), "a mail comes after it"
    assert "seed" in bad.why


def test_nobody_draws_twice_or_elsewhere(admitting: AdmittingDesk) -> None:
    case = admitting.begin("drawing", "mia", subject="mia")
    ahead = admitting.draw(case, "judge", Head(7, "f" * 64))
    assert admitting.send(ahead).result == "ahead"
    assert admitting.send(admitting.draw(case, "judge")).result == "committed"
    again = admitting.send(admitting.draw(case, "judge"))
    assert (again.refusal or {})["code"] == "not-due"
