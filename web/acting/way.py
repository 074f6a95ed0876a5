"""Who will be asked, told before there is a case: the steps of the way on which all goes well."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from definitions.branching import every_choice
from definitions.definition import Definition
from definitions.model import CountBy, Holders, PersonNamed, Seat, Signers, words
from definitions.rules.seats import ALWAYS_BARRED
from web.page_models import Asked
from web.presenters.branches import only_where
from web.presenters.reader import role_title, section
from web.presenters.seats import together
from web.presenters.times import length_words
from web.presenters.words import capital, counted, listed, number

_STEPS_AT_MOST = 100


def good_way(definition: Definition, choices: Mapping[str, str]) -> tuple[str, ...]:
    """Return the steps that a case comes by if each ends with the outcome that it lists first.

    Args:
        choices: made in the form, where they decide where the case goes.
    """
    chart, steps = definition.chart, definition.body.steps
    move, seen = chart.begin(), list[str]()
    for _ in range(_STEPS_AT_MOST):
        open_ = [name for name in move.configuration if name in steps]
        seen.extend(name for name in open_ if name not in seen)
        if not open_:
            break
        first = next(iter(steps[open_[0]].outcomes.values()))
        move = chart.send(move.configuration, move.history, first.event, choices)
    return tuple(seen)


def first_steps(definition: Definition) -> tuple[str, ...]:
    """Return the titles of the steps in which a case begins."""
    steps = definition.body.steps
    begun = definition.chart.begin().configuration
    return tuple(words(steps[name].title) for name in begun if name in steps)


def asked(definition: Definition) -> tuple[Asked, ...]:
    """Return who is asked on that way, in order; of what is only for some choices, for which.

    What is chosen isn't known yet: where choices decide the way, all of them are gone.
    """
    came: dict[str, list[Mapping[str, str]]] = {}
    for choices in every_choice(definition.body):
        for name in good_way(definition, choices):
            came.setdefault(name, []).append(choices)
    order = list(definition.body.steps) if definition.chart.branching else list(came)
    return tuple(
        Asked(
            title=words(definition.step(name).title),
            who=_where(definition, came[name]) + who(definition, name),
            until=_until(definition, name),
            section=section(definition.step(name).policy),
        )
        for name in order
        if name in came
    )


def _where(definition: Definition, choices: Sequence[Mapping[str, str]]) -> str:
    where = only_where(definition, choices)
    return f"Only where {where}. " if where else ""


def who(definition: Definition, step: str) -> str:
    """Return who signs a step, as a sentence: `Two testers; never the author.`."""
    seats = definition.step(step).seats.values()
    alike = list(dict.fromkeys((seat.roles(), seat.person) for seat in seats))
    plain = definition.step(step).need == "all" and not any(seat.may_be_absent() for seat in seats)
    if plain and len(alike) == 1 and alike[0][0] and len(seats) > 1:
        people = counted(len(seats), *_nouns(alike[0][0]))
        people += f": {listed([words(seat.title) for seat in seats])}"
    else:
        each = {name: _seat(definition, seat) for name, seat in definition.step(step).seats.items()}
        people = together(definition, step, each)
    never = listed(list(dict.fromkeys(_never(definition, step))), "or")
    return capital(f"{people}; never {never}." if never else f"{people}.")


def _seat(definition: Definition, seat: Seat) -> str:
    if seat.person is not None:
        person = definition.body.people.get(seat.person)
        return f"the {words(person.title).lower()}" if person else "whoever opens the case"
    if isinstance(seat.count, CountBy):
        return _counted_by(definition, seat, seat.count)
    if seat.count == 1:
        role, title = _nouns(seat.roles())[0], words(seat.title)
        said = set(title.lower().split()) <= set(role.lower().split())
        return f"one {role}" if said else f"one {role}, as {title}"
    return counted(seat.count, *_nouns(seat.roles()))


def _counted_by(definition: Definition, seat: Seat, count: CountBy) -> str:
    """Return how many are asked by a choice, and for which choices alone anybody is."""
    there = {choice: many for choice, many in count.counts().items() if many}
    counts = sorted(set(there.values()))
    field = words(definition.field(count.by).title).lower()
    if len(counts) > 1:
        told = f"{number(counts[0])} to {number(counts[-1])} {_nouns(seat.roles())[1]}, by {field}"
    elif seat.may_be_absent():
        told = counted(counts[0], *_nouns(seat.roles()))
    else:
        told = f"{counts[0]} {_nouns(seat.roles())[1]}, by {field}"
    where = only_where(definition, [{count.by: choice} for choice in there], [count.by])
    return f"{told} where {where}" if where else told


def _nouns(roles: tuple[str, ...]) -> tuple[str, str]:
    return (
        listed([role_title(role) for role in roles], "or"),
        listed([role_title(role, plural=True) for role in roles], "or"),
    )


def _never(definition: Definition, step: str) -> Iterator[str]:
    for seat in definition.step(step).seats.values():
        let_in = {one.person for one in seat.allow}
        named = [*ALWAYS_BARRED, *(one for one in seat.not_ if isinstance(one, str))]
        named += [one.person for one in seat.not_ if isinstance(one, PersonNamed)]
        for name in named:
            if name in definition.body.people and name not in let_in:
                yield f"the {words(definition.body.people[name].title).lower()}"
        for one in seat.not_:
            if isinstance(one, Signers):
                yield f"whoever signed “{words(definition.step(one.signers).title)}”"
            elif isinstance(one, Holders):
                yield f"a {role_title(one.holders)}"


def _until(definition: Definition, step: str) -> str:
    deadline = definition.step(step).deadline
    return f"Within {length_words(definition, deadline.after)}." if deadline else ""
