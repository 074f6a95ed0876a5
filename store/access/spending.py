"""Spending a mail's link: part of the commit of the act that was signed with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select

from definitions.acts import Act, by_link
from store.access.case_links import changed, dead, find, note_used, why_dead
from store.mail_entries import MAIL, links_of
from store.streams import read_entry
from store.tables.record import entries

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from definitions.canonical import Json
    from definitions.refusals import Refusal


def spend(connection: Connection, act: Act, at: str) -> Refusal | None:
    """Spend the link that an act was signed with; return why it can't be, None if it was.

    Part of the act's own transaction: one link is one act, also when it is used twice at once.
    An act without a link spends none.
    """
    if not by_link(act):
        return None
    id_ = act.auth.get("link")
    link = find(connection, id_) if isinstance(id_, str) else None
    if link is None:
        return dead("other-link", "There is no such link.")
    refusal = why_dead(link, at)
    if refusal is not None:
        return refusal
    claims = link.claims
    meant = (claims.person, claims.case, claims.step, claims.instance, claims.seat)
    if meant != (act.actor, act.case, act.step, act.instance, act.seat):
        return dead("other-link", "This link is for another person, or for another decision.")
    mail = act.auth.get("mail")
    if mail != claims.mail or not was_given(connection, act, act.actor, mail):
        return dead("other-link", "The record knows of no mail that brought this link.")
    if claims.shown != act.shown:
        return changed()
    return None if note_used(connection, act, at) else why_dead(find(connection, claims.id), at)


def was_given(connection: Connection, act: Act, person: str | None, mail: Json) -> bool:
    """Say whether a mail's entry in the record gave this person a link for the act's step."""
    text = connection.scalar(
        select(entries.c.text).where(
            entries.c.act_id == str(mail),
            entries.c.stream == act.case,
            entries.c.kind == MAIL,
            entries.c.step == act.step,
        )
    )
    return text is not None and person in links_of(read_entry(text).facts)
