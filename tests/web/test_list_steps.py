"""A step with a list: each thing on it is signed by itself, and more can be added."""

from dataclasses import replace
from pathlib import Path

import pytest

from store.cases import register_definition
from tests.support.acting import World
from tests.support.filled_form import filled_form
from tests.support.html import StrictPage
from tests.support.libraries import with_more
from web.app import create_app

CHECKLIST = """\
process: house-checklist
title: {en: Checklist}
summary: {en: "Things are done one by one."}
policy: ["3.4.4"]
number: w
rules: 1
start:
  roles: [member]
  fields:
    topic: {type: string, title: {en: Topic}, required: true}
machine:
  initial: doing
  states:
    doing: {on: {finished: closed}}
    closed: {title: {en: Done}, final: true}
steps:
  doing:
    title: {en: Do the things}
    policy: "3.4.4"
    seats: {done: {title: {en: who did it}, role: tester}}
    each:
      items: {keys: {en: Keys returned}, mail: {en: Taken off the lists}}
      grow: [tester]
    evidence: {what: {type: text, title: {en: What was done}, required: true}}
    outcomes: {done: {title: {en: Done}, event: finished}}
"""


@pytest.fixture
def house(world: World, tmp_path: Path) -> World:
    library = with_more(tmp_path, {"house-checklist": CHECKLIST})
    with world.stack.database.writing() as connection:
        register_definition(connection, library.current("house-checklist"))
    world.stack.services = replace(world.stack.services, library=library)
    world.stack.app = create_app(world.stack.settings, world.stack.services)
    return world


@pytest.fixture
def number(house: World) -> str:
    return house.open_case("Mia", "house-checklist", {"topic": "Somebody left"})


def test_each_thing_is_signed_by_itself(house: World, number: str) -> None:
    page = house.as_("Tess").get(f"/cases/{number}").text
    assert "Keys returned" in page
    assert "Taken off the lists" in page
    assert not StrictPage(page).findings
    form = house.as_("Tess").get(f"/cases/{number}/sign/doing/done:keys")
    assert "Keys returned" in form.text
    house.sign("Tess", number, "doing", "done:keys", outcome="done", what="All five.")
    assert house.state(number).ended is None
    assert "signed “Keys returned” of “Do the things”: Done" in (
        house.as_("Mia").get(f"/cases/{number}").text
    )
    house.sign("Tess", number, "doing", "done:mail", outcome="done", what="Both lists.")
    assert house.state(number).ended == "closed"


def test_a_thing_is_added_and_then_waited_for(house: World, number: str) -> None:
    path = f"/cases/{number}/add/doing"
    assert path in house.as_("Tess").get(f"/cases/{number}").text
    page = house.as_("Tess").get(path)
    assert not StrictPage(page.text).findings
    assert house.post("Tess", path, filled_form(page.text, path).send(item=" ")).status_code == 422
    typed = filled_form(page.text, path).send(item="Badge returned")
    receipt = house.follow("Tess", house.post("Tess", path, typed))
    assert "It is on the list." in receipt.text
    assert "Badge returned" in house.as_("Mia").get(f"/cases/{number}").text
    for item in ("keys", "mail"):
        house.sign("Tim", number, "doing", f"done:{item}", outcome="done", what="Done.")
    assert house.state(number).ended is None
    house.sign("Tess", number, "doing", "done:added-1", outcome="done", what="On Monday.")
    assert house.state(number).ended == "closed"


def test_who_may_not_add_is_told_so(house: World, number: str) -> None:
    path = f"/cases/{number}/add/doing"
    answer = house.as_("Sue").get(path)
    assert answer.status_code == 403
    assert "Things are added to this list by: tester." in answer.text
    typed = house.form("Tess", path).send(item="x", csrf_token=house.as_("Sue").token())
    assert house.post("Sue", path, typed).status_code == 403
    assert len(house.state(number).items["doing"]) == 2
    assert house.as_("Tess").get(f"/cases/{number}/add/nothing").status_code == 404
