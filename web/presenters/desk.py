"""The outbox, the operator's page, and a person's page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from definitions.clock import parse
from definitions.definition import Definition
from store.delivery import Bounce
from store.mail import Mail as StoredMail
from store.queries.operating import Oldest, StoppedCase, UnsentMail, UnsettledAct
from store.staffing import Unfillable
from web.page_models import CaseRef, Gauge, Mail, Trouble
from web.presenters.reader import Reader, case_url
from web.presenters.words import capital, counted, duration_words, since

SENT_WITHIN = timedelta(minutes=5)
"""So long a mail may wait before anybody needs to know."""


def mails(
    reader: Reader,
    found: Sequence[StoredMail],
    numbers: Mapping[str, str],
    *,
    daily: bool = False,
) -> tuple[Mail, ...]:
    """Return the reader's mails.

    Args:
        numbers: the number of each case.
        daily: whether the reader chose one mail a day.
    """
    return tuple(
        Mail(
            subject=mail.subject,
            at=since(mail.queued_at, reader.now),
            body=mail.body,
            to=f"{mail.to_name} <{mail.to_address}>",
            case=_case(numbers.get(mail.case)),
            unfolded=index == 0,
            trouble=_not_sent(reader, mail, daily=daily),
        )
        for index, mail in enumerate(found)
    )


def gauges(reader: Reader, found: Oldest) -> tuple[Gauge, ...]:
    """Return ages and counts, without what any case is about."""
    overdue = counted(found.overdue, "step")
    return (
        Gauge(label="Open cases", value=str(found.running)),
        Gauge(label="Oldest open case", value=_age(reader, found.open_case)),
        Gauge(label="Waits longest for a signature", value=_age(reader, found.waiting_step)),
        Gauge(
            label="Overdue",
            value=overdue if found.overdue else "nothing",
            tone="bad" if found.overdue else "good",
            hint="Reminders go out by themselves.",
        ),
        Gauge(label="Acts without an answer yet", value=str(found.unsettled), hint="Usually none."),
        Gauge(label="Mails not sent yet", value=str(found.unsent), hint="Usually none."),
    )


def operator_sentence(stopped: int) -> str:
    """Return whether anything is stopped."""
    if not stopped:
        return "Nothing is stopped."
    return capital(f"{counted(stopped, 'case')} {'is' if stopped == 1 else 'are'} stopped.")


def stopped_troubles(
    reader: Reader, found: Sequence[StoppedCase], definitions: Mapping[str, Definition]
) -> tuple[Trouble, ...]:
    """Return the stopped cases."""
    return tuple(
        Trouble(
            what=definitions[one.version].title() if one.version in definitions else one.process,
            why=one.reason,
            since=since(one.since, reader.now),
            case=_case(one.number),
            todo="Mend the cause: the case then goes on by itself. If it doesn't within a minute, "
            "run `countersign reconcile`, which tries it once more.",
        )
        for one in found
    )


def unsettled_troubles(reader: Reader, found: Sequence[UnsettledAct]) -> tuple[Trouble, ...]:
    """Return the acts that have no answer yet."""
    return tuple(
        Trouble(
            what=f"Act {one.act}",
            why="It is kept, and the case hasn't answered yet.",
            since=since(one.created, reader.now),
            case=_case(one.number),
            todo="The sweep sends it again by itself; look whether the worker runs.",
        )
        for one in found
    )


def unsent_troubles(reader: Reader, found: Sequence[UnsentMail]) -> tuple[Trouble, ...]:
    """Return the mails that haven't gone out."""
    return tuple(
        Trouble(
            what=f"A mail of {one.number}",
            why=one.error or "It waits to be sent.",
            since=since(one.queued_at, reader.now),
            case=_case(one.number),
        )
        for one in found
    )


def bounce_troubles(reader: Reader, found: Sequence[Bounce]) -> tuple[Trouble, ...]:
    """Return the addresses to which mail can't be delivered."""
    return tuple(
        Trouble(
            what=one.address,
            why=f"The mail server refused {counted(one.count, 'mail')}, lastly with: {one.reason}",
            since=since(one.since, reader.now),
            todo="Whose it is sees that too. It goes away with the next mail that gets through.",
        )
        for one in found
    )


def unreached(found: Sequence[Bounce]) -> str:
    """Return that mail doesn't reach somebody; neither their address nor what a server said."""
    if not found:
        return ""
    at = parse(found[0].since)
    return (
        f"Mail hasn't reached them since {at.day} {at:%B %Y}: tell them in another way if "
        "something waits for them, and that their address needs mending."
    )


def unfillable_troubles(reader: Reader, found: Sequence[Unfillable]) -> tuple[Trouble, ...]:
    """Return the open steps that the people who are there can't finish."""
    return tuple(
        Trouble(
            what="Too few people",
            why=one.sentence,
            since=since(one.since, reader.now),
            case=_case(one.number),
            todo=one.remedy,
        )
        for one in found
    )


def _not_sent(reader: Reader, mail: StoredMail, *, daily: bool) -> str:
    if mail.sent_at:
        return f"It couldn't be delivered: {mail.error}" if mail.error else ""
    if mail.error:
        return f"It hasn't gone out: {mail.error}"
    if daily and mail.person and mail.link is None:
        return "It comes with your next daily mail."
    early = reader.now - parse(mail.queued_at) < SENT_WITHIN
    return "" if early else "It hasn't gone out yet."


def _case(number: str | None) -> CaseRef | None:
    return CaseRef(number=number, url=case_url(number)) if number else None


def _age(reader: Reader, at: str | None) -> str:
    return duration_words(reader.now - parse(at)) if at else "none"
