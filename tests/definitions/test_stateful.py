"""Random acts of random people, at our definitions and at drawn ones: what must always hold.

The rules of `design.md`, "What must always hold", are asked after every act; who may sign is
told a second time by `tests/support/seat_oracle.py`.
"""

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from definitions.checks import check_parts
from definitions.clock import stamp
from definitions.definition import Definition
from definitions.loader import Source, load_library
from definitions.reading import Positions
from definitions.rules import Changes, next_due, open_seats, why_not
from definitions.state import CaseState
from tests.support.drawn_values import PEOPLE, people, value_of
from tests.support.examples import examples
from tests.support.playing import Play, accepted
from tests.support.sample_case import sample
from tests.support.seat_oracle import barred_people, counted, may_sign
from tests.support.small_definitions import ROLES, built, small_definitions

REAL = (*(d for d in load_library().definitions() if d.body.amend is not None), sample())
"""Votes, lots and child cases are played with the proof's paths (`proof/test_same_as_rules.py`)."""
HELD = (
    *ROLES, "systems-administration-leader", "software-assessment-leader", "designated-reviewer",
    "case-manager", "board-member",
)  # fmt: skip
WHY = {"comment": "For a reason."}


def holdings(roles: tuple[str, ...], most: int) -> st.SearchStrategy[dict[str, set[str]]]:
    """Draw who holds what; at least two roles each, so that cases come further."""
    held = st.sets(st.sampled_from(roles), min_size=2, max_size=most)
    return st.fixed_dictionaries(dict.fromkeys(PEOPLE, held))


def findings(definition: Definition) -> tuple[Any, ...]:
    source = Source(definition, Positions("drawn.yaml", {}), f"{definition.process}.yaml")
    return check_parts(source)


sound = small_definitions().map(built).filter(lambda definition: not findings(definition))


