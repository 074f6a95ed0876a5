"""Ways that a choice of the form decides: which events branch, and by which fields.

What a branch does to a case is the machine's part (`definitions.machine`); here is what everybody
else asks of a definition that has some.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import product

from definitions.model import Body, Branch, State


def deciding(body: Body) -> Mapping[str, tuple[str, ...]]:
    """Return for each event that branches somewhere the fields that decide where it leads."""
    found: dict[str, set[str]] = {}
    for _, state in body.machine.every():
        for event, branch in state.branches():
            found.setdefault(event, set()).add(branch.by)
    return {event: tuple(sorted(fields)) for event, fields in found.items()}


def branch_fields(body: Body) -> tuple[str, ...]:
    """Return the fields that decide where some event leads."""
    return tuple(sorted({field for fields in deciding(body).values() for field in fields}))


def every_choice(body: Body, fields: Collection[str] | None = None) -> Iterator[Mapping[str, str]]:
    """Yield every way to choose in these fields; where none are given, in those that decide.

    Without any there is one way: nothing is chosen.
    """
    names = branch_fields(body) if fields is None else tuple(fields)
    for made in product(*(choices_of(body, name) for name in names)):
        yield dict(zip(names, made, strict=True))


def choices_of(body: Body, field: str) -> tuple[str, ...]:
    """Return the choices of a field of the form; none of one that isn't there: a finding."""
    spec = body.start.fields.get(field)
    return tuple(spec.choices or ()) if spec is not None else ()


def led(state: State, event: str, choices: Mapping[str, object]) -> tuple[str, ...]:
    """Return where an event leads from a state: to one, if what decides is among `choices`."""
    target = state.on.get(event)
    if isinstance(target, Branch):
        chosen = target.targets().get(str(choices.get(target.by)))
        return state.targets(event) if chosen is None else (chosen,)
    return state.targets(event)
