"""Roles that a definition never tells apart: whatever one does, the other may do in its place.

Who signs as which of them makes no difference to any path, so the proof needs one of them alone.
Without this every signature that either may give is two, and they multiply.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from definitions.model import Body, Holders, Signed
from definitions.organisation import load_organisation
from definitions.proof.roles import counted_as, counting_as, held_with, together


def alike(body: Body) -> Mapping[str, str]:
    """Return, for each role that the definition names, the first that it can't be told from."""
    asked = tuple(dict.fromkeys(_asked(body)))
    named = sorted(frozenset[str]().union(*asked))
    first: dict[str, str] = {}
    for role in named:
        like = (one for one in dict.fromkeys(first.values()) if _same(role, one, asked, named))
        first[role] = next(like, role)
    return first


def _same(one: str, other: str, asked: tuple[frozenset[str], ...], named: list[str]) -> bool:
    """Say whether two roles are asked for, count, and go with others alike."""
    if not all(load_organisation().has_role(role) for role in (one, other)):
        return False
    rest = [role for role in named if role not in (one, other)]
    return all(
        (one in roles) == (other in roles)
        and bool(as_what(one) & roles - {one, other}) == bool(as_what(other) & roles - {one, other})
        for roles in asked
        for as_what in (counted_as, held_with, counting_as)
    ) and all(together(frozenset({one, r})) == together(frozenset({other, r})) for r in rest)


def _asked(body: Body) -> Iterator[frozenset[str]]:
    """Yield every set of roles any of which would do somewhere, or of which none would."""
    organisation = load_organisation()
    yield frozenset(body.start.roles)
    for when in body.start.when.values():
        yield from (frozenset(by.roles) for by in when.values())
    yield from (frozenset({draw.role}) for draw in body.draws.values())
    for step in body.steps.values():
        for seat in step.seats.values():
            yield frozenset(seat.roles())
            yield from (frozenset({e.holders}) for e in seat.not_ if isinstance(e, Holders))
            if seat.body is not None:
                yield frozenset({organisation.body(seat.body).member})
    for invariant in (way for one in body.invariants for way in one.ways()):
        yield frozenset({invariant.role} if invariant.role is not None else ())
        for signed in (invariant.signed, invariant.never):
            yield _roles(signed)


def _roles(signed: Signed | None) -> frozenset[str]:
    return frozenset(
        role for role in ((signed.role, *signed.or_) if signed else ()) if role is not None
    )