class CaseMachine(RuleBasedStateMachine):
    """One case; `values` keeps what its form holds now, `signed` every accepted sign-off."""

    drawn = False

    def __init__(self) -> None:
        super().__init__()
        self.signed: dict[str, tuple[str, str, str]] = {}
        self.values: dict[str, Any] = {}
        self.play: Play

    @initialize(data=st.data(), opener=people)
    def open(self, data: Any, opener: str) -> None:
        definition = data.draw(sound if self.drawn else st.sampled_from(REAL), label="definition")
        held = data.draw(holdings(ROLES, 3) if self.drawn else holdings(HELD, 7), label="roles")
        held[opener] |= {"systems-administrator"}
        roles = {who: ("member", *sorted(held[who])) for who in PEOPLE}
        self.play = Play(definition, roles)
        self.values = {
            name: value_of(name, spec, data.draw)
            for name, spec in definition.body.start.fields.items()
        }
        bound = {"author": (data.draw(people),)} if self._has_patch() else {}
        accepted(self.play.open(opener, self.values, bound))

    def _has_patch(self) -> bool:
        return any(f.type == "patch" for f in self.play.definition.body.start.fields.values())

    def _do(self, result: Any) -> bool:
        """Check what no answer may ever be, and say whether it was accepted."""
        if isinstance(result, Changes):
            keys = [mail.key for mail in result.mails]
            assert len(keys) == len(set(keys))
            return True
        assert result.code != "no-way", "the checks found nothing, but a way is missing"
        return False

    def _open_steps(self) -> list[str]:
        case = self.play.case
        return [step for step in case.steps if case.is_open(step)]

    @rule(data=st.data())
    def sign_as_somebody_who_may(self, data: Any) -> None:
        self._advance(data, 2)

    def _advance(self, data: Any, most: int) -> None:
        """Sign a few times; without this, cases would hardly ever come past their first step."""
        for _ in range(data.draw(st.integers(0, most))):
            case, definition = self.play.case, self.play.definition
            ways = [
                (step, seat, who)
                for step in sorted(self._open_steps())
                for seat in sorted(definition.step(step).seats)
                for who in PEOPLE
                if may_sign(definition, case, self.values, step, seat, who, self.play.roles[who])
            ]
            if not ways:
                return
            step, seat, who = data.draw(st.sampled_from(ways))
            outcomes = list(definition.step(step).outcomes)
            outcome = data.draw(st.sampled_from([*outcomes, *outcomes[:1] * 9]))
            self._sign(data, who, step, seat, outcome)

    @rule(data=st.data(), who=people)
    def sign(self, data: Any, who: str) -> None:
        definition = self.play.definition
        names = self._open_steps() if data.draw(st.integers(0, 7)) else list(definition.body.steps)
        if not names:
            return
        step = data.draw(st.sampled_from(sorted(names)), label="step")
        rules = definition.step(step)
        seat = data.draw(st.sampled_from(sorted(rules.seats)), label="seat")
        outcome = data.draw(st.sampled_from([*rules.outcomes, *list(rules.outcomes)[:1] * 3]))
        self._sign(data, who, step, seat, outcome)

    def _sign(self, data: Any, who: str, step: str, seat: str, outcome: str) -> None:
        play, definition, before = self.play, self.play.definition, self.play.case
        rules = definition.step(step)
        values = {name: value_of(name, spec, data.draw) for name, spec in rules.evidence.items()}
        act = play.act("sign_off", who, values | WHY, step=step, seat=seat, outcome=outcome)
        may = before.is_open(step) and may_sign(
            definition, before, self.values, step, seat, who, play.roles[who]
        )
        barred = before.is_open(step) and who in barred_people(definition, before, step, seat)
        assert self._do(play.do(act, values | WHY)) == may
        if may:
            assert not barred
            self.signed[act.id] = (step, before.steps[step].instance, who)
            self._closes_rightly(step, seat, outcome)
            assert not self._do(play.do(act, values | WHY))  # the same once more

    def _closes_rightly(self, step: str, seat: str, outcome: str) -> None:
        """A step closes by this signature if its outcome is `once` or enough seats are full."""
        definition, at = self.play.definition, self.play.case.steps[step]
        rules = definition.step(step)
        signed = {name: sum(s.seat == name for s in at.signatures) for name in rules.seats}
        wanted = {name: counted(definition, self.values, step, name) for name in rules.seats}
        assert all(signed[name] <= wanted[name] for name in rules.seats)
        sets = [list(rules.seats)] if rules.need == "all" else rules.need
        full = any(all(signed[name] == wanted[name] for name in one) for one in sets)
        if at.closed is None or at.outcome is None:
            anew = at.instance != self.signed[next(reversed(self.signed))][1]
            assert anew or not (full or rules.outcomes[outcome].at == "once")
            return
        if rules.outcomes[at.outcome].at == "once":
            assert at.outcome == outcome
            return
        given = [s.outcome for s in at.signatures]
        assert at.outcome == max(given, key=list(rules.outcomes).index)
        assert full

    @rule(data=st.data(), who=people)
    def retract_or_decline(self, data: Any, who: str) -> None:
        steps = self._open_steps()
        if not steps:
            return
        step = data.draw(st.sampled_from(sorted(steps)))
        before = self.play.case.steps[step]
        if data.draw(st.booleans()):
            done = self._do(self.play.tell("retract", who, step=step))
            assert done == any(s.actor == who for s in before.signatures)
            left = [s for s in before.signatures if s.actor != who]
            assert list(self.play.case.steps[step].signatures) == left
        elif data.draw(st.integers(0, 3)) == 0:
            seat = data.draw(st.sampled_from(sorted(self.play.definition.step(step).seats)))
            done = self._do(self.play.tell("decline", who, WHY, step=step, seat=seat))
            assert (who in self.play.case.steps[step].declined) == (done or who in before.declined)

    @rule(data=st.data(), who=people)
    def amend(self, data: Any, who: str) -> None:
        self._advance(data, 2)
        play, before = self.play, self.play.case
        who = data.draw(st.sampled_from([*before.people["opener"] * 4, who]))
        rules = play.definition.body.amend
        assert rules is not None
        names = data.draw(st.sets(st.sampled_from(rules.fields), min_size=1, max_size=2))
        fields = play.definition.body.start.fields
        values = {name: value_of(name, fields[name], data.draw) for name in sorted(names)}
        bound = {"author": (data.draw(people),)} if "patch" in names else {}
        if self._do(play.amend(who, values, bound)):
            assert who in before.people["opener"]
            self.values |= values
            self._exactly_what_is_covered_is_outdated(before, names)

    def _exactly_what_is_covered_is_outdated(self, before: CaseState, names: set[str]) -> None:
        definition, after = self.play.definition, self.play.case
        for step, at in before.steps.items():
            now = after.steps[step]
            if names & set(definition.covered(step)):
                nobody_decided = at.closed is not None and at.outcome is None
                assert now.signatures == () or nobody_decided
                assert now.outcome is None
            elif now.instance == at.instance:
                assert now.signatures == at.signatures

    @rule(who=people, kind=st.sampled_from(["comment", "withdraw"]), rarely=st.integers(0, 19))
    def say(self, who: str, kind: str, rarely: int) -> None:
        if kind == "comment" or rarely == 0:  # an end too soon shows nothing
            self._do(self.play.tell(kind, who, WHY))

    @rule(data=st.data(), hours=st.sampled_from([1, 20, 40]))
    def wait(self, data: Any, hours: int) -> None:
        self._advance(data, 1)
        self.play.wait(hours=hours)
        due = next_due(self.play.case)
        assert due is None or due.at > stamp(self.play.now)

    @rule(who=people, held=st.sets(st.sampled_from(HELD), max_size=4))
    def change_roles(self, who: str, held: set[str]) -> None:
        self.play.roles[who] = ("member", *sorted(held))

    @rule(who=people, kind=st.sampled_from(["comment", "amend", "withdraw", "retract", "decline"]))
    def nothing_more_is_done_in_an_ended_case(self, who: str, kind: str) -> None:
        if not self.play.case.ended:
            return
        step = next(iter(self.play.case.steps))
        assert not self._do(self.play.tell(kind, who, WHY, step=step))
        for clock in ("remind", "deadline"):
            self.play.now += timedelta(days=9)
            assert not self._do(self.play.clock(clock, step))
        assert open_seats(self.play.definition, self.play.case) == ()

    @invariant()
    def signatures_are_those_that_were_accepted(self) -> None:
        found: list[str] = []
        for step, at in self.play.case.steps.items():
            actors = [s.actor for s in at.signatures]
            assert len(actors) == len(set(actors)), "one person, one seat of a step"
            for s in at.signatures:
                assert self.signed[s.act] == (step, at.instance, s.actor)
            found += [s.act for s in at.signatures]
        assert len(found) == len(set(found))

    @invariant()
    def the_configuration_is_one_of_the_machine(self) -> None:
        chart, case = self.play.definition.chart, self.play.case
        for name in case.configuration:
            state = chart.states[name]
            assert set(chart.around(name)) <= set(case.configuration)
            inside = [child for child in state.inner() if child in case.configuration]
            assert len(inside) == (len(state.parallel) if state.parallel else bool(state.states))
        for step, at in case.steps.items():
            assert (at.closed is None) == (step in case.configuration)
        top = [name for name in case.configuration if chart.parents[name] is None]
        assert len(top) == 1
        assert (case.ended is not None) == chart.states[top[0]].final
        assert case.ended or self._open_steps()

    @invariant()
    def whoever_an_open_seat_names_may_fill_it_and_nobody_else(self) -> None:
        play, case = self.play, self.play.case
        seats = {(s.step, s.seat): s for s in open_seats(play.definition, case)}
        for step in self._open_steps():
            for seat in play.definition.step(step).seats:
                shown = seats.get((step, seat))
                for who in PEOPLE:
                    roles = play.roles[who]
                    may = why_not(play.definition, case, step, seat, who, roles) is None
                    assert may == may_sign(
                        play.definition, case, self.values, step, seat, who, roles
                    )
                    listed = shown is not None and (
                        (bool(set(shown.roles) & set(roles)) or who in shown.persons)
                        and who not in shown.barred
                        and not set(shown.barred_roles) & set(roles)
                    )
                    same = play.definition.seat(step, seat).same is not None
                    assert (may <= listed) if same else (may == listed)


