"""Mail: who gets it, its words, and the outbox from which the mail activity delivers.

A commit queues mail in its own transaction; delivery comes later and may be repeated. Nobody
is written to twice by one mail, and whom it went to can read it on their own outbox page.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

from sqlalchemy import Connection, Row, Select, insert, select

from definitions.acts import SYSTEM
from definitions.canonical import Json, canonical
from definitions.clock import exactly
from definitions.definition import Definition
from definitions.model import Recipient, words
from definitions.organisation import Organisation, load_organisation
from definitions.parts import filled
from definitions.refusals import Refusal
from definitions.rules import MailDue, OpenSeat, open_seats, seat_by_link, shown
from definitions.state import CaseState
from store import directory, tables
from store.answers import Answers, Stored


@dataclass(frozen=True)
class Queued:
    """What one mail became: the keys of its rows in the outbox, and who can read them.

    Attributes:
        linked: whose mail bears a signed link.
    """

    keys: tuple[str, ...]
    readers: tuple[str, ...]
    linked: tuple[str, ...]


@dataclass(frozen=True)
class Mail:
    """A mail of the outbox.

    Attributes:
        sent_at: when it went out, or was given up; None while it waits.
        error: what went wrong: for the moment while it waits, for good if it was given up.
        person: to whom alone it goes; None with a list's.
        link: what its signed link is about, as canonical JSON; None without one.
        number: the case's.
        attach: what goes with it: `document` for the case as one; None for nothing.
    """

    key: str
    case: str
    to_address: str
    to_name: str
    subject: str
    body: str
    queued_at: str
    sent_at: str | None
    error: str | None
    person: str | None = None
    link: str | None = None
    number: str = ""
    attach: str | None = None


@dataclass(frozen=True)
class _Letter:
    suffix: str
    address: str
    name: str
    language: str
    readers: tuple[str, ...]
    person: str | None = None
    roles: tuple[str, ...] = ()


def queue(
    connection: Connection,
    definition: Definition,
    state: CaseState,
    mail: MailDue,
    *,
    key: str,
    at: str,
) -> Queued:
    """Put a mail that the rules made due into the outbox, one row for each address.

    Args:
        key: of the entry that causes it; each row's key begins with it.
        at: the time of the commit.
    """
    keys: list[str] = []
    readers: dict[str, None] = {}
    linked: list[str] = []
    who = partial(directory.person, connection, at=at)
    for row, read_by in outbox_rows(Stored(connection), who, definition, state, mail, key, at):
        connection.execute(insert(tables.outbox).values(row))
        rows = [{"person": person, "key": row["key"]} for person in read_by]
        if rows:
            connection.execute(insert(tables.outbox_readers), rows)
        keys.append(row["key"])
        readers.update(dict.fromkeys(read_by))
        linked += read_by if row["link"] is not None else ()
    return Queued(tuple(keys), tuple(readers), tuple(linked))


Who: TypeAlias = Callable[[str], directory.Person | None]
"""Returns somebody's name, language and addresses by their id."""


def outbox_rows(
    answers: Answers,
    who: Who,
    definition: Definition,
    state: CaseState,
    mail: MailDue,
    key: str,
    at: str,
) -> Iterator[tuple[dict[str, Json], tuple[str, ...]]]:
    """Yield the outbox's row of each letter of a mail, as it is queued, and who can read it.

    Args:
        key: of the entry that causes it.
        at: the time of the commit.
    """
    opener = who(state.people["opener"][0])
    known = {**mail.words, "opener": opener.name if opener else ""}
    if known.get("due"):
        known["due"] = exactly(known["due"])
    for letter in _letters(answers, who, definition, state, mail, at):
        row: dict[str, Json] = {
            "key": f"{key}:{letter.suffix}",
            "case": state.case,
            "to_address": letter.address,
            "to_name": letter.name,
            "subject": filled(mail.subject, known, letter.language),
            "body": filled(mail.text, known, letter.language),
            "queued_at": at,
            "person": letter.person,
            "link": _link(definition, state, mail.step, letter, at),
            "attach": mail.attach,
        }
        yield row, letter.readers


