"""Ways that a choice of the form decides: which events branch, and by which fields.

What a branch does to a case is the machine's part (`definitions.machine`); here is what everybody
else asks of a definition that has some.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import product
from math import prod
from typing import Final

from definitions.model import Body, Branch, FieldSpec, State

MOST_LEADING: Final = 1_000
"""Ways to choose in what decides where a case goes that can be gone through: it is done for each
of them by itself."""
UNANSWERED: Final = ""
"""The choice in a step's evidence while nobody's signature there gives one."""


def deciding(body: Body) -> Mapping[str, tuple[str, ...]]:
    """Return for each event that branches somewhere the fields that decide where it leads."""
    found: dict[str, set[str]] = {}
    for _, state in body.machine.every():
        for event, branch in state.branches():
            found.setdefault(event, set()).add(branch.by)
    return {event: tuple(sorted(fields)) for event, fields in found.items()}


def branch_fields(body: Body) -> tuple[str, ...]:
    """Return the fields that decide where some event leads; answers as `STEP.FIELD`."""
    return tuple(sorted({field for fields in deciding(body).values() for field in fields}))


def answer_of(by: str) -> tuple[str, str] | None:
    """Return step and field of an answer that decides, None of a field of the form."""
    step, dot, field = by.partition(".")
    return (step, field) if dot else None


def answers(body: Body) -> Mapping[str, Mapping[str, str]]:
    """Return for each step the fields of its evidence that decide, with their `STEP.FIELD`."""
    found: dict[str, dict[str, str]] = {}
    for by in branch_fields(body):
        answer = answer_of(by)
        if answer is not None:
            found.setdefault(answer[0], {})[answer[1]] = by
    return found


def asked_as(body: Body, by: str) -> FieldSpec:
    """Return a field of the form, or by `STEP.FIELD` one of a step's evidence.

    Raises:
        KeyError: there is none.
    """
    answer = answer_of(by)
    if answer is None:
        return body.start.fields[by]
    return body.steps[answer[0]].evidence[answer[1]]


def every_choice(
    body: Body, fields: Collection[str] | None = None, *, unanswered: bool = False
) -> Iterator[Mapping[str, str]]:
    """Yield every way to choose in these fields; where none are given, in those that decide.

    Without any there is one way: nothing is chosen.

    Args:
        unanswered: whether an answer may be missing too, as before its step is signed.
    """
    names = branch_fields(body) if fields is None else tuple(fields)
    options = known_choices_of if unanswered else choices_of
    for made in product(*(options(body, name) for name in names)):
        yield dict(zip(names, made, strict=True))


def ways_to_choose(body: Body, fields: Collection[str]) -> int:
    """Return how many ways there are to choose in these fields, or to leave them empty."""
    return prod(
        len(known_choices_of(body, name))
        + (answer_of(name) is None and not asked_as(body, name).required)
        for name in fields
        if choices_of(body, name)
    )


def choices_of(body: Body, field: str) -> tuple[str, ...]:
    """Return the choices of what decides; none of one that isn't there: a finding."""
    try:
        return tuple(asked_as(body, field).choices or ())
    except KeyError:
        return ()


def known_choices_of(body: Body, by: str) -> tuple[str, ...]:
    """Return what can be known of what decides: its choices, and last that it isn't answered."""
    made = choices_of(body, by)
    return made if answer_of(by) is None else (*made, UNANSWERED)


def led(state: State, event: str, choices: Mapping[str, object]) -> tuple[str, ...]:
    """Return where an event leads from a state: to one, if what decides is among `choices`."""
    target = state.on.get(event)
    if isinstance(target, Branch):
        chosen = target.targets().get(str(choices.get(target.by)))
        return state.targets(event) if chosen is None else (chosen,)
    return state.targets(event)