class DrawnMachine(CaseMachine):
    """The same at definitions that hypothesis makes up."""

    drawn = True

    @invariant()
    def no_step_is_passed_by(self) -> None:
        """What stands before an open step has been decided, and still is; or its time is over."""
        case = self.play.case
        groups = [
            [step for step in case.steps if self.play.definition.chart.within(step, top)]
            for top in self.play.definition.body.machine.states
        ]
        here = next((i for i, g in enumerate(groups) if any(case.is_open(s) for s in g)), 0)
        for step in (step for group in groups[:here] for step in group):
            at = case.steps[step]
            deadline = self.play.definition.step(step).deadline
            late = at.overdue and deadline is not None and deadline.event is not None
            assert at.closed is not None
            assert late or self._leads_on(step, at.outcome), "it was gone past, undecided"

    def _leads_on(self, step: str, outcome: str | None) -> bool:
        """Say whether a step was decided so that the case may go on to another one."""
        definition = self.play.definition
        if outcome is None or outcome == "good":
            return outcome == "good"
        state = definition.chart.states[step]
        event = definition.step(step).outcomes[outcome].event
        return any(to in definition.body.steps for to in state.targets(event))


# Without a database of examples: a failure prints the blob that reproduces it.
RANDOM = settings(
    max_examples=examples(20, 100),
    stateful_step_count=25,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
TestOurDefinitions = CaseMachine.TestCase
TestOurDefinitions.settings = RANDOM
TestDrawnDefinitions = DrawnMachine.TestCase
TestDrawnDefinitions.settings = settings(RANDOM, max_examples=examples(30, 160))


@settings(max_examples=examples(30, 60), suppress_health_check=list(HealthCheck))
@given(small_definitions())
def test_what_the_checks_let_pass_compiles_and_begins(data: dict[str, Any]) -> None:
    definition = built(data)
    if not findings(definition):
        assert definition.chart.begin().configuration
