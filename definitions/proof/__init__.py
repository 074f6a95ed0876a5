"""The proof: every invariant on every path, for every way in which people can sign.

It goes through all states of a definition's machine together with who has signed what still
counts (`explore`), with people as numbers (`plan`), the rules over them (`acts`) and only what
can still matter remembered (`live`). What it finds is said with the shortest path that shows it,
as a walk. See `docs/decisions/` for why so few people are enough.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from definitions.branching import answer_of
from definitions.definition import Definition
from definitions.exclusivity import load_exclusivity
from definitions.model import Body, Invariant, words
from definitions.organisation import load_organisation
from definitions.proof.acts import Acts
from definitions.proof.cast import Needs
from definitions.proof.cycles import eventless_cycle
from definitions.proof.demands import Demand, had, lacked, lacking
from definitions.proof.explore import MOST, RULE, Explored, explore
from definitions.proof.finding import Finding
from definitions.proof.happening import Next
from definitions.proof.plan import Plan
from definitions.proof.ruling import broken_by_ruling, not_waived
from definitions.proof.timeless import Leaps
from definitions.proof.walkfile import opened_before, walk

__all__ = ["Finding", "Proof", "prove"]

MOST_AMENDMENTS: Final = 10_000
"""Ways to amend (by the choices that lead on, the kinds of fields) that are gone through at most,
wherever the case stands."""


@dataclass(frozen=True)
class Proof:
    """What was gone through, and what doesn't hold."""

    configurations: int
    findings: tuple[Finding, ...]


def prove(
    definition: Definition, most: int = MOST, library: Mapping[str, Body] | None = None
) -> Proof:
    """Prove a definition whose references and machine have been checked.

    Args:
        definition: the one to prove.
        most: how many states it may have.
        library: the other processes, for what child cases may do.
    """
    round_and_round = eventless_cycle(definition.body)
    if round_and_round:
        where = " → ".join((*round_and_round, round_and_round[0]))
        sentence = f"The machine goes round for ever by itself: {where}."
        finding = Finding(("machine",), sentence, "Let a step stand between them.")
        return Proof(0, (finding,))
    plan = Plan(definition)
    if len(plan.turning.every) << len(plan.classes) > MOST_AMENDMENTS:
        return Proof(0, (_too_many_amendments(plan),))
    found = _explored(definition, plan, most)
    count = len(found.states)
    if found.too_large:
        sentence = f"This definition is too large to prove: it has more than {most:,} states."
        remedy = "Split the process, or let steps follow each other that now stand side by side."
        return Proof(count, (Finding(("machine",), sentence, remedy),))
    rounds = tuple(_in_no_time(found, library or {}))
    return Proof(count, (*rounds, *_Told(found, goes_round=bool(rounds)).findings()))


_KEPT: Final[dict[tuple[object, ...], tuple[Explored, object, object]]] = {}
_MOST_KEPT: Final = 64
_SMALL: Final = 5_000
"""States up to which what was gone through is kept: a library of which one definition changes is
checked again whole, and the others' paths are the same."""


def _explored(definition: Definition, plan: Plan, most: int) -> Explored:
    """Go through a definition, or return what was found when its very text was gone through.

    Which roles there are, and which go together, is the organisation's and the matrix's to say.
    """
    matrix, organisation = load_exclusivity(), load_organisation()
    key = (definition.text, most, id(matrix), id(organisation))
    kept = _KEPT.get(key) if definition.text else None
    if kept is not None:
        return kept[0]
    found = explore(Acts(plan, once=True), most)
    if definition.text and not found.too_large and len(found.states) <= _SMALL:
        while len(_KEPT) >= _MOST_KEPT:
            _KEPT.pop(next(iter(_KEPT)))
        _KEPT[key] = (found, matrix, organisation)  # held, so that no other takes their ids
    return found


def _too_many_amendments(plan: Plan) -> Finding:
    kinds = len(plan.classes)
    return Finding(
        ("amend", "fields"),
        f"This definition is too large to prove: {kinds} kinds of fields can be amended together, "
        f"in more than {MOST_AMENDMENTS:,} ways with what is chosen.",
        "Let fewer be amended; or let the steps cover the same ones, and the invariants be about "
        "the same.",
    )


