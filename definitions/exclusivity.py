"""Which roles one person may hold together, and whether teams are staffed as they should be.

Pure: roles go in, findings come out. It knows no directory; who asks hands in who holds what.

Rules held (all of them data, in `exclusivity.yaml`):

- An Access Engineer holds no other role; a Systems Administrator is neither Software Assessor
  nor Support Engineer (Policy 3.4.2). A Software Assessor who is also a Support Engineer is
  active in two teams, which should not be (Policy 9.1.2).
- Leading a team is being active in it: with another team's role it counts as that team's
  membership does, with one's own team it never counts.
- The relation of two roles is the same in both directions, and defined for every pair.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from importlib import resources
from itertools import combinations
from typing import TYPE_CHECKING, Final

from definitions.checking import plain
from definitions.exclusivity_settings import (
    ANY_OTHER,
    Kind,
    Rule,
    Settings,
    Severity,
    Shortfall,
    Statement,
    settings_from,
)
from definitions.organisation import Organisation, Team, load_organisation
from definitions.reading import Plain, Positions, read_yaml

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

EXCLUSIVITY_FILE: Final = "definitions/exclusivity.yaml"


@dataclass(frozen=True)
class Relation:
    """What the policy says of one person holding two roles.

    Attributes:
        kind: `forbidden`, `warned` ("should not") or `allowed`.
        section: The section that says so.
        sentence: Why, as a sentence.
    """

    kind: Kind
    section: str
    sentence: str


@dataclass(frozen=True)
class Finding:
    """Something that the policy forbids, or says should not be.

    Attributes:
        severity: `forbidden` or `warned`.
        section: The section.
        sentence: What is wrong, naming the roles or the team by title.
        roles: The roles (by id) that it is about, in the organisation's order.
        team: The team (by id), if it is about one.
        people: Who it is about, as handed in, sorted; empty if it is about no one in particular.
    """

    severity: Severity
    section: str
    sentence: str
    roles: tuple[str, ...]
    team: str | None = None
    people: tuple[str, ...] = ()


class Exclusivity:
    """The matrix of roles, and the rules of staffing. Immutable."""

    def __init__(self, settings: Settings, organisation: Organisation) -> None:
        """Args: settings that fit the organisation (`exclusivity_from` checks them)."""
        self.settings = settings
        self._organisation = organisation
        self._order = {role.id: index for index, role in enumerate(organisation.roles)}
        self._never = {never.role: never for never in settings.never_counts}

    def relation(self, a: str, b: str) -> Relation:
        """What the policy says of one person holding `a` and `b`.

        Args:
            a: A role's id.
            b: Another's, or the same.

        Returns:
            The relation; the same for (b, a).

        Raises:
            UnknownName: If the organisation has no such role.
        """
        self._organisation.role(a)
        self._organisation.role(b)
        for role in (a, b):
            if role in self._never and a != b:
                never = self._never[role]
                return Relation("allowed", never.policy, never.sentence["en"])
        first, second = self._sorted((self._judged_as(a), self._judged_as(b)))
        if first == second:
            return _relation(self.settings.same_team)
        for rule in self.settings.rules:
            if self._applies(rule, first, second):
                return _relation(rule)
        return self._unnamed(first, second)

    def check_holdings(self, roles: Collection[str]) -> tuple[Finding, ...]:
        """What is wrong with one person holding these roles.

        Args:
            roles: Ids of all roles that the person holds, or would hold.

        Returns:
            A finding for each pair that is forbidden or warned, what is forbidden first.

        Raises:
            UnknownName: If the organisation has no such role.
        """
        findings = []
        seen: set[frozenset[str]] = set()
        for a, b in combinations(self._sorted(set(roles)), 2):
            relation = self.relation(a, b)
            judged = frozenset((self._judged_as(a), self._judged_as(b)))
            # A member who also leads the team would be told the same thing twice.
            if relation.kind != "allowed" and judged not in seen:
                seen.add(judged)
                titles = " and ".join(self._title(role) for role in (a, b))
                may_not = "may not" if relation.kind == "forbidden" else "should not"
                sentence = f"{titles} {may_not} be one person. {relation.sentence}"
                findings.append(Finding(relation.kind, relation.section, sentence, (a, b)))
        return _forbidden_first(findings)

    def staffing(self, holders: Mapping[str, Collection[str]]) -> tuple[Finding, ...]:
        """What is wrong with how the teams are made up (Policy 9.1.2).

        Args:
            holders: People (any ids, one for each person) by the role that they hold. Roles
                that are missing are held by nobody.

        Returns:
            Findings, what is forbidden first, then in the order of the teams.

        Raises:
            UnknownName: If the organisation has no such role.
        """
        for role in holders:
            self._organisation.role(role)
        people = {role: frozenset(holding) for role, holding in holders.items()}
        findings = [
            finding
            for team in self._organisation.teams
            for finding in self._team(
                team, people.get(team.member, frozenset()), people.get(team.leader, frozenset())
            )
        ]
        return _forbidden_first([*findings, *self._in_several_teams(people)])

    def to_json(self) -> dict[str, Plain]:
        """The settings and what they rest on, as plain values: part of a definition's hash."""
        result: dict[str, Plain] = plain(self.settings)
        teams: list[Plain] = [
            {"id": team.id, "member": team.member, "leader": team.leader}
            for team in self._organisation.teams
        ]
        return {**result, "roles": list(self._order), "teams": teams}

    def _judged_as(self, role: str) -> str:
        """The role as which this one is judged: a leader as a member of the team."""
        team = self._organisation.team_of(role)
        if team is not None:
            return team.member
        stands_for = self.settings.stands_for.get(role)
        return stands_for.role if stands_for is not None else role

    def _applies(self, rule: Rule, first: str, second: str) -> bool:
        one, other = rule.between
        if other != ANY_OTHER:
            return {first, second} == {one, other}
        return any(
            role == one and self._counts(beside)
            for role, beside in ((first, second), (second, first))
        )

    def _counts(self, role: str) -> bool:
        setting = self.settings.counts_as_other_role.get(role)
        return setting is None or setting.counts

    def _unnamed(self, first: str, second: str) -> Relation:
        """The relation of a pair that no rule names: allowed, and why if we decided it."""
        names = {rule.between[0] for rule in self.settings.rules if ANY_OTHER in rule.between}
        for role, beside in ((first, second), (second, first)):
            setting = self.settings.counts_as_other_role.get(beside)
            if role in names and setting is not None:
                otherwise = self.settings.otherwise
                return Relation(otherwise.kind, otherwise.policy, setting.judgement)
        return _relation(self.settings.otherwise)

    def _team(
        self, team: Team, members: frozenset[str], leaders: frozenset[str]
    ) -> Iterator[Finding]:
        rules = self.settings.staffing
        active = members | leaders
        if len(active) < rules.minimum.members:
            yield self._shortfall(rules.minimum, team, len(active), (team.member,), ())
        if not leaders:
            yield self._shortfall(rules.no_leader, team, 0, (team.leader,), ())
        if len(leaders) > 1:
            role = (team.leader,)
            yield self._shortfall(rules.several_leaders, team, len(leaders), role, leaders)
        outside = leaders - members
        if outside:
            both = (team.member, team.leader)
            yield self._shortfall(rules.leader_from_outside, team, len(outside), both, outside)

    def _in_several_teams(self, people: Mapping[str, frozenset[str]]) -> Iterator[Finding]:
        rule = self.settings.staffing.several_teams
        for person in sorted(frozenset[str]().union(*people.values())):
            held = self._sorted(role for role, holding in people.items() if person in holding)
            roles = [role for role in held if self._organisation.team_of(role) is not None]
            teams = [
                team.title["en"]
                for team in self._organisation.teams
                if team.member in roles or team.leader in roles
            ]
            if len(teams) > 1:
                sentence = rule.sentence["en"].replace("{team}", " and ".join(teams))
                yield Finding(rule.kind, rule.policy, sentence, tuple(roles), people=(person,))

    @staticmethod
    def _shortfall(
        rule: Shortfall, team: Team, count: int, roles: tuple[str, ...], people: Iterable[str]
    ) -> Finding:
        sentence = rule.sentence["en"].replace("{team}", team.title["en"])
        sentence = sentence.replace("{count}", str(count))
        return Finding(rule.kind, rule.policy, sentence, roles, team.id, tuple(sorted(people)))

    def _sorted(self, roles: Iterable[str]) -> list[str]:
        return sorted(roles, key=lambda role: self._order[self._organisation.role(role).id])

    def _title(self, role: str) -> str:
        return self._organisation.role(role).title["en"]


