"""Acts that were made and signed, but have no answer yet.

The web stores an act under its form's nonce before it sends anything. A double click, a retry
or a restart finds it there and sends that same act again, so that one form is one act however
often it is sent. What is settled keeps its answer, and what is settled as refused is remembered
as such for good (`store.refusing`): no person has read "refused" of anything else.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, Row, Select, select, update

from definitions.acts import SYSTEM, SignedAct
from definitions.canonical import Json, canonical
from definitions.refusals import Refusal
from store import tables
from store.database import Database
from store.errors import StoreError
from store.inserting import insert_new
from store.refusing import remember_refused
from store.signed import signed_from_text, signed_to_text

_REFUSED = Refusal("refused", "This was refused.")
"""Where a refusal came without its reason."""


class OtherContentError(StoreError):
    """This form's nonce was used for something else already."""


@dataclass(frozen=True)
class PendingAct:
    """An act with its openings, as it was stored.

    Attributes:
        nonce: the act's id.
        form_digest: digest of what the person sent, by which a repetition is recognised.
        created: when it was stored.
        settled_at: when it was answered, None while it isn't.
        result: the answer.
    """

    nonce: str
    case: str
    person: str
    signed: SignedAct
    form_digest: str
    created: str
    settled_at: str | None = None
    result: Mapping[str, Json] | None = None


def store_act(
    database: Database,
    signed: SignedAct,
    *,
    person: str,
    form_digest: str,
    at: str,
    allow: Callable[[Connection], None] | None = None,
) -> PendingAct:
    """Keep an act before it is sent, and return what is to be sent.

    If the same person sent the same form under this nonce before, that is the act of then:
    what was signed now is dropped.

    Args:
        person: who acts.
        form_digest: digest of what they sent.
        at: when.
        allow: called in the same transaction before a new act is kept; what it raises drops it.

    Raises:
        OtherContentError: something else stands under the nonce.
    """
    nonce, case = signed.act["id"], signed.act["case"]
    with database.writing() as connection:
        stored = load_act(connection, nonce)
        if stored is None:
            if allow is not None:
                allow(connection)
            stored = _keep(connection, PendingAct(nonce, case, person, signed, form_digest, at))
    if (stored.case, stored.person, stored.form_digest) != (case, person, form_digest):
        raise OtherContentError(
            "This form was sent already, with something else in it. What was sent first counts; "
            "open the page again to see what became of it."
        )
    return stored


def _keep(connection: Connection, act: PendingAct) -> PendingAct:
    """Insert an act, and return it; if another click was quicker, what that one inserted."""
    values = {
        "nonce": act.nonce,
        "case": act.case,
        "person": act.person,
        "signed": signed_to_text(act.signed),
        "form_digest": act.form_digest,
        "created": act.created,
    }
    if insert_new(connection, tables.pending_acts, values):
        return act
    return load_act(connection, act.nonce) or act


def load_act(connection: Connection, nonce: str) -> PendingAct | None:
    """Return the act stored under the nonce; None if there is none."""
    row = connection.execute(_acts().where(tables.pending_acts.c.nonce == nonce)).one_or_none()
    return _read(row) if row else None


def settle(
    database: Database, nonce: str, result: Mapping[str, Json], at: str
) -> Mapping[str, Json]:
    """Keep the answer to an act, and return the one that stands: the first.

    What is refused is remembered in the same transaction. A commit that is under way meanwhile
    sees that before it ends, or has settled the act itself.
    """
    with database.writing() as connection:
        first = settle_in(connection, nonce, result, at)
        stored = load_act(connection, nonce)
        if stored is None or stored.result is None:
            return result
        if first and not result["accepted"] and stored.signed.act["actor"] != SYSTEM:
            given = result.get("refusal")
            refusal = Refusal.from_json(given) if given else _REFUSED
            remember_refused(connection, stored.signed.act, refusal, at)
    return stored.result


def settle_in(connection: Connection, nonce: str, result: Mapping[str, Json], at: str) -> bool:
    """Keep the answer to an act in the caller's transaction; say whether it is the first."""
    acts = tables.pending_acts.c
    settled = connection.execute(
        update(tables.pending_acts)
        .where(acts.nonce == nonce, acts.settled_at.is_(None))
        .values(settled_at=at, result=canonical(dict(result)).decode())
        .execution_options(preserve_rowcount=True)
    )
    return settled.rowcount == 1


def unsettled(connection: Connection, older_than: str, limit: int = 1000) -> tuple[PendingAct, ...]:
    """Return acts stored before that time that have no answer yet, the oldest first."""
    acts = tables.pending_acts.c
    query = (
        _acts()
        .where(acts.settled_at.is_(None), acts.created < older_than)
        .order_by(acts.created, acts.nonce)
        .limit(limit)
    )
    return tuple(_read(row) for row in connection.execute(query))


def waiting_cases(connection: Connection, older_than: str, limit: int = 200) -> tuple[str, ...]:
    """Return the cases with acts stored before that time that have no answer yet."""
    acts = tables.pending_acts.c
    query = (
        select(acts.case)
        .where(acts.settled_at.is_(None), acts.created < older_than)
        .distinct()
        .order_by(acts.case)
        .limit(limit)
    )
    return tuple(connection.scalars(query))


def opening_waits(connection: Connection, case: str) -> bool:
    """Say whether the opening of that case is stored and has no answer yet."""
    acts = tables.pending_acts.c
    query = select(acts.nonce).where(acts.nonce == case, acts.settled_at.is_(None))
    return connection.scalar(query) is not None


def unsettled_in(connection: Connection, case: str) -> tuple[PendingAct, ...]:
    """Return the acts of a case that have no answer yet, the oldest first."""
    acts = tables.pending_acts.c
    query = _acts().where(acts.settled_at.is_(None), acts.case == case)
    rows = connection.execute(query.order_by(acts.created, acts.nonce))
    return tuple(_read(row) for row in rows)


def unsettled_of(connection: Connection, nonces: Sequence[str]) -> tuple[PendingAct, ...]:
    """Return those of these acts that have no answer yet."""
    acts = tables.pending_acts.c
    query = _acts().where(acts.settled_at.is_(None), acts.nonce.in_(nonces)).order_by(acts.nonce)
    return tuple(_read(row) for row in connection.execute(query))


def _acts() -> "Select[str, str, str, str, str, str, str | None, str | None]":
    acts = tables.pending_acts.c
    return select(
        acts.nonce,
        acts.case,
        acts.person,
        acts.signed,
        acts.form_digest,
        acts.created,
        acts.settled_at,
        acts.result,
    )


def _read(row: "Row[str, str, str, str, str, str, str | None, str | None]") -> PendingAct:
    nonce, case, person, signed, form_digest, created, settled_at, result = row
    return PendingAct(
        nonce,
        case,
        person,
        signed_from_text(signed),
        form_digest,
        created,
        settled_at,
        json.loads(result) if result is not None else None,
    )
