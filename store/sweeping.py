"""What the worker's sweep asks about a case, beside `store.cases`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import select

from definitions.acts import SYSTEM, ActResult, Opening, SignedAct
from definitions.refusals import NOT_IN_FORCE
from store import tables
from store.pending import load_act
from store.streams import read_entry

if TYPE_CHECKING:
    from sqlalchemy import Connection


def recorded_answer(connection: Connection, act_id: str) -> ActResult | None:
    """Return the answer that the record gives to an act; None if it isn't in the record."""
    entries, cases = tables.entries.c, tables.cases.c
    row = connection.execute(
        select(entries.seq, entries.at, cases.number)
        .join(tables.cases, cases.case == entries.stream, isouter=True)
        .where(entries.act_id == act_id)
    ).one_or_none()
    if row is None:
        return None
    return ActResult(accepted=True, number=row.number, seq=row.seq, time=row.at)


def believed(connection: Connection, act_id: str, case: str, answer: ActResult) -> ActResult | None:
    """Hold a case's answer to the record; None if it must not be believed yet.

    The record comes first: what is in it was accepted, whatever the case says now. What the case
    accepted isn't done while the record lacks it (an older copy was put back, and it isn't mended
    yet). An opening that no person made isn't over with a refusal of its version. And a case that
    is open here hasn't ended, though no workflow of it runs at the moment.
    """
    found = recorded_answer(connection, act_id)
    if found is not None:
        return found
    if answer.accepted:
        return None
    code = answer.refusal.get("code") if answer.refusal is not None else None
    if code == NOT_IN_FORCE and opened_by_system(connection, act_id):
        return None  # it is signed anew, under what is in force now
    if code == "ended":
        status = connection.scalar(select(tables.cases.c.status).where(tables.cases.c.case == case))
        return answer if status in {None, "ended"} else None
    return answer


def opened_by_system(connection: Connection, act_id: str) -> bool:
    """Say whether a kept act is an opening that no person made."""
    kept = load_act(connection, act_id)
    return kept is not None and kept.signed.act["actor"] == SYSTEM


def recorded_signed(connection: Connection, act_id: str) -> SignedAct | None:
    """Return an act of the record as it was sent, with the openings that there are."""
    entries, openings = tables.entries.c, tables.openings.c
    text = connection.scalar(select(entries.text).where(entries.act_id == act_id))
    if text is None:
        return None
    rows = connection.execute(
        select(openings.name, openings.salt, openings.value).where(openings.act_id == act_id)
    )
    opened = {row.name: Opening(row.salt, json.loads(row.value)) for row in rows}
    entry = read_entry(text)
    return SignedAct(dict(entry.act), [dict(one) for one in entry.signatures], opened)
