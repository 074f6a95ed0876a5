"""Gives the faceless people of a path names: those of the sample community, where they fit.

Somebody whom the proof has forgotten may act again as somebody new, since nothing that they did
matters any more; so two of the path's people may be one of the sample's, as long as the proof
never knows of both at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from definitions.model import OpenedBy
from definitions.proof.happening import Next
from definitions.proof.plan import Plan
from definitions.proof.roles import counted_as, counting_as, held_with, together
from definitions.reading import read_yaml
from definitions.rules.effects import NOTHING


@dataclass(frozen=True)
class Player:
    """Somebody who plays a walk; `invented` if the sample community has nobody like them."""

    name: str
    address: str
    roles: frozenset[str]
    invented: bool = False


@dataclass
class Part:
    """One person of a path: when the proof knows of them, and what they must be."""

    first: int
    last: int
    roles: set[str] = field(default_factory=set)
    avoided: set[str] = field(default_factory=set)
    author: bool = False
    signs: bool = False
    absent: set[str] = field(default_factory=set)
    """Roles that they must not count as, or the walk would show nothing."""


@dataclass(frozen=True)
class Needs:
    """What the people of a walk must be to show something.

    Attributes:
        holds: a role that whoever acts last must count as, None if it doesn't matter.
        lacks: roles of which a signature is missing: who hasn't signed as one counts as none.
    """

    holds: str | None = None
    lacks: tuple[str, ...] = ()


NOTHING_MORE = Needs()


@dataclass
class Scene:
    """One act with the people in it, as places in the list of parts."""

    done: Next
    actor: int | None
    bound: dict[int, tuple[int, ...]]


@cache
def community() -> tuple[tuple[Player, ...], tuple[dict[str, Any], ...]]:
    """Return the people and uploads of `community.yaml`."""
    data: Any = read_yaml(
        resources.files("definitions.proof").joinpath("community.yaml"),
        name="definitions/proof/community.yaml",
    )[0]
    people: list[dict[str, Any]] = data["people"]
    players = tuple(
        Player(str(p["name"]), str(p["address"]), frozenset(p["roles"])) for p in people
    )
    return players, tuple(data["uploads"])


def scenes(plan: Plan, path: Sequence[Next]) -> tuple[list[Scene], list[Part]]:
    """Follow who is who along a path."""
    parts: list[Part] = []
    here: list[int] = []
    told: list[Scene] = []
    for number, step in enumerate(path):
        while len(here) < max(len(step.persons), step.done.who + 1):
            here.append(len(parts))
            parts.append(Part(number, number))
        for part in here:
            parts[part].last = number
        actor = here[step.done.who] if step.done.who >= 0 else None
        if actor is not None:
            _note(plan, parts[actor], step)
        bound = {bits: tuple(here[n] for n in chosen) for bits, chosen in step.done.bound}
        for bits, chosen in bound.items():
            for part in chosen:
                parts[part].author |= _writes(plan, bits)
        told.append(Scene(step, actor, bound))
        left = [(mask, part) for mask, part in zip(step.persons, here, strict=False) if mask]
        here = [part for _, part in sorted(left)]
    return told, parts


def _writes(plan: Plan, bits: int) -> bool:
    """Say whether these people of the case come from a patch, as its authors."""
    return any(
        plan.people[name] & bits and plan.definition.field(person.from_).type == "patch"
        for name, person in plan.body.people.items()
    )


def _note(plan: Plan, part: Part, step: Next) -> None:
    done = step.done
    if done.kind == "open":
        roles = plan.body.start.roles
        part.roles.add("member" if "member" in roles else "")
        part.roles |= plan.opened_as(step.persons[done.who])
    if done.kind not in {"sign", "decline", "vote", "draw"}:
        return
    part.signs |= done.kind == "sign"
    if done.role:
        part.roles.add(done.role)
    if done.kind == "draw":
        return
    for seat in plan.steps[done.step].seats:
        if seat.name == done.seat:
            part.avoided |= seat.holders


def cast(plan: Plan, told: list[Scene], parts: list[Part], needs: Needs) -> list[Player]:
    """Return who plays each part."""
    opening = parts[told[0].actor or 0]
    opening.roles.discard("")
    if not opening.roles & set(plan.body.start.roles):
        opening.roles.add(_start_role(plan, opening, told[0]))
    for decides in plan.body.start.when:
        by = _opened_by(plan, opening, told[0], decides)
        if by is not None and by.roles and not set(by.roles) & opening.roles:
            opening.roles.add(_fitting(opening, by.roles))
    last = told[-1].actor
    holds = needs.holds
    if holds is not None and last is not None:
        possible = (
            r
            for r in sorted(counting_as(holds))
            if not parts[last].avoided & held_with(r)
            and together(frozenset(parts[last].roles | {r}))
        )
        parts[last].roles.add(next(possible, holds))
    for part in parts:
        if part.signs and not any(counted_as(role) & set(needs.lacks) for role in part.roles):
            part.absent |= frozenset[str]().union(*(counting_as(role) for role in needs.lacks))
    chosen: list[Player] = []
    for number, part in enumerate(parts):
        taken = {
            chosen[other].name
            for other in range(number)
            if parts[other].first <= part.last and part.first <= parts[other].last
        }
        chosen.append(_player(part, taken, number))
    return chosen


def _start_role(plan: Plan, part: Part, opening: Scene) -> str:
    """Return a role with which this person may open the case, so as the form says."""
    roles = list(plan.body.start.roles)
    for decides in plan.body.start.when:
        by = _opened_by(plan, part, opening, decides)
        if by is not None and by.roles and set(by.roles) & set(roles):
            roles = [role for role in roles if role in by.roles]
    return _fitting(part, roles)


def _fitting(part: Part, roles: Sequence[str]) -> str:
    fitting = (
        role
        for role in roles
        if role not in part.avoided and together(frozenset(part.roles | {role}))
    )
    return next(fitting, roles[0])


def _opened_by(plan: Plan, part: Part, opening: Scene, field: str) -> OpenedBy | None:
    """Return who may open a case with what is chosen; None if everybody of the roles may."""
    choice = chosen(plan, opening, field, frozenset(part.roles), frozenset(plan.body.start.roles))
    return plan.body.start.when[field].get(choice)


def chosen(
    plan: Plan,
    opening: Scene,
    field: str,
    roles: frozenset[str],
    others: frozenset[str] = frozenset(),
) -> str:
    """Return what is chosen in a field, such as one that decides who may open the case.

    Something rather than nothing, so that a walk shows what is done with it.

    Args:
        roles: the opener's.
        others: roles that they may be given to open it.
    """
    if field in plan.known:
        place = plan.known.index(field)
        return plan.choices[place][opening.done.done.known[place]]
    if field in (made := dict(opening.done.done.choices)):
        return made[field]
    when = plan.body.start.when.get(field, {})
    choices = sorted(plan.definition.field(field).choices or {}, key=lambda one: one == NOTHING)
    for held in (roles, roles | others):
        for choice in choices:
            by = when.get(choice)
            if by is None or set(by.roles) & held or _is_opener(plan, opening, by.person):
                return choice
    # Who may choose it at all; the opener then gets their role.
    by_role = (choice for choice in choices if choice in when and when[choice].roles)
    return next(by_role, next(iter(choices), ""))


def _is_opener(plan: Plan, opening: Scene, field: str | None) -> bool:
    return field is not None and opening.actor in opening.bound.get(plan.binds(field), ())


def _player(part: Part, taken: set[str], number: int) -> Player:
    players, uploads = community()
    authors = {name for upload in uploads for name in upload["authors"]}
    fitting = [
        p
        for p in players
        if p.name not in taken
        and part.roles <= p.roles
        and not (part.avoided | part.absent) & p.roles
        and (not part.author or p.name in authors)
    ]
    if fitting:
        return min(fitting, key=lambda p: (len(p.roles), p.name != "fenna" and part.author))
    name = f"somebody-{number + 1}"
    return Player(name, f"{name}@example.org", frozenset(part.roles | {"member"}), invented=True)
