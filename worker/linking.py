"""What makes the signed links of mails, inside of the mail activity and nowhere else."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from activities.links import Link, Links
from definitions.clock import Clock, stamp
from store.access.case_links import forget_unsent, mint, supersede

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from store.database import Database
    from store.mail import Mail
    from store.signatures import SigningKey


def make_links(database: Database, key: SigningKey, clock: Clock, public_url: str) -> Links:
    """Return what makes a mail's link; each call makes a fresh one.

    Args:
        key: signs them.
        public_url: where people reach the pages; a link is good for these only.
    """

    def do(what: Callable[[Connection, str, str], object], id_: str) -> None:
        with database.writing() as connection:
            what(connection, id_, stamp(clock.now()))

    def link_of(mail: Mail) -> Link | None:
        with database.writing() as connection:
            at = stamp(clock.now())
            minted = mint(connection, key, mail, audience=public_url, at=at)
        if minted is None:
            return None
        return Link(
            address=f"{public_url}/link/{minted.token}",
            sent=partial(do, supersede, minted.id),
            refused=partial(do, forget_unsent, minted.id),
        )

    return link_of
