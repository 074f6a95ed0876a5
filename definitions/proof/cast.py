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

from definitions.proof.acts import Next
from definitions.proof.plan import Plan
from definitions.proof.roles import counting_as, held_with, together
from definitions.reading import read_yaml


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
    absent: set[str] = field(default_factory=set)
    """Roles that they must not count as, or the walk would show nothing."""


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
        for chosen in bound.values():
            for part in chosen:
                parts[part].author = True
        told.append(Scene(step, actor, bound))
        left = [(mask, part) for mask, part in zip(step.persons, here, strict=False) if mask]
        here = [part for _, part in sorted(left)]
    return told, parts


def _note(plan: Plan, part: Part, step: Next) -> None:
    done = step.done
    if done.kind == "open":
        roles = plan.body.start.roles
        part.roles.add("member" if "member" in roles else "")
    if done.kind not in {"sign", "decline"}:
        return
    if done.role:
        part.roles.add(done.role)
    for seat in plan.steps[done.step].seats:
        if seat.name == done.seat:
            part.avoided |= seat.holders


def cast(plan: Plan, told: list[Scene], parts: list[Part], holds: str | None) -> list[Player]:
    """Return who plays each part.

    Args:
        holds: a role that whoever acts last must count as, None if it doesn't matter.
    """
    opening = parts[told[0].actor or 0]
    opening.roles.discard("")
    if not opening.roles & set(plan.body.start.roles):
        opening.roles.add(_start_role(plan, opening))
    last = told[-1].actor
    if holds is not None and last is not None:
        possible = (
            r
            for r in sorted(counting_as(holds))
            if not parts[last].avoided & held_with(r)
            and together(frozenset(parts[last].roles | {r}))
        )
        parts[last].roles.add(next(possible, holds))
    chosen: list[Player] = []
    for number, part in enumerate(parts):
        taken = {
            chosen[other].name
            for other in range(number)
            if parts[other].first <= part.last and part.first <= parts[other].last
        }
        chosen.append(_player(part, taken, number))
    return chosen


def _start_role(plan: Plan, part: Part) -> str:
    """Return a role with which this person may open the case."""
    fitting = (
        role
        for role in plan.body.start.roles
        if role not in part.avoided and together(frozenset(part.roles | {role}))
    )
    return next(fitting, plan.body.start.roles[0])


def _player(part: Part, taken: set[str], number: int) -> Player:
    players, uploads = community()
    authors = {name for upload in uploads for name in upload["authors"]}
    fitting = [
        p
        for p in players
        if p.name not in taken
        and part.roles <= p.roles
        and not part.avoided & p.roles
        and (not part.author or p.name in authors)
    ]
    if fitting:
        return min(fitting, key=lambda p: (len(p.roles), p.name != "fenna" and part.author))
    name = f"somebody-{number + 1}"
    return Player(name, f"{name}@example.org", frozenset(part.roles | {"member"}), invented=True)
