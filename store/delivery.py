"""How mail goes out: what is due now or once a day, what was refused, and which addresses bounce.

Who chose one mail a day gets everything that way but mails with a signed link: those go at once,
because what they ask for ends (a vote, a deadline) and because a link is for one mail.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from sqlalchemy import ColumnElement, Connection, and_, delete, exists, or_, select, update

from store import tables
from store.database import Database
from store.inserting import insert_new, put_row
from store.mail import Mail, mail_of, mails_query


@dataclass(frozen=True)
class Bounce:
    """An address that a mail server refuses: since when, when last, how often, and its words."""

    address: str
    since: str
    last_at: str
    count: int
    reason: str


def held() -> ColumnElement[bool]:
    """Return the condition on the outbox that a mail waits for its reader's daily one."""
    outbox, choices = tables.outbox.c, tables.mail_choices.c
    chosen = exists().where(choices.person == outbox.person, choices.digest)
    return and_(outbox.link.is_(None), chosen)


def due_now(
    connection: Connection, case: str, *, after: Mail | None = None, limit: int = 100
) -> tuple[Mail, ...]:
    """Return the case's mails that wait and go singly, the oldest first.

    Args:
        after: the last mail of those returned before.
    """
    outbox = tables.outbox.c
    query = mails_query().where(outbox.case == case, outbox.sent_at.is_(None), ~held())
    if after is not None:
        later = and_(outbox.queued_at == after.queued_at, outbox.key > after.key)
        query = query.where(or_(outbox.queued_at > after.queued_at, later))
    rows = connection.execute(query.order_by(outbox.queued_at, outbox.key).limit(limit))
    return tuple(mail_of(row) for row in rows)


def digests_due(connection: Connection, before: str) -> Mapping[str, tuple[Mail, ...]]:
    """Return by person what their daily mail holds, the oldest first.

    Also what still waits of somebody who went back to single mails: it comes as a last one.

    Args:
        before: the moment of the day at which daily mails are made; what came later waits.
    """
    outbox, choices = tables.outbox.c, tables.mail_choices.c
    query = (
        mails_query()
        .join(tables.mail_choices, choices.person == outbox.person)
        .where(
            outbox.sent_at.is_(None),
            outbox.link.is_(None),
            or_(
                and_(choices.digest, outbox.queued_at < before),
                and_(~choices.digest, outbox.queued_at < choices.changed_at),
            ),
        )
        .order_by(outbox.person, outbox.queued_at, outbox.key)
    )
    mails = [mail_of(row) for row in connection.execute(query)]
    grouped = groupby(mails, key=lambda mail: mail.person or "")
    return {person: tuple(theirs) for person, theirs in grouped}


def note_delivered(database: Database, mails: Sequence[Mail], at: str) -> None:
    """Note that these went out, in one mail or alone; their address bounces no longer."""
    outbox, bounces = tables.outbox.c, tables.bounces.c
    with database.writing() as connection:
        connection.execute(
            update(tables.outbox)
            .where(outbox.key.in_([mail.key for mail in mails]), outbox.sent_at.is_(None))
            .values(sent_at=at, error=None)
        )
        addresses = {mail.to_address.lower() for mail in mails}
        connection.execute(delete(tables.bounces).where(bounces.address.in_(addresses)))


def note_refused(
    database: Database, mails: Sequence[Mail], address: str, at: str, reason: str
) -> None:
    """Note that a mail server refused these for good: they aren't tried again.

    Args:
        address: to which they went; it bounces from now on, until a mail gets through.
        reason: what the mail server said.
    """
    outbox = tables.outbox.c
    with database.writing() as connection:
        changed = connection.execute(
            update(tables.outbox)
            .where(outbox.key.in_([mail.key for mail in mails]), outbox.sent_at.is_(None))
            .values(sent_at=at, error=reason)
        )
        if changed.rowcount:
            _count(connection, address.lower(), at, reason)


def note_failed(database: Database, mails: Sequence[Mail], error: str) -> None:
    """Note why these couldn't go out for the moment; they stay in the outbox."""
    outbox = tables.outbox.c
    with database.writing() as connection:
        connection.execute(
            update(tables.outbox)
            .where(outbox.key.in_([mail.key for mail in mails]), outbox.sent_at.is_(None))
            .values(error=error)
        )


def bounces_of(connection: Connection, addresses: Iterable[str]) -> tuple[Bounce, ...]:
    """Return those of the addresses to which mail can't be delivered."""
    wanted = {address.lower() for address in addresses}
    return _bounces(connection, tables.bounces.c.address.in_(wanted), len(wanted))


def all_bounces(connection: Connection, limit: int = 100) -> tuple[Bounce, ...]:
    """Return the addresses to which mail can't be delivered, the one refused last first."""
    return _bounces(connection, None, limit)


def takes_digest(connection: Connection, person: str) -> bool:
    """Say whether this person chose one mail a day."""
    choices = tables.mail_choices.c
    return bool(connection.scalar(select(choices.digest).where(choices.person == person)))


def choose_digest(connection: Connection, person: str, at: str, *, digest: bool) -> None:
    """Keep what a person chose: one mail a day, or single mails."""
    row = {"person": person, "digest": digest, "changed_at": at}
    put_row(connection, tables.mail_choices, row)


def _count(connection: Connection, address: str, at: str, reason: str) -> None:
    bounces = tables.bounces.c
    row = {"address": address, "since": at, "last_at": at, "count": 1, "reason": reason}
    if insert_new(connection, tables.bounces, row):
        return
    connection.execute(
        update(tables.bounces)
        .where(bounces.address == address)
        .values(last_at=at, count=bounces.count + 1, reason=reason)
    )


def _bounces(
    connection: Connection, condition: ColumnElement[bool] | None, limit: int
) -> tuple[Bounce, ...]:
    bounces = tables.bounces.c
    query = select(
        bounces.address, bounces.since, bounces.last_at, bounces.count, bounces.reason
    ).order_by(bounces.last_at.desc(), bounces.address)
    if condition is not None:
        query = query.where(condition)
    return tuple(Bounce(*row) for row in connection.execute(query.limit(limit)))
