"""What must be there before the program can run: folders, keys, tables, keys and definitions.

Everything here may be done twice, and again after every new version: that is what
`countersign migrate` and the start of `countersign up` do.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from definitions.checks import bodies_of, check_library, check_parts
from definitions.clock import stamp
from definitions.errors import raise_all
from definitions.exclusivity import staffing
from store import tables
from store.access.links import make_link, withdraw_links
from store.access.passwords import password_of
from store.cases import register_definition, registered_versions
from store.directory import Person, all_holders, is_founded, people
from store.founding import found_community, read_community
from store.founding_file import OPERATOR
from store.in_force import put_in_force, renew_openings
from store.keys import register_key
from store.record.sealing import begin_anew, seal_once
from worker.folders import make_folders
from worker.keys import load_keys, note_seals_made, seals_made
from worker.lock import changing
from worker.rooms import make_clock, make_library, open_database
from worker.sample import sample_community

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from definitions.loader import Library
    from store.database import Database
    from store.founding import Founded
    from worker.keys import Keys
    from worker.settings import Settings


def migrate(
    settings: Settings,
    keys: Keys,
    database: Database,
    *,
    proved: bool = True,
    in_force: bool = True,
) -> None:
    """Bring the tables up to date, register our public keys and definitions, put these in force.

    Args:
        settings: say where everything is.
        keys: ours.
        database: the one to bring up to date.
        proved: whether a definition that isn't registered yet must be proved first. Only walks
            that show what an unsound one would allow do without, in a stack of their own.
        in_force: whether cases begin under our definitions from now on: with the start of a
            program, but not with a command that only wants to do something else.

    Raises:
        store.errors.StoreError: the database can't be used.
        definitions.errors.DefinitionsError: a definition is not in order.
    """
    library = make_library(settings)
    # Whoever brings definitions of their own is told before a case can begin under an unsound one.
    bodies = bodies_of(library)
    raise_all([finding for source in library.sources for finding in check_parts(source, bodies)])
    database.migrate()
    if proved:
        _prove_new(library, database)
    at = stamp(make_clock(settings).now())
    with database.writing() as connection:
        worker_key = keys.worker_signing
        register_key(connection, worker_key, "worker", at=at, worker_key=worker_key)
        register_key(connection, keys.web_signing, "web", at=at, worker_key=worker_key)
        for definition in library.definitions():
            register_definition(connection, definition)
        if in_force:
            put_in_force(connection, library.definitions(), at, worker_key)
            renew_openings(connection, worker_key)
    _seal_old(settings, keys, database, at)


def _seal_old(settings: Settings, keys: Keys, database: Database, at: str) -> None:
    """Seal what is from before there were seals, once; a file beside the keys says that it was.

    Not the database: whoever can write there would have their own rows sealed by the next start.
    Under a new secret addresses are sealed again, since the record has them; all else ends.
    """
    ever, by_these = seals_made(settings.keys_folder)
    if by_these:
        return
    with database.writing() as connection:
        if ever:
            begin_anew(connection)
        else:
            seal_once(connection, at, keys.worker_signing)
    note_seals_made(settings.keys_folder)


def _prove_new(library: Library, database: Database) -> None:
    """Prove the definitions, if one of them was never registered: proving takes its time."""
    with database.reading() as connection:
        registered = registered_versions(connection)
    if registered.issuperset(one.version for one in library.definitions()):
        return
    raise_all([finding for report in check_library(library) for finding in report.findings])


@contextmanager
def prepared(settings: Settings, *, in_force: bool = True) -> Iterator[tuple[Keys, Database]]:
    """Give keys and an up-to-date database to a command, and close it afterwards.

    `in_force` as `migrate` has it.

    Raises:
        As `migrate`, and KeyFileError.
    """
    make_folders(settings)
    with changing(settings), unlocked(settings, in_force=in_force) as made:
        yield made


@contextmanager
def unlocked(
    settings: Settings, *, proved: bool = True, in_force: bool = True
) -> Iterator[tuple[Keys, Database]]:
    """Do the same for whoever holds the lock already; `proved`, `in_force` as `migrate` has it."""
    with opened(settings) as (keys, database):
        migrate(settings, keys, database, proved=proved, in_force=in_force)
        yield keys, database


@contextmanager
def opened(settings: Settings) -> Iterator[tuple[Keys, Database]]:
    """Give keys and database as they are, to a command that changes nothing."""
    keys = load_keys(settings.keys_folder)
    database = open_database(settings)
    try:
        yield keys, database
    finally:
        database.close()


def found(settings: Settings, keys: Keys, database: Database, text: str) -> Founded:
    """Set up the community that a CSV file describes.

    Raises:
        store.errors.StoreError: the file isn't in order, or there is a community already.
    """
    return found_community(
        database,
        read_community(text),
        clock=make_clock(settings),
        web_key=keys.web_signing,
        worker_key=keys.worker_signing,
    )


def has_community(database: Database) -> bool:
    """Say whether there is a community."""
    with database.reading() as connection:
        return is_founded(connection)


def has_cases(database: Database) -> bool:
    """Say whether any case was ever opened here."""
    with database.reading() as connection:
        return connection.scalar(select(tables.cases.c.case).limit(1)) is not None


def proxy_warnings(settings: Settings) -> tuple[str, ...]:
    """Return that a proxy must stand before the web which nobody has declared, if that is so."""
    if settings.web.trusted_proxies or not settings.public_url.startswith("https://"):
        return ()
    sentence = (
        f"{settings.public_url} says https, and nothing here speaks TLS: a proxy stands in front. "
        "Say how many with web.trusted_proxies. Until then all visitors count as one where tries "
        "are limited: one of them can use up those of all."
    )
    return (sentence,)


def staffing_warnings(database: Database, at: str) -> tuple[str, ...]:
    """Return what the policy warns of about the teams as they are staffed now (9.1.2)."""
    with database.reading() as connection:
        if not is_founded(connection):
            return ()
        holders = all_holders(connection, at)
    found = staffing({role: who for role, who in holders.items() if role != OPERATOR})
    return tuple(f"{finding.sentence} (Policy {finding.section})" for finding in found)


@dataclass(frozen=True)
class LinkedPerson:
    """Somebody with a new link to sign in by, once."""

    name: str
    address: str
    roles: tuple[str, ...]
    link: str

    def to_json(self) -> dict[str, object]:
        """Return it as JSON."""
        return {
            "name": self.name,
            "address": self.address,
            "roles": list(self.roles),
            "link": self.link,
        }


def sample_links(settings: Settings, database: Database) -> list[LinkedPerson]:
    """Return a new link for each of the sample people, if they are this database's community."""
    sample = {address for row in read_community(sample_community()) for address in row.emails}
    at = stamp(make_clock(settings).now())
    with database.writing() as connection:
        found = [person for person in people(connection, at) if sample & set(person.addresses)]
        linked = []
        for person in sorted(found, key=_by_role):
            withdraw_links(connection, person.id, at)
            token = make_link(connection, person.id, at, settings.web.invitation_minutes)
            linked.append(_linked(settings, person, token))
    return linked


