"""Rulings at any moment of any case: what can be ruled is carried out, and nothing else is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from definitions.acts import LAPSE, SYSTEM
from definitions.clock import parse, stamp
from definitions.definition import Definition
from definitions.loader import load_library
from definitions.parts import duration
from definitions.refusals import Refusal
from definitions.rules import Changes, next_due, open_seats
from definitions.rules.ruled import possible, waived_by
from definitions.ruling import LIVES, Ruling
from definitions.state import StepState
from tests.support.drawn_values import PEOPLE, value_of
from tests.support.examples import examples
from tests.support.playing import Play

LIBRARY = load_library().definitions()
SEATS = [
    seat for one in LIBRARY for step in one.body.steps.values() for seat in step.seats.values()
]
ROLES = tuple({role for seat in SEATS for role in (seat.role, *seat.or_) if role})
DRAWN = settings(
    max_examples=examples(80, 2000),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
SAID = {"comment": "For a reason."}


def begun(data: Any) -> Play:
    """Open a case of some process, by somebody who may do everything."""
    definition = data.draw(st.sampled_from(LIBRARY), label="definition")
    play = Play(definition, dict.fromkeys(PEOPLE, ("member", *ROLES)))
    fields = definition.body.start.fields
    values = {
        name: value_of(name, spec, data.draw)
        for name, spec in fields.items()
        if spec.type != "case"
    }
    bound = {
        name: (data.draw(st.sampled_from(PEOPLE)),)
        for name, person in definition.body.people.items()
        if fields[person.from_].type == "patch"
    }
    assume(isinstance(play.open(PEOPLE[0], values, bound), Changes))
    return play


def goes_on(play: Play, data: Any) -> None:
    """Do something, if it can be done: cast a lot, sign a seat, let time pass."""
    case = play.case
    for name, at in case.draws.items():
        if not at.done and not case.suspended:
            play.lot(name, *data.draw(st.permutations(PEOPLE)))
    seats = open_seats(play.definition, play.case)
    if not seats or data.draw(st.integers(0, 4)) == 0:
        play.wait(hours=data.draw(st.sampled_from([1, 30, 200])))
        return
    seat = data.draw(st.sampled_from(seats))
    step = play.definition.step(seat.step)
    outcome = data.draw(st.sampled_from(list(step.outcomes)))
    values = {name: value_of(name, spec, data.draw) for name, spec in step.asked(outcome).items()}
    who = data.draw(st.sampled_from(PEOPLE))
    play.sign(who, seat.step, seat.seat, outcome, values | SAID)


def any_ruling(definition: Definition, data: Any) -> Ruling:
    """Draw one that may be let or not."""
    states = st.sampled_from(sorted(definition.chart.states))
    steps = st.sampled_from(sorted(definition.body.steps))
    match data.draw(st.sampled_from(["authorise", "to", "by itself"])):
        case "authorise":
            step = data.draw(steps)
            seat = data.draw(st.sampled_from(sorted(definition.step(step).seats)))
            outcome = data.draw(st.sampled_from(sorted(definition.step(step).outcomes)))
            return Ruling(kind="authorise", step=step, seat=seat, outcome=outcome)
        case "to":
            return Ruling(
                kind=data.draw(st.sampled_from(["override", "close"])), to=data.draw(states)
            )
        case _:
            return Ruling(kind=data.draw(st.sampled_from(["suspend", "resume", "bind"])))


@DRAWN
@given(data=st.data())
def test_what_can_be_ruled_is_carried_out_and_nothing_else_is(data: Any) -> None:
    play = begun(data)
    for _ in range(data.draw(st.integers(0, 8))):
        goes_on(play, data)
    for _ in range(data.draw(st.integers(1, 4))):
        before, can = play.case, possible(play.definition, play.case)
        wanted = any_ruling(play.definition, data)
        if data.draw(st.booleans()) and can:
            wanted = data.draw(st.sampled_from(can))
        done = play.rule(wanted.to_json())
        assert isinstance(done, Changes) == (wanted in can), (wanted, done)
        if isinstance(done, Refusal):
            assert play.case == before
            continue
        after = play.case
        assert after.rulings[:-1] == before.rulings
        assert after.rulings[-1].waived == waived_by(play.definition.body, wanted)
        assert (after.ended is not None) == (
            wanted.kind == "close" or bool(play.definition.chart.final(after.configuration))
        )
        assert (after.suspended is not None) == (
            wanted.kind == "suspend" or bool(before.suspended and wanted.kind == "bind")
        )
        if wanted.kind in {"override", "close"}:
            assert wanted.to in after.configuration
        goes_on(play, data)


@DRAWN
@given(data=st.data(), key=st.sampled_from(sorted(LIVES)), early=st.booleans())
def test_a_suspension_ends_in_time_with_what_time_was_left(
    data: Any, key: str, *, early: bool
) -> None:
    play = begun(data)
    for _ in range(data.draw(st.integers(0, 5))):
        goes_on(play, data)
    assume(Ruling(kind="suspend") in possible(play.definition, play.case))
    before, length = play.case, duration(LIVES[key])
    assert isinstance(play.rule(Ruling(kind="suspend", lives=LIVES[key]).to_json()), Changes)
    due = next_due(play.case)
    assert due is not None
    assert (due.kind, parse(due.at) - play.now) == (LAPSE, length)
    assert open_seats(play.definition, play.case) == ()
    play.now += length - timedelta(seconds=1) if early else length
    lapsed = play.do(play.act(LAPSE, SYSTEM))
    assert isinstance(lapsed, Changes) != early
    if early:
        return
    after = play.case
    for name, at in before.steps.items():
        now = after.steps[name]
        assert untimed(now) == untimed(at)
        if before.is_open(name):
            assert now.reminders == tuple(stamp(parse(one) + length) for one in at.reminders)
            late = at.due is None or at.overdue
            assert now.due == (at.due if late else stamp(parse(str(at.due)) + length))
    others: dict[str, Any] = {"steps": {}, "draws": {}, "rulings": ()}
    assert after.model_copy(update=others) == before.model_copy(update=others)


def untimed(at: StepState) -> StepState:
    return at.model_copy(update={"due": None, "reminders": ()})
