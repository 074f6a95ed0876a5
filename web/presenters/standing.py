"""Where a case stands, in a sentence: what it waits for, who can do that and who can't."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from definitions.clock import parse
from definitions.definition import Definition
from definitions.model import words
from definitions.rules.resting import suspending
from definitions.state import CaseState, Child
from store.queries.cases import CaseRow
from web.page_models import CaseRef, Standing, Tone
from web.presenters.reader import Reader, role_title
from web.presenters.resting import awakes
from web.presenters.seats import Vacancy, can_be_filled
from web.presenters.words import capital, counted, due, listed, number, since

_NAMED_AT_MOST = 5
_TONES: dict[str, Tone] = {"good": "good", "bad": "bad", "neutral": "quiet"}


def standing(
    reader: Reader,
    definition: Definition,
    row: CaseRow,
    open_: Sequence[Vacancy],
    others: tuple[str, tuple[CaseRef, ...]] = ("", ()),
) -> Standing:
    """Return where a case stands.

    Args:
        others: for which other cases it waits: in words, and as links.
    """
    label, tone = mark(definition, row)
    waits = row.state.suspended is None
    steps = [at for name, at in row.state.steps.items() if waits and row.state.is_open(name)]
    dues = sorted(at.due for at in steps if at.due)
    began = max((at.since for at in steps), default=row.ended_at or row.opened_at)
    sentence = _sentence(reader, definition, row.state, open_, others[0])
    stuck = [step for step in _by_step(open_) if not can_be_filled(definition, step)]
    if stuck and row.status == "running":
        nobody_left = any(not vacancy.can for step in stuck for vacancy in step)
        label, tone = "Nobody can sign" if nobody_left else "Too few people", "stopped"
    return Standing(
        sentence=sentence,
        label=label,
        tone=tone,
        since=since(began, reader.now),
        due=due(dues[0], reader.now) if dues else None,
        overdue=any(at.overdue for at in steps) or bool(dues and _late(dues[0], reader)),
        cases=others[1],
    )


def mark(definition: Definition, row: CaseRow) -> tuple[str, Tone]:
    """Return a case's mark: a word or two, and its tone."""
    if row.status == "stopped":
        return "Stopped", "stopped"
    if row.state.ended:
        outcome = definition.chart.states[row.state.ended].outcome
        return definition.state_title(row.state.ended), _TONES[outcome]
    if row.state.suspended:
        return "Suspended", "stopped"
    return "Waiting", "waiting"


def wanted(vacancy: Vacancy) -> str:
    """Return what a seat waits for: `one more reviewer`, `the observer`."""
    missing = vacancy.seat.missing
    if vacancy.needed == 1:
        return f"the {vacancy.title}"
    more = "more " if missing < vacancy.needed else ""
    return f"{number(missing)} {more}{vacancy.title}{'' if missing == 1 else 's'}"


def who_can(reader: Reader, vacancy: Vacancy) -> str:
    """Return who can fill a seat, and who can't: `Dana or Emil can, not Bo: author of …`."""
    if not vacancy.can:
        return nobody(reader, vacancy)
    can = f"{_names(reader, vacancy.can, 'or')} can"
    not_ = ", ".join(f"not {reader.short(b.person)}: {b.because}" for b in vacancy.barred)
    return f"{can}, {not_}" if not_ else can


def nobody(reader: Reader, vacancy: Vacancy) -> str:
    """Return that nobody can fill a seat, and why."""
    who = " or ".join(role_title(role) for role in vacancy.seat.roles) or vacancy.title
    if not vacancy.barred:
        return f"nobody can: no {who} is left to sign"
    why = "; ".join(f"{reader.short(b.person)}: {b.because}" for b in vacancy.barred)
    return f"nobody can, not {why}"


def progress(definition: Definition, open_: Sequence[Vacancy], *, named: bool = True) -> str:
    """Return what seats wait for, in words; of a list, how many things.

    Where not all of them are needed, each set that is enough: `either A and B, or C`.

    Args:
        named: whether the list is to be named.
    """
    told = [one for step in _by_step(open_) if not step[0].of for one in _wanted(definition, step)]
    things = Counter(vacancy.of for vacancy in open_ if vacancy.of)
    told += [
        f"{counted(count, 'thing')}{f' of “{of}”' if named else ''}" for of, count in things.items()
    ]
    return listed(told)


def _wanted(definition: Definition, step: Sequence[Vacancy]) -> Iterator[str]:
    sets = definition.step(step[0].seat.step).enough()
    if len(sets) == 1:
        yield from (wanted(vacancy) for vacancy in step)
        return
    each = [listed([wanted(v) for v in step if v.seat.seat in one]) for one in sets]
    yield f"either {', or '.join(each)}"


