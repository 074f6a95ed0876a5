"""Delivers queued mail: by the mail server if there is one, else as `.eml` files.

A mail that was delivered is left alone. One that can't be delivered holds no other: all are
tried, then the activity fails, and Temporal asks again. What a server refuses for good is noted
as a bounce and not tried again. Delivering twice can't be ruled out (the process may die between
the server's answer and our note of it), so a mail always has the same Message-ID.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from email.errors import HeaderParseError
from email.message import EmailMessage
from functools import partial

from activities.carriers import Carrier, DelayedMail, Letter, NoCarrier, RefusedMail, carrier
from activities.documents import Attached, Documents, no_documents
from activities.links import Links, no_link
from activities.message import attach, digest, message, name_of
from activities.settings import ActivitySettings
from definitions.clock import Clock, parse, stamp
from store.database import Database
from store.delivery import digests_due, due_now, note_delivered, note_failed, note_refused
from store.mail import Mail

_log = logging.getLogger(__name__)
_GIVE_UP = timedelta(days=5)
"""How long a server may put off one address (RFC 5321, 4.5.4.1)."""
_BUDGET_SECONDS = 30.0
"""After this no further mail is begun: the activity has a minute, and is asked again."""


class UndeliveredMail(Exception):  # noqa: N818 - what Temporal shows
    """Not all mail could be delivered; asking again is safe."""


class Delivery:
    """Delivers mails one after the other, and remembers what went wrong."""

    def __init__(
        self, database: Database, clock: Clock, settings: ActivitySettings, by: Carrier
    ) -> None:
        """Keep the parts.

        Args:
            by: what carries mail away.
        """
        self._database = database
        self._clock = clock
        self._settings = settings
        self._by = by
        self._until = time.monotonic() + _BUDGET_SECONDS
        self._away = ""
        self.failed = 0

    def deliver(self, mails: Sequence[Mail], make: Callable[[], Letter]) -> bool:
        """Deliver these in one letter, unless it is known by now that none can be.

        Returns:
            Whether that letter could be made, as far as is known.
        """
        if not self._away and time.monotonic() > self._until:
            self.failed += 1
            return True
        letter: Letter | None = None
        try:
            letter = self._made(make)
            self._carry(letter)
        except RefusedMail as refused:
            self._give_up(mails, str(refused))
            if letter is not None and letter.link is not None:
                letter.link.refused()
        except (DelayedMail, NoCarrier) as why:
            if isinstance(why, DelayedMail) and self._too_old(mails):
                self._give_up(mails, str(why))
                return True
            self._fail(mails, str(why))
        except Exception as error:  # noqa: BLE001 - one mail must not hold the others
            _log.exception("a mail could not be made")
            self._fail(mails, f"It could not be made: {type(error).__name__}.")
            return False
        else:
            if letter.link is not None:
                letter.link.sent()
            note_delivered(self._database, mails, stamp(self._clock.now()))
        return True

    def _made(self, make: Callable[[], Letter]) -> Letter:
        if self._away:
            raise NoCarrier(self._away)
        return make()

    def _carry(self, letter: Letter) -> None:
        try:
            self._by.carry(letter)
        except NoCarrier as why:
            self._away = str(why)
            raise

    def _fail(self, mails: Sequence[Mail], reason: str) -> None:
        self.failed += 1
        note_failed(self._database, mails, reason)

    def _give_up(self, mails: Sequence[Mail], reason: str) -> None:
        at = stamp(self._clock.now())
        note_refused(self._database, mails, mails[-1].to_address, at, reason)

    def _too_old(self, mails: Sequence[Mail]) -> bool:
        return self._clock.now() - parse(mails[0].queued_at) > _GIVE_UP


def deliver(
    database: Database,
    clock: Clock,
    settings: ActivitySettings,
    case: str,
    links: Links = no_link,
    documents: Documents = no_documents,
) -> None:
    """Deliver the mails of this case that go singly and haven't been delivered yet.

    Which these are the outbox says, not who asks: so also those are delivered whose commit's
    answer was lost.

    Args:
        links: makes a mail's signed link.
        documents: makes the document that goes with a mail.

    Raises:
        UndeliveredMail: some couldn't be delivered; their rows say why.
    """
    with carrier(settings) as by:
        delivery = Delivery(database, clock, settings, by)
        for mail in _due(database, case):
            delivery.deliver([mail], partial(_letter, mail, settings, links, documents))
    _complain(delivery.failed)


def deliver_digests(
    database: Database,
    clock: Clock,
    settings: ActivitySettings,
    documents: Documents = no_documents,
) -> None:
    """Deliver the daily mails that are due; done as often as one likes, each goes out once a day.

    Args:
        documents: makes the documents that go with what is in them.

    Raises:
        UndeliveredMail: some couldn't be delivered; asking again is safe.
    """
    made_at = digest_moment(clock.now(), settings.digest_hour)
    with database.reading() as connection:
        due = digests_due(connection, made_at)
    if not due:
        return
    with carrier(settings) as by:
        delivery = Delivery(database, clock, settings, by)
        for mails in due.values():
            if not delivery.deliver(mails, partial(_daily, mails, made_at, settings, documents)):
                # Without its document a mail waits; it must not hold those that have none.
                rest = [mail for mail in mails if mail.attach is None]
                if 0 < len(rest) < len(mails):
                    delivery.deliver(rest, partial(_daily, rest, made_at, settings, documents))
    _complain(delivery.failed)


def digest_moment(now: datetime, hour: int) -> str:
    """Return the latest moment up to now at which daily mails are made, as a stamp."""
    moment = now.replace(hour=hour, minute=0, second=0, microsecond=0)
    return stamp(moment if moment <= now else moment - timedelta(days=1))


def _due(database: Database, case: str) -> Iterator[Mail]:
    last: Mail | None = None
    while True:
        with database.reading() as connection:
            mails = due_now(connection, case, after=last)
        if not mails:
            return
        yield from mails
        last = mails[-1]


def _letter(mail: Mail, settings: ActivitySettings, links: Links, documents: Documents) -> Letter:
    # Before the link: one that was made for a mail that can't be made would only lie about.
    papers = _papers([mail], documents)
    link = links(mail) if mail.link is not None else None
    address = link.address if link else None
    made = _made(mail.key, mail, partial(message, mail, settings, address), papers)
    return replace(made, link=link)


def _daily(
    mails: Sequence[Mail], at: str, settings: ActivitySettings, documents: Documents
) -> Letter:
    # By the day alone it would be called like an earlier one of that day: it would replace that
    # one's file, and mail programs would take it for the same mail.
    key = f"digest:{mails[0].person}:{at}:{mails[0].key}"
    papers = _papers(mails, documents)
    return _made(key, mails[-1], partial(digest, mails, key, at, settings), papers)


def _papers(mails: Sequence[Mail], documents: Documents) -> list[Attached]:
    """Return the documents that go with mails: of each case one, as it stands now."""
    wanted = {mail.case: mail for mail in mails if mail.attach is not None}
    return [documents(mail) for mail in wanted.values()]


def _made(
    key: str, to: Mail, make: Callable[[], EmailMessage], papers: Sequence[Attached]
) -> Letter:
    try:
        letter = Letter(name_of(key), to.to_address, make())
    except (ValueError, LookupError, HeaderParseError):
        raise RefusedMail("This isn't an address that mail can go to.") from None
    attach(letter.message, papers)
    return letter


def _complain(failed: int) -> None:
    if failed:
        raise UndeliveredMail(
            f"{failed} mail{'s' if failed > 1 else ''} couldn't be delivered for now; "
            "the operator's page says why."
        )