@functools.cache
def load_exclusivity() -> Exclusivity:
    """The matrix as this package carries it; read once.

    Raises:
        DefinitionsError: If the file is not in order.
    """
    file = resources.files("definitions").joinpath("exclusivity.yaml")
    data, positions = read_yaml(file, name=EXCLUSIVITY_FILE)
    return exclusivity_from(data, positions, load_organisation())


def relation(a: str, b: str) -> Relation:
    """`Exclusivity.relation` of the matrix that this package carries."""
    return load_exclusivity().relation(a, b)


def check_holdings(roles: Collection[str]) -> tuple[Finding, ...]:
    """`Exclusivity.check_holdings` of the matrix that this package carries."""
    return load_exclusivity().check_holdings(roles)


def staffing(holders: Mapping[str, Collection[str]]) -> tuple[Finding, ...]:
    """`Exclusivity.staffing` of the matrix that this package carries."""
    return load_exclusivity().staffing(holders)


def exclusivity_from(data: Plain, positions: Positions, organisation: Organisation) -> Exclusivity:
    """Make the matrix from what a file holds.

    Args:
        data: What `read_yaml` gave.
        positions: Where it stands.
        organisation: Whose roles it is about.

    Returns:
        The matrix.

    Raises:
        DefinitionErrors: As `exclusivity_settings.settings_from`.
    """
    return Exclusivity(settings_from(data, positions, organisation), organisation)


def _relation(statement: Statement) -> Relation:
    return Relation(statement.kind, statement.policy, statement.sentence["en"])


def _forbidden_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: finding.severity != "forbidden"))
