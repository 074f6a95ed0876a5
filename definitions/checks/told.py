"""Whom what happens by itself reaches: nothing is meant for somebody whom the case lacks yet.

People who are drawn, or bound by how a step was closed, aren't there from the beginning. Here the
machine is gone through with who may be missing, rather too many ways than too few: by every
outcome, deadline, lot, child case, amendment, withdrawal and ruling, whoever could do it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

from statemachine.exceptions import InvalidDefinition

from definitions.branching import answer_of, answers, every_choice
from definitions.checks.context import Context
from definitions.checks.rulings import check_rulings
from definitions.checks.states import check_states
from definitions.checks.steps import check_steps
from definitions.checks.taking_back import check_amend, check_withdraw
from definitions.checks.ways import check_ways
from definitions.errors import DefinitionError
from definitions.machine import BY_RULING, REOPEN, WITHDRAW, Chart, Move, NoWay, compile_chart
from definitions.model import CountBy, Effect, Recipient, Step
from definitions.reading import KeyPath

_MOST: Final = 100_000
"""Ways to stand beyond which a definition is too large to be gone through."""


@dataclass(frozen=True)
class _For:
    """Something meant for somebody: where it says so, and for whom of the case, or which step.

    With `later` it is for the step itself, of which more time is asked.
    """

    path: KeyPath
    person: str | None = None
    step: str | None = None
    later: bool = False


class _At(NamedTuple):
    """How a case may stand.

    Attributes:
        missing: people whom it may lack here.
        reached: steps that it came to which an amendment may reopen.
        choices: those made of which some decide where an event leads, by field.
    """

    configuration: tuple[str, ...]
    history: tuple[tuple[str, tuple[str, ...]], ...]
    missing: frozenset[str]
    reached: frozenset[str]
    choices: tuple[tuple[str, str], ...]


def check_told(context: Context) -> Iterator[DefinitionError]:
    """Check that mails, and what else happens by itself, are for people who are there by then."""
    if not _asks(context):
        return
    before = (check_states, check_steps, check_amend, check_withdraw, check_rulings, check_ways)
    if any(True for check in before for _ in check(context)):
        return  # what leads nowhere is said already
    try:
        going = _Going(context, compile_chart(context.body))
    except InvalidDefinition:
        return
    going.go()
    yield from going.found.values()
    yield from (going.closed[path] for path in going.closed if path not in going.reached)


def _asks(context: Context) -> bool:
    body = context.body
    effects = [one for n, effect in enumerate(body.effects) for one in _of_effect(n, effect)]
    steps = [one for name, step in body.steps.items() for one in _of_step(name, step)]
    return any(one.step or one.person in _late(context) for one in (*effects, *steps))


def _late(context: Context) -> frozenset[str]:
    return frozenset({*context.body.draws, *context.body.bound})


def _of_effect(number: int, effect: Effect) -> Iterator[_For]:
    path: KeyPath = ("effects", number)
    if effect.mail is not None:
        yield from _recipients(effect.mail.to, (*path, "mail", "to"))
    if effect.grant is not None:
        yield _For((*path, "grant", "person"), effect.grant.person)
    if effect.end is not None:
        yield _For((*path, "end", "person"), effect.end.person)
    if effect.open is not None:
        for name, handed in effect.open.with_.items():
            if handed.person is not None:
                yield _For((*path, "open", "with", name, "person"), handed.person)
    if effect.extend is not None:
        yield _For((*path, "extend", "step"), step=effect.extend.step, later=True)


def _of_step(name: str, step: Step) -> Iterator[_For]:
    if step.deadline is not None:
        yield from _recipients(step.deadline.tell, ("steps", name, "deadline", "tell"))
    if step.vote is not None:
        yield from _recipients(step.vote.report, ("steps", name, "vote", "report"))


def _recipients(to: tuple[Recipient, ...], path: KeyPath) -> Iterator[_For]:
    for index, one in enumerate(to):
        if one.person is not None:
            yield _For((*path, index, "person"), one.person)
        if one.seats is not None:
            yield _For((*path, index, "seats"), step=one.seats)


@dataclass
class _Going:
    """Goes through every way in which a case may stand, the nearest first."""

    context: Context
    chart: Chart
    found: dict[KeyPath, DefinitionError] = field(default_factory=dict)
    came: dict[_At, _At | None] = field(default_factory=dict)
    forbidden: set[tuple[_At, str]] = field(default_factory=set)
    closed: dict[KeyPath, DefinitionError] = field(default_factory=dict)
    """Of what is for a step's seats: where that step isn't open, on the shortest such way."""
    reached: set[KeyPath] = field(default_factory=set)
    """Of what is for a step's seats: where that step is open, on some way."""

    def go(self) -> None:
        """Go through all of it."""
        for chosen in every_choice(self.context.body, unanswered=True):
            if any(choice for name, choice in chosen.items() if answer_of(name)):
                continue  # nobody has signed yet
            begun = _At((), (), _late(self.context), frozenset(), tuple(chosen.items()))
            self._moved(self.chart.begin(), begun.missing, begun, None)
        todo = list(self.came)
        while todo:
            if len(self.came) > _MOST:
                self.found[("machine",)] = self.context.error(
                    ("machine",),
                    f"Whether mails reach people who are drawn or bound can't be said of a machine "
                    f"with more than {_MOST:,} ways to stand.",
                    "Name roles or lists in them, or split the process.",
                )
                return
            known = len(self.came)
            for at in todo:
                self._from(at)
            todo = list(self.came)[known:]

    def _from(self, at: _At) -> None:
        if self.chart.final(at.configuration):
            return
        for name in at.configuration:
            step = self.context.body.steps.get(name)
            if step is not None:
                self._stepped(at, name, step)
        for name, draw in self.context.body.draws.items():
            if draw.on in at.configuration and draw.otherwise is not None:
                self._send(at, draw.otherwise, at.missing | {name})
        for _, state, opened in self.context.opened():
            if state in at.configuration:
                for event in opened.on.values():
                    self._send(at, event)
        self._taken_back(at)
        self._ruled(at)

    def _stepped(self, at: _At, name: str, step: Step) -> None:
        if step.vote is not None:
            self._reach(_of_step(name, step), at, self.came[at])
        for outcome in step.outcomes:
            event = step.outcomes[outcome].event
            missing = self._after(name, step, outcome, at.missing)
            for answered in self._answered(at, name, outcome):
                self._send(answered, event, missing, before=at)
        if step.deadline is not None:
            late = self._send(at, step.deadline.event) if step.deadline.event is not None else None
            self._reach(_of_step(name, step), late or at, at if late else self.came[at])
        for seat in step.seats.values():
            draw = self.context.body.draws.get(seat.person or "")
            if seat.person is None or draw is None:
                continue
            missing = at.missing | {seat.person}  # who was drawn declines
            if draw.on not in at.configuration and draw.otherwise is not None:
                self._send(at, draw.otherwise, missing)
            else:
                self._add(at._replace(missing=missing), at)

    def _after(
        self, name: str, step: Step, outcome: str, missing: frozenset[str]
    ) -> frozenset[str]:
        """Return whom the case may lack once the step was closed by this outcome."""
        filled = step.outcomes[outcome].at == "all" or len(step.seats) == 1
        filled = filled and name not in self.context.body.rulings.authorise
        bound = {one for one, by in self.context.body.bound.items() if by.signer == name}
        if not filled:  # the first signature decides, in whichever seat it is; or a ruling
            return missing | bound
        signed = {s.person for s in step.seats.values() if s.person and not s.may_be_absent()}
        return missing - bound - signed

    def _ruled(self, at: _At) -> None:
        rulings = self.context.body.rulings
        for to in rulings.override:
            self._send(at, BY_RULING + to)
        for to in rulings.close:
            self._moved(self.chart.closed(at.configuration, to), at.missing, at, at)

    def _taken_back(self, at: _At) -> None:
        withdraw, amend = self.context.body.withdraw, self.context.body.amend
        if withdraw is not None and set(withdraw.during) & set(at.configuration):
            self._send(at, WITHDRAW)
        if amend is not None and set(amend.during) & set(at.configuration):
            for again in self._chosen_again(at, amend.fields):
                self._add(again, at)
                for target in sorted({self._reopened[name] for name in at.reached}):
                    self._send(again, REOPEN + target, before=at)

    def _chosen_again(self, at: _At, fields: Collection[str]) -> Iterator[_At]:
        """Yield how the case stands once these fields are amended, as far as they decide a way."""
        made = dict(at.choices)
        for chosen in every_choice(self.context.body, [name for name in made if name in fields]):
            yield at._replace(choices=tuple((made | dict(chosen)).items()))

    def _answered(self, at: _At, step: str, outcome: str) -> Iterator[_At]:
        """Yield how the case stands once a step is signed, as far as what is answered decides."""
        body, made = self.context.body, dict(at.choices)
        asked = body.steps[step].asked(outcome)
        by = {name: field for field, name in self._deciding.get(step, {}).items()}
        for given in every_choice(body, by, unanswered=True):
            if all(given[name] or not asked[field].required for name, field in by.items()):
                yield at._replace(choices=tuple((made | dict(given)).items()))

    @cached_property
    def _deciding(self) -> Mapping[str, Mapping[str, str]]:
        return answers(self.context.body)

    @cached_property
    def _reopened(self) -> Mapping[str, str]:
        steps = self.context.body.steps.items()
        return {n: s.covers.reopen for n, s in steps if s.covers and s.covers.reopen}

    def _send(
        self,
        at: _At,
        event: str,
        missing: frozenset[str] | None = None,
        before: _At | None = None,
    ) -> _At | None:
        try:
            move = self.chart.send(at.configuration, dict(at.history), event, dict(at.choices))
        except NoWay:
            return None  # the proof says so
        return self._moved(move, at.missing if missing is None else missing, at, before or at)

    def _moved(self, move: Move, missing: frozenset[str], at: _At, before: _At | None) -> _At:
        drawn = {n for n, draw in self.context.body.draws.items() if draw.on in move.entered}
        now = _At(
            move.configuration,
            tuple(sorted(move.history.items())),
            missing | drawn,
            at.reached | {name for name in move.entered if name in self._reopened},
            at.choices,
        )
        self._add(now, before)
        for number, effect in enumerate(self.context.body.effects):
            if effect.enter in move.entered or effect.leave in move.left:
                self._reach(_of_effect(number, effect), now, before)
            grant = effect.grant
            if grant is not None and grant.otherwise and effect.enter in move.entered:
                self._forbidden(now, grant.otherwise)
        return now

    def _forbidden(self, now: _At, event: str) -> None:
        """Go on where the matrix forbids a grant; what else the move would cause doesn't happen."""
        if (now, event) not in self.forbidden:
            self.forbidden.add((now, event))
            self._send(now, event)

    def _add(self, now: _At, before: _At | None) -> None:
        self.came.setdefault(now, before)

    def _reach(self, meant: Iterator[_For], at: _At, before: _At | None) -> None:
        """Note what of it reaches nobody where the case stands at `at`, come from `before`."""
        for one in meant:
            if one.path in self.found:
                continue
            if one.person is not None and one.person in at.missing:
                self.found[one.path] = self._lacks(one, one.person, at, before)
            elif one.step in self.context.body.steps:
                self._seats(one, one.step or "", at, before)

    def _seats(self, one: _For, name: str, at: _At, before: _At | None) -> None:
        step = self.context.body.steps[name]
        seats = step.seats.values()
        if one.later and step.deadline is not None and step.deadline.goes_on:
            return  # it counts where the step opens again
        if name not in at.configuration:
            if one.path not in self.closed:
                self.closed[one.path] = self._never_open(one, name, at, before)
            return
        self.reached.add(one.path)
        counts = [seat.count for seat in seats]
        fields = sorted({count.by for count in counts if isinstance(count, CountBy)})
        for chosen in every_choice(self.context.body, fields):
            asked = [seat for seat in seats if seat.is_there(chosen)]
            if asked and all(seat.person in at.missing for seat in asked):
                self.found[one.path] = self._lacks(one, asked[0].person or "", at, before)

    def _never_open(self, one: _For, name: str, at: _At, before: _At | None) -> DefinitionError:
        if one.later:
            return self.context.error(
                one.path,
                f"`{name}` is never open then{self._by_way_of(at, before)}: this would put off "
                "nothing.",
                f"Put it off where `{name}` is open, in a state that runs beside it; or let its "
                "deadline go on (`goes_on: true`).",
            )
        return self.context.error(
            one.path,
            f"This is for those who can fill the seats of `{name}`, which is never open then"
            f"{self._by_way_of(at, before)}: it would reach nobody.",
            f"Tell them on entering `{name}`, or name others.",
        )

    def _lacks(self, one: _For, person: str, at: _At, before: _At | None) -> DefinitionError:
        draw = self.context.body.draws.get(person)
        if draw is not None and draw.on in at.configuration:
            return self.context.error(
                one.path,
                f"The lot for `{person}` is cast only after the case has come to `{draw.on}`: this "
                "would reach nobody.",
                "Take it out: whoever is drawn is told by a mail of its own. What else they are "
                "to hear can be mailed when the case comes to a state after that.",
            )
        how = "was drawn" if draw is not None else "is bound"
        return self.context.error(
            one.path,
            f"A case can come here before anybody {how} as `{person}`"
            f"{self._by_way_of(at, before)}: this would reach nobody.",
            "Let every way here lead through the step that settles who it is, or name others.",
        )

    def _by_way_of(self, at: _At, before: _At | None) -> str:
        """Return the shortest way there, as the states that the case waits in."""
        way = [self._told(at)]
        while before is not None:
            if self._told(before) != way[-1]:
                way.append(self._told(before))
            before = self.came[before]
        return f" (by way of {' → '.join(f'`{name}`' for name in reversed(way))})"

    def _told(self, at: _At) -> str:
        return next(n for n in reversed(at.configuration) if not self.chart.states[n].inner())
