"""Who may see a case and its confidential fields. By default every Member, everything.

Confidentiality needs a method in the policy or the Arbitrator's oversight, and that something
is hidden is never hidden (Policy 9.5): a case that one may not see is still counted and named.
"""

from __future__ import annotations

from collections.abc import Collection

from definitions.definition import Definition
from definitions.model import Viewers
from definitions.rules.seats import holds
from definitions.state import CaseState

MEMBER = "member"


def may_see(definition: Definition, state: CaseState, person: str, roles: Collection[str]) -> bool:
    """Say whether this person may see the case."""
    return _among(definition.body.privacy.case, definition, state, person, roles)


def may_see_field(
    definition: Definition, state: CaseState, field: str, person: str, roles: Collection[str]
) -> bool:
    """Say whether this person may see this field's value."""
    viewers = definition.body.privacy.fields.get(field)
    return may_see(definition, state, person, roles) and _among(
        viewers, definition, state, person, roles
    )


def may_see_step(
    definition: Definition, state: CaseState, step: str, person: str, roles: Collection[str]
) -> bool:
    """Say whether this person may see the evidence and the comments given in this step."""
    viewers = definition.body.privacy.steps.get(step)
    return may_see(definition, state, person, roles) and _among(
        viewers, definition, state, person, roles
    )


def hidden_steps(
    definition: Definition, state: CaseState, person: str, roles: Collection[str]
) -> frozenset[str]:
    """Return the steps of which this person may not see what was given in them."""
    return frozenset(
        step
        for step in confidential_steps(definition)
        if not may_see_step(definition, state, step, person, roles)
    )


def confidential_steps(definition: Definition) -> frozenset[str]:
    """Return the steps whose evidence and comments not everybody sees who sees the case."""
    return frozenset(definition.body.privacy.steps)


def confidential_fields(definition: Definition) -> frozenset[str]:
    """Return the fields that not everybody sees who sees the case."""
    return frozenset(definition.body.privacy.fields)


def _among(
    viewers: Viewers | None,
    definition: Definition,
    state: CaseState,
    person: str,
    roles: Collection[str],
) -> bool:
    if viewers is None:
        return MEMBER in roles
    if set(viewers.roles) & set(roles):
        return True
    if _is_one(viewers.people, definition, state, person, roles):
        return True
    return viewers.signers and (
        any(s.actor == person for at in state.steps.values() for s in at.signatures)
        or bool(_seat_roles(definition) & set(roles))
        or _is_one(_seat_people(definition), definition, state, person, roles)
    )


def _is_one(
    names: Collection[str],
    definition: Definition,
    state: CaseState,
    person: str,
    roles: Collection[str],
) -> bool:
    return any(
        person in state.people.get(name, ()) and holds(definition, name, roles) for name in names
    )


def _seat_people(definition: Definition) -> set[str]:
    return {
        seat.person
        for step in definition.body.steps.values()
        for seat in step.seats.values()
        if seat.person is not None
    }


def _seat_roles(definition: Definition) -> set[str]:
    return {
        role
        for step in definition.body.steps.values()
        for seat in step.seats.values()
        for role in seat.roles()
    }
