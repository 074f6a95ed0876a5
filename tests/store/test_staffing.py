"""Who can still sign is asked again where a role changes, and only there (9.1.2)."""

from __future__ import annotations

import pytest

from definitions.clock import stamp
from store.staffing import Unfillable, ask_again
from tests.support.admitting import AdmittingDesk, admitting_desk
from tests.support.community import Desk

FIRST_ON = {"sqlite"}


@pytest.fixture
def admitting(desk: Desk) -> AdmittingDesk:
    return admitting_desk(desk)


def asked(desk: AdmittingDesk) -> tuple[Unfillable, ...]:
    return ask_again(desk.database, stamp(desk.clock.now()))


def test_whom_a_lot_fell_on_is_missed_when_the_role_ends(admitting: AdmittingDesk) -> None:
    case = admitting.begin("drawing", "lea", subject="mia")
    other = admitting.begin("drawing", "lea", subject="mia")
    for one in (case, other):
        assert admitting.send(admitting.draw(one, "judge")).result == "committed"
    assert asked(admitting) == ()
    (judge,) = admitting.state(case).people["judge"]
    name = next(n for n in ("rob", "rita") if admitting.person(n) == judge)
    admitting.begin("leaving", name, subject=name)
    found = {one.case: one for one in asked(admitting)}
    assert case in found
    assert "“Judge” still needs 1 signature" in found[case].sentence
    assert "hold that role no more" in found[case].remedy
    drawn = {c: admitting.state(c).people["judge"] for c in (case, other)}
    assert set(found) == {c for c, who in drawn.items() if who == (judge,)}
    assert asked(admitting) == ()  # told once
