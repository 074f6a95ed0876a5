"""What the policy warns of, or forbids, if a case gives what it is about (3.4.2, 9.1.2)."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from definitions.canonical import Json
from definitions.definition import Definition
from definitions.organisation import load_organisation
from definitions.rules import may_see_field
from definitions.rules.foreseeing import Holding, foresee
from definitions.state import CaseState
from store.founding_file import OPERATOR
from web.page_models import Warned
from web.presenters.reader import Reader, section
from web.presenters.relatives import Related

FORBIDDEN = "forbidden"


def gives(definition: Definition) -> bool:
    """Say whether cases of a definition give roles or places on lists."""
    return any(effect.grant is not None for effect in definition.body.effects)


def warned_beside(
    reader: Reader,
    own: tuple[Definition, CaseState],
    parent: Related | None,
    on_lists: Mapping[str, Collection[str]],
) -> tuple[Warned, ...]:
    """Return what is warned of if a case, or the one that asks by it, gives what it is about.

    Nothing is told once the case has ended, or of what the reader may not see.

    Args:
        on_lists: who is on each access list.
    """
    if own[1].ended:
        return ()
    found = _of_case(reader, *own, on_lists)
    if found or parent is None or not parent.seen_by(reader):
        return found
    return _of_case(reader, parent.definition, parent.row.state, on_lists)


def _of_case(
    reader: Reader,
    definition: Definition,
    state: CaseState,
    on_lists: Mapping[str, Collection[str]],
) -> tuple[Warned, ...]:
    seen = {
        name: found
        for name, found in state.people.items()
        if name not in definition.body.people
        or _may_see(reader, definition, state, definition.body.people[name].from_)
    }
    known = {
        name: value
        for name, value in state.known.items()
        if _may_see(reader, definition, state, name)
    }
    return warned(reader, definition, seen, known, on_lists)


def _may_see(reader: Reader, definition: Definition, state: CaseState, field: str) -> bool:
    return may_see_field(definition, state, field, reader.id, reader.roles)


def warned(
    reader: Reader,
    definition: Definition,
    people: Mapping[str, Collection[str]],
    known: Mapping[str, Json],
    on_lists: Mapping[str, Collection[str]],
) -> tuple[Warned, ...]:
    """Return what is warned of if these people are given what these values say."""
    persons = {person for found in people.values() for person in found}
    held = {person: _held(reader, person, on_lists) for person in persons}
    return tuple(
        Warned(
            sentence=f"{reader.community.name(one.person)} would hold both: {one.finding.sentence}",
            section=section(one.finding.section),
            forbidden=one.finding.severity == FORBIDDEN,
        )
        for one in foresee(definition, people, known, held)
    )


def _held(
    reader: Reader, person: str, on_lists: Mapping[str, Collection[str]]
) -> frozenset[Holding]:
    organisation = load_organisation()
    roles = (
        ("role", role)
        for role in reader.community.roles(person)
        if role != OPERATOR and organisation.has_role(role)
    )
    return frozenset({*roles, *(("list", one) for one, on in on_lists.items() if person in on)})
