"""What happened elsewhere and matters to a case: written with what happened, taken in once.

A child case has ended, or an elector has left the body that votes. The commit that makes it so
leaves a row here for the case concerned; that case is told to look, and takes it in by an act of
its own, which is believed only if the row says the same.
"""

import json
from collections.abc import Mapping

from sqlalchemy import Connection, select, update

from definitions.acts import SYSTEM, Act, Head, SignedAct
from definitions.canonical import Json, canonical
from definitions.state import CaseState
from store import tables
from store.database import Database
from store.inserting import insert_new

CHILD_ENDED = "child_ended"
LEFT_BODY = "left_body"


def notify_parent(connection: Connection, state: CaseState, head: Head, at: str) -> bool:
    """Leave a notice for the case that opened this one, which has ended; say if there is one."""
    children = tables.children.c
    row = connection.execute(
        select(children.parent, children.name).where(children.child == state.case)
    ).one_or_none()
    if row is None or state.ended is None:
        return False
    about = {
        "name": row.name,
        "child": state.case,
        "number": state.number,
        "outcome": state.ended,
        "cause": {"stream": state.case, "seq": head.seq},
    }
    key = f"{row.parent}:child:{row.name}:{state.case}"
    return _leave(connection, key, row.parent, CHILD_ENDED, about, at)


def notify_votes(connection: Connection, person: str, cause: Mapping[str, Json], at: str) -> bool:
    """Leave a notice for each open vote in which a person who left the body is an elector."""
    electors = tables.electors.c
    rows = connection.execute(
        select(electors.case, electors.step).where(electors.person == person)
    ).all()
    left = False
    for row in rows:
        about = {"person": person, "step": row.step, "cause": dict(cause)}
        key = f"{row.case}:left:{row.step}:{person}:{cause['seq']}"
        left = _leave(connection, key, row.case, LEFT_BODY, about, at) or left
    return left


def _leave(
    connection: Connection, key: str, case: str, kind: str, about: Mapping[str, Json], at: str
) -> bool:
    text = canonical(dict(about)).decode()
    row = {"key": key, "case": case, "kind": kind, "about": text, "at": at}
    return insert_new(connection, tables.notices, row)


def notice(connection: Connection, key: str) -> tuple[str, dict[str, Json]] | None:
    """Return an untaken notice by its key, as its kind and what it is about."""
    notices = tables.notices.c
    row = connection.execute(
        select(notices.kind, notices.about).where(notices.key == key, notices.taken_at.is_(None))
    ).one_or_none()
    return (row.kind, json.loads(row.about)) if row else None


def take(connection: Connection, key: str, at: str) -> None:
    """Mark a notice as taken in."""
    notices = tables.notices.c
    connection.execute(update(tables.notices).where(notices.key == key).values(taken_at=at))


def act_of(state: CaseState, key: str, kind: str, about: Mapping[str, Json], at: str) -> Act:
    """Return the act by which a case takes in a notice.

    Args:
        at: when, as a stamp; the commit has the last word on it.
    """
    ended = kind == CHILD_ENDED
    child = state.children.get(str(about.get("name"))) if ended else None
    step = child.state if child else about.get("step")
    at_step = state.steps.get(str(step))
    auth: dict[str, Json] = {"kind": SYSTEM, "cause": about["cause"]}
    auth |= {"child": about["child"]} if ended else {"person": about["person"]}
    return Act(
        id=key,
        case=state.case,
        kind=kind,
        actor=SYSTEM,
        definition=state.definition,
        shown="",
        auth=auth,
        at=at,
        step=step,
        instance=at_step.instance if at_step and not ended else None,
        seat=about["name"] if ended else None,
        outcome=about.get("outcome"),
    )


def notices_for(connection: Connection, state: CaseState, at: str) -> list[SignedAct]:
    """Return what a case has to take in, as unsigned acts, the oldest first."""
    notices = tables.notices.c
    rows = connection.execute(
        select(notices.key, notices.kind, notices.about)
        .where(notices.case == state.case, notices.taken_at.is_(None))
        .order_by(notices.at, notices.key)
    ).all()
    return [
        SignedAct(act_of(state, row.key, row.kind, json.loads(row.about), at).to_json())
        for row in rows
    ]


def cases_to_nudge(database: Database) -> list[str]:
    """Return the cases that have something to take in and haven't ended."""
    notices, cases = tables.notices.c, tables.cases.c
    query = (
        select(notices.case)
        .join(tables.cases, cases.case == notices.case)
        .where(notices.taken_at.is_(None), cases.status == "running")
        .distinct()
        .order_by(notices.case)
    )
    with database.reading() as connection:
        return list(connection.scalars(query))