def link_for(settings: Settings, database: Database, address: str) -> LinkedPerson | None:
    """Return a new link for the person with this address; None if it is nobody's."""
    at = stamp(make_clock(settings).now())
    with database.writing() as connection:
        made = make_link_for(settings, connection, address, at)
    return made[1] if made else None


def make_link_for(
    settings: Settings, connection: Connection, address: str, at: str
) -> tuple[str, LinkedPerson] | None:
    """Do the same in a transaction of the caller's; return the person's id as well."""
    wanted = address.strip().lower()
    person = next((p for p in people(connection, at) if wanted in p.addresses), None)
    if person is None:
        return None
    first = password_of(connection, person.id) is None
    minutes = settings.web.invitation_minutes if first else settings.web.link_minutes
    token = make_link(connection, person.id, at, minutes)
    return person.id, _linked(settings, person, token)


def _linked(settings: Settings, person: Person, token: str) -> LinkedPerson:
    link = f"{settings.public_url}/sign-in/{token}"
    return LinkedPerson(person.name, person.addresses[0], person.roles, link)


def _by_role(person: Person) -> tuple[tuple[str, ...], str]:
    return tuple(role for role in person.roles if role != "member"), person.name


@dataclass(frozen=True)
class Prepared:
    """What was found or made before the program runs.

    Attributes:
        people: the sample people with their links, if they are the community.
        community: whether there is one.
        cases_wanted: whether the sample cases are still to be made.
        warnings: what the policy warns of in the directory as it is (9.1.2), and what is amiss in
            the settings, as sentences.
    """

    people: list[LinkedPerson]
    community: bool
    cases_wanted: bool
    warnings: tuple[str, ...]


def prepare(settings: Settings, *, proved: bool = True) -> Prepared:
    """Bring the database up to date; found the sample community where there is none.

    The caller holds the lock (`worker.lock.changing`); `proved` is as `migrate` has it.

    Raises:
        WorkerError: the keys can't be used.
        store.errors.StoreError: the database can't be used.
        definitions.errors.DefinitionsError: a definition is not in order.
    """
    with unlocked(settings, proved=proved) as (keys, database):
        if settings.sample.community and not has_community(database):
            found(settings, keys, database, sample_community())
        links = sample_links(settings, database)
        wanted = settings.sample.walks and bool(links) and not has_cases(database)
        warnings = staffing_warnings(database, stamp(make_clock(settings).now()))
        warnings = (*warnings, *proxy_warnings(settings))
        return Prepared(links, has_community(database), wanted, warnings)
