"""Reading a backup (4.3.8): what is the Arbitrator's alone, all others together don't reach.

It is shown twice, and apart from the invariants of the file: by all that the proof says can happen
when no Arbitrator signs, and by the real rules, with every act tried by everybody in the house.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping

import pytest

from definitions.definition import Definition
from definitions.loader import load_library
from definitions.model import Signers
from definitions.organisation import load_organisation
from definitions.proof.acts import Acts
from definitions.proof.happening import State
from definitions.proof.plan import Plan
from definitions.rules import Changes
from tests.support.playing import Play, accepted, refused

DEFINITION = load_library().current("backup-reading")
ARBITRATOR, ADMIN = "arbitrator", "systems-administrator"
ROLES = [role.id for role in load_organisation().roles]
OTHERS = [role for role in ROLES if role != ARBITRATOR]
HOUSE = {
    **{role: ("member", role) for role in OTHERS},
    **{f"{role}-too": ("member", role) for role in OTHERS},
    "everything": tuple(OTHERS),
}
"""Two of each role but the Arbitrator's, and one who holds all of these together."""
SMALL = {
    "sue": ("member", ADMIN),
    "sid": ("member", ADMIN),
    "ira": ("member", ARBITRATOR),
    "ivo": ("member", ARBITRATOR),
}
WITHOUT_A_YES = {"confirming", "authorising", "refused", "not_read", "withdrawn"}
READ = {"joining", "reading", "separating", "separating_changed", "documenting"}
AFTERWARDS = {"reviewing", "done", "purpose_changed", "not_joined"}
EVIDENCE = {"conditions": "One row.", "log_entry": "Read.", "report": "Read.", "apart": True}


def by_the_proof(definition: Definition, purpose: str, without: str = "") -> set[str]:
    """Return the states to which cases come by all that can happen, if no such role signs."""
    acts = Acts(Plan(definition), once=True)
    begun = [one.state for one in acts.begin()]
    todo = [one for one in begun if acts.plan.chosen(one.known)["purpose"] == purpose]
    seen: set[State] = set(todo)
    found: set[str] = set()
    while todo:
        state = todo.pop()
        found |= set(acts.places.places[state.place].configuration)
        signing = (one for one in acts.after(state) if without == "" or one.done.role != without)
        new = {one.state for one in signing if one.nowhere is None} - seen
        seen |= new
        todo += new
    return found


def by_the_rules(definition: Definition, opener: str, house: Mapping[str, tuple[str, ...]],
                 **chosen: str) -> set[str]:  # fmt: skip
    """Return the states to which a case comes, whoever of the house tries whatever there is."""
    play = Play(definition, dict(house), reversed=False)
    accepted(play.open(opener, {**chosen, "backup": "webdb, June", "why": "Who signed in June."}))
    todo, seen = [play], {_where(play)}
    found: set[str] = set()
    while todo:
        at = todo.pop()
        found |= {at.case.ended} if at.case.ended else set(at.case.configuration)
        for after in _tried(at):
            where = _where(after)
            if where not in seen:
                seen.add(where)
                todo.append(after)
    return found


def _tried(at: Play) -> Iterator[Play]:
    """Yield the case after each act that is let through: signatures, withdrawals, time."""
    body = at.definition.body
    for who in at.roles:
        for name, step in body.steps.items():
            evidence = {field: EVIDENCE[field] for field in step.evidence}
            for seat in step.seats:
                for outcome in step.outcomes:
                    play = copy.copy(at)
                    play.sign(who, name, seat, outcome, {**evidence, "comment": "So."})
                    if isinstance(play.last, Changes):
                        yield play
        play = copy.copy(at)
        play.tell("withdraw", who, {"comment": "No more."})
        if isinstance(play.last, Changes):
            yield play
        play = copy.copy(at)
        play.amend(who, {"purpose": "recovery"})
        assert not isinstance(play.last, Changes), "the purpose of a case stays what it is"
    play = copy.copy(at)
    play.wait(days=60)
    yield play


def _where(play: Play) -> tuple[object, ...]:
    """Return where a case stands, with who has signed what of the steps that are open.

    Who signed a step that is closed keeps nobody out of another one here.
    """
    case = play.case
    signed = (
        (name, one.seat, one.outcome, one.actor)
        for name in case.configuration
        if name in case.steps
        for one in case.steps[name].signatures
    )
    return (case.ended, tuple(case.configuration), frozenset(signed))


def test_nobody_is_kept_out_for_what_they_signed_in_another_step() -> None:
    steps = DEFINITION.body.steps.values()
    kept_out = [one for step in steps for seat in step.seats.values() for one in seat.not_]
    assert kept_out
    assert not [one for one in kept_out if isinstance(one, Signers)]
    assert not [seat for step in steps for seat in step.seats.values() if seat.same]


def test_all_roles_but_the_arbitrators_never_come_to_reading_for_another_purpose() -> None:
    assert by_the_proof(DEFINITION, "other", without=ARBITRATOR) == WITHOUT_A_YES


def test_with_an_arbitrator_they_do_and_to_every_end() -> None:
    assert by_the_proof(DEFINITION, "other") == WITHOUT_A_YES | READ | AFTERWARDS


def test_a_recovery_needs_no_arbitrator() -> None:
    there = by_the_proof(DEFINITION, "recovery", without=ARBITRATOR)
    assert there == by_the_proof(DEFINITION, "recovery") >= READ
    assert not there & {"authorising", "reviewing"}


@pytest.mark.parametrize("opener", [ADMIN, "systems-administration-leader", "board-member"])
def test_everybody_tries_everything_and_nothing_is_read(opener: str) -> None:
    assert by_the_rules(DEFINITION, opener, HOUSE, purpose="other") == WITHOUT_A_YES


def test_the_same_trial_with_arbitrators_comes_to_reading() -> None:
    """It could: what holds the others up is that none of them is an Arbitrator."""
    assert by_the_rules(DEFINITION, "sue", SMALL, purpose="other") >= READ | {"reviewing", "done"}


def test_one_arbitrator_who_asks_for_it_is_not_enough() -> None:
    house = {who: roles for who, roles in SMALL.items() if who != "ivo"}
    assert by_the_rules(DEFINITION, "ira", house, purpose="other") == WITHOUT_A_YES


@pytest.mark.parametrize("who", [*HOUSE, "opener"])
def test_everybody_else_is_refused_the_arbitrators_seat_by_its_section(who: str) -> None:
    play = Play(DEFINITION, {**HOUSE, "opener": ("member", ARBITRATOR), "sid": ("member", ADMIN)})
    accepted(play.open("opener", {"purpose": "other", "backup": "webdb", "why": "June."}))
    accepted(play.sign("sid", "confirming", "confirmer", "confirm"))
    for outcome in ("authorise", "refuse"):
        values = {"conditions": "One row.", "comment": "So."}
        told = play.sign(who, "authorising", "arbitrator", outcome, values)
        refused(told, "barred" if who == "opener" else "not-yours", "4.3.8")
    assert play.case.configuration == ("authorising",)


def test_a_definition_without_that_seat_would_be_found() -> None:
    """The trial isn't blind: were a member of the Board enough, it would come to reading."""
    data = DEFINITION.written()
    assert isinstance(data, dict)
    data["steps"]["authorising"]["seats"]["arbitrator"]["or"] = ["board-member"]
    loose = Definition.build(data, {})
    assert by_the_proof(loose, "other", without=ARBITRATOR) >= READ
    house = {"ruth": ("member", "board-member"), "sue": ("member", ADMIN), "sid": ("member", ADMIN)}
    assert by_the_rules(loose, "sue", house, purpose="other") >= READ