def _in_no_time(found: Explored, library: Mapping[str, Body]) -> Iterator[Finding]:
    """Yield the first way in which the clock alone goes round in no time."""
    plan, places = found.acts.plan, found.acts.places.places
    for known in plan.turning.every:
        # Where choices decide the ways, a place that a case doesn't come to with these is left out.
        here = {s.place for s in found.states if not s.known or plan.turning.of(s.known) == known}
        there = (p for at, p in enumerate(places) if len(plan.turning.every) == 1 or at in here)
        leaps = Leaps(plan.body, plan.chart, library, plan.chosen(known)).round_of(there)
        if not leaps:
            continue
        where = " → ".join([*(leap.told() for leap in leaps), f"`{leaps[0].state}`"])
        yield Finding(
            leaps[0].path,
            f"The clock alone can go round for ever in no time: {where}.",
            "Give a deadline on this way a length, or let a step without one stand between them.",
        )
        return


class _Told:
    """Tells what an exploration found, each with the path that shows it."""

    def __init__(self, found: Explored, *, goes_round: bool = False) -> None:
        """Take what was found.

        Args:
            goes_round: whether it is said already that the clock alone goes round in no time.
        """
        self._found, self._goes_round = found, goes_round
        self._acts = found.acts
        self._plan = found.acts.plan

    def findings(self) -> Iterator[Finding]:
        """Yield everything that doesn't hold."""
        yield from self._broken()
        yield from self._not_waived()
        yield from self._nowhere()
        yield from self._dead_ends()
        yield from self._unfilled()
        yield from self._unreached()

    def _broken(self) -> Iterator[Finding]:
        for index, (at, step) in sorted(self._found.broken.items()):
            path = [*self._found.path(at), step]
            told = f"after {len(path)} {'acts' if len(path) > 1 else 'act'}"
            if index >= len(self._plan.invariants):
                yield self._not_met(self._plan.demands[index - len(self._plan.invariants)], path)
                continue
            invariant = self._plan.invariants[index]
            title = words(invariant.title) or f"Invariant {index + 1}"
            if any(one.done.kind == RULE for one in path):
                told = self._walk(path, f"invariant-{index + 1}", f"It breaks “{title}”", invariant)
                yield broken_by_ruling(self._plan, index, [one.done for one in path], told)
                continue
            place = self._acts.places.places[step.state.place]
            how = _how(invariant, _come_to(invariant, place.configuration))
            yield Finding(
                ("invariants", index),
                f"“{title}” ({invariant.policy}) doesn't hold: {how}, {told}.",
                _remedy(invariant),
                self._walk(path, f"invariant-{index + 1}", f"It breaks “{title}”", invariant),
            )

    def _not_waived(self) -> Iterator[Finding]:
        """Yield what rulings are said to waive and don't: it holds all the same."""
        yield from not_waived(self._plan, self._found.waived)

    def _not_met(self, demand: Demand, path: list[Next]) -> Finding:
        told = f"after {len(path)} {'acts' if len(path) > 1 else 'act'}"
        name = "-".join(str(part).replace("_", "-") for part in demand.path)
        return Finding(
            demand.path,
            f"“{demand.title}” ({demand.policy}) doesn't hold: {demand.how}, {told}.",
            "Let the case come there only by that decision; the walk shows how it comes there now.",
            self._walk(path, f"without-{name}", f"It breaks “{demand.title}”"),
        )

    def _walk(
        self, path: list[Next], name: str, title: str, invariant: Invariant | None = None
    ) -> str:
        place = self._acts.places.places[path[-1].state.place]
        ends_at = place.configuration[-1] if path[-1].nowhere is None else None
        ways = invariant.ways() if invariant is not None else ()
        come_to = _come_to(invariant, place.configuration) if invariant is not None else None
        if come_to is not None:
            ends_at = come_to
            # Where nothing was done that should have been, people may go on in both.
            done = all(way.deed() or way.is_of_opening() for way in ways)
            onward = None if done else self._onward(path[-1], come_to)
            path, ends_at = (path, ends_at) if onward is None else ([*path, onward], None)
        never = invariant.never if invariant is not None else None
        signed = any(not way.is_decided() for way in ways)
        return walk(
            self._plan,
            path,
            name=f"{self._plan.body.process}-{name}",
            title=title,
            ends_at=ends_at,
            needs=Needs(never.role if never is not None else None, _wanted(invariant)),
            looks=opened_before(
                self._plan,
                path,
                self._acts.places.places,
                invariant.about if invariant is not None and signed else (),
            ),
        )

    def _onward(self, last: Next, step: str) -> Next | None:
        """Return a signature in the step that shouldn't be open, refused where all is well."""
        for following in self._acts.after(last.state):
            done = following.done
            if done.kind == "sign" and self._plan.step_names[done.step] == step:
                return following
        return None

    def _nowhere(self) -> Iterator[Finding]:
        for (step, event), (at, last) in self._found.nowhere.items():
            path = [*self._found.path(at), last]
            name = self._plan.steps[step].name if step >= 0 else ""
            where = f"In `{name}` the" if name else "The"
            answer = self._unanswered(at, event)
            if answer:
                why = f"while nobody's answer to `{answer}` counts, which decides where it leads"
                remedy = (
                    f"Let it branch only where `{answer.partition('.')[0]}` has been signed on "
                    "every way there, with that answer."
                )
            else:
                why = "where the machine has no way for it"
                remedy = "Give the state, or one around it, a transition for it in `on`."
            yield Finding(
                ("steps", name) if name else ("machine",),
                f"{where} event `{event}` can happen {why}.",
                remedy,
                self._walk(path, f"no-way-{event}".replace("_", "-"), f"`{event}` leads nowhere"),
            )

    def _unanswered(self, at: int, event: str) -> str:
        """Return the answer by which an event branches there, "" if it is none."""
        configuration = self._acts.places.places[self._found.states[at].place].configuration
        branches = (
            branch.by
            for name, state in self._plan.body.machine.every()
            for said, branch in state.branches()
            if said == event and name in configuration
        )
        return next((by for by in branches if answer_of(by) is not None), "")

    def _dead_ends(self) -> Iterator[Finding]:
        for at in self._found.dead_ends():
            place = self._acts.places.places[self._found.states[at].place]
            name = place.configuration[-1]
            yield Finding(
                ("machine",),
                f"A case can be caught at `{name}`: from there no end can be reached any more, "
                "whoever does what they may.",
                "Give it a deadline with an event, or seats that others can fill.",
                self._walk(self._found.path(at), "dead-end", f"No end is left from {name}"),
            )
            return
        yield from self._late_for_ever()

    def _late_for_ever(self) -> Iterator[Finding]:
        """Yield where time alone has a case caught: by a deadline that has passed by then."""
        going_on = [step.name for step in self._plan.steps if step.goes_on]
        instant = [s.name for s in self._plan.steps if s.instant and not self._goes_round]
        for at in self._found.dead_ends(late=True) if going_on or instant else ():
            if not going_on:
                yield self._at_once(at, instant)
                return
            name = self._acts.places.places[self._found.states[at].place].configuration[-1]
            steps = " or ".join(f"`{step}`" for step in going_on)
            yield Finding(
                ("steps", going_on[0], "deadline", "goes_on"),
                f"A case can be caught at `{name}` once the time of {steps} has passed: it goes "
                "on, so that step is overdue as soon as it is entered again, and no end can be "
                "reached any more.",
                "Let its deadline's event lead to where the case can end, or take `goes_on` out.",
                self._walk(self._found.path(at), "late-for-ever", f"No end is left from {name}"),
            )
            return

    def _at_once(self, at: int, instant: list[str]) -> Finding:
        name = self._acts.places.places[self._found.states[at].place].configuration[-1]
        steps = " or ".join(f"`{step}`" for step in instant)
        return Finding(
            ("steps", instant[0], "deadline", "after"),
            f"A case can be caught at `{name}`: the deadline of {steps} has no length and passes "
            "before anybody can sign there, and no end can be reached any more.",
            "Give that deadline a length, or let its event lead to where the case can end.",
            self._walk(self._found.path(at), "late-at-once", f"No end is left from {name}"),
        )

    def _unfilled(self) -> Iterator[Finding]:
        # What is signed there leads nowhere while an answer is missing: that is said already.
        seen = {
            step
            for (step, event), (at, _) in self._found.nowhere.items()
            if self._unanswered(at, event)
        }
        for at, index in self._found.unfilled():
            if index not in seen:
                seen.add(index)
                name = self._plan.steps[index].name
                yield Finding(
                    ("steps", name),
                    f"There is a path on which nobody who obeys the exclusivity matrix can get "
                    f"`{name}` done: its seats can't all be filled.",
                    "Ask for a role or person that is left then; the walk shows the path.",
                    self._walk(self._found.path(at), f"unfilled-{name}", f"{name} can't be done"),
                )

    def _unreached(self) -> Iterator[Finding]:
        names = [f"`{one}`" for one in self._plan.chart.order if one not in self._acts.entered]
        if names:
            states = f"state {names[0]}" if len(names) == 1 else f"states {', '.join(names)}"
            yield Finding(
                ("machine",),
                f"No act of anybody ever leads to the {states}.",
                "Let an outcome, a deadline or an amendment lead there, or take out what is too "
                "much.",
            )