def _sentence(
    reader: Reader,
    definition: Definition,
    state: CaseState,
    open_: Sequence[Vacancy],
    others: str,
) -> str:
    if state.ended:
        return _ended(definition, state)
    if state.suspended:
        return (
            f"Suspended by ruling {suspending(state).number}: nothing is due, and nothing can be "
            f"signed until {awakes(state, reader.now)}."
        )
    if not open_ and others:
        return f"Waiting for {others}."
    if not open_:
        return (
            f"{definition.state_title(state.configuration[-1])}: {_by_itself(definition, state)}."
        )
    told = _of_seats(reader, definition, open_)
    return f"{told} It also waits for {others}." if others else told


def _of_seats(reader: Reader, definition: Definition, open_: Sequence[Vacancy]) -> str:
    """Return what seats a case waits for, and who can fill them."""
    waits = f"Waiting {_waits(definition, open_)}"
    stuck = [step for step in _by_step(open_) if not can_be_filled(definition, step)]
    if stuck:
        return f"{waits}. {' '.join(_loudly(reader, definition, step) for step in stuck)}"
    if len(open_) == 1:
        return f"{waits}; {who_can(reader, open_[0])}."
    if len({vacancy.can for vacancy in open_}) == 1 and open_[0].can:
        return f"{waits}; {_names(reader, open_[0].can, 'or')} can."
    return f"{waits}."


def waits_for(definition: Definition, name: str) -> bool:
    """Say whether a case waits for the end of the one that it calls so."""
    opened = (effect.open for effect in definition.body.effects if effect.open)
    return any(one.as_ == name and one.on for one in opened)


def awaited(definition: Definition, state: CaseState) -> tuple[Child, ...]:
    """Return the other cases whose end a case waits for now."""
    return tuple(
        child
        for name, child in state.children.items()
        if child.ended is None
        and child.state in state.configuration
        and waits_for(definition, name)
    )


def _by_itself(definition: Definition, state: CaseState) -> str:
    """Say what a case waits for in which nobody has anything to do."""
    if awaited(definition, state):
        return "it waits for another case, which it has opened"
    if any(not draw.done for draw in state.draws.values()):
        return "somebody is being drawn by lot"
    if any(state.is_open(name) and spec.vote for name, spec in definition.body.steps.items()):
        return "nobody is left to vote; it is counted when it closes"
    return "nothing waits for a person"


def _waits(definition: Definition, open_: Sequence[Vacancy]) -> str:
    steps = _by_step(open_)
    if len(steps) == 1:
        return f"for {progress(definition, steps[0])}"
    titles = [words(definition.step(step[0].seat.step).title) for step in steps]
    told = [
        f"in “{title}” for {progress(definition, step, named=False)}"
        for title, step in zip(titles, steps, strict=True)
    ]
    return ", and ".join(told)


def _loudly(reader: Reader, definition: Definition, step: Sequence[Vacancy]) -> str:
    """Say that a step can't be finished by the people there are."""
    title = words(definition.step(step[0].seat.step).title)
    for vacancy in step:
        if not vacancy.can:
            return f"As {vacancy.title}, {nobody(reader, vacancy)}. The Board appoints (9.1.5)."
    can = {person for vacancy in step for person in vacancy.can}
    places = sum(vacancy.seat.missing for vacancy in step)
    return (
        f"“{title}” can't be finished: {counted(places, 'signature')} by different people are "
        f"missing, and only {_names(reader, sorted(can, key=reader.community.name), 'and')} can "
        "sign. The Board appoints (9.1.5)."
    )


def _ended(definition: Definition, state: CaseState) -> str:
    title = definition.state_title(state.ended or "")
    last = state.rulings[-1] if state.rulings else None
    if last is not None and last.at == state.ended_at:
        return f"{title}: by ruling {last.number}."
    closed = [
        (at.closed, name, at.outcome)
        for name, at in state.steps.items()
        if at.closed == state.ended_at
    ]
    for _, name, outcome in closed:
        if outcome:
            spec = definition.step(name).outcomes[outcome]
            chosen = words(spec.title) or outcome
            return f"{title}: “{words(definition.step(name).title)}” ended with “{chosen}”."
    return f"{capital(title)}. The case has ended."


def _names(reader: Reader, persons: Sequence[str], last: str) -> str:
    names = [_present(reader, person) for person in persons]
    if len(names) > _NAMED_AT_MOST:
        return f"any of {len(names)}"
    return listed(names, last)


def _present(reader: Reader, person: str) -> str:
    away = person in reader.community.away
    return f"{reader.short(person)}{f' (away until {reader.away_until(person)})' if away else ''}"


def _by_step(open_: Sequence[Vacancy]) -> list[list[Vacancy]]:
    return [list(group) for _, group in groupby(open_, key=lambda vacancy: vacancy.seat.step)]


def _late(at: str, reader: Reader) -> bool:
    return parse(at) <= reader.now
