"""What the policy says of what a case would give, before anybody decides on it (3.4.2, 9.1.2).

The commit asks the matrix when something is really given, and only what is forbidden stops it.
Here people are told beforehand, of what is only warned of as well.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from definitions.canonical import Json
from definitions.catalogue import Effect
from definitions.definition import Definition
from definitions.exclusivity import Finding, check_holdings
from definitions.organisation import load_organisation
from definitions.rules.effects import is_ended, what_of

Holding: TypeAlias = tuple[str, str]
"""`role` or `list`, and which."""


@dataclass(frozen=True)
class Foreseen:
    """What the policy says of somebody's holding what they hold beside what they would be given."""

    person: str
    finding: Finding


def foresee(
    definition: Definition,
    people: Mapping[str, Collection[str]],
    known: Mapping[str, Json],
    held: Mapping[str, Collection[Holding]],
) -> tuple[Foreseen, ...]:
    """Return what is warned of or forbidden if a case gives all that it can.

    Args:
        people: ids by what the case calls them.
        known: plain values of the fields that say what is given.
        held: what people hold now; of who is missing, nothing.
    """
    persons = dict.fromkeys(person for named in people.values() for person in named)
    return tuple(
        Foreseen(person, finding)
        for person in persons
        for finding in _of(definition, people, known, person, frozenset(held.get(person, ())))
    )


def _of(
    definition: Definition,
    people: Mapping[str, Collection[str]],
    known: Mapping[str, Json],
    person: str,
    held: frozenset[Holding],
) -> Iterator[Finding]:
    """Follow the effects in the order of the file: what one ends is no longer held for the next."""
    told: set[str] = set()
    for effect in definition.body.effects:
        change = effect.grant or effect.end
        if change is None or person not in people.get(change.person, ()):
            continue
        what = what_of(known, change)
        if what is None:
            continue
        of = "role" if change.role is not None else "list"
        if effect.end is not None:
            held = frozenset(one for one in held if one[0] != of or not is_ended(of, what, one[1]))
        elif _is_given(effect):
            for finding in _added(held, (of, what)):
                if finding.sentence not in told:
                    told.add(finding.sentence)
                    yield finding
            held |= {(of, what)}


def _is_given(effect: Effect) -> bool:
    return effect.grant is not None and not effect.grant.check


def _added(held: frozenset[Holding], new: Holding) -> tuple[Finding, ...]:
    before = {_counts_as(one) for one in held}
    said = {finding.sentence for finding in check_holdings(before)}
    findings = check_holdings({*before, _counts_as(new)})
    return tuple(finding for finding in findings if finding.sentence not in said)


def _counts_as(holding: Holding) -> str:
    """Return the role as which it counts: a place on a list as the role that the list is for."""
    of, what = holding
    return what if of == "role" else load_organisation().access_list(what).who
