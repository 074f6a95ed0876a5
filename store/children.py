"""Cases that a case opens: the commit of the one makes and signs the opening of the other.

The opening waits among the acts that aren't answered yet, as a person's does, and is sent from
there: at once by the parent's delivery, and again by the sweep until it is answered. It is
believed only if the worker signed it and the parent's commit left a row here.

For who sends them: `children_to_start(connection, case) -> tuple[PendingAct, ...]`.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import Connection, func, select

from definitions.acts import SYSTEM, Act, Head, Opening, SignedAct, shown_digest
from definitions.canonical import Json, commit_to
from definitions.catalogue import Handed, OpenCase
from definitions.definition import Definition
from definitions.parts import filled
from definitions.rules import DeedDue
from definitions.state import CaseState
from store import tables
from store.cases import load_state
from store.inserting import insert_new
from store.mail_entries import MAIL
from store.notices import notify_parent
from store.pending import PendingAct, unsettled_of
from store.signatures import SigningKey, sign
from store.signed import signed_to_text

Current: TypeAlias = Callable[[str], Definition]
"""Returns the definition that new cases of a process begin under; LookupError if there is none."""


def no_current(process: str) -> Definition:
    """Know no definition: where nothing may open other cases."""
    raise LookupError(f"Cases of {process} can't be opened here.")


@dataclass(frozen=True)
class Opener:
    """The case that opens another: as it stands after the act that does so.

    Attributes:
        seq: the number of that act's entry; `at` its time.
        current: which definition the child begins under.
        worker_key: signs the opening.
    """

    definition: Definition
    state: CaseState
    seq: int
    at: str
    current: Current
    worker_key: SigningKey


def open_child(connection: Connection, opener: Opener, deed: DeedDue) -> None:
    """Make the opening of a child case, and keep it until it is answered.

    Args:
        deed: what is to be opened, and under which id.

    Raises:
        LookupError: there is no such process.
    """
    opened, child = deed.effect.open, deed.child
    if opened is None or child is None:
        return
    state, at = opener.state, opener.at
    values = dict(deed.handed) or _values(connection, opener.definition, state, opened)
    cause = {"case": state.case, "seq": opener.seq, "effect": deed.key}
    made = OpenedBySystem(child, opener.current(opened.process), cause, at)
    row = {"child": child, "parent": state.case, "name": opened.as_}
    insert_new(connection, tables.children, row)
    keep_opening(connection, made, values, state.people["opener"][0], opener.worker_key)
    _notify_of_earlier_end(connection, child, at)


def _notify_of_earlier_end(connection: Connection, child: str, at: str) -> None:
    """Leave a notice if the child has ended: where the record of it was mended first."""
    state = load_state(connection, child)
    if state is None or state.ended is None:
        return
    entries = tables.entries.c
    last = select(func.max(entries.seq)).where(entries.stream == child, entries.kind != MAIL)
    seq = connection.scalar(last)
    notify_parent(connection, state, Head(seq or 0), state.ended_at or at)


@dataclass(frozen=True)
class OpenedBySystem:
    """A case that no person opens: its id, what it begins under, why it is opened, and when."""

    case: str
    definition: Definition
    cause: Mapping[str, Json]
    at: str


def keep_opening(
    connection: Connection,
    opened: OpenedBySystem,
    values: Mapping[str, Json],
    person: str,
    worker_key: SigningKey,
) -> None:
    """Make and sign an opening, and keep it among the acts that wait until it is answered.

    Args:
        person: for whom the case is opened.
    """
    case = opened.case
    # The salts follow from the key, so that a commit that is made again makes the same opening.
    openings = {n: Opening(worker_key.salt(f"{case}:{n}"), v) for n, v in values.items()}
    cause = {"kind": SYSTEM, "cause": dict(opened.cause)}
    signed = _signed(case, opened.definition, cause, opened.at, openings, worker_key)
    waits = {
        "nonce": case,
        "case": case,
        "person": person,
        "signed": signed_to_text(signed),
        "form_digest": "",
        "created": opened.at,
    }
    insert_new(connection, tables.pending_acts, waits)


def sign_opening(signed: SignedAct, definition: Definition, worker_key: SigningKey) -> SignedAct:
    """Return the same opening as `signed` under another definition."""
    act = signed.read()
    return _signed(act.case, definition, act.auth, act.at, signed.openings, worker_key)


def _signed(
    case: str,
    definition: Definition,
    auth: Mapping[str, Json],
    at: str,
    openings: Mapping[str, Opening],
    worker_key: SigningKey,
) -> SignedAct:
    commitments = {name: commit_to(one.salt, one.value) for name, one in openings.items()}
    act = Act(
        id=case,
        case=case,
        kind="open",
        actor=SYSTEM,
        definition=definition.version,
        shown=shown_digest(definition.version, commitments),
        auth=dict(auth),
        at=at,
        values=commitments,
    )
    return SignedAct(act.to_json(), [sign(act, worker_key)], dict(openings))


def _values(
    connection: Connection, definition: Definition, state: CaseState, opened: OpenCase
) -> dict[str, Json]:
    found = {
        name: _value(connection, definition, state, handed) for name, handed in opened.with_.items()
    }
    return {name: value for name, value in found.items() if value is not None}


def _value(
    connection: Connection, definition: Definition, state: CaseState, handed: Handed
) -> Json:
    if handed.field is not None:
        return _field(connection, state, handed.field)
    if handed.person is not None:
        return next(iter(state.people.get(handed.person, ())), None)
    if handed.text is not None:
        others = {name: child.number or "" for name, child in state.children.items()}
        return filled(handed.text, {**others, "number": state.number, "title": definition.title()})
    return handed.choice


def _field(connection: Connection, state: CaseState, name: str) -> Json:
    at = state.fields.get(name)
    if at is None:
        return None
    openings = tables.openings.c
    text = connection.scalar(
        select(openings.value).where(openings.act_id == at.act, openings.name == name)
    )
    return json.loads(text) if text is not None else None


def parent_of(connection: Connection, case: str, cause: Json) -> CaseState | None:
    """Return the state of the case that opened this one; None if no case did by that entry.

    Args:
        cause: by which entry of which case, as the opening says it.
    """
    children, entries = tables.children.c, tables.entries.c
    parent = connection.scalar(select(children.parent).where(children.child == case))
    if parent is None or not isinstance(cause, dict) or cause.get("case") != parent:
        return None
    by = select(entries.seq).where(entries.stream == parent, entries.seq == cause.get("seq"))
    return load_state(connection, parent) if connection.scalar(by) is not None else None


def children_to_start(connection: Connection, case: str) -> tuple[PendingAct, ...]:
    """Return the openings of this case's children that aren't answered yet."""
    children = tables.children.c
    ids = connection.scalars(select(children.child).where(children.parent == case)).all()
    return unsettled_of(connection, ids)
