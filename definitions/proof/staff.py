"""Whether the people of today's directory could carry a process through, and who is missing.

The proof takes for granted that there is always somebody of each role. Here people are counted
(`staffing`): for each step alone, with those steps that must be signed by others.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from definitions.definition import Definition
from definitions.model import CountBy, words
from definitions.proof import Finding
from definitions.proof.staffing import Holding, Shortage, at_any_time, kept_apart, remedy


def prove_staff(definition: Definition, holders: Holding) -> tuple[Finding, ...]:
    """Return what can't be staffed by these people, and what would mend it.

    Args:
        holders: people by role, as the directory has them; roles that are missing are held by
            nobody.
    """
    return tuple(
        found for name in definition.body.steps for found in _of_step(definition, name, holders)
    )


def leaving(definition: Definition, holders: Holding) -> dict[str, tuple[str, ...]]:
    """Return whose leaving would stop which steps that can be done today."""
    stopped = {finding.path[1] for finding in prove_staff(definition, holders)}
    everyone = sorted({person for people in holders.values() for person in people})
    found: dict[str, tuple[str, ...]] = {}
    for person in everyone:
        without = {role: [p for p in people if p != person] for role, people in holders.items()}
        more = [f.path[1] for f in prove_staff(definition, without) if f.path[1] not in stopped]
        if more:
            found[person] = tuple(str(step) for step in more)
    return found


def _of_step(definition: Definition, name: str, holders: Holding) -> Iterator[Finding]:
    choices = _choices(definition, name)
    short = [
        (chosen, found)
        for chosen in choices
        if (found := at_any_time(definition, name, holders, chosen)) is not None
    ]
    if not short:
        return
    at = " or ".join(f"{choice} {by}" for chosen, _ in short for by, choice in chosen.items())
    at = at if len(short) < len(choices) else ""
    _, worst = max(short, key=lambda one: len(one[1].more))
    beside = " and ".join(_title(definition, step) for step in worst.beside)
    yield Finding(
        ("steps", name),
        f"There are too few people to get {_title(definition, name)}"
        f"{f' together with {beside}' if beside else ''} done{f' at {at}' if at else ''}: "
        f"it needs {_needs(definition, worst)}.",
        remedy(definition, worst),
    )


def _choices(definition: Definition, name: str) -> list[Mapping[str, str]]:
    """Return each choice on which a count depends; nothing chosen without one."""
    steps = (name, *kept_apart(definition, name))
    seats = [seat for step in steps for seat in definition.body.steps[step].seats.values()]
    fields = dict.fromkeys(seat.count.by for seat in seats if isinstance(seat.count, CountBy))
    found: list[Mapping[str, str]] = [
        {field: choice} for field in fields for choice in definition.field(field).choices or {}
    ]
    return found or [{}]


def _needs(definition: Definition, found: Shortage) -> str:
    """Say what is needed and who there is, seat by seat."""
    seats = {(one.step, one.seat): one for one in found.wanted}
    told = []
    for (step, seat), one in seats.items():
        count = sum((other.step, other.seat) == (step, seat) for other in found.wanted)
        roles = " or ".join(role.replace("-", " ") for role in one.roles)
        as_what = words(definition.seat(step, seat).title) or seat
        told.append(f"{count} {roles} as {as_what} ({len(one.able)} there)")
    return ", ".join(told)


def _title(definition: Definition, step: str) -> str:
    return f"“{words(definition.step(step).title)}”"
