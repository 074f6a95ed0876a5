"""Who can open a case with which choices: that nobody else can than an invariant lets (`opened`).

It is asked of each choice, also of those that `start.when` doesn't list: whoever `start.roles`
names can make them. A case that another one opens has the other's opener, so it is asked who could
open that one, with what leads to these choices. What can't be told is refused. (Where a file is
checked by itself, no other process is looked up.)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from definitions.catalogue import OpenCase
from definitions.checks.context import OPENER, Context
from definitions.invariant import Invariant, Openers
from definitions.model import Body, OpenedBy, Start
from definitions.rules.effects import NOTHING
from definitions.rules.seeing import MEMBER

Why = tuple[str, str]
"""Why an invariant doesn't hold, and what to do about it."""


@dataclass(frozen=True)
class _Allowed:
    """Whom an invariant lets open a case.

    Attributes:
        roles: holders of these.
        people: fields of which any names who may.
        teams: of those holders only who leads a team of whom one of these fields names; None for
            all of them.
    """

    roles: frozenset[str]
    people: frozenset[str]
    teams: frozenset[str] | None

    def everybody(self) -> bool:
        """Say whether it lets anybody at all: everybody is a Member."""
        return MEMBER in self.roles and self.teams is None

    def stranger(self, by: OpenedBy) -> str | None:
        """Return somebody else whom a choice lets open a case, in words; None if it lets nobody."""
        others = [role for role in by.roles if role not in self.roles]
        if self.teams is not None and by.team_of not in self.teams:
            others = list(by.roles)
        if others:
            return f"`{others[0]}`"
        if by.person is not None and by.person not in self.people:
            return f"whoever `{by.person}` names"
        return None


def opened_by_others(context: Context, invariant: Invariant, openers: Openers) -> Iterator[Why]:
    """Yield who else can open a case, with which choices, and what to do about it."""
    for choices, roles in _choices(context, invariant, openers):
        people = frozenset({openers.person}) if openers.person else frozenset[str]()
        teams = frozenset({openers.team_of}) if openers.team_of else None
        allowed = _Allowed(roles, people, teams)
        other = _stranger(context.body.start, choices, allowed)
        if other is not None:
            who, so = other
            told = f"{who} can open it{_with(so)}"
            yield told, "Narrow `start.roles`, or `start.when` for what is chosen."
        yield from _by_cases(context, choices, openers, roles)


def _choices(
    context: Context, invariant: Invariant, openers: Openers
) -> Iterator[tuple[dict[str, str], frozenset[str]]]:
    """Yield the choices that an invariant is asked for, each with the roles that may make them."""
    field = context.body.start.fields.get(openers.head_of or "")
    if openers.head_of is None or field is None:
        yield dict(invariant.when), frozenset(openers.roles)
        return
    for choice in field.choices or ():
        if choice != NOTHING and invariant.when.get(openers.head_of, choice) == choice:
            roles = frozenset({*openers.roles, *_leading(context, choice)})
            yield {**invariant.when, openers.head_of: choice}, roles


def _leading(context: Context, what: str) -> Iterator[str]:
    """Yield the roles that manage an access list, or lead the team of a role."""
    yield from (one.manager for one in context.organisation.access_lists if one.id == what)
    yield from (team.leader for team in context.organisation.teams if team.member == what)


def _with(choices: Mapping[str, str]) -> str:
    so = ", ".join(f"`{field}: {choice}`" for field, choice in choices.items())
    return f" with {so}" if so else ""


