"""A path of the proof played by the real rules with named people, and compared at every act."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from definitions.acts import SYSTEM
from definitions.definition import Definition
from definitions.organisation import load_organisation
from definitions.proof.acts import Acts
from definitions.proof.happening import Done, Next, State
from definitions.proof.planned import BY_RULING
from definitions.proof.roles import together
from definitions.proof.ways import CLOSED, DECIDED, NONE, OPEN, OVERDUE, RUNNING, WON, Place
from definitions.rules import Changes, why_not
from definitions.rules.naming import naming_fields
from definitions.state import CaseState, StepState
from tests.support.playing import PACKAGES, Play, patch_value

MEMBERS = [f"member-{number}" for number in range(40)]
"""Of every body; beside people of the path, who may vote too, they have every quorum."""
ANOTHER = "a20260301.1"
"""What a field names that names a case."""
WHY = {"comment": "For a reason."}


def _bodies() -> dict[str, tuple[str, ...]]:
    known = [f"person-{number}" for number in range(1, 20)]
    return {body.id: (*MEMBERS, *known) for body in load_organisation().bodies}


def _forbidden(definition: Definition, events: str) -> dict[str, str]:
    """Return the facts by which the grants are forbidden that lead on by these events."""
    return {
        f"enter-{effect.enter}-{number}": "It is forbidden."
        for number, effect in enumerate(definition.body.effects)
        if effect.grant is not None and effect.grant.otherwise in events.split()
    }


@dataclass
class Shadow:
    """One case, as the rules have it and as the proof does.

    Attributes:
        state: the proof's.
        names: who is who among the proof's people, in their order.
        used: the role with which each act was signed.
    """

    acts: Acts
    play: Play
    state: State | None = None
    names: list[str] = field(default_factory=list)
    used: dict[str, str] = field(default_factory=dict)
    ruled: dict[str, str] = field(default_factory=dict)
    """Of each seat that a ruling filled: its act, with the name that stands for nobody here."""
    count: int = 0
    opened: int = 0
    """The bits of the roles as whose holder the case was opened."""

    def follow(self, step: Next) -> None:
        """Do what a step of the proof does, and compare."""
        names = list(self.names)
        while len(names) < max(len(step.persons), step.done.who + 1):
            self.count += 1
            names.append(f"person-{self.count}")
        self.play.now += timedelta(seconds=1)
        if step.done.kind == "open":
            self.opened = step.persons[step.done.who] & sum(self.acts.plan.openers)
        self._do(step.done, names)
        if step.done.kind == "rule" and step.done.step >= 0:
            self.ruled[f"act-{next(self.play.ids) - 1}"] = names[len(step.persons) - 1]
        assert isinstance(self.play.last, Changes), (step.done, self.play.last)
        self.play.more.pop("conflicts", None)
        left = zip(step.persons, names, strict=False)
        pairs = sorted((mask, name) for mask, name in left if mask)
        self.state, self.names = step.state, [name for _, name in pairs]
        self._compare()

    def _do(self, done: Done, names: list[str]) -> None:
        plan, play = self.acts.plan, self.play
        who = names[done.who] if done.who >= 0 else ""
        held = self._used(done.who)
        play.roles[who] = ("member", *sorted(held | {done.role} - {""}))
        play.more |= {"bodies": _bodies(), "conflicts": _forbidden(plan.definition, done.excluded)}
        if done.step >= 0:
            self._do_in_step(done, who, plan.step_names[done.step])
            return
        match done.kind:
            case "open":
                when = [by for choices in plan.body.start.when.values() for by in choices.values()]
                more = [role for by in when for role in by.roles]
                play.roles[who] = (*plan.body.start.roles, *more)
                names_of = list(plan.body.start.fields)
                other = {"case": "case-0", "number": ANOTHER}
                play.more["cases"] = dict.fromkeys(naming_fields(plan.definition), other)
                play.open(who, self._values(done, names, names_of), self._people(done, names))
            case "amend":
                classes = [plan.classes[number] for number in done.classes]
                fields = [name for each in classes for name in each.fields]
                values = self._values(done, names, fields)
                play.amend(who, values, self._people(done, names))
            case "child":
                play.child(done.told, done.outcome)
            case "draw":
                play.lot(done.told, *([who] if who else []))
                assert play.case.ended or not who or play.case.people[done.told] == (who,)
            case "withdraw":
                play.tell("withdraw", who, WHY)
            case "rule":
                play.rule({"kind": done.outcome or "override", "to": done.told})

    def _do_in_step(self, done: Done, who: str, step: str) -> None:
        plan, play = self.acts.plan, self.play
        match done.kind:
            case "sign":
                values = {
                    name: self._value(spec.type, spec.choices)
                    for name, spec in plan.body.steps[step].evidence.items()
                }
                chosen = plan.chosen(done.known)
                deciding = plan.definition.answers.get(step, {}).items()
                values = {n: v for n, v in values.items() if n not in dict(deciding)}
                values |= {field: chosen[by] for field, by in deciding if chosen[by]}
                for seat in self._places(step, done.seat):
                    if play.case.is_open(step):
                        play.sign(who, step, seat, done.outcome, values | WHY)
                        self.used[f"act-{next(play.ids) - 1}"] = done.role
            case "rule":
                told = {"step": step, "seat": done.seat, "outcome": done.outcome}
                play.rule({"kind": "authorise", **told})
            case "deadline":
                self._late(step)
            case "vote":
                play.vote(who, step, "aye")
            case "close":
                self._close(step, done.outcome)
            case "retract":
                play.tell("retract", who, step=step)
            case "decline":
                seat, *_ = self._places(step, done.seat)
                play.tell("decline", who, WHY, step=step, seat=seat)

    def _late(self, step: str) -> None:
        due = self.play.case.steps[step].due
        assert due
        self.play.now = max(self.play.now, type(self.play.now).fromisoformat(due))
        self.play.clock("deadline", step)

    def _close(self, step: str, result: str) -> None:
        """Let members vote whom the proof knows nothing of, and the clock close it."""
        choice = {"carried": "aye", "lost": "naye"}.get(result)
        held = tuple(body.member for body in load_organisation().bodies)
        for member in MEMBERS if choice else ():
            self.play.roles[member] = held
            assert isinstance(self.play.vote(member, step, choice or ""), Changes)
        self._late(step)

    def _places(self, step: str, seat: str) -> list[str]:
        """Return the seat; with a list, that of each thing on it."""
        each = self.acts.plan.body.steps[step].each
        return [f"{seat}:{item}" for item in each.items] if each else [seat]

    def _used(self, who: int) -> frozenset[str]:
        if self.state is None or not 0 <= who < len(self.state.persons):
            return frozenset()
        return self.acts.plan.used(self.state.persons[who])

    def _values(self, done: Done, names: list[str], fields: list[str]) -> dict[str, Any]:
        plan = self.acts.plan
        values: dict[str, Any] = {}
        bound = dict(done.bound)
        for name in fields:
            spec = plan.definition.field(name)
            if name in plan.known:
                place = plan.known.index(name)
                values[name] = plan.choices[place][done.known[place]]
            elif name in dict(done.choices):
                values[name] = dict(done.choices)[name]
            elif spec.type == "person":
                chosen = bound.get(plan.binds(name), ())
                if chosen:
                    values[name] = names[chosen[0]]
                elif done.kind == "amend":
                    values[name] = None
            else:
                values[name] = self._value(spec.type, spec.choices)
        return values

    def _value(self, kind: str, choices: Any) -> Any:
        if kind == "patch":
            return patch_value("somebody@example.org")
        file = {"sha256": "a" * 64, "name": "a", "size": 3, "media_type": "application/pdf"}
        simple: dict[str, Any] = {"packages": PACKAGES, "attestation": True, "file": file}
        simple["case"] = ANOTHER
        return next(iter(choices)) if kind == "choice" else simple.get(kind, "A")

    def _people(self, done: Done, names: list[str]) -> dict[str, tuple[str, ...]]:
        return {
            name: tuple(names[number] for number in chosen)
            for bits, chosen in done.bound
            for name, bit in self.acts.plan.people.items()
            if bit & bits
        }

    def _compare(self) -> None:
        assert self.state is not None
        acts, case, state = self.acts, self.play.case, self.state
        place = acts.places.places[state.place]
        assert case.ended == acts.live.ended[state.place]
        assert case.configuration == place.configuration
        if case.ended:
            return
        assert dict(case.history) == dict(place.history)
        assert tuple(acts.plan.choices[i].index(str(case.known.get(name, "")))
                     for i, name in enumerate(acts.plan.known)) == state.known  # fmt: skip
        for plan, at in zip(acts.plan.steps, place.steps, strict=True):
            stands = self._standing(case.steps.get(plan.name), kept=plan.kept)
            vote = case.votes.get(plan.name)
            if vote is not None and stands in (CLOSED, DECIDED) and case.steps[plan.name].outcome:
                stands = WON if vote.result == "carried" else stands
            assert at == stands, plan.name
        self._compare_happening(place, case)
        self._compare_ages(place, case)
        live = acts.live.bits[state.place]
        for name, mask in zip(self.names, state.persons, strict=True):
            assert acts.left((self._facts(case, name),), live) == (mask,), name
        others = {
            *(s.actor for at in case.steps.values() for s in at.signatures),
            *(one for people in case.people.values() for one in people),
            *(one for at in case.steps.values() for one in at.declined),
            *(one for at in case.draws.values() for one in at.passed),
        } - {*self.names, SYSTEM}
        assert not any(acts.left((self._facts(case, other),), live) != (0,) for other in others)
        self._compare_who_may_sign(case, state)

    def _compare_happening(self, place: Place, case: CaseState) -> None:
        plan = self.acts.plan
        for draw, pending in zip(plan.draws, place.draws, strict=True):
            at = case.draws.get(draw.name)
            assert pending == (at is not None and not at.done), draw.name
        for child, stands in zip(plan.children, place.children, strict=True):
            there = case.children.get(child.name)
            waits = there is not None and child.state in case.configuration
            now = RUNNING if waits and there and there.ended is None else NONE
            if there is not None and there.ended in child.asked:
                now = 2 + child.asked.index(there.ended or "")
            assert stands == now, child.name

    def _standing(self, at: StepState | None, *, kept: bool) -> int:
        if at is None:
            return CLOSED
        if at.closed is None:
            event = at.due is not None and at.overdue
            return OVERDUE if event else OPEN
        return DECIDED if at.outcome is not None and kept else CLOSED

    def _compare_ages(self, place: Place, case: CaseState) -> None:
        names = self.acts.plan.step_names
        order = {name: i for i, name in enumerate(names)}
        aged = sorted((names[i] for i in place.ages), key=lambda n: (case.steps[n].since, order[n]))
        assert [names[i] for i in place.ages] == aged

    def _facts(self, case: CaseState, name: str) -> int:
        """Return everything of somebody in the case's own state, as the proof's bits."""
        plan, facts = self.acts.plan, 0
        facts |= self.opened if name in case.people["opener"] else 0
        for who, bit in plan.people.items():
            facts |= bit if name in case.people.get(who, ()) else 0
        for draw in plan.draws:
            there = case.draws.get(draw.name)
            facts |= draw.passed if there is not None and name in there.passed else 0
        for number, step in enumerate(plan.steps):
            facts |= step.past if name in case.signed_before.get(step.name, ()) else 0
            at = case.steps.get(step.name)
            if at is None:
                continue
            vote = case.votes.get(step.name)
            if vote is not None and any(one.voter == name for one in vote.votes):
                decided = at.closed is None or at.outcome is not None
                facts |= step.mask if decided else 0
            if name in at.declined and at.closed is None:
                facts |= step.declined
            outcomes = [outcome for outcome, _, _ in step.outcomes]
            for s in at.signatures:
                if name in (s.actor, self.ruled.get(s.act)):
                    signed = s.seat.partition(":")[0]
                    seat = next(x for x in plan.steps[number].seats if x.name == signed)
                    bit = seat.bits[self.used.get(s.act, BY_RULING), outcomes.index(s.outcome)]
                    folded = dict(plan.steps[number].folds) if at.closed is not None else {}
                    facts |= folded.get(bit, bit)
        return facts

    def _compare_who_may_sign(self, case: CaseState, state: State) -> None:
        plan = self.acts.plan
        people = zip(self.names, state.persons, strict=True)
        everyone = [one for one in people if not one[1] & plan.by_ruling]
        everyone += [("somebody-new", 0)]
        may = {
            (nxt.done.who, nxt.done.step, nxt.done.seat, nxt.done.role)
            for nxt in self.acts.after(state)
            if nxt.done.kind == "sign"
        }
        for index, step in enumerate(plan.steps):
            for seat in step.seats if case.is_open(step.name) and not step.vote else ():
                for number, (name, mask) in enumerate(everyone):
                    first = state.persons.index(mask) if mask else len(state.persons)
                    used, avoided = plan.used(mask), plan.avoided(mask)
                    wanted = set()
                    for role in seat.roles or ("",):
                        held = used | {role} - {""}
                        if role in avoided or not together(held):
                            continue
                        refusal = why_not(
                            plan.definition,
                            case,
                            step.name,
                            self._places(step.name, seat.name)[0],
                            name,
                            sorted(held),
                        )
                        if refusal is None:
                            wanted.add(role)
                    found = {r for w, i, s, r in may if (w, i, s) == (first, index, seat.name)}
                    assert number == len(everyone) - 1 or mask
                    assert found <= wanted, (name, step.name, seat.name)
                    assert bool(found) == bool(wanted), (name, step.name, seat.name)
                    assert found == wanted or found & used, (name, step.name, seat.name)
