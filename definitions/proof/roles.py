"""What the proof knows of roles: which go together in one person, and which count as which.

People are never enumerated by their roles. A person is known by the roles that they have used in
signatures which still count; somebody with these roles and no others is always the worst case
for whoever asks for a signature, and any further roles that the matrix allows are tried where
something must *not* be signed by a role.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations

from definitions.exclusivity import load_exclusivity
from definitions.organisation import load_organisation


@lru_cache(maxsize=4096)
def together(roles: frozenset[str]) -> bool:
    """Say whether the exclusivity matrix lets one person hold all of these roles.

    A role that the organisation doesn't have goes with every other: the checks name it already.
    """
    organisation = load_organisation()
    known = sorted(role for role in roles if organisation.has_role(role))
    matrix = load_exclusivity()
    return all(matrix.relation(a, b).kind != "forbidden" for a, b in combinations(known, 2))


@lru_cache(maxsize=1024)
def counted_as(role: str) -> frozenset[str]:
    """Return the roles that a holder of this one counts as.

    Whoever leads a team is active in it (Policy 9.1.2), and who stands for a role (a designated
    reviewer for a Software Assessor, Policy 7.4) is judged as one.
    """
    team = load_organisation().team_of(role)
    stands_for = load_exclusivity().settings.stands_for.get(role)
    counted = {role}
    if team is not None:
        counted.add(team.member)
    if stands_for is not None:
        counted.add(stands_for.role)
    return frozenset(counted)


@lru_cache(maxsize=1024)
def held_with(role: str) -> frozenset[str]:
    """Return what a holder of this role holds for certain: who leads a team is in it (9.1.2)."""
    team = load_organisation().team_of(role)
    return frozenset({role} if team is None else {role, team.member})


@lru_cache(maxsize=1024)
def counting_as(role: str) -> frozenset[str]:
    """Return the roles whose holders count as holders of this one, itself among them."""
    everyone = [each.id for each in load_organisation().roles]
    return frozenset(each for each in everyone if role in counted_as(each)) | {role}
