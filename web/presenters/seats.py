"""Who can fill the open seats of a case, who can't although they hold the role, and why.

The answers are those of `definitions.rules`, asked for each person who comes into question.
Beside them this says whether a step can be finished at all: each seat may have its candidate
and yet one person be the only candidate of two seats.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from definitions.definition import Definition
from definitions.model import words
from definitions.refusals import Refusal
from definitions.rules import OpenSeat, bars, needed, open_seats, why_not
from definitions.state import CaseState
from store.queries.community import Community
from web.presenters.words import listed

_SILENT = frozenset({"signed-already", "declined"})


@dataclass(frozen=True)
class Barred:
    """Somebody who holds the role and can't fill the seat: why, after their name, and where."""

    person: str
    because: str
    section: str | None


@dataclass(frozen=True)
class Vacancy:
    """An open seat with the people who come into question.

    Attributes:
        title: what the seat is called: `reviewer`; of a list, the thing on it.
        of: the title of the list on which the thing is; "" for other seats.
        needed: how many signatures it takes in all; `seat.missing` are still open.
        can: who can sign now, by name.
        barred: who can't.
    """

    seat: OpenSeat
    title: str
    needed: int
    can: tuple[str, ...]
    barred: tuple[Barred, ...]
    of: str = ""


def vacancies(
    definition: Definition, state: CaseState, community: Community
) -> tuple[Vacancy, ...]:
    """Return every open seat with who can fill it."""
    return tuple(
        _vacancy(definition, state, seat, community) for seat in open_seats(definition, state)
    )


def seat_title(definition: Definition, step: str, seat: str) -> str:
    """Return what a seat is called in a sentence; of a list, the thing on it."""
    name, _, item = seat.partition(":")
    each = definition.step(step).each
    if item:
        listed = words(each.items[item]) if each and item in each.items else ""
        return listed or item.replace("-", " ")
    return words(definition.seat(step, name).title) or name.replace("_", " ").replace("-", " ")


def seat_name(definition: Definition, step: str, seat: str) -> str:
    """Return what a seat is called in itself, also of a list: `Arbitrator`."""
    return seat_title(definition, step, seat.partition(":")[0])


def thing_title(definition: Definition, step: str, seat: str) -> str:
    """Return the thing on a list that a seat is about; "" for other seats."""
    return seat_title(definition, step, seat) if ":" in seat else ""


def can_be_filled(definition: Definition, step: Sequence[Vacancy]) -> bool:
    """Say whether different people can fill enough of what is missing in these seats of one step.

    Of a list, each thing is signed by itself: the same people may sign several.
    """
    if not step:
        return True
    parted = [(vacancy, *vacancy.seat.seat.partition(":")[::2]) for vacancy in step]
    things = dict.fromkeys(thing for _, _, thing in parted)
    return any(
        all(
            _filled([v for v, seat, of in parted if of == thing and seat in one])
            for thing in things
        )
        for one in definition.step(step[0].seat.step).enough()
    )


def together(definition: Definition, step: str, told: Mapping[str, str]) -> str:
    """Return the seats of a step in words: `A and B`, or `either A and B, or C`.

    Args:
        told: each seat in words, but for those that are not there.
    """
    each = [listed([told[s] for s in one if s in told]) for one in definition.step(step).enough()]
    return each[0] if len(each) == 1 else f"either {', or '.join(each)}"


def enough(definition: Definition, step: str) -> str:
    """Return which seats of a step are enough, as a sentence."""
    told = {
        seat: f"the {seat_title(definition, step, seat)}{'' if spec.count == 1 else 's'}"
        for seat, spec in definition.step(step).seats.items()
    }
    return f"It is enough for {together(definition, step, told)} to sign."


def _filled(seats: Sequence[Vacancy]) -> bool:
    chosen: dict[str, int] = {}
    places = [vacancy for vacancy in seats for _ in range(vacancy.seat.missing)]
    return all(_place(index, places, chosen, set()) for index in range(len(places)))


def _place(index: int, places: list[Vacancy], chosen: dict[str, int], tried: set[str]) -> bool:
    """Find somebody for a place; whoever has one already may move to another (Kuhn)."""
    for person in places[index].can:
        if person in tried:
            continue
        tried.add(person)
        if person not in chosen or _place(chosen[person], places, chosen, tried):
            chosen[person] = index
            return True
    return False


def _vacancy(
    definition: Definition, state: CaseState, seat: OpenSeat, community: Community
) -> Vacancy:
    asked = {person for role in seat.roles for person in community.holders.get(role, ())}
    persons = sorted(asked | set(seat.persons), key=community.name)
    answers = {
        person: why_not(definition, state, seat.step, seat.seat, person, community.roles(person))
        for person in persons
    }
    return Vacancy(
        seat=seat,
        title=_asked_for(definition, seat),
        needed=_needed(definition, state, seat),
        can=tuple(person for person, refused in answers.items() if refused is None),
        barred=_barred(definition, state, seat, answers),
        of=words(definition.step(seat.step).title) if ":" in seat.seat else "",
    )


def _asked_for(definition: Definition, seat: OpenSeat) -> str:
    """Return what is asked for: of a body, votes."""
    voting = definition.seat(seat.step, seat.seat).body is not None
    return "vote" if voting else seat_title(definition, seat.step, seat.seat)


def _needed(definition: Definition, state: CaseState, seat: OpenSeat) -> int:
    spec = definition.seat(seat.step, seat.seat)
    return len(state.votes[seat.step].electorate) if spec.body else needed(state, spec)


def _barred(
    definition: Definition,
    state: CaseState,
    seat: OpenSeat,
    answers: Mapping[str, Refusal | None],
) -> tuple[Barred, ...]:
    found = []
    for person, refused in answers.items():
        if refused is None or refused.code == "signed-already":
            continue
        because = "declined"
        if refused.code == "barred":
            because = _because(definition, state, seat, person)
        elif refused.code not in _SILENT:
            because = "not the one who signed before"
        found.append(Barred(person, because, refused.section))
    return tuple(found)


def _because(definition: Definition, state: CaseState, seat: OpenSeat, person: str) -> str:
    """Return why a person is barred, to be read after their name and a colon."""
    for bar in bars(definition, state, seat.step, seat.seat):
        if person in bar.persons:
            return _told_of_another(definition, bar.because)
    roles = " or ".join(role.replace("-", " ") for role in seat.barred_roles)
    return f"holds the role {roles}"


def _told_of_another(definition: Definition, because: str) -> str:
    """Turn the rules' “you are the author of what is decided here” into “author of the patch”."""
    for person in definition.body.people.values():
        title = words(person.title).lower()
        if because == f"you are the {title} of what is decided here":
            return f"{title} of the {words(definition.field(person.from_).title).lower()}"
    return because.removeprefix("you are the ").removeprefix("you ")
