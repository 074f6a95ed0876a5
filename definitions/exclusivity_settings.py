"""What `exclusivity.yaml` can say, and the check that it says it about real roles.

What it means is in `exclusivity.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Final, Literal

from pydantic import Field

from definitions.checking import shape
from definitions.citations import check_citation
from definitions.errors import DefinitionError, raise_all
from definitions.organisation import Id, Organisation, Words

if TYPE_CHECKING:
    from definitions.reading import KeyPath, Plain, Positions

ANY_OTHER: Final = "any-other"

Kind = Literal["forbidden", "warned", "allowed"]
Severity = Literal["forbidden", "warned"]
Reason = Annotated[str, Field(min_length=1)]


@dataclass(frozen=True)
class Statement:
    """A kind with its section and the sentence behind it, as the file has it."""

    kind: Kind
    policy: str
    sentence: Words


@dataclass(frozen=True)
class Rule(Statement):
    """A statement about two roles; the second may be `any-other`."""

    between: tuple[Id, Id]


@dataclass(frozen=True)
class NeverCounts:
    """A role that is never another role."""

    role: Id
    policy: str
    sentence: Words


@dataclass(frozen=True)
class CountsAsOther:
    """Whether a role counts among "all other roles", and why we think so."""

    counts: bool
    judgement: Reason


@dataclass(frozen=True)
class StandsFor:
    """The role as which another one is judged, and why we think so."""

    role: Id
    judgement: Reason


@dataclass(frozen=True)
class Shortfall:
    """A statement about a team's staffing."""

    kind: Severity
    policy: str
    sentence: Words


@dataclass(frozen=True)
class Minimum(Shortfall):
    """How many members a team should have at least."""

    members: Annotated[int, Field(ge=1)]


@dataclass(frozen=True)
class Staffing:
    """How a team must be made up (Policy 9.1.2)."""

    minimum: Minimum
    no_leader: Shortfall
    several_leaders: Shortfall
    leader_from_outside: Shortfall
    several_teams: Shortfall


@dataclass(frozen=True)
class Settings:
    """What `exclusivity.yaml` holds."""

    rules: tuple[Rule, ...]
    otherwise: Statement
    same_team: Statement
    never_counts: tuple[NeverCounts, ...]
    counts_as_other_role: Mapping[Id, CountsAsOther]
    stands_for: Mapping[Id, StandsFor]
    staffing: Staffing


def settings_from(data: Plain, positions: Positions, organisation: Organisation) -> Settings:
    """Make the settings from what a file holds.

    Args:
        data: What `read_yaml` gave.
        positions: Where it stands.
        organisation: Whose roles it is about.

    Returns:
        Settings that fit the organisation.

    Raises:
        DefinitionErrors: If the file is of another shape, names a role that doesn't exist,
            has two rules for one pair or a rule that could never apply, or cites what isn't
            a section; all that is wrong at once.
    """
    settings = shape(Settings, data, positions)
    raise_all(list(_problems(settings, positions, organisation)))
    return settings


def _problems(
    settings: Settings, positions: Positions, organisation: Organisation
) -> Iterator[DefinitionError]:
    for path, role in _roles(settings):
        if not organisation.has_role(role):
            sentence = f"There is no role `{role}`."
            yield positions.error(path, sentence, "Name a role of organisation.yaml.")
    yield from _judged_as_others(settings, positions, organisation)
    for path, citation in _citations(settings):
        finding = check_citation(citation)
        if finding is not None:
            yield positions.error(path, finding.sentence, finding.remedy)
    seen: set[frozenset[str]] = set()
    for index, rule in enumerate(settings.rules):
        if frozenset(rule.between) in seen:
            sentence = "These two roles have a rule already, further up."
            yield positions.error(("rules", index), sentence, "Keep one of the two rules.")
        seen.add(frozenset(rule.between))


def _judged_as_others(
    settings: Settings, positions: Positions, organisation: Organisation
) -> Iterator[DefinitionError]:
    """A rule about a role that is judged as another one would never apply."""
    of_teams = {role for team in organisation.teams for role in (team.member, team.leader)}
    others = {team.leader for team in organisation.teams} | set(settings.stands_for)
    for path, role in _roles(settings):
        if path[0] in ("rules", "stands_for") and path[-1] != role and role in others:
            sentence = f"`{role}` is judged as another role, so nothing can be said of it here."
            yield positions.error(path, sentence, "Name the role as which it is judged.")
        if path[0] == "stands_for" and path[-1] == role and role in of_teams:
            sentence = f"`{role}` is a team's role and is judged as that team's member."
            yield positions.error(path, sentence, "Take it out.")


def _roles(settings: Settings) -> Iterator[tuple[KeyPath, str]]:
    for index, rule in enumerate(settings.rules):
        yield ("rules", index, "between", 0), rule.between[0]
        if rule.between[1] != ANY_OTHER:
            yield ("rules", index, "between", 1), rule.between[1]
    for index, never in enumerate(settings.never_counts):
        yield ("never_counts", index, "role"), never.role
    for role in settings.counts_as_other_role:
        yield ("counts_as_other_role", role), role
    for role, stands_for in settings.stands_for.items():
        yield ("stands_for", role), role
        yield ("stands_for", role, "role"), stands_for.role


def _citations(settings: Settings) -> Iterator[tuple[KeyPath, str]]:
    for index, rule in enumerate(settings.rules):
        yield ("rules", index, "policy"), rule.policy
    for index, never in enumerate(settings.never_counts):
        yield ("never_counts", index, "policy"), never.policy
    yield ("otherwise", "policy"), settings.otherwise.policy
    yield ("same_team", "policy"), settings.same_team.policy
    for name in Staffing.__dataclass_fields__:
        yield ("staffing", name, "policy"), getattr(settings.staffing, name).policy
