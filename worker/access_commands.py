"""`countersign link` and `countersign sign-out`: what an operator does about somebody's access.

Both are recorded in the system's stream, leave a line in the security log, and are told to whom
they are about, on every address.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from definitions.clock import stamp
from store.access.links import withdraw_links
from store.access.sessions import end_sessions_of
from store.access.telling import LINK_MADE as LINK_NEWS
from store.access.telling import SIGNED_OUT as SIGNED_OUT_NEWS
from store.access.telling import tell
from store.directory import person_by_address
from store.restoring import LINK_MADE, SIGNED_OUT, record_operation
from worker.prepare import make_link_for
from worker.rooms import make_clock, security_log

if TYPE_CHECKING:
    from store.database import Database
    from worker.keys import Keys
    from worker.prepare import LinkedPerson
    from worker.settings import Settings


@dataclass(frozen=True)
class SignedOut:
    """Whom an operator signed out: how many sessions and unspent links were ended."""

    person: str
    sessions: int
    links: int


def make_link_told(
    settings: Settings, keys: Keys, database: Database, address: str
) -> LinkedPerson | None:
    """Return a new link for the person with this address; None if it is nobody's."""
    at = stamp(make_clock(settings).now())
    with database.writing() as connection:
        made = make_link_for(settings, connection, address, at)
        if made is None:
            return None
        person, linked = made
        record_operation(connection, LINK_MADE, {"person": person}, at, keys.worker_signing)
        tell(connection, person, LINK_NEWS, at)
    security_log(settings, make_clock(settings), "operator").record(LINK_MADE, person=person)
    return linked


def sign_out(settings: Settings, keys: Keys, database: Database, address: str) -> SignedOut | None:
    """End all sessions and unspent links of the person with this address; None if nobody's."""
    at = stamp(make_clock(settings).now())
    with database.writing() as connection:
        person = person_by_address(connection, address)
        if person is None:
            return None
        ended = SignedOut(
            person, end_sessions_of(connection, person), withdraw_links(connection, person, at)
        )
        about = {"person": person, "sessions": ended.sessions, "links": ended.links}
        record_operation(connection, SIGNED_OUT, about, at, keys.worker_signing)
        tell(connection, person, SIGNED_OUT_NEWS, at)
    log = security_log(settings, make_clock(settings), "operator")
    log.record(SIGNED_OUT, person=person, sessions=ended.sessions, links=ended.links)
    return ended
