"""Delivers what people are told about their own access; those mails belong to no case.

Done as often as one likes: a mail that went out is left alone, one that is put off waits.
"""

from __future__ import annotations

from contextlib import suppress

from activities.carriers import (
    Carrier,
    DelayedMail,
    Letter,
    NoCarrier,
    RefusedMail,
    carrier,
)
from activities.message import name_of, personal
from activities.settings import ActivitySettings
from definitions.clock import Clock, stamp
from store.access.telling import PersonalMail, note_told, untold
from store.database import Database


def deliver_personal(database: Database, clock: Clock, settings: ActivitySettings) -> None:
    """Deliver those that haven't been delivered yet."""
    with database.reading() as connection:
        waiting = untold(connection, stamp(clock.now()))
    if not waiting:
        return
    with carrier(settings) as by, suppress(NoCarrier):
        for mail in waiting:
            _deliver(database, clock, settings, by, mail)


def _deliver(
    database: Database, clock: Clock, settings: ActivitySettings, by: Carrier, mail: PersonalMail
) -> None:
    at, error = None, None
    try:
        by.carry(Letter(name_of(mail.key), mail.to_address, personal(mail, settings)))
        at = stamp(clock.now())
    except RefusedMail as why:
        at, error = stamp(clock.now()), str(why)
    except ValueError:
        at, error = stamp(clock.now()), "This isn't an address that mail can go to."
    except DelayedMail as why:
        error = str(why)
    except NoCarrier as why:
        with database.writing() as connection:
            note_told(connection, mail.key, None, str(why))
        raise
    with database.writing() as connection:
        note_told(connection, mail.key, at, error)
