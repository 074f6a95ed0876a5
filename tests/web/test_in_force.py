"""In an upgrade step by step, web and worker have different definitions for a while.

What is recorded as in force rules, and a web that brings an older version still has a way out for
whoever opens a case: the form as it is in force.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import insert, update

from definitions.definition import Definition
from definitions.loader import load_library
from store import tables
from store.cases import register_definition
from store.in_force import put_in_force
from tests.support.acting import APT, World
from tests.support.changed_definition import both_versions
from tests.support.filled_form import filled_form
from tests.support.html import StrictPage

PATH = "/open/system-patch"
TYPED = {"packages": APT, "servers": "webdb", "reason": "A weakness."}


@pytest.fixture
def versions(tmp_path: Path) -> tuple[Definition, Definition]:
    return both_versions(tmp_path / "own")


def start(world: World, *instead: Definition, without: str = "") -> None:
    """Do what the start of another program on this database does."""
    brought = {one.process: one for one in (*load_library().definitions(), *instead)}
    brought.pop(without, None)
    with world.stack.database.writing() as connection:
        for definition in brought.values():
            register_definition(connection, definition)
        now, key = world.stack.now(), world.gateway.worker_key
        put_in_force(connection, brought.values(), now, key)


def test_a_web_of_an_older_version_opens_under_what_is_in_force(
    world: World, versions: tuple[Definition, Definition]
) -> None:
    start(world, versions[1])
    number = world.open_system_patch("Sue")
    assert world.state(number).definition == versions[1].version


def test_a_web_of_a_newer_version_does_not_come_before_what_is_in_force(
    world: World, versions: tuple[Definition, Definition]
) -> None:
    old, new = versions
    world.use(new)
    start(world, old)
    number = world.open_system_patch("Sue")
    assert world.state(number).definition == old.version


def test_a_form_from_before_is_looked_at_again_and_then_goes_on(
    world: World, versions: tuple[Definition, Definition]
) -> None:
    start(world)
    form = world.form("Sue", PATH)
    checked = world.post("Sue", PATH, form.send(**TYPED))
    start(world, versions[1])
    last = filled_form(checked.text, PATH)
    (open_it,) = [one for one in last.buttons if one[1] == "open"]
    answer = world.post("Sue", PATH, {**last.data, open_it[0]: open_it[1]})
    assert answer.status_code == 409
    assert "The definition has changed since you opened this form." in answer.text
    assert "What you typed is kept." in answer.text
    assert world.numbers() == []
    again = filled_form(answer.text, PATH)
    checked = world.post("Sue", PATH, again.send())
    last = filled_form(checked.text, PATH)
    answer = world.post("Sue", PATH, {**last.data, open_it[0]: open_it[1]})
    world.follow("Sue", answer)
    (number,) = world.numbers()
    assert world.state(number).definition == versions[1].version


def test_what_comes_into_force_while_it_is_sent_is_said_with_what_to_do(
    world: World, versions: tuple[Definition, Definition]
) -> None:
    start(world)
    checked = world.post("Sue", PATH, world.form("Sue", PATH).send(**TYPED))
    last = filled_form(checked.text, PATH)
    (open_it,) = [one for one in last.buttons if one[1] == "open"]
    world.gateway.before = lambda: start(world, versions[1])
    answer = world.post("Sue", PATH, {**last.data, open_it[0]: open_it[1]})
    assert answer.status_code == 409
    assert "the one in force now" in answer.text
    assert "Open the form again and send it anew." in answer.text
    assert not StrictPage(answer.text).findings
    number = world.open_system_patch("Sue")
    assert world.state(number).definition == versions[1].version


def test_what_is_in_force_no_more_says_so(world: World) -> None:
    start(world, without="system-patch")
    answer = world.as_("Sue").get(PATH)
    assert answer.status_code == 409
    assert "No new cases of “" in answer.text
    assert not StrictPage(answer.text).findings
    assert world.as_("Sue").get("/open/there-is-none").status_code == 404


def test_what_this_version_cannot_read_says_that_there_is_an_upgrade(world: World) -> None:
    """The newer program's definition says what this one doesn't know yet."""
    start(world)
    with world.stack.database.writing() as connection:
        unknown = {"process": "system-patch", "version": "0" * 64, "text": '{"process": 1}'}
        connection.execute(insert(tables.definitions).values(unknown))
        row = tables.in_force.c.process == "system-patch"
        connection.execute(update(tables.in_force).where(row).values(version="0" * 64))
    answer = world.as_("Sue").get(PATH)
    assert answer.status_code == 409
    assert "Countersign is being upgraded" in answer.text
    assert "Come back in a few minutes" in answer.text
    assert not StrictPage(answer.text).findings