def readers_by(
    answers: Answers, definition: Definition, state: CaseState, mail: MailDue, at: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return who reads a mail, and who gets a signed link with it, by what the directory answers.

    It is what `queue` finds, where everybody has an address.
    """
    organisation = load_organisation()
    persons: dict[str, None] = dict.fromkeys(mail.persons)
    readers: dict[str, None] = {}
    for recipient in mail.to:
        if recipient.list is not None:
            of_list = _subscribers(answers, organisation, recipient.list, at)
            readers.update(dict.fromkeys(of_list))
        else:
            found = _persons_of(answers, definition, state, recipient, at)
            persons.update(dict.fromkeys(found))
    linked = []
    for person in persons:
        roles = answers.roles_of(person, at)
        if roles:
            readers[person] = None
        if roles and mail.step is not None:
            seat = seat_by_link(definition, state, mail.step, person, roles, at)
            linked += [] if isinstance(seat, Refusal) else [person]
    return tuple(readers), tuple(linked)


def entry_of(key: str) -> str:
    """Return the id of the entry that says that a mail was due, by the key of its row here."""
    return key.rpartition(":")[0]


def load_mail(connection: Connection, key: str) -> Mail | None:
    """Return one mail; None if there is none of that key."""
    row = connection.execute(mails_query().where(tables.outbox.c.key == key)).one_or_none()
    return mail_of(row) if row else None


def unsent(
    connection: Connection, limit: int = 100, *, case: str | None = None
) -> tuple[Mail, ...]:
    """Return mails that wait for delivery, of all cases or of one, the oldest first."""
    outbox = tables.outbox.c
    query = mails_query().where(outbox.sent_at.is_(None)).order_by(outbox.queued_at, outbox.key)
    if case is not None:
        query = query.where(outbox.case == case)
    return tuple(mail_of(row) for row in connection.execute(query.limit(limit)))


def outbox_of(
    connection: Connection, person: str, *, before: tuple[str, str] | None = None, limit: int = 25
) -> tuple[Mail, ...]:
    """Return the mails that this person can read, newest first.

    Args:
        before: `(queued_at, key)` of the last mail of the page before.
        limit: how many at most.
    """
    outbox, readers = tables.outbox.c, tables.outbox_readers.c
    query = (
        mails_query()
        .join(tables.outbox_readers, readers.key == outbox.key)
        .where(readers.person == person)
        .order_by(outbox.queued_at.desc(), outbox.key.desc())
        .limit(limit)
    )
    if before is not None:
        at, key = before
        older = (outbox.queued_at < at) | ((outbox.queued_at == at) & (outbox.key < key))
        query = query.where(older)
    return tuple(mail_of(row) for row in connection.execute(query))


def mails_query() -> "Select[Any]":
    """Return the query for mails, to which conditions are added; `mail_of` reads its rows."""
    outbox, cases = tables.outbox.c, tables.cases.c
    return select(
        outbox.key,
        outbox.case,
        outbox.to_address,
        outbox.to_name,
        outbox.subject,
        outbox.body,
        outbox.queued_at,
        outbox.sent_at,
        outbox.error,
        outbox.person,
        outbox.link,
        cases.number,
        outbox.attach,
    ).join(tables.cases, cases.case == outbox.case)


def mail_of(row: "Row[Any]") -> Mail:
    """Return the mail that a row of `mails_query` is."""
    return Mail(*tuple(row))


def _letters(
    answers: Answers,
    who: Who,
    definition: Definition,
    state: CaseState,
    mail: MailDue,
    at: str,
) -> Iterator[_Letter]:
    """Yield one letter for each list and each person, nobody twice."""
    organisation = load_organisation()
    persons: dict[str, None] = dict.fromkeys(mail.persons)
    for recipient in mail.to:
        if recipient.list is not None:
            list_ = organisation.list(recipient.list)
            readers = _subscribers(answers, organisation, list_.id, at)
            yield _Letter(list_.id, list_.address, words(dict(list_.title)), "en", readers)
        else:
            found = _persons_of(answers, definition, state, recipient, at)
            persons.update(dict.fromkeys(found))
    for id_ in persons:
        person, roles = who(id_), answers.roles_of(id_, at)
        if person and roles and person.addresses:
            address, language = person.addresses[0], person.language
            yield _Letter(id_, address, person.name, language, (id_,), id_, roles)


def persons_of(
    connection: Connection,
    definition: Definition,
    state: CaseState,
    recipient: Recipient,
    at: str,
) -> tuple[str, ...]:
    """Return the ids of the people whom a recipient means, other than by a list."""
    return _persons_of(Stored(connection), definition, state, recipient, at)


def _persons_of(
    answers: Answers, definition: Definition, state: CaseState, recipient: Recipient, at: str
) -> tuple[str, ...]:
    if recipient.role is not None:
        return answers.holders(recipient.role, at)
    if recipient.person is not None:
        return tuple(state.people.get(recipient.person, ()))
    if recipient.signers is not None:
        step = state.steps.get(recipient.signers)
        return tuple(s.actor for s in step.signatures if s.actor != SYSTEM) if step else ()
    return _can_sign(answers, definition, state, recipient.seats or "", at)


def _can_sign(
    answers: Answers, definition: Definition, state: CaseState, step: str, at: str
) -> tuple[str, ...]:
    seats = [seat for seat in open_seats(definition, state) if seat.step == step]
    return tuple(dict.fromkeys(p for seat in seats for p in _can_fill(answers, seat, at)))


def _can_fill(answers: Answers, seat: OpenSeat, at: str) -> list[str]:
    can = {p for role in seat.roles for p in answers.holders(role, at)}
    barred = {p for r in seat.barred_roles for p in answers.holders(r, at)}
    return sorted((can | {*seat.persons}) - barred - {*seat.barred})


def _link(
    definition: Definition, state: CaseState, step: str | None, letter: _Letter, at: str
) -> str | None:
    """Return what the signed link of a letter is about: a seat that its reader can fill by one."""
    if step is None or letter.person is None:
        return None
    seat = seat_by_link(definition, state, step, letter.person, letter.roles, at)
    if isinstance(seat, Refusal):
        return None
    about: dict[str, Json] = {
        "step": step,
        "instance": state.steps[step].instance,
        "seat": seat,
        "shown": shown(definition, state, step),
    }
    return canonical(about).decode()


def _subscribers(
    answers: Answers, organisation: Organisation, list_: str, at: str
) -> tuple[str, ...]:
    """Return who is on a mailing list: the members and leaders of what it belongs to."""
    roles = [team.member for team in organisation.teams if team.list == list_]
    roles += [team.leader for team in organisation.teams if team.list == list_]
    roles += [group.member for group in organisation.groups if group.list == list_]
    roles += [body.member for body in organisation.bodies if body.list == list_]
    people = {p for role in roles for p in answers.holders(role, at)}
    return tuple(sorted(people))
