"""Who there is under the policy: roles, teams, groups, bodies, mailing lists, access lists.

It knows no people: who holds a role is the directory's to say. What roles exclude each other
is in `exclusivity.py`.

Rules held: every reference leads to something of the right kind; no two things share an id
(so that an id in a definition means one thing); every citation is a section; a team's leader
role belongs to that team alone, and so does its member role (Policy 1.1.1, 3.4.2, 9.1.2).
"""

from __future__ import annotations

import difflib
import functools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import resources
from typing import Annotated, Final, Protocol, TypeVar

from pydantic import AfterValidator, Field

from definitions.checking import plain, shape
from definitions.citations import check_citation
from definitions.errors import DefinitionError, DefinitionsError, raise_all
from definitions.reading import KeyPath, Plain, Positions, read_yaml

ORGANISATION_FILE: Final = "definitions/organisation.yaml"
MEMBER: Final = "member"
"""The role of everybody who has accepted the Community Agreement (3.4.1)."""


def _in_english(words: Mapping[str, str]) -> Mapping[str, str]:
    if not words.get("en"):
        raise ValueError("the English words (`en`) are missing.")
    return words


Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=60)]
Words = Annotated[Mapping[str, str], AfterValidator(_in_english)]
Address = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$", max_length=254)]


@dataclass(frozen=True)
class Role:
    """A role that people hold.

    Attributes:
        id: Its name in definitions, such as `systems-administrator`.
        title: What one holder is called, by language.
        plural: What several are called, by language.
        policy: The section that defines it.
        critical: Whether it is one of the critical roles of 1.1.1.
        who_is: One sentence about who holds it, by language.
        office: Whether it is an office that the community fills under other rules: no
            termination of staff (9.1.7) ends it.
    """

    id: Id
    title: Words = field(hash=False)
    plural: Words = field(hash=False)
    policy: str
    critical: bool
    who_is: Words = field(hash=False)
    office: bool = False


@dataclass(frozen=True)
class Team:
    """A team: its members' role, its leader's role, and its mailing list (by id)."""

    id: Id
    title: Words = field(hash=False)
    policy: str
    member: Id
    leader: Id
    list: Id


@dataclass(frozen=True)
class Group:
    """A group that any Member may join; it has no leader and is no team for 9.1.2."""

    id: Id
    title: Words = field(hash=False)
    policy: str
    member: Id
    list: Id


@dataclass(frozen=True)
class Body:
    """A body that decides by vote: its members' role, and its mailing list (by id)."""

    id: Id
    title: Words = field(hash=False)
    policy: str
    member: Id
    list: Id


@dataclass(frozen=True)
class MailingList:
    """A list that mail is sent to; `address` is a placeholder until an installation sets it."""

    id: Id
    title: Words = field(hash=False)
    address: Address


@dataclass(frozen=True)
class AccessList:
    """An access control list of Policy 3.4.2.

    Attributes:
        id: Its name in definitions.
        title: Its name in the policy, by language.
        policy: The section.
        who: The role whose holders may be on it.
        purpose: What the access is for, in the policy's words.
        relationship: How it stands to other lists, in the policy's words.
        manager: The role that manages it.
        includes: The list all of whose people are on this one by default, if there is one.
    """

    id: Id
    title: Words = field(hash=False)
    policy: str
    who: Id
    purpose: Words = field(hash=False)
    relationship: Words = field(hash=False)
    manager: Id
    includes: Id | None = None


@dataclass(frozen=True)
class Admission:
    """What alone gives people roles and access (Policy 9.1.5): which end of which process.

    Attributes:
        body: the body whose vote decides it, there or in a case's own step.
    """

    process: Id
    outcome: Id
    body: Id
    policy: str


class UnknownName(DefinitionsError, LookupError):  # noqa: N818 - named after what happened
    """An id was asked for that the organisation doesn't have."""


@dataclass(frozen=True)
class Organisation:
    """Everything of `organisation.yaml`, in the order of the file."""

    roles: tuple[Role, ...]
    teams: tuple[Team, ...]
    groups: tuple[Group, ...]
    bodies: tuple[Body, ...]
    lists: tuple[MailingList, ...]
    access_lists: tuple[AccessList, ...]
    admission: Admission | None = None

    def role(self, id_: str) -> Role:
        """Return the role with this id; raise UnknownName if there is none."""
        return _find("role", self.roles, id_)

    def has_role(self, id_: str) -> bool:
        """Whether there is a role with this id."""
        return any(role.id == id_ for role in self.roles)

    def team(self, id_: str) -> Team:
        """Return the team with this id; raise UnknownName if there is none."""
        return _find("team", self.teams, id_)

    def group(self, id_: str) -> Group:
        """Return the group with this id; raise UnknownName if there is none."""
        return _find("group", self.groups, id_)

    def body(self, id_: str) -> Body:
        """Return the body with this id; raise UnknownName if there is none."""
        return _find("body", self.bodies, id_)

    def list(self, id_: str) -> MailingList:
        """Return the mailing list with this id; raise UnknownName if there is none."""
        return _find("mailing list", self.lists, id_)

    def access_list(self, id_: str) -> AccessList:
        """Return the access list with this id; raise UnknownName if there is none."""
        return _find("access list", self.access_lists, id_)

    def leader_of(self, team: str) -> Role:
        """Return the role that leads a team; raise UnknownName if there is no such team."""
        return self.role(self.team(team).leader)

    def team_of(self, role: str) -> Team | None:
        """Return the team whose member or leader a role is; None if it is neither."""
        return next((team for team in self.teams if role in (team.member, team.leader)), None)

    def critical_roles(self) -> tuple[Role, ...]:
        """Return the critical roles of Policy 1.1.1."""
        return tuple(role for role in self.roles if role.critical)

    def to_json(self) -> dict[str, Plain]:
        """Return everything as plain values."""
        result: dict[str, Plain] = plain(self)
        return result


