"""Over the web, everybody in the house together can't do what is the Arbitrator's alone (4.3.8).

The proof and the rules say the same of every path (`definitions/test_backup_reading.py`); here the
requests are sent, with the very form that an Arbitrator was given.
"""

from __future__ import annotations

import pytest

from definitions.organisation import load_organisation
from tests.support.acting import World

ARBITRATOR = "arbitrator"
OTHERS = tuple(
    role.id for role in load_organisation().roles if role.id not in {"member", ARBITRATOR}
)
HOUSE = ("operator", *OTHERS)
FOR_ANOTHER: dict[str, object] = {
    "purpose": "other",
    "backup": "webdb of June",
    "why": "To see what stood there.",
}


@pytest.fixture
def house(world: World) -> World:
    """Two of each role, and somebody who holds all but one; and an Arbitrator."""
    for role in HOUSE:
        for place in ("One", "Two"):
            name = f"{place} {role}"
            world.people[name] = world.stack.add_person(name, ("member", role))
    world.people["All"] = world.stack.add_person("All", ("member", *HOUSE))
    world.people["Ira"] = world.stack.add_person("Ira", ("member", ARBITRATOR))
    return world


def test_nobody_but_an_arbitrator_lets_a_backup_be_read_for_another_purpose(house: World) -> None:
    case = house.open_case("One systems-administrator", "backup-reading", FOR_ANOTHER)
    house.sign("Two systems-administrator", case, "confirming", "confirmer", outcome="confirm")
    before, path = house.state(case), f"/cases/{case}/sign/authorising/arbitrator"
    assert before.configuration == ("authorising",)
    form = house.form("Ira", path)
    for name in set(house.people) - {"Ira"}:
        assert house.as_(name).get(path).status_code == 403, name
        for outcome in ("authorise", "refuse"):
            sent = form.send(outcome=outcome, conditions="One row.", comment="So.")
            own = {**sent, "csrf_token": house.as_(name).token()}
            answer = house.post(name, path, own)
            assert answer.status_code == 403, (name, outcome)
            assert "4.3.8" in answer.text
        for elsewhere in ("/arbitrator", f"/cases/{case}/rule?on={case}"):
            assert house.as_(name).get(elsewhere).status_code in {403, 409}, (name, elsewhere)
        for step in ("joining", "reading", "separating", "documenting"):
            for seat in house.stack.services.library.current("backup-reading").step(step).seats:
                there = f"/cases/{case}/sign/{step}/{seat}"
                assert house.as_(name).get(there).status_code in {403, 404, 409}, (name, there)
    assert house.state(case) == before
    given = house.sign(
        "Ira", case, "authorising", "arbitrator", outcome="authorise", conditions="-"
    )
    assert given.status_code == 303
    assert house.state(case).configuration == ("joining",)
