"""The electorate of a vote: who may vote is fixed when the step opens (Policy 9.1.5)."""

from __future__ import annotations

from definitions.acts import Facts
from definitions.definition import Definition
from definitions.model import Exclusion, PersonNamed
from definitions.state import CaseState, VoteState

_ALWAYS = ("author", "subject")


def open_vote(definition: Definition, state: CaseState, step: str, facts: Facts) -> VoteState:
    """Return the vote as it begins: the body's members but those whom the policy bars.

    Args:
        facts: name the body's members, and who of them is active in the area.
    """
    (seat,) = definition.step(step).seats.values()
    barred = {
        person for name in (*_ALWAYS, *_named(seat.not_)) for person in state.people.get(name, ())
    }
    members = facts.bodies.get(seat.body or "", ())
    electorate = tuple(person for person in members if person not in barred)
    return VoteState(
        electorate=electorate,
        members=len(electorate),
        active=tuple(person for person in electorate if person in facts.active),
    )


def _named(exclusions: tuple[Exclusion, ...]) -> list[str]:
    return [
        one.person if isinstance(one, PersonNamed) else one
        for one in exclusions
        if isinstance(one, (str, PersonNamed))
    ]
