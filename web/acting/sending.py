"""Sending an act: kept before it is sent, sent until it is settled, never sent as two.

A double click, a reload or a retry finds the act under its form's nonce and sends that same one.
A refusal is believed only after the record was asked: an act whose answer was lost may stand in
it already.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from flask import url_for
from sqlalchemy import select

from definitions.acts import Entry, SignedAct
from definitions.canonical import Json
from definitions.refusals import Refusal
from store import tables
from store.pending import OtherContentError, PendingAct, load_act, settle, store_act
from store.streams import read_entry
from store.sweeping import believed, recorded_answer, recorded_signed
from web.acting.acts import OPEN, Wanted, ask, build, is_what, signed
from web.current import signed_in
from web.gateway import Unconfirmed
from web.limits import limit_acts
from web.page_models import Link
from web.refused import Refused
from web.services import now, services

if TYPE_CHECKING:
    from sqlalchemy import Connection


@dataclass(frozen=True)
class Sent:
    """An act that was kept and sent.

    Attributes:
        nonce: The act's id.
        refusal: Why it was refused; None if it was accepted, or isn't settled yet.
    """

    nonce: str
    refusal: Refusal | None = None


def send(wanted: Wanted) -> Sent | Refusal:
    """Send what a person wants.

    Returns:
        What became of it, or why it isn't sent at all: then nothing was kept, and the same form
        can be sent again once it is mended.

    Raises:
        Refused: Something else was sent from the same form already, or there were too many acts.
    """
    kept = _earlier(wanted)
    if kept is None:
        built = build(wanted, signed_in())
        refusal = ask(wanted, built.act)
        if refusal is not None:
            return refusal
        kept = _keep(wanted, signed(built))
    if kept.result is None:
        return Sent(kept.nonce, _refusal(_settle(wanted, kept)))
    return Sent(kept.nonce, _refusal(kept.result))


def count_act() -> None:
    """Count something that a person did and that costs room, where no act is kept for it.

    Raises:
        Refused: It was too much in a short time.
    """
    with services().database.writing() as connection:
        limit_acts(connection, signed_in())


def recorded(connection: Connection, nonce: str) -> Entry | None:
    """Return the act's entry, None if it isn't in the record."""
    entries = tables.entries.c
    text = connection.scalar(select(entries.text).where(entries.act_id == nonce))
    return read_entry(text) if text is not None else None


def _earlier(wanted: Wanted) -> PendingAct | None:
    with services().database.reading() as connection:
        found = load_act(connection, wanted.nonce)
    if found is None:
        return _from_record(wanted)
    same = (found.case, found.person, found.form_digest)
    if same != (wanted.case, signed_in().id, wanted.form_digest()):
        raise _other_content(wanted, found)
    return found


def _from_record(wanted: Wanted) -> PendingAct | None:
    """Return an act that is recorded though the web has lost it, with its answer.

    So it is after an older copy of the database was put back and mended from Temporal.
    """
    with services().database.reading() as connection:
        act = recorded_signed(connection, wanted.nonce)
        answer = recorded_answer(connection, wanted.nonce)
    if act is None or answer is None:
        return None
    if act.act["actor"] != signed_in().id or not is_what(wanted, act):
        raise _other_content(wanted, None)
    settle(services().database, _keep(wanted, act).nonce, asdict(answer), now())
    with services().database.reading() as connection:
        return load_act(connection, wanted.nonce)


def _keep(wanted: Wanted, act: SignedAct) -> PendingAct:
    """Keep an act and count it, in one transaction."""
    person = signed_in()
    try:
        return store_act(
            services().database,
            act,
            person=person.id,
            form_digest=wanted.form_digest(),
            at=now(),
            allow=lambda connection: limit_acts(connection, person),
        )
    except OtherContentError as error:
        raise _other_content(wanted, None) from error


def _settle(wanted: Wanted, kept: PendingAct) -> Mapping[str, Json] | None:
    """Send the act and keep its answer; None while there is none."""
    cases = services().cases
    if wanted.kind == OPEN:
        text, process = wanted.definition.text, wanted.definition.process
        answer = cases.open(kept.signed, text, process)
    else:
        answer = cases.act(kept.signed)
    if isinstance(answer, Unconfirmed):
        return None
    with services().database.reading() as connection:
        told = believed(connection, kept.nonce, kept.case, answer)
    if told is None:
        return None
    result = asdict(told)
    if told.accepted:  # its commit has settled it
        return result
    return settle(services().database, kept.nonce, result, now())


def _refusal(result: Mapping[str, Json] | None) -> Refusal | None:
    if result is None or result["accepted"]:
        return None
    given = result.get("refusal")
    return Refusal.from_json(given) if given else Refusal("refused", "This was refused.")


def _other_content(wanted: Wanted, found: PendingAct | None) -> Refused:
    refusal = Refusal(
        "other-content",
        "This form was sent already, with something else in it. What was sent first counts, and "
        "nothing was done now.",
        remedy="Look at what became of it. To do something else, open the page anew.",
    )
    mine = found is None or found.person == signed_in().id
    url = url_for("receipts.receipt", nonce=wanted.nonce)
    links = (Link(label="What became of it", url=url),) if mine else ()
    return Refused(refusal, 409, heading="This form was sent already.", links=links)
