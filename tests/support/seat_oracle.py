"""Who may sign, told a second time and another way, for tests to compare the rules with."""

from collections.abc import Mapping

from definitions.definition import Definition
from definitions.model import CountBy, Holders, PersonNamed, Signers
from definitions.state import CaseState


def counted(definition: Definition, values: Mapping[str, object], step: str, seat: str) -> int:
    """Return how many signatures a seat needs, by the values of the form."""
    count = definition.body.steps[step].seats[seat].count
    return count.counts()[str(values[count.by])] if isinstance(count, CountBy) else count


def barred_people(definition: Definition, state: CaseState, step: str, seat: str) -> set[str]:
    """Return who can't fill the seat for being somebody in the case, or for having signed."""
    spec = definition.body.steps[step].seats[seat]
    names = {"author", "subject"}
    people: set[str] = set()
    for exclusion in spec.not_:
        if isinstance(exclusion, str):
            names.add(exclusion)
        elif isinstance(exclusion, PersonNamed):
            names.add(exclusion.person)
        elif isinstance(exclusion, Signers) and exclusion.signers in state.steps:
            people |= {s.actor for s in state.steps[exclusion.signers].signatures}
    names -= {allowance.person for allowance in spec.allow}
    for name in names:
        people |= set(state.people.get(name, ()))
    return people


def may_sign(
    definition: Definition,
    state: CaseState,
    values: Mapping[str, object],
    step: str,
    seat: str,
    person: str,
    roles: tuple[str, ...],
) -> bool:
    """Say whether this person may fill this seat of an open step."""
    spec = definition.body.steps[step].seats[seat]
    at = state.steps[step]
    if spec.person is not None:
        fits = person in state.people.get(spec.person, ())
    else:
        fits = bool({spec.role, *spec.or_} & set(roles))
    holds = {e.holders for e in spec.not_ if isinstance(e, Holders)} & set(roles)
    same = True
    if spec.same is not None:
        earlier = state.steps.get(spec.same.signer)
        same = earlier is not None and any(
            s.actor == person and spec.same.seat in (None, s.seat) for s in earlier.signatures
        )
    taken = sum(s.seat == seat for s in at.signatures) >= counted(definition, values, step, seat)
    already = any(s.actor == person for s in at.signatures) or person in at.declined
    barred = person in barred_people(definition, state, step, seat)
    return fits and same and not (holds or taken or already or barred)
