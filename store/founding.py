"""Sets up a community: people, addresses, roles and access lists, as the directory's first entries.

Done once in a database's life. Later changes to the directory are motions of the Board, by
other ways. Roles that one person may not hold together (Policy 3.4.2) are refused; what the
policy only warns of (9.1.2) is let through and said.
"""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert

from definitions.acts import Facts, SignedAct
from definitions.canonical import Json
from definitions.clock import Clock, stamp
from definitions.exclusivity import Finding, check_holdings, staffing
from definitions.organisation import load_organisation
from store import tables
from store.access.seals import sealed
from store.commitments import signed_by_worker
from store.database import Database
from store.directory import is_founded
from store.errors import StoreError
from store.founding_file import OPERATOR, CommunityFileError, CommunityRow, Problem, read_community
from store.keys import register_key
from store.signatures import SigningKey
from store.streams import DIRECTORY, append_rolling

__all__ = [
    "AlreadyFoundedError",
    "CommunityFileError",
    "CommunityRow",
    "Founded",
    "FoundedPerson",
    "found_community",
    "read_community",
]

FOUNDED = "founded"
"""The kind of the entry that brings somebody into the directory at the beginning."""
MEMBER = "member"


class AlreadyFoundedError(StoreError):
    """This database has a community already."""


@dataclass(frozen=True)
class FoundedPerson:
    """Somebody of the new community, with all roles and access lists that they have now."""

    id: str
    name: str
    emails: tuple[str, ...]
    roles: tuple[str, ...]
    lists: tuple[str, ...] = ()
    motion: str = ""


@dataclass(frozen=True)
class Founded:
    """The new community, and what the policy warns of in it (9.1.2: a team with one member …)."""

    people: tuple[FoundedPerson, ...]
    findings: tuple[Finding, ...]


def new_person_id() -> str:
    """Return an id that says nothing about the person."""
    return f"p-{secrets.token_hex(6)}"


def found_community(
    database: Database,
    rows: Sequence[CommunityRow],
    *,
    clock: Clock,
    web_key: SigningKey,
    worker_key: SigningKey,
    new_id: Callable[[], str] = new_person_id,
) -> Founded:
    """Set up the community in one transaction; registers the public keys as well.

    Raises:
        CommunityFileError: somebody would hold roles that exclude each other.
        AlreadyFoundedError: there is a community already.
    """
    held = {row: _roles(row) for row in rows}
    warned = _checked(held)
    at = stamp(clock.now())
    with database.writing() as connection:
        if is_founded(connection):
            raise AlreadyFoundedError(
                "There is a community in this database already, and its directory is changed by "
                "the Board's motions only (Policy 9.1.5). Set COUNTERSIGN_DATABASE_URL to an empty "
                "one to begin another."
            )
        register_key(connection, worker_key, "worker", at=at, worker_key=worker_key)
        register_key(connection, web_key, "web", at=at, worker_key=worker_key)
        people = [
            FoundedPerson(new_id(), row.name, row.emails, roles, _lists(row), row.motion)
            for row, roles in held.items()
        ]
        acts = []
        for seq, (person, row) in enumerate(zip(people, held, strict=True), start=1):
            act = _act(seq, person, row.language, at, worker_key)
            acts.append((act, Facts(at, people={"person": (person.id,)}).to_json()))
            _insert(connection, person, row.language, at, act.act["id"])
        append_rolling(connection, DIRECTORY, "directory", acts)
    return Founded(tuple(people), (*warned, *_staffing(people)))


def _roles(row: CommunityRow) -> tuple[str, ...]:
    organisation = load_organisation()
    leads = [organisation.team(team).leader for team in row.leads]
    # Who only keeps the program running has no right in any case, not even a Member's to read it.
    member = (MEMBER,) if row.member else ()
    return tuple(sorted({*member, *row.roles, *leads}))


def _lists(row: CommunityRow) -> tuple[str, ...]:
    """Return the lists with those that include one of them by default (3.4.2)."""
    including = (
        one.id for one in load_organisation().access_lists if one.includes in set(row.lists)
    )
    return tuple(sorted({*row.lists, *including}))


def _checked(held: dict[CommunityRow, tuple[str, ...]]) -> list[Finding]:
    """Return what is warned of; raise if anything is forbidden."""
    problems: list[Problem] = []
    warned: list[Finding] = []
    for row, roles in held.items():
        for finding in check_holdings([role for role in roles if role != OPERATOR]):
            if finding.severity == "forbidden":
                remedy = "Take one of the roles away from this line."
                sentence = f"{row.name}: {finding.sentence}"
                problems.append(Problem(row.line, sentence, remedy, finding.section))
            else:
                warned.append(finding)
    if problems:
        raise CommunityFileError(problems)
    return warned


def _staffing(people: Sequence[FoundedPerson]) -> tuple[Finding, ...]:
    roles = {role for person in people for role in person.roles} - {OPERATOR}
    return staffing(
        {role: [person.id for person in people if role in person.roles] for role in sorted(roles)}
    )


def _act(
    seq: int, person: FoundedPerson, language: str, at: str, worker_key: SigningKey
) -> SignedAct:
    values: dict[str, Json] = {
        "person": person.id,  # signed with what it is said of: facts aren't
        "name": person.name,
        "emails": list(person.emails),
        "roles": list(person.roles),
        "language": language,
    }
    if person.lists:
        values["lists"] = list(person.lists)
    if person.motion:
        values["motion"] = person.motion
    return signed_by_worker(
        worker_key,
        stream=DIRECTORY,
        act_id=f"{DIRECTORY}:{seq}:{FOUNDED}",
        kind=FOUNDED,
        values=values,
        cause={"init": True},
        at=at,
    )


def _insert(
    connection: Connection, person: FoundedPerson, language: str, at: str, act_id: str
) -> None:
    connection.execute(
        insert(tables.people).values(
            person=person.id, name=person.name, language=language, since=at
        )
    )
    connection.execute(
        insert(tables.addresses),
        [
            sealed(
                connection,
                tables.addresses,
                {"address": address, "person": person.id, "place": place},
            )
            for place, address in enumerate(person.emails)
        ],
    )
    held = {
        "person": person.id,
        "since": at,
        "act_id": act_id,
        "authority": person.motion or None,
    }
    connection.execute(insert(tables.grants), [held | {"role": role} for role in person.roles])
    if person.lists:
        connection.execute(
            insert(tables.list_entries), [held | {"list": one} for one in person.lists]
        )
