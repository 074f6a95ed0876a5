"""Whether the clock alone could take a case round for ever in no time.

A deadline of no length passes as soon as its step opens; so does a vote's, which is counted then
as it stands. Where a choice of the form decides the length, no length at one choice is enough: a
case may be one with that choice. A deadline that goes on may have passed before its step is entered
again. A lot is cast at once and may find nobody, a grant may be
forbidden at once, and a child case may end at once by the same means. Where such moves lead back
to where they began, a case writes entries without end. People and lengths don't matter here:
whatever stands between two of these moves and takes a person or time breaks the round.

Unlike the rounds of `cycles.py`, which one move of the machine makes, each of these is an act with
an entry of its own; the machine can be explored.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from definitions.branching import MOST_LEADING, branch_fields, every_choice, ways_to_choose
from definitions.machine import Chart, Move, NoWay, compile_chart
from definitions.model import Body, lengths
from definitions.proof.ways import Place
from definitions.reading import KeyPath
from definitions.voting import CARRIED

_History = tuple[tuple[str, tuple[str, ...]], ...]
_Stand = tuple[tuple[str, ...], _History]
"""Where the machine of a case stands: its configuration and history."""


@dataclass(frozen=True)
class Leap:
    """A move that takes neither a person nor time.

    Attributes:
        state: where it happens; `how` in words.
        event: what it sends.
        path: the part of the file that says so.
    """

    state: str
    how: str
    event: str
    path: KeyPath

    def told(self) -> str:
        """Return it in words."""
        return f"`{self.state}` ({self.how}: `{self.event}`)"


@dataclass
class Leaps:
    """Those of one definition.

    Attributes:
        library: the other processes; of a child case that isn't among them everything is possible.
        choices: those made in the form; to make others takes somebody who amends it.
        opening: the processes whose cases are being opened.
    """

    body: Body
    chart: Chart
    library: Mapping[str, Body]
    choices: Mapping[str, str] = field(default_factory=dict)
    opening: frozenset[str] = frozenset()
    _ends: dict[str, frozenset[str] | None] = field(default_factory=dict)

    def round_of(self, places: Iterable[Place]) -> tuple[Leap, ...]:
        """Return a way round, from any of the places to which a case can come; none if none is."""
        done: set[_Stand] = set()
        for place in places:
            found = self._round((place.configuration, place.history), done)
            if found:
                return found
        return ()

    def _round(self, begin: _Stand, done: set[_Stand]) -> tuple[Leap, ...]:
        """Go on from there by leaps as far as they lead; what is `done` leads nowhere again."""
        if begin in done:
            return ()
        way: list[tuple[_Stand, Leap | None]] = [(begin, None)]
        todo = [self._from(begin)]
        while todo:
            following = next(todo[-1], None)
            if following is None:
                done.add(way.pop()[0])
                todo.pop()
                continue
            leap, to = following
            stands = [stand for stand, _ in way]
            if to in stands:
                walked = [*(by for _, by in way[stands.index(to) + 1 :]), leap]
                return tuple(one for one in walked if one is not None)
            if to not in done:
                way.append((to, leap))
                todo.append(self._from(to))
        return ()

    def ends(self) -> frozenset[str]:
        """Return the ends to which a new case comes at once."""
        found: set[str] = set()
        todo = [_stand(self.chart.begin())]
        seen = set(todo)
        while todo:
            at = todo.pop()
            end = self.chart.final(at[0])
            if end is not None:
                found.add(end)
            more = {to for _, to in self._from(at, new=True)} - seen
            seen |= more
            todo += more
        return frozenset(found)

    def _from(self, at: _Stand, *, new: bool = False) -> Iterator[tuple[Leap, _Stand]]:
        """Yield what leads on from there in no time.

        Args:
            new: whether the case has just begun, so that no time can have passed yet.
        """
        configuration, history = at
        if self.chart.final(configuration) is not None:
            return
        steps = self._in_steps(configuration, new=new)
        for leap in (*steps, *self._by_effects(configuration)):
            try:
                move = self.chart.send(configuration, dict(history), leap.event, self.choices)
            except NoWay:
                continue  # a finding of its own
            yield leap, _stand(move)

    def _in_steps(self, configuration: tuple[str, ...], *, new: bool) -> Iterator[Leap]:
        for name, step in self.body.steps.items():
            deadline = step.deadline
            if name not in configuration or deadline is None:
                continue
            how = "its deadline of no length"
            if all(lengths(deadline.after)):
                if new or not deadline.goes_on:
                    continue
                how = "its deadline, which goes on and may have passed"
            path: KeyPath = ("steps", name, "deadline")
            if step.vote is None:
                if deadline.event is not None:
                    yield Leap(name, how, deadline.event, path)
                continue
            for result, outcome in step.outcomes.items():
                if result != CARRIED:  # for which somebody must have voted
                    yield Leap(name, f"its vote of no length, {result}", outcome.event, path)

    def _by_effects(self, configuration: tuple[str, ...]) -> Iterator[Leap]:
        for index, effect in enumerate(self.body.effects):
            state, opened, grant = effect.enter or "", effect.open, effect.grant
            if state not in configuration:
                continue
            if grant is not None and grant.otherwise is not None:
                how = "a grant that the matrix forbids"
                yield Leap(state, how, grant.otherwise, ("effects", index, "grant"))
            if opened is None:
                continue
            ends = self._ends_of(opened.process)
            for end, event in opened.on.items():
                if ends is None or end in ends:
                    how = f"`{opened.as_}`, which may end as `{end}` at once"
                    yield Leap(state, how, event, ("effects", index, "open"))
        for name, draw in self.body.draws.items():
            if draw.on in configuration and draw.otherwise is not None:
                yield Leap(draw.on, "a lot that finds nobody", draw.otherwise, ("draws", name))

    def _ends_of(self, process: str) -> frozenset[str] | None:
        """Return the ends to which cases of another process come at once; None: it isn't known."""
        if process not in self._ends:
            body, opening = self.library.get(process), self.opening | {self.body.process}
            known = body is not None and process not in opening and _can_be_gone_through(body)
            self._ends[process] = (
                self._ends_of_new(body, opening) if body is not None and known else None
            )
        return self._ends[process]

    def _ends_of_new(self, body: Body, opening: frozenset[str]) -> frozenset[str]:
        """Return the ends of another process's new case, whatever is chosen in it."""
        chart = compile_chart(body)
        ends = (
            Leaps(body, chart, self.library, choices, opening).ends()
            for choices in every_choice(body, unanswered=True)
        )
        return frozenset[str]().union(*ends)


def _can_be_gone_through(body: Body) -> bool:
    """Say whether another process has no more ways to choose than the check of it takes."""
    return ways_to_choose(body, branch_fields(body)) <= MOST_LEADING


def _stand(move: Move) -> _Stand:
    return move.configuration, tuple(sorted(move.history.items()))