def _come_to(invariant: Invariant, configuration: tuple[str, ...]) -> str | None:
    """Return where the case stands of the states that an invariant stands before."""
    before = invariant.states() if invariant.before is not None else ()
    return next((state for state in before if state in configuration), None)


def _wanted(invariant: Invariant | None) -> tuple[str, ...]:
    """Return the roles of which an invariant wants signatures."""
    wanted: list[str | None] = []
    for way in invariant.ways() if invariant is not None else ():
        wanted.append(way.role)
        if way.signed is not None:
            wanted += [way.signed.role, *way.signed.or_]
    return tuple(role for role in wanted if role is not None)


def _how(invariant: Invariant, come_to: str | None) -> str:
    """Say what happens on the path, in words of the invariant's pattern.

    Args:
        come_to: which of the states that it names the case has come to, None if it isn't known.
    """
    named = " or ".join(f"`{state}`" for state in invariant.states())
    state = f"`{come_to}`" if come_to is not None else named
    if invariant.before is not None:
        ways = sorted(invariant.ways(), key=lambda way: not _lacks(way).startswith("without"))
        first, *more = dict.fromkeys(_lacks(way) for way in ways)
        joined = " " if first.startswith("without") else ", and " if ways[0].deed() else " and "
        return f"the case comes to {state}{joined}{', and '.join([first, *more])}"
    if invariant.child is not None:
        return f"the case comes to {state} and ends without having opened `{invariant.child}`"
    if invariant.after is not None:
        return f"the case comes to {state} and ends without `{invariant.always}`"
    if invariant.never is not None:
        if invariant.never.signers is not None:
            where = " or ".join(f"`{step}`" for step in invariant.never.in_)
            return f"somebody who has signed `{invariant.never.signers}` has also signed {where}"
        who = invariant.never.person or invariant.never.role
        where = " or ".join(f"`{step}`" for step in invariant.never.in_) or "what counts"
        return f"the {who} has signed {where}"
    if invariant.ended is not None:
        return f"the case ends without having been in {state}"
    only = " or ".join(f"`{one}`" for one in invariant.only or ())
    return f"the case comes to {state} from elsewhere than {only}"


def _people(way: Invariant) -> str:
    """Say how many people are missing, of which role and where."""
    number = "1 person" if way.people == 1 else f"{way.people} different people"
    role = f" of `{way.role}`" if way.role is not None else ""
    where = f" in {' or '.join(f'`{step}`' for step in way.in_)}" if way.in_ else ""
    return f"{number}{role}{where}"


def _remedy(invariant: Invariant) -> str:
    """Say what to do where it doesn't hold: what `after` and `ended` want is no act to refuse."""
    if invariant.after is not None or invariant.ended is not None:
        mend = "Let every way to the end bring what it asks for"
    else:
        mend = "Mend the machine or the seats so that its last act is refused"
    return f"{mend}; the walk shows it. If that walk is as you want it, mend the invariant."


def _lacks(way: Invariant) -> str:
    """Say what is missing where a case comes to a state so."""
    if way.done is not None:
        return lacked(way.done)
    if way.undone is not None:
        return had(way.undone)
    if way.is_decided() or way.is_of_opening():
        return lacking(way)
    lacks = _people(way) if way.people is not None else "the signature"
    lacks = f"{lacks} by `{way.outcome}`" if way.outcome else lacks
    return f"without {lacks}{' as it now stands' if way.about else ''}"
