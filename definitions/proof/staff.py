"""Whether the people of today's directory could carry a process through, and who is missing.

The proof takes for granted that there is always somebody of each role. Here people are counted:
for each step, seats are matched with those who hold the roles, without the one person who may not
sign (the author, as a rule) and without whoever the steps before it must have used up.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from definitions.definition import Definition
from definitions.model import CountBy, Holders, Seat, Signers, words
from definitions.proof import Finding

Holding = Mapping[str, Collection[str]]
"""People (any ids) by the role that they hold."""


def prove_staff(definition: Definition, holders: Holding) -> tuple[Finding, ...]:
    """Return what can't be staffed by these people, and what would mend it.

    Args:
        holders: people by role, as the directory has them; roles that are missing are held by
            nobody.
    """
    findings = []
    for name, step in definition.body.steps.items():
        without = [
            c for c in _choices(definition, name) if not _staffed(definition, name, holders, c)
        ]
        if without:
            beside = _titles(definition, _excluding(definition, name))
            together = f" together with {beside}" if beside else ""
            at = " or ".join(dict.fromkeys(f"{c} {by}" for by, c in without if by))
            needs = _needs(definition, name, holders, without[-1])
            findings.append(
                Finding(
                    ("steps", name),
                    f"There are too few people to get “{words(step.title)}”{together} done"
                    f"{f' at {at}' if at else ''}: it needs {needs}.",
                    f"Let the Board admit another {_roles(step.seats.values())} (9.1.5).",
                )
            )
    return tuple(findings)


def _choices(definition: Definition, name: str) -> list[tuple[str, str]]:
    """Return field and choice for every count that depends on one; one empty pair without."""
    counts = [
        seat.count
        for step in (name, *_excluding(definition, name))
        for seat in definition.body.steps[step].seats.values()
    ]
    fields = dict.fromkeys(count.by for count in counts if isinstance(count, CountBy))
    found = [
        (field, choice) for field in fields for choice in definition.field(field).choices or {}
    ]
    return found or [("", "")]


def _staffed(definition: Definition, name: str, holders: Holding, choice: tuple[str, str]) -> bool:
    return _filled(_needed(definition, name, holders, choice))


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


def _excluding(definition: Definition, name: str) -> list[str]:
    """Return the steps whose signers this one keeps out: all must be filled by different people."""
    seats = definition.body.steps[name].seats.values()
    kept_out = [e.signers for seat in seats for e in seat.not_ if isinstance(e, Signers)]
    return list(dict.fromkeys(kept_out))


def _needed(
    definition: Definition, name: str, holders: Holding, choice: tuple[str, str]
) -> list[frozenset[str]]:
    """Return for each signature that is needed who could give it."""
    return [
        _able(spec, holders)
        for step in (name, *_excluding(definition, name))
        for spec in definition.body.steps[step].seats.values()
        if spec.person is None
        for _ in range(_count(spec, choice))
    ]


def _count(seat: Seat, choice: tuple[str, str]) -> int:
    if isinstance(seat.count, CountBy):
        counts = seat.count.counts()
        most = max(counts.values())
        return counts.get(choice[1], most) if seat.count.by == choice[0] else most
    return seat.count


def _able(seat: Seat, holders: Holding) -> frozenset[str]:
    able = {person for role in seat.roles() for person in holders.get(role, ())}
    for exclusion in seat.not_:
        if isinstance(exclusion, Holders):
            able -= set(holders.get(exclusion.holders, ()))
    return frozenset(able)


def _filled(places: Sequence[frozenset[str]]) -> bool:
    """Match each signature with a person of its own (augmenting paths)."""
    taken: dict[str, int] = {}

    def place(number: int, seen: set[str]) -> bool:
        for person in sorted(places[number] - seen):
            seen.add(person)
            if person not in taken or place(taken[person], seen):
                taken[person] = number
                return True
        return False

    return all(place(number, set()) for number in range(len(places)))


def _needs(definition: Definition, name: str, holders: Holding, choice: tuple[str, str]) -> str:
    """Say what is needed and who there is, seat by seat."""
    told = []
    for step in (name, *_excluding(definition, name)):
        for seat, spec in definition.body.steps[step].seats.items():
            if spec.person is None:
                roles = " or ".join(role.replace("-", " ") for role in spec.roles())
                as_what = words(spec.title) or seat
                there = len(_able(spec, holders))
                told.append(f"{_count(spec, choice)} {roles} as {as_what} ({there} there)")
    return ", ".join(told)


def _titles(definition: Definition, steps: Sequence[str]) -> str:
    return " and ".join(f"“{words(definition.step(step).title)}”" for step in steps)


def _roles(seats: Collection[Seat]) -> str:
    roles = dict.fromkeys(role.replace("-", " ") for seat in seats for role in seat.roles())
    return " or ".join(roles)
