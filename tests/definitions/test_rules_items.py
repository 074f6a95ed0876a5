"""Steps with a list: each thing is a seat of its own, and the list grows while it is open."""

from typing import Any

import pytest

from definitions.checks import check_parts
from definitions.definition import Definition
from definitions.loader import Source
from definitions.reading import Positions
from definitions.rules import may_add, open_seats, seats_of
from tests.support.admitting import LIBRARY as SMALL
from tests.support.appointing_case import working
from tests.support.playing import accepted, refused

GOOD = {"item": "Change the code of the door"}


def test_each_thing_on_the_list_is_a_seat() -> None:
    play = working()
    assert seats_of(play.definition, play.case, "working") == ("done:keys", "done:codes")
    waiting = open_seats(play.definition, play.case)
    assert [seat.seat for seat in waiting] == ["done:keys", "done:codes"]
    assert all(seat.roles == ("systems-administrator",) for seat in waiting)


def test_one_person_may_sign_several_things_and_none_twice() -> None:
    play = working()
    accepted(play.sign("dan", "working", "done:keys", "done"))
    assert play.case.configuration == ("working",)
    refused(play.sign("dan", "working", "done:keys", "done"), "signed-already", "3.4.4")
    (left,) = open_seats(play.definition, play.case)
    assert (left.seat, left.barred) == ("done:codes", ("sam",))
    accepted(play.sign("dan", "working", "done:codes", "done"))
    assert play.case.ended == "ended"


@pytest.mark.parametrize("seat", ["done", "done:locks", "other:keys", "done:", ":keys"])
def test_what_isnt_on_the_list_cant_be_signed(seat: str) -> None:
    refused(working().sign("dan", "working", seat, "done"), "no-such-seat")


def test_the_subject_signs_nothing_on_the_list() -> None:
    play = working()
    play.roles["sam"] = ("member", "systems-administrator")
    refused(play.sign("sam", "working", "done:keys", "done"), "barred")


def test_the_list_grows_while_the_step_is_open() -> None:
    play = working()
    accepted(play.sign("dan", "working", "done:keys", "done"))
    accepted(play.tell("add_item", "olga", GOOD, step="working"))
    accepted(play.sign("dan", "working", "done:codes", "done"))
    assert play.case.configuration == ("working",)
    (item,) = [item for item in play.case.items["working"] if item.act]
    assert item.id == "added-1"
    accepted(play.sign("dan", "working", "done:added-1", "done"))
    assert play.case.ended == "ended"


def test_only_whom_the_definition_names_may_add_and_only_a_line_of_text() -> None:
    play = working()
    refused(play.tell("add_item", "dan", GOOD, step="working"), "not-yours", "3.4.4")
    refused(play.tell("add_item", "olga", {}, step="working"), "value")
    refused(play.tell("add_item", "olga", {"item": "a\nb"}, step="working"), "value")
    refused(play.tell("add_item", "olga", {**GOOD, "more": "x"}, step="working"), "value")
    refused(play.tell("add_item", "olga", GOOD, step="working", instance="2"), "not-open")
    refused(play.tell("add_item", "olga", GOOD, step="judging"), "no-list")
    refused(play.tell("add_item", "olga", GOOD, step="nowhere"), "no-list")
    assert may_add(play.definition, play.case, "working", "1", ("access-leader",)) is None


def test_a_list_has_a_greatest_length() -> None:
    play = working()
    for _ in range(98):
        accepted(play.tell("add_item", "olga", GOOD, step="working"))
    refused(play.tell("add_item", "olga", GOOD, step="working"), "too-many")


def test_retracting_takes_back_one_thing_or_all() -> None:
    play = working()
    accepted(play.tell("add_item", "olga", GOOD, step="working"))
    accepted(play.sign("dan", "working", "done:keys", "done"))
    accepted(play.sign("dan", "working", "done:codes", "done"))
    accepted(play.tell("retract", "dan", step="working", seat="done:keys"))
    assert [s.seat for s in play.case.steps["working"].signatures] == ["done:codes"]
    refused(play.tell("retract", "dan", step="working", seat="done:keys"), "not-signed")
    accepted(play.sign("dan", "working", "done:keys", "done"))
    accepted(play.tell("retract", "dan", step="working"))
    assert play.case.steps["working"].signatures == ()


def _queueing(**over: Any) -> list[str]:
    """Return what is said of the process that queues, and of the one that takes it, changed."""
    library = {name: SMALL[name].written() for name in ("noting", "summary")}
    for name, change in over.items():
        change(library[name])
    built = {name: Definition.build(data, {}) for name, data in library.items()}
    bodies = {name: one.body for name, one in built.items()}
    return [
        finding.sentence
        for name, one in built.items()
        for finding in check_parts(
            Source(one, Positions(f"{name}.yaml", {}), f"{name}.yaml"), bodies
        )
    ]


def test_what_is_queued_must_have_a_list_that_takes_it() -> None:
    assert _queueing() == []
    without = _queueing(summary=lambda data: data["steps"]["summing"]["each"].pop("queued"))
    assert without == ["`summary` has no list for what is queued: nobody would ever see it."]
    nobody = _queueing(noting=lambda data: data.pop("effects"))
    assert nobody == ["No process queues anything for `summary`."]
    (unknown,) = _queueing(
        noting=lambda data: data["effects"][0]["queue"].update({"text": {"en": "{opener}"}})
    )
    assert "placeholder `opener`" in unknown


def test_what_is_queued_for_a_process_that_isnt_there_may_be_in_another_file() -> None:
    noting = Definition.build(SMALL["noting"].written(), {})
    source = Source(noting, Positions("noting.yaml", {}), "noting.yaml")
    (alone,) = check_parts(source, {"noting": noting.body})
    assert alone.sentence == "There is no process `summary`."
    assert "check both files together" in alone.remedy