def _stranger(
    start: Start, choices: Mapping[str, str], allowed: _Allowed
) -> tuple[str, dict[str, str]] | None:
    """Return who else can open a case so, and with which choices; None if nobody can.

    Whoever opens it holds one of `start.roles`, and for each field of `start.when` is somebody
    whom the choice made there lets open it; so one field that lets nobody else is enough.

    Args:
        choices: those made; every other field may say whatever it can.
    """
    others = [
        role for role in start.roles if allowed.teams is not None or role not in allowed.roles
    ]
    if allowed.everybody() or not others:
        return None
    named, made = None, dict(choices)
    for field, by_choice in start.when.items():
        spec = start.fields.get(field)
        possible = (spec.choices if spec is not None else None) or {}
        for choice in [choices[field]] if field in choices else possible:
            by = by_choice.get(choice)
            stranger = allowed.stranger(by) if by is not None else f"`{others[0]}`"
            if stranger is not None:
                made[field] = choice
                named = named or (stranger if by is not None else None)
                break
        else:
            return None
    return named or f"`{others[0]}`", made


def _by_cases(
    context: Context, choices: Mapping[str, str], openers: Openers, roles: frozenset[str]
) -> Iterator[Why]:
    """Yield processes whose cases open one with these choices for somebody else."""
    # What can be amended here may become what is asked for, or name somebody else, afterwards.
    amended = context.body.amend.fields if context.body.amend is not None else ()
    fixed = {field: choice for field, choice in choices.items() if field not in amended}
    kept = {key: None for key in ("person", "team_of") if getattr(openers, key) in amended}
    let = (openers.model_copy(update=kept), openers.team_of is not None, roles)
    for process in context.body.start.cases:
        parent = context.library.get(process)
        for effect in parent.effects if parent is not None else ():
            opened = effect.open
            if parent is None or opened is None or opened.process != context.body.process:
                continue
            wanted = _wanted(parent, opened, fixed)
            if wanted is not None:
                yield from _by_case(parent, opened, wanted, let)


def _wanted(parent: Body, opened: OpenCase, choices: Mapping[str, str]) -> dict[str, str] | None:
    """Return what must be chosen in a case for one that it opens to have these choices.

    None if it never has them.
    """
    wanted: dict[str, str] = {}
    for field, choice in choices.items():
        handed = opened.with_.get(field)
        if handed is None or handed.choice not in {None, choice}:
            return None
        if handed.field is not None:
            spec = parent.start.fields.get(handed.field)
            known = (spec.choices if spec is not None else None) or {}
            if choice not in known or wanted.setdefault(handed.field, choice) != choice:
                return None
    return wanted


def _by_case(
    parent: Body,
    opened: OpenCase,
    wanted: Mapping[str, str],
    let: tuple[Openers, bool, frozenset[str]],
) -> Iterator[Why]:
    """Yield who else can open a case that opens one with what is wanted there.

    Args:
        let: whom the invariant lets, by fields that stay as they are; whether holders must lead a
            team; and holders of which roles.
    """
    openers, leading, roles = let
    people = _fields_behind(parent, opened, openers.person)
    teams = _fields_behind(parent, opened, openers.team_of) if leading else None
    allowed = _Allowed(roles, people, teams)
    if OPENER in people or allowed.everybody():
        return
    told = f"a case of `{parent.process}` opens it (`{opened.as_}`) for its own opener"
    if parent.start.cases:
        why = f"{told}, and other cases open that one in their turn: who that is can't be told"
        yield why, f"Let people alone open a `{parent.process}`, or none of its cases open this."
        return
    other = _stranger(parent.start, wanted, allowed)
    if other is not None:
        who, so = other
        narrow = f"Narrow `start.roles` or `start.when` of `{parent.process}`"
        why = f"{told}, and {who} can open that one{_with(so)}"
        yield why, f"{narrow}, or hand over something else."


def _fields_behind(parent: Body, opened: OpenCase, field: str | None) -> frozenset[str]:
    """Return the fields of a case that name whom a field of the one that it opens names.

    `opener` is among them where that is the case's opener. What can be amended names nobody: it may
    have named somebody else when the case was opened.
    """
    handed = opened.with_.get(field or "")
    if handed is None:
        return frozenset()
    if handed.person == OPENER:
        return frozenset({OPENER})
    person = parent.people.get(handed.person or "")
    behind = person.from_ if person is not None else handed.field
    amended = parent.amend.fields if parent.amend is not None else ()
    return frozenset() if behind is None or behind in amended else frozenset({behind})