@functools.cache
def load_organisation() -> Organisation:
    """Return the organisation as this package carries it; read once.

    Raises:
        DefinitionsError: If the file is not in order.
    """
    file = resources.files("definitions").joinpath("organisation.yaml")
    return organisation_from(*read_yaml(file, name=ORGANISATION_FILE))


def ends_with_all(role: str) -> bool:
    """Say whether a role ends where a termination ends all roles of somebody (Policy 9.1.7).

    Being a Member doesn't, nor an office that the community fills under other rules: else one team
    leader could empty the Board.
    """
    offices = {one.id for one in load_organisation().roles if one.office}
    return role != MEMBER and role not in offices


def organisation_from(data: Plain, positions: Positions) -> Organisation:
    """Make an organisation from what a file holds.

    Args:
        data: What `read_yaml` gave.
        positions: Where it stands.

    Returns:
        The organisation.

    Raises:
        DefinitionErrors: If it is of another shape, or breaks a rule of the module's
            docstring; all that is wrong at once.
    """
    organisation = shape(Organisation, data, positions)
    raise_all(list(_problems(organisation, positions)))
    return organisation


class _Named(Protocol):
    @property
    def id(self) -> str: ...


_Thing = TypeVar("_Thing", bound=_Named)


def _find(kind: str, things: Sequence[_Thing], id_: str) -> _Thing:
    for thing in things:
        if thing.id == id_:
            return thing
    raise UnknownName(f"There is no {kind} `{id_}`. {_known(id_, [thing.id for thing in things])}")


def _known(id_: str, ids: Sequence[str]) -> str:
    near = difflib.get_close_matches(id_, ids, n=1)
    return f"Did you mean `{near[0]}`?" if near else f"There are: {', '.join(ids)}."


def _problems(organisation: Organisation, positions: Positions) -> Iterator[DefinitionError]:
    yield from _same_ids(organisation, positions)
    yield from _wrong_citations(organisation, positions)
    yield from _wrong_references(organisation, positions)
    yield from _shared_roles(organisation, positions)
    yield from _wrong_admission(organisation, positions)


def _everything(organisation: Organisation) -> Iterator[tuple[KeyPath, _Named]]:
    for key in ("roles", "teams", "groups", "bodies", "lists", "access_lists"):
        for index, thing in enumerate(getattr(organisation, key)):
            yield (key, index), thing


def _same_ids(organisation: Organisation, positions: Positions) -> Iterator[DefinitionError]:
    seen: dict[str, KeyPath] = {}
    for path, thing in _everything(organisation):
        if thing.id in seen:
            line = positions.line((*seen[thing.id], "id"))
            sentence = f"The id `{thing.id}` is taken already (line {line})."
            yield positions.error((*path, "id"), sentence, "Give this one another id.")
        seen.setdefault(thing.id, path)


def _wrong_citations(organisation: Organisation, positions: Positions) -> Iterator[DefinitionError]:
    for path, thing in _everything(organisation):
        policy = getattr(thing, "policy", None)  # mailing lists cite nothing
        finding = None if policy is None else check_citation(policy)
        if finding is not None:
            yield positions.error((*path, "policy"), finding.sentence, finding.remedy)


def _references(organisation: Organisation) -> Iterator[tuple[str, Iterable[_Named]]]:
    """Which key refers to what; a key means the same wherever it stands."""
    yield "member", organisation.roles
    yield "leader", organisation.roles
    yield "who", organisation.roles
    yield "manager", organisation.roles
    yield "list", organisation.lists
    yield "includes", organisation.access_lists


def _wrong_references(
    organisation: Organisation, positions: Positions
) -> Iterator[DefinitionError]:
    for key, targets in _references(organisation):
        ids = [target.id for target in targets]
        for path, thing in _everything(organisation):
            wanted = getattr(thing, key, None)
            if wanted is not None and wanted not in ids:
                sentence = f"`{key}` names `{wanted}`, which isn't listed in this file."
                yield positions.error((*path, key), sentence, _known(wanted, ids))


def _shared_roles(organisation: Organisation, positions: Positions) -> Iterator[DefinitionError]:
    teams = organisation.teams
    used = Counter(role for team in teams for role in (team.member, team.leader))
    for index, team in enumerate(teams):
        for key, role in (("member", team.member), ("leader", team.leader)):
            if used[role] > 1:
                sentence = f"The role `{role}` belongs to more than one team, or twice to one."
                remedy = "Give each team a member role and a leader role of its own (9.1.2)."
                yield positions.error(("teams", index, key), sentence, remedy)


def _wrong_admission(organisation: Organisation, positions: Positions) -> Iterator[DefinitionError]:
    admission = organisation.admission
    if admission is None:
        return
    finding = check_citation(admission.policy)
    if finding is not None:
        yield positions.error(("admission", "policy"), finding.sentence, finding.remedy)
    bodies = [body.id for body in organisation.bodies]
    if admission.body not in bodies:
        sentence = f"`body` names `{admission.body}`, which isn't listed in this file."
        yield positions.error(("admission", "body"), sentence, _known(admission.body, bodies))
